"""What only gradients show: the pixels that speak for a digit, and the smallest changes that fool the model.

A worker computes them, because this process has no TensorFlow.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st

from mnist_core.architecture import NUM_CLASSES
from mnist_core.figures import heat
from mnist_core.figures.pictures import picture
from mnist_core.figures.tables import cells
from mnist_core.queue import ask
from mnist_core.runs.store_connection import ServiceError
from mnist_core.wording import article
from pages.parts import answer, download, read_models, services
from pages.parts.inside import digit

_SIZE = 168
_EPSILONS = np.arange(51) / 100


def show(folder: Path) -> None:
    """Raises ArtifactError, ModelError and DataError."""
    chosen = digit.choose()
    read_as = int(read_models.predictor(folder).probabilities(chosen.image[None])[0].argmax())
    # Another model that reads it otherwise has a choice of its own.
    key = f"inside_asked_{chosen.name}_{read_as}"
    asked = st.segmented_control("Explain the score for", range(NUM_CLASSES), default=read_as, required=True, key=key)
    st.session_state.setdefault("inside_gradients", False)
    if not st.session_state["inside_gradients"]:
        st.caption("This takes a few seconds.")
        st.button("Compute", icon=":material/play_arrow:", on_click=_begin)
        return
    try:
        pixels, direction = _gradients(folder, chosen.image, int(asked))
    except (ServiceError, OSError) as error:
        st.error(str(error), title="No worker could compute the gradients")
        return
    _show_attribution(chosen.image, pixels, int(asked))
    _show_attack(folder, chosen.image, direction, read_as, int(asked))


def _begin() -> None:
    st.session_state["inside_gradients"] = True


@st.cache_data(max_entries=200, show_spinner="Computing the gradients…", hash_funcs=read_models.BY_VERSION)
def _gradients(folder: Path, image: np.ndarray, asked: int) -> tuple[np.ndarray, np.ndarray]:
    return ask.gradients(services.engine().client, folder, image, asked)


def _show_attribution(image: np.ndarray, pixels: np.ndarray, asked: int) -> None:
    st.header(f"What speaks for {article(asked)} {asked}", anchor=False)
    colours = heat.signed(pixels, float(np.abs(pixels).max()))
    st.html(
        heat.side_by_side(
            picture(image, "The digit", _SIZE), picture(colours, f"{_said(pixels)} for {article(asked)} {asked}", _SIZE)
        )
    )
    st.caption(
        f"Integrated gradients: blue ink speaks for {asked}, red ink against it. All pixels together add about "
        f"{round(float(pixels.sum()), 1) + 0:.1f} to its score, compared with a blank picture; a pixel "
        "that is blank itself adds nothing."
    )
    download.show("attribution", partial(cells, pixels[..., None], "map", "adds"))


def _said(pixels: np.ndarray) -> str:
    """What pixels (28, 28) add and take away in all, in words."""
    return f"Blue pixels add {pixels[pixels > 0].sum():.2f}, red ones {pixels[pixels < 0].sum():.2f}"


def _attacked(image: np.ndarray, direction: np.ndarray, epsilon: float) -> np.ndarray:
    return np.clip(image + epsilon * direction, 0, 1).astype(np.float32)


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=read_models.BY_VERSION)
def _smallest_in_words(folder: Path, image: np.ndarray, direction: np.ndarray, read_as: int) -> str:
    """From which epsilon on the model reads another digit in `image` than `read_as`."""
    attacked = np.stack([_attacked(image, direction, float(epsilon)) for epsilon in _EPSILONS])
    read = read_models.predictor(folder).probabilities(attacked).argmax(axis=1)
    changed = np.flatnonzero(read != read_as)
    if not len(changed):
        return f"No epsilon up to {_EPSILONS[-1]:g} changes the answer."
    return f"The answer changes first at epsilon {_EPSILONS[changed[0]]:.2f}, to {read[changed[0]]}."


def _what_to_do(read_as: int, asked: int) -> str:
    if read_as == asked:
        return "Move the slider until the answer changes."
    return f"The model reads {article(read_as)} {read_as} as it is: to change that, choose {read_as} above."


def _show_attack(folder: Path, image: np.ndarray, direction: np.ndarray, read_as: int, asked: int) -> None:
    st.header("Fool it with a small change of many pixels", anchor=False)
    epsilon = st.slider(
        "Epsilon",
        float(_EPSILONS[0]),
        float(_EPSILONS[-1]),
        0.1,
        0.01,
        key="inside_epsilon",
        persist_state="session",
        help="How much each pixel changes at most; paper is 0 and ink 1.",
    )
    st.caption(
        "Each pixel goes up or down by epsilon, but no further than black or white: in the direction that, for a very "
        f"small step, makes {article(asked)} {asked} less likely (FGSM: fast gradient sign method). "
        f"{_what_to_do(read_as, asked)}"
    )
    st.caption(_smallest_in_words(folder, image, direction, read_as))
    attacked = _attacked(image, direction, epsilon)
    seen, reading = st.columns([1, 1.6])
    with seen:
        st.html(picture(attacked, f"The digit with epsilon {epsilon:.2f}", _SIZE))
    with reading:
        proba = answer.probabilities(attacked, folder)
        answer.show(proba)
        answer.offer_numbers(proba)
