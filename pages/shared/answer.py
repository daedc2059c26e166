"""What a model reads in a drawing, as words and bars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from mnist_core import charts
from mnist_core.predictor import ModelError
from pages.shared import readers


def probabilities(image: np.ndarray, folder: Path) -> np.ndarray | None:
    """The ten probabilities that the model in `folder` gives a (28, 28) image; None, and said why, if it cannot."""
    try:
        return readers.predictor(folder).probabilities(image[None])[0]
    except ModelError as error:
        st.error(str(error), title="This model cannot read your drawing")
        return None


def show(proba: np.ndarray | None) -> None:
    """An answer (10,): the digit, how sure, and all ten probabilities; None is nothing to read."""
    if proba is None:
        st.metric("This looks like", "–", "draw a digit first", delta_arrow="off", delta_color="off")
        return
    digit = int(proba.argmax())
    st.metric("This looks like", str(digit), f"{proba[digit]:.1%} sure", delta_arrow="off", delta_color="off")
    text = ", ".join(f"{i}: {p:.1%}" for i, p in enumerate(proba))
    st.echarts_chart(charts.probability_bars(proba), height=260, alt=f"Probability of each digit: {text}", key="bars")
