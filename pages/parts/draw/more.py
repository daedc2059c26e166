"""Below the answer: a lesson, other models' answers, and what the layers do."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.artifacts import ArtifactError
from mnist_core.predictor import ModelError
from pages.parts import another_page, feature_maps, read_models
from pages.parts.draw import several, teach, way_in
from pages.parts.inside import digit


def show(images: list[np.ndarray], doubts: list[str | None], model: read_models.Model) -> None:
    """What else can be made of digits (28, 28) as models get them: none, one, or those of a number; with why each is
    none."""
    # First, because the rest comes and goes with each digit. The lesson must keep its place: a fragment that looks at
    # it lives there, and when that moves while strokes follow fast, Streamlit sends a place that the browser does not
    # have and the page is gone.
    lesson = st.expander("Teach it your handwriting", icon=":material/school:", key="draw_teach", on_change="rerun")
    if lesson.open:
        with lesson:
            teach.show(model)
    if images:
        several.show(images, doubts, model)
    if len(images) == 1:
        _offer_maps(images[0], model)


def _offer_maps(image: np.ndarray, model: read_models.Model) -> None:
    maps = st.expander("What each layer does with it", icon=":material/layers:", key="draw_maps", on_change="rerun")
    if maps.open:
        with maps:
            _show_maps(image, model)
            if st.session_state["draw_way"] == way_in.BOARD:
                _offer_steps(model)


def _offer_steps(model: read_models.Model) -> None:
    """The way to each single number in the layers, for the drawing."""
    if st.button("Follow your drawing step by step", icon=":material/biotech:", key="draw_inside"):
        digit.use_drawing()
        another_page.switch_to("pages/inside.py", {"model": model.id, "part": "One value, step by step"})


def _show_maps(image: np.ndarray, model: read_models.Model) -> None:
    try:
        feature_maps.show(image, model.folder)
    except (ArtifactError, ModelError) as error:
        st.error(str(error))
