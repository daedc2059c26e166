"""One number inside the network, worked out: a weighted sum, the largest of some cells, or a probability."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st

from mnist_core.architecture import NUM_CLASSES, Layer
from mnist_core.figures import heat
from mnist_core.inside import arithmetic, features, forward
from pages.parts import clickable, read_models
from pages.parts.inside import choose_layer, digit, weighted_sum

_KINDS = ("Conv2D", "MaxPooling2D", "Dense", "Softmax")
_PLACE = ("Row", "Column", "Filter")
# In pixels: as much as a phone has room for.
_MAP_WIDTH = 280


def show(folder: Path) -> None:
    """Raises ArtifactError, ModelError and DataError."""
    layers = read_models.card(folder).config.layers()
    weights, predictor = read_models.weights(folder), read_models.predictor(folder)
    chosen = digit.choose()
    layer = choose_layer.show([layer for layer in layers if layer.kind in _KINDS], "inside_number_layer")
    answers = predictor.activations(chosen.image)
    inputs = arithmetic.inputs_of(layers, answers, chosen.image)[layer.name]
    if layer.kind == "Softmax":
        _show_softmax(inputs, answers[layer.name])
        return
    place = _choose(layer, answers[layer.name])
    if layer.kind == "Conv2D":
        found = arithmetic.conv_output(layer, weights, inputs, *place)
        weighted_sum.show_patch(layer, inputs, place, found)
        weighted_sum.show_total(found, float(answers[layer.name][place]))
    elif layer.kind == "MaxPooling2D":
        _show_pooling(layer, inputs, place, float(answers[layer.name][place]))
    else:
        found = arithmetic.dense_output(layer, weights, inputs, *place)
        sees_pixels = layer is next(each for each in layers if each.kind in features.WITH_UNITS)
        weighted_sum.show_products(found, sees_pixels)
        weighted_sum.show_total(found, float(answers[layer.name][place]))


def _choose(layer: Layer, answers: np.ndarray) -> tuple[int, ...]:
    """Which output; of a map, by a click on it too."""
    if answers.ndim == 1:
        return _choose_place(layer, answers)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        on_map, by_number = st.container(width=_MAP_WIDTH), st.container()
    with by_number:
        place = _choose_place(layer, answers)
        st.caption(
            f"The picture is the layer's output, map {place[2]}: click a number in it, or walk there with the arrow "
            "keys and press Enter, to see how it came about."
        )
    with on_map:
        shown = heat.clickable_map(answers[..., place[2]], float(np.abs(answers).max()), place[:2])
        clickable.show(shown, f"inside_{layer.name}_map", partial(_go_to, layer, answers.shape))
    return place


def _go_to(layer: Layer, shape: tuple[int, ...], clicked: str) -> None:
    for name, length, at in zip(_PLACE, shape[:2], clicked.split(","), strict=False):
        st.session_state[_key(layer, name, length)] = int(at)


def _key(layer: Layer, name: str, length: int) -> str:
    return f"inside_{layer.name}_{name}_{length}"


def _choose_place(layer: Layer, answers: np.ndarray) -> tuple[int, ...]:
    """Which output: row, column and filter, or a unit; at first the strongest."""
    strongest = np.unravel_index(int(answers.argmax()), answers.shape)
    names = _PLACE if answers.ndim == 3 else ("Unit",)
    with st.container(horizontal=True):
        return tuple(
            st.number_input(
                f"{name}, 0 to {length - 1}",
                0,
                length - 1,
                int(first),
                key=_key(layer, name, length),
                persist_state="session",
                width=160,
            )
            for name, length, first in zip(names, answers.shape, strongest, strict=True)
        )


def _show_pooling(layer: Layer, inputs: np.ndarray, place: tuple[int, ...], own: float) -> None:
    cells = arithmetic.pooled_cells(layer, inputs, *place)
    seen, size = inputs[..., place[2]], layer.options["pool_size"]
    length = len(seen)
    box = (place[0] * size / length, place[1] * size / length, size / length, size / length)
    st.html(
        heat.side_by_side(
            heat.marked(
                heat.shaded(seen, np.abs(seen).max()), "The input, the cells framed", weighted_sum.MAP_SIZE, box
            ),
            heat.table(cells, "Cells"),
        )
    )
    st.markdown(f"**The largest of the {size * size} cells is {cells.max():.4f}.**")
    st.caption(f"The model's own number: {own:.4f}. Max pooling has no weights.")


def _show_softmax(logits: np.ndarray, own: np.ndarray) -> None:
    exponentials = np.exp(logits - logits.max())
    st.dataframe(
        {
            "Digit": range(NUM_CLASSES),
            "Score": logits,
            "exp(score − largest)": exponentials,
            "Probability": forward.softmax(logits),
            "The model's own": own,
        },
        hide_index=True,
        height="content",
        column_config={
            "Score": st.column_config.NumberColumn(format="%.3f"),
            "exp(score − largest)": st.column_config.NumberColumn(format="%.6f"),
            "Probability": st.column_config.ProgressColumn(format="%.6f", min_value=0, max_value=1),
            "The model's own": st.column_config.NumberColumn(format="%.6f"),
        },
        alt="From scores to probabilities",
    )
    st.caption(
        f"The exponentials add up to {exponentials.sum():.6f}; each divided by that is the digit's probability. "
        "Taking the largest score off first changes nothing and keeps the numbers small."
    )
