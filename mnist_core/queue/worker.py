"""What a worker does: make itself ready, train a run, test one. Whatever goes wrong ends in the store.

A worker imports this when it starts, so that a run begins at once.
"""

from __future__ import annotations

import errno
import gc
import os
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import tensorflow as tf

from mnist_core import data
from mnist_core.architecture import ConvBlock
from mnist_core.config import TrainConfig
from mnist_core.learning.training import Trainer
from mnist_core.learning.training_events import Diverged
from mnist_core.queue import cluster
from mnist_core.queue.control import STOP, Listener
from mnist_core.queue.job import Job, Released
from mnist_core.queue.kept_model import keep_imported, shipped_digits
from mnist_core.runs import store_connection
from mnist_core.runs.run import FAILED, STOPPED, Run
from mnist_core.runs.store import Store
from mnist_core.runs.store_connection import NoSuchRun, StoreError, StoreUnreachable

# No room left, no more of it for this person, and no larger file here.
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# How often a worker asks a server of the store that does not answer: for about a minute. A page asks less.
_RETRIES = "5"
# Before a run is given out again whose store did not answer.
_SECONDS_TO_WAIT_FOR_THE_STORE = 5
# Another person's click on a page goes before a batch.
_NICENESS = 10


def dask_setup(worker: Any) -> None:
    """Dask calls this once in a new worker: everything slow happens here, before the first run."""
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = _RETRIES
    # What a killed worker leaves there, Keras' and TensorFlow's files too, the next engine removes.
    cluster.scratch_folder().mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(cluster.scratch_folder())
    digits = shipped_digits()
    config = TrainConfig(conv_blocks=(ConvBlock(4, 3),), dense_units=(8,), train_size=256, epochs=1)
    for _ in Trainer(config, data.split(digits, config)).events():
        pass
    with suppress(StoreError):
        connected_store()
    # Keras collects garbage before each run, which takes half a second when it looks at all of TensorFlow.
    gc.collect()
    gc.freeze()


@lru_cache(maxsize=1)
def connected_store() -> Store:
    """One connection a worker; one that failed is tried again by the next run."""
    return Store()


@contextmanager
def with_store(store_id: str) -> Iterator[None]:
    """For work that is in the store with this id; Dask gives it out again if that does not answer, or is another.

    Raises Reschedule.
    """
    from distributed import Reschedule

    try:
        if connected_store().id == store_id:
            yield
            return
        _leave()
    except StoreUnreachable:
        # No failure of the run: somebody will start the server again.
        time.sleep(_SECONDS_TO_WAIT_FOR_THE_STORE)
    raise Reschedule


def _leave() -> None:
    """End this worker and its nanny: what is queued would be given to it, and none of that is in its store."""
    from distributed import get_worker

    here = store_connection.address()
    print(f"This worker keeps runs in {here}, and its queue in another store: it ends. See MLFLOW_TRACKING_URI.")
    worker = get_worker()
    worker.loop.add_callback(worker.close, reason="another store")


def execute(run_id: str, client: Any) -> None:
    """Bring a run to its end, from its newest checkpoint if it has one. Failures end in the store.

    Raises OSError when the scheduler is lost, StoreUnreachable when the store is.
    """
    store = connected_store()
    try:
        run = store.get(run_id)
    except NoSuchRun:
        return
    if not run.is_active:
        return
    # Not a failure of the run: whoever has lost the scheduler here leaves it to the next engine.
    listener = Listener(client, run_id)
    try:
        with tempfile.TemporaryDirectory() as scratch, listener:
            _do(store, run, Path(scratch), listener)
    except Released:
        return
    except StoreUnreachable:
        raise
    except Exception as error:
        # A run that was deleted while it trained cannot be written to, and needs no ending.
        with suppress(NoSuchRun):
            store.get(run_id)
            diverged = error.where if isinstance(error, Diverged) else ""
            store.end(run_id, FAILED, _in_plain_words(error), traceback.format_exc(), diverged)


def _do(store: Store, run: Run, scratch: Path, listener: Listener) -> None:
    """Train a run, or keep an imported one, unless it was stopped while it waited for that."""
    if listener.wish == STOP and not run.progress.step:
        return store.end(run.id, STOPPED, "Stopped before it began.")
    store.start(run.id)
    if run.imported:
        keep_imported(store, run, scratch)
    else:
        Job(store, run, scratch).do(listener)


def test(run_id: str) -> None:
    """Test and keep the model of a run that was left for later; if that fails, the run says why.

    Raises StoreUnreachable.
    """
    store = connected_store()
    with suppress(NoSuchRun):
        run = store.get(run_id)
        if not run.is_untested:
            return
        if store.count_test(run_id) > cluster.FAILURES_ALLOWED + 1:
            store.could_not_be_tested(
                run_id, "Its test ended the worker several times, most likely for want of memory."
            )
            return
        try:
            with tempfile.TemporaryDirectory() as scratch:
                Job(store, run, Path(scratch)).test()
        except StoreUnreachable:
            raise
        except Exception as error:
            store.could_not_be_tested(run_id, _in_plain_words(error))


def _in_plain_words(error: Exception) -> str:
    if isinstance(error, (MemoryError, tf.errors.ResourceExhaustedError)):
        return "There was not enough memory. Try a smaller batch size or a smaller network."
    if isinstance(error, OSError):
        hint = " Is the disk full?" if error.errno in _NO_SPACE else ""
        return f"A file could not be read or written: {error.strerror or error}.{hint}"
    return str(error) or type(error).__name__
