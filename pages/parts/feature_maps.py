"""What each layer of a model does with one digit, as small pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from mnist_core import summary
from mnist_core.architecture import Layer
from mnist_core.figures.pictures import row, strip
from pages.parts import download, read_models

_MOST_MAPS = 32
_SHOWN = ("Conv2D", "MaxPooling2D", "Dense")


def show(image: np.ndarray, folder: Path) -> None:
    """What the layers answer to a (28, 28) image, from first to last. Raises ArtifactError and ModelError."""
    answers = read_models.predictor(folder).activations(image)
    layers = [layer for layer in read_models.card(folder).config.layers() if layer.kind in _SHOWN]
    st.caption("Bright is the largest value in a layer, black the smallest.")
    for layer in layers:
        _show_layer(layer, answers[layer.name])
    download.show("layers", _columns({layer.name: answers[layer.name] for layer in layers}))


def _show_layer(layer: Layer, answer: np.ndarray) -> None:
    name, what = layer.name, summary.in_words(layer)
    bright = (answer - answer.min()) / max(float(np.ptp(answer)), 1e-9)
    if answer.ndim == 1:
        is_last = name == "scores"
        st.markdown(f"**{name}** ({what}): {answer.size} units{', one for each digit' if is_last else ''}")
        st.html(strip(bright, f"{answer.size} units of {name}", map(str, range(answer.size)) if is_last else ()))
        return
    height, width, count = answer.shape
    which = f", the first {_MOST_MAPS} shown" if count > _MOST_MAPS else ""
    st.markdown(f"**{name}** ({what}): {count} maps of {width}×{height}{which}")
    maps = np.moveaxis(bright, -1, 0)[:_MOST_MAPS]
    st.html(row(maps, [f"{name}, map {number + 1}" for number in range(len(maps))], 44))


def _columns(answers: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A line for each number that a layer answered; a dense unit is a map of one pixel."""
    maps = {name: values if values.ndim == 3 else values[None, None] for name, values in answers.items()}
    rows, columns, numbers = np.concatenate([np.indices(v.shape).reshape(3, -1) for v in maps.values()], axis=1)
    names = np.repeat(list(maps), [values.size for values in maps.values()])
    values = np.concatenate([v.ravel() for v in maps.values()])
    return {"layer": names, "map": numbers, "row": rows, "column": columns, "value": values}
