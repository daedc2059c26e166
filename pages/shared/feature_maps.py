"""What each layer of a model does with one drawing, as small pictures."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import streamlit as st

from mnist_core.pictures import picture, row
from mnist_core.predictor import ModelError
from pages.shared import readers

_MOST_MAPS = 32
# What only reshapes, and what is on the page already.
_LEFT_OUT = ("as_image", "flatten", "probabilities", "scores")


def show(image: np.ndarray, folder: Path) -> None:
    """What the layers answer to a (28, 28) image, from first to last; each map is bright where it is high."""
    try:
        config, answers = readers.card(folder).config, readers.predictor(folder).activations(image)
    except (ModelError, ValueError) as error:
        st.error(str(error))
        return
    for layer in config.layers():
        if layer.name in answers and layer.name not in _LEFT_OUT and layer.kind != "Dropout":
            _show_layer(layer.name, layer.kind, answers[layer.name])


def _show_layer(name: str, kind: str, answer: np.ndarray) -> None:
    if answer.ndim == 1:
        st.caption(f"**{name}** ({kind}): {answer.size} units, each a square")
        st.html(picture(_as_square(_bright(answer)), f"{name}, all units", 96))
        return
    maps = np.moveaxis(answer, -1, 0)
    height, width = maps.shape[1:]
    first = f", the first {_MOST_MAPS} shown" if len(maps) > _MOST_MAPS else ""
    st.caption(f"**{name}** ({kind}): {len(maps)} maps of {width}x{height}{first}")
    shown = np.stack([_bright(each) for each in maps[:_MOST_MAPS]])
    st.html(row(shown, [f"{name}, map {number + 1}" for number in range(len(shown))], 44))


def _as_square(values: np.ndarray) -> np.ndarray:
    """Values (N,) row by row in the smallest square that holds them, the rest zeros."""
    side = math.isqrt(len(values) - 1) + 1
    return np.pad(values, (0, side**2 - len(values))).reshape(side, side)


def _bright(values: np.ndarray) -> np.ndarray:
    """The values between 0 for the lowest and 1 for the highest."""
    low, high = float(values.min()), float(values.max())
    return (values - low) / max(high - low, 1e-9)
