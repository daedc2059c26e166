"""A picture of a network, from the `Layer` list alone, as one piece of HTML that wraps to its width.

Volumes are boxes in oblique projection: height and depth are the pixels, width the channels, logarithmic.
Lists of numbers are bars, their height logarithmic. A layer that keeps the shape is a slice at the end of a box.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from math import log2

from mnist_core.architecture import ACTIVATIONS, IMAGE_SIZE, Layer
from mnist_core.summary import in_words, shape

_INPUT = Layer("InputLayer", "digit", {}, (IMAGE_SIZE, IMAGE_SIZE), 0)
# A box of its own for these; Reshape only adds an axis of length 1.
BOXES = {"InputLayer", "Conv2D", "MaxPooling2D", "Flatten", "Dense"}
LEGEND = (
    "Height and depth of a box: the size of its pictures; width: its number of channels. Height of a bar: its number "
    "of units. Channels and units are on a logarithmic scale."
)

_COLOURS = {
    "Conv2D": "#5b7df0",
    "MaxPooling2D": "#3fa585",
    "Dense": "#e0913f",
    "BatchNormalization": "#9277d8",
    "Dropout": "#cc5b92",
    "Softmax": "#c05a2e",
}
_NEUTRAL = "#8290a8"
_SHORT = {
    "InputLayer": "Digit",
    "BatchNormalization": "Normalize",
    "Rescaling": "Raw pixels",
}

_HEIGHT = 104  # of the tallest picture, in CSS pixels, as all lengths here
_SLICE = 5
_DEPTH = 0.3  # of an oblique edge, as a share of its length


def draw(layers: Sequence[Layer]) -> str:
    """HTML for the layers from the input on, in the colours of any theme."""
    steps: list[list[Layer]] = [[_INPUT]]
    for layer in layers:
        if layer.kind in BOXES:
            steps.append([layer])
        elif layer.kind != "Reshape":
            steps[-1].append(layer)
    figures = "".join(_figure(step) for step in steps)
    return f'<div style="display:flex;flex-wrap:wrap;gap:12px 5px">{figures}</div>'


def _figure(step: list[Layer]) -> str:
    """One box with its slices, over what they are; the words are the text alternative."""
    box, *slices = step
    activation = [ACTIVATIONS[box.options["activation"]]] if "activation" in box.options else []
    lines = [_short(box), shape(box), *activation, *map(_short, slices)]
    words = "".join(
        f'<span style="opacity:{0.7 if n else 1}">{escape(line)}</span><br>' for n, line in enumerate(lines)
    )
    svg = base64.b64encode(_picture(step).encode()).decode()
    return (
        '<figure style="margin:0;min-width:36px;text-align:center">'
        f'<div style="height:{_HEIGHT}px;display:flex;align-items:center;justify-content:center">'
        f'<img src="data:image/svg+xml;base64,{svg}" alt=""></div>'
        f'<figcaption style="font-size:11.5px;line-height:1.4;white-space:nowrap">{words}</figcaption></figure>'
    )


def _short(layer: Layer) -> str:
    words = _SHORT.get(layer.kind, in_words(layer))
    return words.replace("Convolution", "Conv").replace("Max pooling", "Pool")


def _picture(step: list[Layer]) -> str:
    """A box and its slices as SVG: the front and top of each, and the side of the last."""
    pixels = step[0].output_shape[0] if len(step[0].output_shape) > 1 else 0
    height = max(4.0, 2.7 * pixels) if pixels else 10 + 5.3 * log2(step[0].output_shape[-1])
    depth = _DEPTH * height if pixels else 3
    left, parts = 0.5, []
    for layer in step:
        right = left + (_width(layer) if layer is step[0] else _SLICE)
        front = ((left, depth), (right, depth), (right, depth + height), (left, depth + height))
        top = ((left, depth), (right, depth), (right + depth, 0), (left + depth, 0))
        parts += [_face(front, layer, 0.6), _face(top, layer, 0.35)]
        left = right
    side = ((left, depth), (left, depth + height), (left + depth, height), (left + depth, 0))
    size = f'width="{left + depth + 1:.1f}" height="{height + depth + 1:.1f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}{_face(side, step[-1], 0.8)}</svg>'


def _width(layer: Layer) -> float:
    """A digit is one channel; a bar is always as wide."""
    if len(layer.output_shape) == 1:
        return 9
    channels = layer.output_shape[2] if len(layer.output_shape) == 3 else 1
    return 3 + 5 * log2(channels)


def _face(corners: tuple[tuple[float, float], ...], layer: Layer, opacity: float) -> str:
    colour = _COLOURS.get(layer.kind, _NEUTRAL)
    points = " ".join(f"{x:.1f},{y + 0.5:.1f}" for x, y in corners)
    paint = f'fill="{colour}" fill-opacity="{opacity}" stroke="{colour}" stroke-linejoin="round"'
    return f'<polygon points="{points}" {paint}/>'
