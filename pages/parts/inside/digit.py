"""The digit that is looked at: a test digit by its number or at random, or the drawing from the Draw page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_core import drawing
from mnist_core.figures.pictures import picture
from mnist_core.wording import article
from pages.parts import canvas, choose_digit, read_digits

_SIZE, _DRAWING = 84, "inside_drawing"
_HELP = "The test set has 10,000 digits; any of them can be looked at. Or draw one on the Draw page."


@dataclass(frozen=True)
class Digit:
    """One picture (28, 28) float32 in [0, 1] and what to call it; `label` is None for a drawing."""

    image: np.ndarray
    name: str
    label: int | None


def use_drawing() -> None:
    """Have the drawing looked at."""
    st.session_state[_DRAWING] = True


def choose() -> Digit:
    """`?digit=N` in the address chooses one. Raises DataError."""
    images, labels = read_digits.test_digits()
    choose_digit.say_if_unknown(st.query_params.get("digit"), len(images))
    ink = canvas.ink("draw")
    drawn = None if ink is None else drawing.prepare(drawing.without_specks(ink))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = st.empty()
        uses_drawing = drawn is not None and st.toggle(
            "Your drawing", key=_DRAWING, persist_state="session", help="The one from the Draw page."
        )
        number = choose_digit.by_number("digit", len(images), uses_drawing, bind="query-params", help=_HELP)
    if uses_drawing and drawn is not None:
        digit = Digit(drawn, "your drawing", None)
    else:
        label = int(labels[number])
        digit = Digit(read_digits.test_digit(number), f"test digit {number}, {article(label)} {label}", label)
    shown.html(picture(digit.image, digit.name, _SIZE), width=_SIZE)
    return digit
