"""What a model reads in a drawing, as words and bars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from mnist_core import artifacts, not_a_digit
from mnist_core.data import DataError
from mnist_core.figures import probability_bars
from mnist_core.predictor import ModelError
from mnist_core.wording import sure_in_words
from pages.parts import announce, download, figure, read_digits, read_models


def probabilities(image: np.ndarray, folder: Path) -> np.ndarray | None:
    """The ten probabilities that the model in `folder` gives a (28, 28) image; None, and said why, if it cannot."""
    try:
        return read_models.predictor(folder).probabilities(image[None])[0]
    except ModelError as error:
        st.error(str(error), title="This model cannot read it")
        return None


def why_not(ink: np.ndarray, image: np.ndarray) -> str | None:
    """Why ink (H, W), prepared as `image` (28, 28), is not one digit; None if it is one, or nobody can tell.

    `best` decides, whatever model answers: the rule was measured with it.
    """
    try:
        answers = read_models.predictor(artifacts.MODELS_FOLDER / "best").activations(image)
        return not_a_digit.reason(ink, image, answers, read_digits.judge())
    except ModelError:
        return None
    except DataError as error:
        st.warning(str(error), title="Whether this is a digit at all cannot be said")
        return None


def show(proba: np.ndarray | None, doubt: str | None = None, first: str = "draw a digit first") -> str:
    """An answer (10,): the digit, how sure, and all ten probabilities; None is nothing to read, and `first` what to do.

    With a `doubt` the drawing is not one digit, and that is why. Returns the answer in a few words, if there is one.
    """
    if proba is None:
        shown, how_sure, said = "–", first, ""
    elif doubt:
        shown, how_sure, said = "?", None, "Not one digit?"
    else:
        shown, how_sure = str(proba.argmax()), sure_in_words(proba.max())
        said = f"Looks like {shown}, {how_sure}"
    with st.container(gap=None):
        st.metric("This looks like", shown, how_sure, delta_arrow="off", delta_color="off")
        announce.say(said, "answer")
    if proba is None:
        return said
    if doubt:
        st.caption(f"**This does not look like one digit.** {doubt}")
        st.caption(not_a_digit.leaning(proba))
    figure.show(probability_bars.probability_bars(proba), "bars", probability_bars.alt(proba), height=260)
    return said


def offer_numbers(proba: np.ndarray | None) -> None:
    """The ten probabilities (10,) as a file, where there are any."""
    if proba is not None:
        download.show("answer", {"digit": range(len(proba)), "probability": proba})
