"""The embedded engine: a Dask scheduler and workers in processes of their own.

`python -m mnist_core.queue.cluster` is started by `engine_connection` when none is there, serves every web process
that uses the same `runs/` folder, and ends when nobody has been there for a while and nothing runs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from mnist_core.queue import background
from mnist_core.runs import store_connection
from mnist_core.runs.store_connection import runs_folder

SECONDS_ALONE = 120
FAILURES_ALLOWED = 2
_SECONDS_BETWEEN_LOOKS = 2
# One that trains the preset `best` was measured at 1.4 GB (benchmarks/speed.py memory).
_BYTES_OF_A_WORKER = 2 * 2**30


def address_file() -> Path:
    return runs_folder() / "engine.json"


def scratch_folder() -> Path:
    """Where workers write what is not in the store yet, and whatever else they need for a moment."""
    return runs_folder() / "scratch"


def is_running() -> bool:
    """Whether an engine serves this folder, or is about to: it holds the lock as long as it lives."""
    runs_folder().mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(runs_folder() / "engine.lock", timeout=0):
            return False
    except Timeout:
        return True


def read_address_file() -> dict[str, Any]:
    """What the embedded engine says of itself: `address`, `pid`, and in `store` where its runs are, as
    `store_connection.address` has it; empty until it does."""
    try:
        return json.loads(address_file().read_text())
    except (OSError, ValueError):
        return {}


def start() -> subprocess.Popen:
    """Start the engine as a process that outlives this one; a second one at the same time gives way.

    Raises OSError.
    """
    return background.start("mnist_core.queue.cluster", "engine.log")


def main() -> None:
    runs_folder().mkdir(parents=True, exist_ok=True)
    try:
        # Whoever looks whether it is held has it for a moment.
        with FileLock(runs_folder() / "engine.lock", timeout=1):
            # Of one that was killed.
            address_file().unlink(missing_ok=True)
            shutil.rmtree(scratch_folder(), ignore_errors=True)
            _serve()
    except Timeout:
        print("An engine for this folder is running already.")


def _serve() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import dask
    from distributed import LocalCluster

    dask.config.set(
        {
            # A dead worker's run is tried again; one that kills every worker is given up.
            "distributed.scheduler.allowed-failures": FAILURES_ALLOWED,
            # A worker that is not back in time is given up for ever, and importing Keras may take long.
            "distributed.deploy.lost-worker-timeout": "1 hour",
            # An engine that waits should cost nothing, and one that trains should not be looked at all the time.
            "distributed.worker.profile.enabled": False,
            "distributed.worker.memory.monitor-interval": "1s",
            "distributed.admin.tick.interval": "500ms",
        }
    )
    workers, bytes_of_each = _workers()
    with LocalCluster(
        n_workers=workers,
        memory_limit=bytes_of_each,
        threads_per_worker=1,
        dashboard_address=None,
        preload=["mnist_core.queue.worker"],
    ) as cluster:
        partial = address_file().with_suffix(".partial")
        itself = {"address": cluster.scheduler_address, "pid": os.getpid(), "store": store_connection.address()}
        partial.write_text(json.dumps(itself))
        partial.replace(address_file())
        try:
            _wait_until_alone(cluster.scheduler)
        finally:
            address_file().unlink(missing_ok=True)


def _workers() -> tuple[int, int]:
    """One for two processors, at least two, fewer where memory is short; and the bytes that each may take."""
    from dask.system import CPU_COUNT
    from distributed.system import MEMORY_LIMIT

    count = max(1, min(max(2, CPU_COUNT // 2), MEMORY_LIMIT // _BYTES_OF_A_WORKER))
    return count, MEMORY_LIMIT // count


def _wait_until_alone(scheduler: Any) -> None:
    """Return when no client is connected and no task is left, both for SECONDS_ALONE."""
    last_used = time.monotonic()
    while scheduler.status.name == "running" and time.monotonic() - last_used < SECONDS_ALONE:
        # Lists: the scheduler's own thread changes both.
        own = ("fire-and-forget", "Client-worker")
        clients = [name for name in list(scheduler.clients) if not name.startswith(own)]
        if clients or any(task.state != "memory" for task in list(scheduler.tasks.values())):
            last_used = time.monotonic()
        time.sleep(_SECONDS_BETWEEN_LOOKS)


if __name__ == "__main__":
    main()
