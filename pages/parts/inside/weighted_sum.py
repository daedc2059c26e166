"""A weighted sum, worked out: inputs, weights and products, what they add up to, bias and activation."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from mnist_core.architecture import ACTIVATIONS, IMAGE_SIZE, Layer, padding
from mnist_core.figures import heat, pictures
from mnist_core.inside import arithmetic
from pages.parts import download

# Of a picture of a whole map, in pixels.
MAP_SIZE = 168
_LISTED = 12
_EXPLAINED = {
    "relu": "ReLU leaves what is positive and makes everything else 0.",
    "sigmoid": "Sigmoid makes 1 / (1 + e⁻ˣ) of a sum x.",
    "tanh": "Tanh makes (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ) of a sum x.",
    "elu": "ELU leaves what is positive and makes eˣ − 1 of a negative sum x.",
    "gelu": "GELU makes x · Φ(x) of a sum x; Φ(x) is the share of a normal distribution that lies below x.",
    "swish": "Swish makes x / (1 + e⁻ˣ) of a sum x.",
    "leaky_relu": "Leaky ReLU leaves what is positive and makes a fifth of a negative sum.",
    "linear": "There is no activation function here: this is a score, also called logit.",
}


def show_patch(layer: Layer, inputs: np.ndarray, place: tuple[int, ...], found: arithmetic.WeightedSum) -> None:
    """The patch, the kernel and their products in one channel of the input, and what each channel adds."""
    sums = found.products.sum(axis=(0, 1))
    channel = _choose_channel(sums, f"inside_{layer.name}_channel_{place}") if len(sums) > 1 else 0
    before, _ = padding(layer)
    seen = inputs[..., channel]
    side, length = layer.options["kernel_size"], len(seen)
    box = ((place[0] - before) / length, (place[1] - before) / length, side / length, side / length)
    st.html(
        heat.side_by_side(
            heat.marked(heat.shaded(seen, np.abs(seen).max()), "The input, the patch framed", MAP_SIZE, box),
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


def show_total(found: arithmetic.WeightedSum, own: float) -> None:
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


def show_products(found: arithmetic.WeightedSum, sees_pixels: bool) -> None:
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
