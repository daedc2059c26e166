"""One drawing, many models: the answer of each, side by side."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.artifacts import BUILT_IN
from mnist_core.predictor import ModelError
from pages.shared import read_models


def show(image: np.ndarray) -> None:
    """A choice of models and a table of what each reads in a (28, 28) image."""
    st.subheader("What several models say")
    models = {model.id: model for model in read_models.models()}
    chosen = st.multiselect(
        "Models to ask",
        list(models),
        default=list(BUILT_IN),
        format_func=lambda id: models[id].label,
        key="draw_models",
        help="Those that come with Digit Lab, and every run that ended or was stopped.",
    )
    rows = []
    for model in (models[id] for id in chosen):
        try:
            rows.append(
                {"model": model.label, **_row(read_models.predictor(model.folder).probabilities(image[None])[0])}
            )
        except ModelError as error:
            st.error(f"{model.label}: {error}")
    percent = st.column_config.NumberColumn(format="%.1f%%")
    if rows:
        st.dataframe(
            rows,
            hide_index=True,
            height="content",
            column_config={"probability": percent, "its probability": percent},
            alt="What each model reads in your drawing",
        )


def _row(proba: np.ndarray) -> dict[str, float]:
    second, first = np.argsort(proba)[-2:]
    named = {"reads": first, "probability": 100 * proba[first]}
    named |= {"runner-up": second, "its probability": 100 * proba[second]}
    return {name: float(value) for name, value in named.items()}
