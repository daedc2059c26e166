"""A test accuracy, never without its uncertainty."""

from __future__ import annotations

import streamlit as st

from mnist_core.artifacts import TEST_DIGITS
from mnist_core.config import MNIST, TrainConfig
from mnist_core.evaluation import interval_of_accuracy
from mnist_core.runs.run import Run
from mnist_core.wording import interval_in_words
from pages.parts import learnt_from


def show(accuracy: float, run: Run | None) -> None:
    """The share of the 10,000 test digits that a model reads right, in [0, 1], with its 95% interval.

    `run` is the one that trained it, None for a model that comes with the project.
    """
    learnt = learnt_from.about_test_digits(run)
    on_mnist = " on MNIST" if run and run.config.data_set != MNIST else ""
    _metric(
        f"Test accuracy{on_mnist}",
        accuracy,
        interval_in_words(interval_of_accuracy(accuracy, TEST_DIGITS)),
        f"On MNIST's 10,000 test digits. {learnt} Wilson's interval: two models whose intervals overlap widely may be "
        "equally good. The tab Compare of Evaluate can tell more, as both read the same digits.",
    )


def show_validation(accuracy: float, config: TrainConfig, about: str) -> None:
    """The same of a run's own validation digits, which may be few; `about` is what else is to be said of it."""
    digits = config.validation_digits
    # Shorter, as it stands beside the other: the time that it took should, too.
    low, high = interval_of_accuracy(accuracy, digits)
    kept = f"On the {digits:,} digits kept out of training, with its 95% interval. {about}"
    _metric("Validation accuracy", accuracy, f"{low:.2%} to {high:.2%}", kept)


def _metric(label: str, accuracy: float, interval: str, help: str) -> None:
    st.metric(label, f"{accuracy:.2%}", interval, delta_arrow="off", delta_color="off", help=help)
