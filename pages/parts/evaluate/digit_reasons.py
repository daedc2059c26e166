"""Why a model read a test digit as it did: where it looked, what its layers answered, what it takes for alike."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.architecture import IMAGE_SIZE
from mnist_core.explain import PATCH, STEP, patch
from mnist_core.figures import heat
from mnist_core.figures.pictures import picture, with_influence
from mnist_core.wording import in_percent
from pages.parts import download, feature_maps, read_digits, read_models
from pages.parts.evaluate import neighbours
from pages.parts.evaluate.evaluated import Evaluated

# Below this, colours would make much of nothing.
_LEAST_FULL = 0.02
# Of the map, in pixels.
_SIZE = 196


def show_influence(evaluated: Evaluated, index: int) -> None:
    """A map of how much hiding each part of the digit changes the probability of a digit to be chosen."""
    proba = read_models.occlusion(evaluated.model.folder, index)
    answer = int(evaluated.proba[index].argmax())
    digit = st.segmented_control(
        "Watch the probability of", range(10), default=answer, required=True, wrap=True, key=f"watched_{index}"
    )
    before = float(evaluated.proba[index, digit])
    influence = before - proba[..., digit]
    full = max(_LEAST_FULL, float(np.abs(influence).max()))
    left, right = st.columns([1, 1.8], gap="medium")
    with left:
        overlay = with_influence(read_digits.test_digit(index), influence, full)
        place, alt = _strongest(influence), f"Which parts matter for {digit}"
        st.html(heat.marked(overlay, alt, _SIZE, _box(place)) if place else picture(overlay, alt, _SIZE))
    with right:
        st.markdown(_said(place, proba, digit, before))
        # No caption: on it, coloured words would be too faint.
        st.markdown(
            f":small[A patch of {PATCH}×{PATCH} pixels is blanked at every second row and column in turn; at the "
            f"border it is smaller. :blue[Blue] speaks for {digit}: hiding it makes {digit} less likely. :red[Red] "
            f"speaks against it: hiding it makes {digit} more likely. Full colour is a change of "
            f"{100 * full:.1f} percentage points.]"
        )
        places = STEP * np.indices(influence.shape).reshape(2, -1)
        numbers = {"row": places[0], "column": places[1], f"probability of {digit}": proba[..., digit].ravel()}
        download.show("occlusion", numbers)


def _strongest(influence: np.ndarray) -> tuple[int, int] | None:
    """The place in the map (14, 14) whose patch changes most; None where none changes anything."""
    row, column = divmod(int(np.abs(influence).argmax()), influence.shape[1])
    return (row, column) if abs(influence[row, column]) >= _LEAST_FULL else None


def _patch(place: tuple[int, int]) -> tuple[slice, slice]:
    """The rows and columns of the digit that are hidden for a place in the map."""
    rows, columns = (slice(each.start, min(each.stop, IMAGE_SIZE)) for each in patch(*(STEP * at for at in place)))
    return rows, columns


def _box(place: tuple[int, int]) -> tuple[float, float, float, float]:
    """Where that patch is, as `heat.marked` frames it."""
    (top, height), (left, width) = ((each.start, each.stop - each.start) for each in _patch(place))
    return top / IMAGE_SIZE, left / IMAGE_SIZE, height / IMAGE_SIZE, width / IMAGE_SIZE


def _said(place: tuple[int, int] | None, proba: np.ndarray, digit: int, before: float) -> str:
    """What hiding the patch of that place does to the probability of `digit`, and to the answer."""
    if place is None:
        least = f"{100 * _LEAST_FULL:.0f} percentage points or more"
        return f"No single patch changes the probability of **{digit}** ({in_percent(before)}) by {least}."
    (rows, columns), hidden = _patch(place), proba[place]
    answer = int(hidden.argmax())
    return (
        f"Of {proba[..., 0].size} patches, the framed one (rows {rows.start}–{rows.stop - 1}, columns {columns.start}–"
        f"{columns.stop - 1}, counted from 0) changes the probability of **{digit}** most: from {in_percent(before)} "
        f"to {in_percent(float(hidden[digit]))}. Without it the model {'still ' * (answer == digit)}reads **{answer}** "
        f"({in_percent(float(hidden[answer]))})."
    )


def show_layers(evaluated: Evaluated, index: int) -> None:
    """What each layer answered."""
    feature_maps.show(read_digits.test_digit(index), evaluated.model.folder)


PARTS = {
    "Where it looked": show_influence,
    "What the layers did": show_layers,
    "Nearest training digits": neighbours.show,
}
