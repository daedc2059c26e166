"""One number inside the network, worked out: patch, kernel, products, sum, bias and activation."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from mnist_core.architecture import ACTIVATIONS, IMAGE_SIZE, NUM_CLASSES, Layer, padding
from mnist_core.figures import heat, pictures
from mnist_core.inside import arithmetic, features, forward
from pages.parts import download, read_models
from pages.parts.inside import choose_layer, digit

_KINDS = ("Conv2D", "MaxPooling2D", "Dense", "Softmax")
_MAP_SIZE = 168
_LISTED = 12


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
    place = _choose_place(layer, answers[layer.name])
    if layer.kind == "Conv2D":
        found = arithmetic.conv_output(layer, weights, inputs, *place)
        _show_patch(layer, inputs, place, found)
        _show_total(found, float(answers[layer.name][place]))
    elif layer.kind == "MaxPooling2D":
        _show_pooling(layer, inputs, place, float(answers[layer.name][place]))
    else:
        found = arithmetic.dense_output(layer, weights, inputs, *place)
        sees_pixels = layer is next(each for each in layers if each.kind in features.WITH_UNITS)
        _show_products(found, sees_pixels)
        _show_total(found, float(answers[layer.name][place]))


def _choose_place(layer: Layer, answers: np.ndarray) -> tuple[int, ...]:
    """Which output: row, column and filter, or a unit; at first the strongest."""
    strongest = np.unravel_index(int(answers.argmax()), answers.shape)
    names = ("Row", "Column", "Filter") if answers.ndim == 3 else ("Unit",)
    with st.container(horizontal=True):
        return tuple(
            st.number_input(
                f"{name}, 0 to {length - 1}",
                0,
                length - 1,
                int(first),
                key=f"inside_{layer.name}_{name}_{length}",
                persist_state="session",
                width=160,
            )
            for name, length, first in zip(names, answers.shape, strongest, strict=True)
        )


def _show_patch(layer: Layer, inputs: np.ndarray, place: tuple[int, ...], found: arithmetic.WeightedSum) -> None:
    """The patch, the kernel and their products in one channel of the input, and what each channel adds."""
    sums = found.products.sum(axis=(0, 1))
    channel = _choose_channel(sums, f"inside_{layer.name}_channel_{place}") if len(sums) > 1 else 0
    before, _ = padding(layer)
    seen = inputs[..., channel]
    side, length = layer.options["kernel_size"], len(seen)
    box = ((place[0] - before) / length, (place[1] - before) / length, side / length, side / length)
    st.html(
        heat.side_by_side(
            heat.marked(heat.shaded(seen, np.abs(seen).max()), "The input, the patch framed", _MAP_SIZE, box),
            heat.table(found.inputs[..., channel], "Patch"),
            "×",
            heat.table(found.kernel[..., channel], "Kernel"),
            "=",
            heat.table(found.products[..., channel], "Products"),
        )
    )
    download.show("products", partial(_columns, found))
    if len(sums) > 1:
        rest = sums.sum() - sums[channel]
        st.markdown(
            f"Channel {channel} adds {_exact(sums[channel])}; the other {len(sums) - 1} channels, "
            f"each with a kernel of its own, add {_exact(rest)}."
        )


def _choose_channel(sums: np.ndarray, key: str) -> int:
    """One of the input's channels, by what each adds to the sum."""
    return st.number_input(
        f"Channel of the input, 0 to {len(sums) - 1}",
        0,
        len(sums) - 1,
        int(np.abs(sums).argmax()),
        key=key,
        help="At first the one that adds or takes away most.",
        width=260,
    )


def _columns(found: arithmetic.WeightedSum) -> dict[str, np.ndarray]:
    """A line for each product of a patch (rows, columns, channels) and its kernel."""
    places = dict(zip(("row", "column", "channel"), np.indices(found.products.shape).reshape(3, -1), strict=True))
    numbers = {"value": found.inputs, "weight": found.kernel, "product": found.products}
    return places | {name: values.ravel() for name, values in numbers.items()}


def _show_total(found: arithmetic.WeightedSum, own: float) -> None:
    """Sum, bias and activation as one line, beside the number that the model itself gives."""
    function = ACTIVATIONS.get(found.activation)
    total = found.total
    products, bias, result = (_exact(value) for value in (total - found.bias, found.bias, total))
    # Rounded, the parts may miss the sum by their last digit.
    equals = "=" if round(float(products) + float(bias), 4) == float(result) else "≈"
    # A bias is always added, a negative one too.
    bias = f"({bias})" if bias.startswith("-") else bias
    line = f"products {products} + bias {bias} {equals} {result}"
    if function:
        line += f" → {function} → {_exact(found.answer)}"
    st.markdown(f"**{line}**".replace("-", "−"))
    st.caption(f"The model's own number: {own:.4f}. {_EXPLAINED.get(found.activation, '')}")


def _exact(value: float) -> str:
    """Four decimals, and no minus sign before what is rounded to zero."""
    return f"{round(float(value), 4) + 0:.4f}"


_EXPLAINED = {
    "relu": "ReLU leaves what is positive and makes everything else 0.",
    "linear": "There is no activation function here: this is a score, also called logit.",
}


def _show_pooling(layer: Layer, inputs: np.ndarray, place: tuple[int, ...], own: float) -> None:
    cells = arithmetic.pooled_cells(layer, inputs, *place)
    seen, size = inputs[..., place[2]], layer.options["pool_size"]
    length = len(seen)
    box = (place[0] * size / length, place[1] * size / length, size / length, size / length)
    st.html(
        heat.side_by_side(
            heat.marked(heat.shaded(seen, np.abs(seen).max()), "The input, the cells framed", _MAP_SIZE, box),
            heat.table(cells, "Cells"),
        )
    )
    st.markdown(f"**The largest of the {size * size} cells is {cells.max():.4f}.**")
    st.caption(f"The model's own number: {own:.4f}. Max pooling has no weights.")


def _show_products(found: arithmetic.WeightedSum, sees_pixels: bool) -> None:
    """A list of the products that count most and, of a layer that sees the pixels, all of them as pictures."""
    if sees_pixels:
        square = (IMAGE_SIZE, IMAGE_SIZE)
        named = (("Inputs", found.inputs), ("Weights", found.kernel), ("Products", found.products))
        pieces = [
            pictures.picture(heat.signed(values.reshape(square), float(np.abs(values).max())), name, 130)
            + f"<br><small>{name}</small>"
            for name, values in named
        ]
        st.html(heat.side_by_side(pieces[0], "×", pieces[1], "=", pieces[2]))
    order = np.argsort(-np.abs(found.products))[:_LISTED]
    rows: dict[str, Any] = {
        "Input": order,
        "Its value": found.inputs[order],
        "Weight": found.kernel[order],
        "Product": found.products[order],
    }
    number = st.column_config.NumberColumn(format="%.4f")
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        column_config=dict.fromkeys(("Its value", "Weight", "Product"), number),
        alt="The products that count most",
    )
    every = {"input": range(found.inputs.size), "value": found.inputs, "weight": found.kernel}
    download.show("products", every | {"product": found.products})
    rest = found.products.sum(dtype=np.float64) - found.products[order].sum(dtype=np.float64)
    more = found.inputs.size - len(order)
    if more:
        st.caption(f"Those that count most. The other {more:,} products add up to {_exact(rest)}.")


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
