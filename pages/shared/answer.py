"""What a model reads in a drawing, as words and bars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from mnist_core import charts, drawing
from mnist_core.predictor import ModelError
from pages.shared import readers


def prepare(pixels: np.ndarray | None) -> np.ndarray | None:
    """The (28, 28) picture that models get for a canvas, or None while there is no ink on it."""
    if pixels is None:
        return None
    image = drawing.to_mnist(pixels)
    return image if image.any() else None


def show(image: np.ndarray | None, folder: Path) -> None:
    """The answer of the model in `folder`: the digit, how sure, and all ten probabilities."""
    if image is None:
        st.metric("This looks like", "–", "draw a digit first", delta_arrow="off", delta_color="off")
        return
    try:
        proba = readers.predictor(folder).probabilities(image[None])[0]
    except ModelError as error:
        st.error(str(error), title="This model cannot read your drawing")
        return
    digit = int(proba.argmax())
    st.metric("This looks like", str(digit), f"{proba[digit]:.1%} sure", delta_arrow="off", delta_color="off")
    text = ", ".join(f"{i}: {p:.1%}" for i, p in enumerate(proba))
    st.echarts_chart(charts.probability_bars(proba), height=260, alt=f"Probability of each digit: {text}", key="bars")
