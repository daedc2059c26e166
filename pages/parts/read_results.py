"""What pages read of what runs have written: curves, confusion matrices and digits. Nothing here draws."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.runs.run import Curves, Run
from mnist_core.runs.run_files import OWN_DIGITS_PATH, WATCHED_PATH, confusion_path
from pages.parts import services


def curves(run: Run) -> Curves:
    """What is recorded of a run, read again only when it stands otherwise: most of a class wait, or have ended.

    The same step may be trained twice, after going back or when a worker died: `queued`, `ended` and the speed differ.
    """
    return _curves(run.id, run.status, run.queued, run.ended, repr(run.progress))


@st.cache_resource(max_entries=100, show_spinner=False)
def _curves(run_id: str, *stands: str | float | None) -> Curves:
    names = ("batch_loss", "batch_accuracy", "loss", "accuracy", "val_loss", "val_accuracy", "seconds", "dead_units")
    return services.opening_store().result().curves(run_id, names)


@st.cache_data(max_entries=100, show_spinner=False)
def _arrays(run_id: str, path: str, epoch_seconds: float) -> dict[str, np.ndarray] | None:
    return services.opening_store().result().files.arrays(run_id, path)


def watched(run_id: str) -> dict[str, np.ndarray] | None:
    """`images` (8, 28, 28) uint8 and `labels` (8,) of the digits that the run watches."""
    return _arrays(run_id, WATCHED_PATH, 0.0)


def lesson(run_id: str) -> dict[str, np.ndarray] | None:
    """The digits that a run was taught: `images` (N, 28, 28), `labels` (N,) and `is_held_out` (N,)."""
    return _arrays(run_id, OWN_DIGITS_PATH, 0.0)


def confusion(run_id: str, epoch: int, epoch_seconds: float) -> np.ndarray | None:
    """(10, 10) counts of the validation digits after an epoch; what it took tells it from one trained again."""
    kept = _arrays(run_id, confusion_path(epoch), epoch_seconds)
    return kept["counts"] if kept else None
