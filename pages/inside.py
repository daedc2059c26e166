"""Look inside: what the layers of a model do, down to the single number, and how to fool it."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from mnist_core.artifacts import ArtifactError
from mnist_core.data import DataError
from mnist_core.predictor import ModelError
from pages.parts import choose_model, frame, read_models
from pages.parts.inside import filters, fool, gradient, layers, one_number, space, switches

PARTS = {
    "Layers": layers.show,
    "Filters": filters.show,
    "One value, step by step": one_number.show,
    "Space": space.show,
    "Try to fool it": fool.show,
    "Switch off": switches.show,
    "Gradients": gradient.show,
}


@st.fragment
def show_part(model: read_models.Model, show: Callable[[Path], None]) -> None:
    """A click in it draws it anew, not the whole page."""
    try:
        show(model.folder)
    except (ArtifactError, ModelError, DataError) as error:
        st.error(str(error), title="This part cannot be shown")


frame.begin("Look inside", "Look inside a model")
model = choose_model.show()
# Only the open part is computed.
for tab, show in zip(st.tabs(list(PARTS), key="part", bind="query-params"), PARTS.values(), strict=True):
    if tab.open:
        with tab:
            show_part(model, show)
