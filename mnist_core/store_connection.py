"""The connection to MLflow, where runs are kept, and what can go wrong with it in plain words."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock

# Set before MLflow is imported: it must not call home, and its progress bars would fill the logs.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
# By itself it asks a server that is down for minutes, in which a page would stand still. What trains asks again.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")

_DATABASE = "mlflow.db"

# A program that makes the tables of a new database.
_MAKE = "import sys; from mlflow import MlflowClient; MlflowClient(sys.argv[1]).search_experiments()"


class ServiceError(RuntimeError):
    """The store, the sweeps or the engine cannot be used; the message says why and what to do."""


class StoreError(ServiceError):
    """The store cannot be read or written; the message says why and what to do."""


class DiskFull(StoreError):
    """There is no room for what is to be kept."""


class NoSuchRun(StoreError):
    """The run is not there (any more)."""


def runs_folder() -> Path:
    """Where the embedded store and engine keep their files: DIGIT_LAB_RUNS, or `runs/` in the project."""
    default = Path(__file__).parent.parent / "runs"
    return Path(os.environ.get("DIGIT_LAB_RUNS", default)).resolve()


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
            made = beside.submit(_database, folder, lock)
            client = _imported()(f"sqlite:///{made.result()}")
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


def writes() -> int | None:
    """A number that every write to the embedded store changes; None where that cannot be told without asking it.

    It is in the file's header: the "file change counter" of https://sqlite.org/fileformat2.html, section 1.3.7.
    """
    if "MLFLOW_TRACKING_URI" in os.environ:
        return None
    try:
        with (runs_folder() / _DATABASE).open("rb") as file:
            header = file.read(100)
    except OSError:
        return None
    # Both are 1 unless the file has a write-ahead log, with which not every write is counted.
    has_no_log = header.startswith(b"SQLite format 3\0") and header[18:20] == b"\1\1"
    return int.from_bytes(header[24:28], "big") if has_no_log else None


def experiment(client: Any, name: str) -> str:
    """The id of the experiment of this name, made if there is none. Raises StoreError."""
    from mlflow.exceptions import MlflowException

    artifacts = None if "MLFLOW_TRACKING_URI" in os.environ else (runs_folder() / "artifacts").as_uri()
    with explained():
        for attempt in (1, 2):
            if found := client.get_experiment_by_name(name):
                return found.experiment_id
            try:
                return client.create_experiment(name, artifact_location=artifacts)
            except MlflowException:
                # Another process may have been first.
                if attempt == 2:
                    raise
    raise AssertionError("unreachable")


@contextmanager
def explained() -> Iterator[None]:
    """Turn what the store's parts raise into a StoreError in plain words."""
    try:
        yield
    except (StoreError, MemoryError):
        raise
    except Exception as error:
        text = str(error)
        full = any(words in text.lower() for words in ("disk is full", "no space left", "disk i/o", "file too large"))
        if full:
            where = f"The disk under {runs_folder()} is full."
            raise DiskFull(f"{where} Free some space, then try again; finished runs are safe.") from error
        reason = text.splitlines()[0] if text else type(error).__name__
        raise StoreError(f"The store of runs cannot be used: {reason}") from error


def _database(folder: Path, lock: FileLock) -> Path:
    """The file of the database; a new one has this name only once it is whole."""
    database = folder / _DATABASE
    # Two that make it at once would trip over each other.
    with lock:
        if not database.exists():
            partial = folder / f"mlflow-{uuid4().hex[:8]}.partial"
            # In a process of its own, because all that makes tables would stay in this one, which says why if it fails.
            made = subprocess.run(
                [sys.executable, "-c", _MAKE, f"sqlite:///{partial}"], capture_output=True, check=False
            )
            if made.returncode == 0:
                partial.replace(database)
        if database.exists():
            _check(database)
    return database


def _check(database: Path) -> None:
    """Raises StoreError for a damaged file: MLflow would keep its connection to it, and not see it mended."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError:
        # Locked, say, or not to be opened.
        raise
    except sqlite3.DatabaseError as error:
        mend = "Put a copy of it back, or move it away to begin anew"
        raise StoreError(f"The store of runs cannot be used: {database} is damaged ({error}). {mend}.") from error
