"""One drawing, many models: the answer of each, side by side."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.artifacts import BUILT_IN, ArtifactError
from mnist_core.evaluation import in_percent
from mnist_core.predictor import ModelError
from pages.shared import frame, read_models


def show(images: list[np.ndarray], doubts: list[str | None]) -> None:
    """A choice of models and a table of what each reads in a prepared digit (28, 28), or in those of a number.

    `doubts` say why one is no digit, None where it is one: no model is taken at its word there.
    """
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
            proba = read_models.predictor(model.folder).probabilities(np.stack(images))
            row = _row(proba[0], doubts[0]) if len(images) == 1 else _number(proba, doubts)
            rows.append({"model": model.label, **row})
        except (ArtifactError, ModelError) as error:
            st.error(f"{model.label}: {error}")
    percent = st.column_config.NumberColumn(format="%.1f%%")
    # On a phone the answers stay beside the names; elsewhere there is room for both.
    name = st.column_config.TextColumn(width=180 if frame.is_on_a_phone() else None)
    if rows:
        st.dataframe(
            rows,
            hide_index=True,
            height="content",
            column_config={"model": name, "probability": percent, "its probability": percent},
            alt="What each model reads",
        )


def _number(proba: np.ndarray, doubts: list[str | None]) -> dict[str, str]:
    """A number read digit by digit, from probabilities (N, 10)."""
    found = list(zip(proba.argmax(axis=1), proba.max(axis=1), doubts, strict=True))
    reads = "".join("?" if doubt else str(digit) for digit, _, doubt in found)
    sure = ", ".join(f"{'most like ' if doubt else ''}{digit}: {in_percent(share)}" for digit, share, doubt in found)
    return {"reads": reads, "digit by digit": sure}


def _row(proba: np.ndarray, doubt: str | None) -> dict[str, float]:
    second, first = np.argsort(proba)[-2:]
    named = {"most like" if doubt else "reads": first, "probability": 100 * proba[first]}
    named |= {"runner-up": second, "its probability": 100 * proba[second]}
    return {name: float(value) for name, value in named.items()}
