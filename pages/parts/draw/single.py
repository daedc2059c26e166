"""A single digit: what the chosen model reads in it, with and without preparation."""

from __future__ import annotations

import streamlit as st

from mnist_core import not_a_digit
from mnist_core.wording import sure_in_words
from pages.parts import answer, read_models
from pages.parts.draw import number
from pages.parts.draw.preparation import Prepared


def show(found: Prepared, doubt: str | None, model: read_models.Model) -> str:
    """What the model reads in a digit, and why it may be none; without preparation, also what it reads with it.

    Returns the answer in a few words. Raises ArtifactError.
    """
    proba = answer.probabilities(found.images[0], model.folder)
    as_it_is = found.shrunk is not None
    shown = proba if found.shrunk is None else answer.probabilities(found.shrunk, model.folder)
    read = answer.show(shown, None if as_it_is else doubt)
    answer.offer_numbers(shown)
    if as_it_is and proba is not None:
        sure = f"reads {proba.argmax()} and is {sure_in_words(proba.max())}"
        st.caption(f"With preparation it {'does not look like one digit' if doubt else sure}.")
    elif doubt and not_a_digit.several(found.ink):
        number.offer()
    return read
