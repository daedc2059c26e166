"""What runs elsewhere: in a worker, which has Keras, in Dask's scheduler, or in a worker's nanny."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import psutil


def train(run_id: str, store_id: str) -> None:
    """In the worker: a run of the store with this id. The import is here because it brings Keras, which web must not
    have."""
    from distributed import get_client

    from mnist_core.queue.worker import execute, with_store

    with with_store(store_id):
        execute(run_id, get_client())


def test(run_id: str, store_id: str) -> None:
    """In the worker, as above."""
    from mnist_core.queue.worker import test, with_store

    with with_store(store_id):
        test(run_id)


async def store_id() -> str:
    """In the worker, as above: what tells its store from others. Raises StoreError."""
    from mnist_core.queue.worker import connected_store

    # In a thread: a store that does not answer is waited for, and the worker has others to answer meanwhile.
    return await asyncio.to_thread(lambda: connected_store().id)


def gradients(content: bytes, image: np.ndarray, digit: int) -> tuple[np.ndarray, np.ndarray]:
    """In the worker, as above."""
    from mnist_core.inside import gradients

    return gradients.of_file(content, image, digit)


def test_key(run_id: str) -> str:
    """What the scheduler calls the task that tests this run."""
    return f"test-{run_id}"


def task_states(run_ids: list[str], dask_scheduler: Any) -> dict[str, str]:
    """In the scheduler: the state of each run's task."""
    tasks = dask_scheduler.tasks
    return {run_id: tasks[run_id].state if run_id in tasks else "unknown" for run_id in run_ids}


def workers_of(run_id: str, dask_scheduler: Any) -> list[str]:
    """In the scheduler: the address of the worker that works on this run, if any, by what workers last said."""
    task = dask_scheduler.tasks.get(run_id)
    worker = task.processing_on if task else None
    # A run may wait at a worker that works on another one; of what it works on, a worker tells after a moment.
    return [worker.address] if worker and (task in worker.executing or len(worker.processing) == 1) else []


def kill(dask_worker: Any) -> None:
    """In the worker's nanny, which starts a new worker at once: even a process that hangs can be killed."""
    psutil.Process(dask_worker.pid).kill()
