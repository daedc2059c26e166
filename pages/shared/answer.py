"""What a model reads in a drawing, as words and bars."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core import charts
from mnist_core.predictor import Predictor


def show(image: np.ndarray, predictor: Predictor) -> None:
    """The answer for one (28, 28) picture: the digit, how sure, and all ten probabilities."""
    proba = predictor.probabilities(image[None])[0]
    digit = int(proba.argmax())
    st.metric("This looks like", str(digit), f"{proba[digit]:.1%} sure", delta_arrow="off", delta_color="off")
    text = ", ".join(f"{i}: {p:.1%}" for i, p in enumerate(proba))
    st.echarts_chart(charts.probability_bars(proba), height=260, alt=f"Probability of each digit: {text}", key="bars")


def invite() -> None:
    """In place of an answer while there is no drawing."""
    st.metric("This looks like", "–", "draw a digit first", delta_arrow="off", delta_color="off")
