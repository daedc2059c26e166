"""A test accuracy, never without its uncertainty."""

from __future__ import annotations

import streamlit as st

from mnist_core.artifacts import TEST_DIGITS
from mnist_core.config import MNIST
from mnist_core.evaluation import interval_in_words, wilson_interval
from mnist_core.runs import Run
from pages.parts import learnt_from


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
        help=f"On MNIST's 10,000 test digits. {learnt_from.about_test_digits(run)} Wilson's interval: "
        "two models whose intervals overlap widely may be equally good.",
    )
