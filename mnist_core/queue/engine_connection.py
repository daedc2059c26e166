"""The connection to the engine: Dask's client of the embedded cluster, or of one elsewhere."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Any

from mnist_core.queue import cluster, remote
from mnist_core.runs import store_connection
from mnist_core.runs.store_connection import ServiceError, StoreError, runs_folder

_SECONDS_TO_START = 180
_SECONDS_TO_REACH = 10


class EngineError(ServiceError):
    """The engine cannot be reached or started; the message says what to do."""


def connect(store: str) -> Any:
    """A client of the configured cluster, or of the embedded engine, started if there is none.

    `store` is the id of the one that workers are to use. Raises EngineError.
    """
    elsewhere = os.environ.get("DASK_SCHEDULER_ADDRESS")
    return _elsewhere(elsewhere, store) if elsewhere else _embedded()


def _elsewhere(address: str, store: str) -> Any:
    from distributed.comm import get_address_host_port

    try:
        # Of an address that is none Dask would leave half a client, and may hang when Python clears that away.
        get_address_host_port(address)
        found = _client(address)
        try:
            _check(found, store)
        except Exception:
            found.close()
            raise
    except (OSError, ValueError) as error:
        raise EngineError(f"No Dask scheduler answers at {address} (DASK_SCHEDULER_ADDRESS): {error}") from None
    except ModuleNotFoundError:
        raise EngineError(
            f"The Dask scheduler at {address} (DASK_SCHEDULER_ADDRESS) does not know mnist_core. "
            "Start it with this project's folder in its PYTHONPATH."
        ) from None
    return found


def _check(found: Any, store: str) -> None:
    """Raises EngineError if it has workers and none has the store; ModuleNotFoundError unless it knows this project."""
    # What is asked of it later is this project's own.
    found.run_on_scheduler(remote.task_states, [])
    answers = found.run(remote.store_id, on_error="return")
    # One of several leaves when it is given a run. Of its store, one that has just gone says nothing.
    if store in answers.values():
        return
    for worker, answer in answers.items():
        if isinstance(answer, StoreError):
            raise EngineError(f"The Dask worker at {worker} cannot reach its store. {answer}")
        if not isinstance(answer, Exception):
            raise EngineError(
                f"The Dask worker at {worker} keeps runs in another store. "
                "Start it with the MLFLOW_TRACKING_URI that this server has."
            )


def _embedded() -> Any:
    deadline = time.monotonic() + _SECONDS_TO_START
    process = None
    while time.monotonic() < deadline:
        if not cluster.is_running():
            if process is None or process.poll() is not None:
                process = cluster.start()
        elif said := cluster.read_address_file():
            if said.get("store") != store_connection.address():
                raise EngineError(_of_another_store(said.get("store")))
            # On a busy machine it may take long to answer.
            with suppress(OSError):
                return _client(said["address"])
        time.sleep(0.2)
    raise EngineError(
        f"The training engine did not start within three minutes. {runs_folder() / 'engine.log'} says why."
    )


def _of_another_store(store: str | None) -> str:
    # An engine that says nothing of it was started before engines did.
    why = f"still keeps its runs in {store}" if store else "is of an older version of Digit Lab"
    return f"The training engine for {runs_folder()} {why}. It ends by itself some minutes after its last run."


def _client(address: str) -> Any:
    from distributed import Client

    return Client(address, timeout=_SECONDS_TO_REACH, set_as_default=False, name="digit-lab-web")
