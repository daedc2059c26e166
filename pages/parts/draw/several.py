"""One drawing, many models: the answer of each, side by side."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.artifacts import BUILT_IN, ArtifactError
from mnist_core.predictor import ModelError
from mnist_core.wording import LEAST_SHOWN, in_percent
from pages.parts import read_models
from pages.parts.as_written import as_written


def show(images: list[np.ndarray], doubts: list[str | None], asked: read_models.Model) -> None:
    """A table of what each model reads in a digit (28, 28) as it gets it, or in those of a number.

    That of the page is always `asked`, others are chosen. `doubts` say why one is no digit, None where it is one: no
    model is taken at its word there.
    """
    st.header("What several models say", anchor=False)
    models = {model.id: model for model in read_models.models()}
    chosen = st.multiselect(
        "Models to ask",
        list(models),
        default=list(BUILT_IN),
        format_func=lambda id: models[id].label,
        key="draw_models",
        help="Beside the one that reads your drawing: those that come with Digit Lab, and every run with a model.",
    )
    rows = []
    for model in {asked.id: asked, **{id: models[id] for id in chosen}}.values():
        try:
            proba = read_models.predictor(model.folder).probabilities(np.stack(images))
            row = _row(proba[0], doubts[0]) if len(images) == 1 else _number(proba, doubts)
            # The name last: it is the longest, and on a phone the answers come first.
            rows.append({**row, "model": as_written(model.label)})
        except (ArtifactError, ModelError) as error:
            st.error(f"{as_written(model.label)}: {error}")
    if rows:
        st.table(rows, border="horizontal", width="content", hide_index=True)


def _number(proba: np.ndarray, doubts: list[str | None]) -> dict[str, str]:
    """A number read digit by digit, from probabilities (N, 10)."""
    found = list(zip(proba.argmax(axis=1), proba.max(axis=1), doubts, strict=True))
    reads = "".join("?" if doubt else str(digit) for digit, _, doubt in found)
    sure = [f"{'most like ' if doubt else ''}{digit}\u00a0({in_percent(share)})" for digit, share, doubt in found]
    return {"reads": reads, "digit by digit": ", ".join(sure)}


def _row(proba: np.ndarray, doubt: str | None) -> dict[str, str]:
    second, first = np.argsort(proba)[-2:]
    said = {digit: f"{digit}\u00a0({in_percent(proba[digit])})" for digit in (first, second)}
    # Below that the page shows 0.0%, and a runner-up by chance.
    return {
        "most like" if doubt else "reads": said[first],
        "runner-up": said[second] if proba[second] >= LEAST_SHOWN else "–",
    }
