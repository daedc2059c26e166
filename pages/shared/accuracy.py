"""A test accuracy, never without its uncertainty."""

from __future__ import annotations

import streamlit as st

from mnist_core.artifacts import TEST_DIGITS
from mnist_core.config import MNIST, TrainConfig
from mnist_core.data_set import about_mnists_test
from mnist_core.evaluation import interval_in_words, wilson_interval
from mnist_core.store_connection import StoreError
from pages.shared import read_digits


def show(accuracy: float, config: TrainConfig) -> None:
    """The share of the 10,000 test digits that a model reads right, in [0, 1], with its 95% interval.

    `config` is what it was trained with.
    """
    st.metric(
        "Test accuracy",
        f"{accuracy:.2%}",
        interval_in_words(wilson_interval(round(accuracy * TEST_DIGITS), TEST_DIGITS)),
        delta_arrow="off",
        delta_color="off",
        help=f"On MNIST's 10,000 test digits. {_seen(config.data_set)} Wilson's interval: "
        "two models whose intervals overlap widely may be equally good.",
    )


def _seen(data_set: str) -> str:
    """Whether a network that was trained on this data set has seen test digits before."""
    if data_set == MNIST:
        return "No training has seen them."
    try:
        known = [each for each in read_digits.data_sets() if each.id == data_set]
    except StoreError:
        known = []
    if not known:
        return "Whether the data set that it learnt from has some of them cannot be looked up now."
    return about_mnists_test(known[0].remarks) or "None of them is in the data set that it learnt from."
