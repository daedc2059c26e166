"""Draw: a drawing, how it becomes the 28x28 picture that the model gets, and the answers of models."""

import numpy as np
import streamlit as st

from mnist_core import drawing
from mnist_core.artifacts import ArtifactError
from mnist_core.predictor import ModelError
from pages.shared import answer, choose_model, download, feature_maps, frame, read_digits, read_models
from pages.shared.draw import number, preparation, several, teach, way_in


def show_answer(
    brought: way_in.Brought, ink: np.ndarray, image: np.ndarray, model: read_models.Model, plain: bool
) -> None:
    """What the model reads; `plain` is without preparation, and then also what it reads with it."""
    proba = answer.probabilities(image, model.folder)
    as_it_is = plain and brought.label is None
    shown = answer.probabilities(drawing.just_shrunk(brought.ink), model.folder) if as_it_is else proba
    answer.show(shown, None if as_it_is else answer.why_not(ink, image))
    if shown is not None:
        download.show("answer", {"digit": range(10), "probability": shown})
    if as_it_is and proba is not None:
        st.caption(f"With preparation it reads {proba.argmax()} and is {proba.max():.1%} sure.")


@st.fragment
def draw_and_read(model: read_models.Model) -> None:
    """From the drawing to the answers; a stroke runs this alone, not the whole page."""
    way = way_in.choose()
    bringing, seen, reading = st.columns([1.15, 1.05, 1.1], gap="medium")
    with bringing:
        brought = way_in.show(way)
        as_number, plain = _choices()
    ink = drawing.without_specks(brought.ink) if brought else None
    # A test digit is prepared already.
    image = None
    if brought and ink is not None and ink.any():
        image = brought.ink if brought.label is not None else drawing.prepare(ink)
    # What is waited for comes first.
    with reading:
        st.markdown("**Its answer**")
        if brought is None or ink is None or image is None:
            answer.show(None)
        elif as_number:
            number.show(ink, model.folder)
        else:
            show_answer(brought, ink, image, model, plain)
    with seen:
        st.markdown("**What the model gets**")
        if brought is None or ink is None or image is None:
            st.caption("Draw a digit on the black board. How it becomes the model's 28x28 picture appears here.")
        else:
            preparation.show(brought, ink, plain)
    _show_more(image, model)


def _choices() -> tuple[bool, bool]:
    """Whether to read a number, and whether to do without preparation."""
    as_number = st.toggle(
        "Read a number", help="Split digits that stand side by side, and read each.", key="draw_number"
    )
    plain = st.toggle(
        "Without preparation",
        help="Give the model the whole board shrunk to 28x28, as many demos do, and see how its answer changes.",
        key="draw_plain",
    )
    return as_number, plain


def _show_more(image: np.ndarray | None, model: read_models.Model) -> None:
    """Other models' answers, what the layers do, and a lesson."""
    if image is not None:
        several.show(image)
        maps = st.expander("What each layer does with it", icon=":material/layers:", key="draw_maps", on_change="rerun")
        if maps.open:
            with maps:
                _show_maps(image, model)
    lesson = st.expander("Teach it your handwriting", icon=":material/school:", key="draw_teach", on_change="rerun")
    if lesson.open:
        with lesson:
            teach.show(image, model)


def _show_maps(image: np.ndarray, model: read_models.Model) -> None:
    try:
        feature_maps.show(image, model.folder)
    except (ArtifactError, ModelError) as error:
        st.error(str(error))


frame.begin("Draw", "Draw for a model")
draw_and_read(choose_model.show())

# The first drawing should not wait for them.
read_digits.known_digits()
