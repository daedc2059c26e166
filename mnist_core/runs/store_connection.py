"""The connection to MLflow, where runs are kept, and what can go wrong with it in plain words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from mnist_core.runs import database_file

# Set before MLflow is imported: it must not call home, and its progress bars would fill the logs.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
# By itself it asks a server that is down for minutes, in which a page would stand still.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")


_UNREACHABLE = "Is MLflow's server running? Runs that train wait for it, and go on from their last finished epoch."


class ServiceError(RuntimeError):
    """The store, the sweeps or the engine cannot be used; the message says why and what to do."""


class StoreError(ServiceError):
    """The store cannot be read or written; the message says why and what to do."""


class StoreUnreachable(StoreError):
    """The store is on a server that does not answer now."""


class DiskFull(StoreError):
    """There is no room for what is to be kept."""


class NoSuchRun(StoreError):
    """The run is not there (any more)."""


def runs_folder() -> Path:
    """Where the embedded store and engine keep their files: DIGIT_LAB_RUNS, or `runs/` in the project."""
    default = Path(__file__).parents[2] / "runs"
    return Path(os.environ.get("DIGIT_LAB_RUNS") or default).resolve()


def address() -> str:
    """Where the configured store is, for people: without the name and password that may be in it."""
    elsewhere = os.environ.get("MLFLOW_TRACKING_URI")
    return elsewhere.rpartition("@")[2] if elsewhere else str(runs_folder())


def connect() -> Any:
    """MLflow's client of the configured store. Raises StoreError."""
    with explained():
        if "MLFLOW_TRACKING_URI" in os.environ:
            return _imported()()
        folder = runs_folder()
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "store.lock")
        with ThreadPoolExecutor(1) as beside:
            # Making a new database takes seconds, and so does importing MLflow.
            made = beside.submit(database_file.ensure, _database(), lock, _artifacts())
            mlflow_client = _imported()
            made.result()
        # Before the first connection is made, as the client does.
        database_file.follow_replacements()
        client = mlflow_client(f"sqlite:///{_database()}")
        with lock:
            # It connects when it is first asked.
            client.search_experiments(max_results=1)
        return client


def _imported() -> Any:
    """The class of MLflow's client."""
    # Before MLflow: a thread that imports while a page does must not leave it a half-imported numpy.
    import pandas  # noqa: F401
    from mlflow import MlflowClient

    return MlflowClient


def writes() -> tuple[int, int] | None:
    """What every write to the embedded store changes; None where that cannot be told without asking it."""
    return None if "MLFLOW_TRACKING_URI" in os.environ else database_file.writes(_database())


def experiment(client: Any, name: str) -> str:
    """The id of the experiment of this name, made if there is none. Raises StoreError."""
    from mlflow.exceptions import MlflowException

    artifacts = None if "MLFLOW_TRACKING_URI" in os.environ else _artifacts()
    with explained():
        if found := client.get_experiment_by_name(name):
            return found.experiment_id
        try:
            return client.create_experiment(name, artifact_location=artifacts)
        except MlflowException:
            # Another process may have been first.
            if found := client.get_experiment_by_name(name):
                return found.experiment_id
            raise


@contextmanager
def explained() -> Iterator[None]:
    """Turn what the store's parts raise into a StoreError in plain words."""
    try:
        yield
    except (StoreError, MemoryError):
        raise
    except Exception as error:
        if database_file.has_no_room(error):
            raise DiskFull(no_room("store", "MLFLOW_TRACKING_URI")) from error
        if _is_unreachable(error):
            raise StoreUnreachable(f"The store of runs, {address()}, does not answer. {_UNREACHABLE}") from error
        raise StoreError(f"The store of runs cannot be used: {database_file.reason(error)}") from error


def _is_unreachable(error: BaseException | None) -> bool:
    """Whether the store's server could not be asked, or another one says that it is not there."""
    from requests import exceptions

    kinds = (exceptions.ConnectionError, exceptions.Timeout, exceptions.RetryError, exceptions.ChunkedEncodingError)
    while error and not isinstance(error, kinds):
        error = error.__cause__ or error.__context__
    # A server that fails answers with 500, and would again.
    is_an_answer = isinstance(error, exceptions.RetryError) and not re.search(r"\b50[234]\b", str(error))
    return error is not None and not is_an_answer


def no_room(what: str, elsewhere: str) -> str:
    """What to do about a full disk, that of the embedded `what` unless the variable `elsewhere` points away from it."""
    where = f"of the {what}" if elsewhere in os.environ else f"under {runs_folder()}"
    return f"The disk {where} is full, or cannot be written. Free some space, then try again; finished runs are safe."


def _database() -> Path:
    return runs_folder() / "mlflow.db"


def _artifacts() -> str:
    """Where the embedded store keeps the files of runs, as MLflow wants it said."""
    return (runs_folder() / "artifacts").as_uri()
