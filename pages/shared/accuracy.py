"""A test accuracy, never without its uncertainty."""

from __future__ import annotations

import streamlit as st

from mnist_core.artifacts import TEST_DIGITS
from mnist_core.config import MNIST
from mnist_core.data_set import about_mnists_test
from mnist_core.evaluation import interval_in_words, wilson_interval
from mnist_core.runs import Run
from mnist_core.store_connection import StoreError
from pages.shared import read_digits, read_runs


def show(accuracy: float, run: Run | None) -> None:
    """The share of the 10,000 test digits that a model reads right, in [0, 1], with its 95% interval.

    `run` is the one that trained it, None for a model that comes with the project.
    """
    on_mnist = " on MNIST" if run and run.config.data_set != MNIST else ""
    st.metric(
        f"Test accuracy{on_mnist}",
        f"{accuracy:.2%}",
        interval_in_words(wilson_interval(round(accuracy * TEST_DIGITS), TEST_DIGITS)),
        delta_arrow="off",
        delta_color="off",
        help=f"On MNIST's 10,000 test digits. {_seen(run)} Wilson's interval: "
        "two models whose intervals overlap widely may be equally good.",
    )


def _seen(run: Run | None) -> str:
    """Whether the network has been trained on test digits."""
    try:
        # What was taught somebody's digits has learnt before, as another run.
        run = read_runs.first_of(run) if run else None
        if run and run.brought_back:
            return "It was trained elsewhere: whether it has learnt from some of them is not known."
        if run is None or run.config.data_set == MNIST:
            return "No training has seen them."
        remarks = next(each.remarks for each in read_digits.data_sets() if each.id == run.config.data_set)
    except (StoreError, StopIteration):
        return "Whether it has learnt from some of them cannot be looked up now."
    return about_mnists_test(remarks) or "None of them is in the data set that it learnt from."
