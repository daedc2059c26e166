"""The digit that is looked at: a test digit by its number or at random, or the drawing from the Draw page."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_core import drawing
from mnist_core.figures.pictures import picture
from pages.shared import canvas, readers

_SIZE = 84


@dataclass(frozen=True)
class Digit:
    """One picture (28, 28) float32 in [0, 1] and what to call it; `label` is None for a drawing."""

    image: np.ndarray
    name: str
    label: int | None


def choose() -> Digit:
    """`?digit=N` in the address chooses one. Raises DataError."""
    images, labels = readers.test_digits()
    ink = canvas.ink("draw")
    drawn = None if ink is None else drawing.prepare(drawing.without_specks(ink))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = st.empty()
        uses_drawing = drawn is not None and st.toggle(
            "Your drawing", key="inside_drawing", persist_state="session", help="The one from the Draw page."
        )
        number = st.number_input(
            "Test digit",
            0,
            len(images) - 1,
            key="digit",
            bind="query-params",
            width=140,
            disabled=uses_drawing,
            help="The test set has 10,000 digits; any of them can be looked at. Or draw one on the Draw page.",
        )
        st.button("Random", icon=":material/shuffle:", on_click=_any_of, args=[len(images)], disabled=uses_drawing)
    if uses_drawing and drawn is not None:
        digit = Digit(drawn, "your drawing", None)
    else:
        label = int(labels[number])
        digit = Digit(images[number].astype(np.float32) / 255, f"test digit {number}, a {label}", label)
    shown.html(picture(digit.image, digit.name, _SIZE), width=_SIZE)
    return digit


def _any_of(count: int) -> None:
    st.session_state["digit"] = random.randrange(count)
