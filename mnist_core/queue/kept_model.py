"""A run's model as it is kept: tested on MNIST's test digits and put into the store, with its card."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import keras

from mnist_core import data, export
from mnist_core.artifacts import KERAS_FILE
from mnist_core.learning import models
from mnist_core.runs.run import FINISHED, Progress, Run
from mnist_core.runs.run_files import IMPORTED_PATH
from mnist_core.runs.store import FINAL_STEP, Store
from mnist_core.runs.store_connection import StoreError
from mnist_core.uploads.foreign_weights import from_arrays
from mnist_core.uploads.imported_run import A_MODEL, A_RUN


@lru_cache(maxsize=1)
def shipped_digits() -> data.Digits:
    """MNIST, read once a worker. Raises DataError."""
    return data.load_mnist()


def keep(
    store: Store,
    run: Run,
    scratch: Path,
    model: keras.Sequential,
    *,
    epochs: int,
    seconds: float | None,
    environment: dict[str, str],
) -> None:
    """Test `model` and put it into the store, by way of the folder `scratch`; `seconds` of training may be unknown."""
    folder = scratch / "model"
    card = export.save(
        folder,
        model,
        run.config,
        shipped_digits(),
        epochs=epochs,
        seconds=seconds or 0.0,
        environment=environment,
        command=f"Run {run.id} of Digit Lab",
    )
    store.files.put_folder(run.id, folder)
    tested = {"test_accuracy": card.evaluation.accuracy, "test_loss": card.evaluation.loss}
    tested |= {} if seconds is None else {"training_seconds": card.seconds}
    tested["model_bytes"] = (folder / KERAS_FILE).stat().st_size
    store.write(run.id, metrics=[(name, value, FINAL_STEP) for name, value in tested.items()])


def keep_imported(store: Store, run: Run, scratch: Path) -> None:
    """Build an imported run's network with its weights, and keep it: nothing is trained.

    Raises StoreError if the weights are not there.
    """
    arrays = store.files.arrays(run.id, IMPORTED_PATH)
    if arrays is None:
        raise StoreError("The imported weights are not in the store any more. Import the file again.")
    environment = export.environment("float32", "as imported")
    epochs, seconds = run.progress.epoch, run.metrics.get("training_seconds")
    # Counted, so that weights which are too many for every worker are given up.
    now = Progress("saving", epochs, starts=run.progress.starts + 1)
    store.write(run.id, progress=now, environment=environment)
    model = models.with_weights(run.config, from_arrays(arrays))
    keep(store, run, scratch, model, epochs=epochs, seconds=seconds, environment=environment)
    store.end(run.id, FINISHED, A_MODEL if run.is_of_unknown_training else A_RUN)
