"""A test accuracy, never without its uncertainty."""

from __future__ import annotations

import streamlit as st

from mnist_core.evaluation import wilson_interval

TEST_DIGITS = 10_000


def show(accuracy: float) -> None:
    """The share of the 10,000 test digits that a model reads right, in [0, 1], with its 95% interval."""
    low, high = wilson_interval(round(accuracy * TEST_DIGITS), TEST_DIGITS)
    st.metric(
        "Test accuracy",
        f"{accuracy:.2%}",
        f"95% interval {low:.2%} to {high:.2%}",
        delta_arrow="off",
        delta_color="off",
        help="On the 10,000 test digits, which no training has seen. Wilson's interval: "
        "two models whose intervals overlap widely may be equally good.",
    )
