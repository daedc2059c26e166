"""What a model has learnt from, as far as is known: it reads a digit better that it has seen before."""

from __future__ import annotations

from contextlib import suppress

from mnist_core.config import MNIST
from mnist_core.runs.data_store import Kept
from mnist_core.runs.run import Run
from mnist_core.runs.store_connection import NoSuchRun, StoreError
from pages.parts import read_digits, read_models, read_runs

_NEVER = "No training has seen them."
_NONE_OF_THEM = "None of them is, pixel for pixel, in the data set that it learnt from."


def about_test_digits(run: Run | None) -> str:
    """Whether a network has been trained on MNIST's test digits; `run` is None for one that comes with the project."""
    try:
        # What was taught somebody's digits has learnt before, as another run.
        run = read_runs.first_of(run) if run else None
        if run and run.imported:
            return "It came from a file: whether it has learnt from some of the test digits is not known."
        if run is None or run.config.data_set == MNIST:
            return _NEVER
        tested = next(each.tested for each in read_digits.data_sets() if each.id == run.config.data_set)
    except (NoSuchRun, StopIteration):
        return "What it has learnt from was deleted: whether some of the test digits were among it is not known."
    except StoreError:
        return "Whether it has learnt from some of the test digits cannot be looked up now."
    return tested or _NONE_OF_THEM


def about_choice(model: read_models.Model) -> str:
    """That a model was chosen by how it reads the test digits; empty for all but the one of which that is so."""
    if model.id != "best":
        return ""
    # The others are those of benchmarks/RESULTS.md.
    return (
        "Of several trainings the one that reads these digits best: a part of that is luck. Trained anew, the preset "
        "read 99.55% and 99.62%."
    )


def doubt(run: Run | None) -> str:
    """Why a network's test accuracy may flatter it; empty where nothing speaks for that."""
    said = about_test_digits(run)
    return "" if said in (_NEVER, _NONE_OF_THEM) else said


def about_digits_of(kept: Kept, part: str, model: read_models.Model) -> str:
    """That a model has learnt from the `train` digits of an uploaded data set; empty if that is not known.

    Which of its digits are MNIST's is said of the data set itself.
    """
    known = {read_models.card(model.folder).config.data_set}
    # A lesson itself is learnt from MNIST. The run that it began with may have been deleted.
    with suppress(StoreError):
        known |= {read_runs.first_of(model.run).config.data_set} if model.run else set()
    has_learnt = part == "train" and kept.id in known
    return "This model has learnt from these digits: it reads them better than new ones." if has_learnt else ""
