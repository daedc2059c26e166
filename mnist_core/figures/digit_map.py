"""Digits as points on a plane, in the colour of what they are, as an ECharts option.

Plotly would give a finger the point that was tapped before, and keep it from scrolling the page.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mnist_core.architecture import NUM_CLASSES
from mnist_core.figures import words
from mnist_core.figures.braille import braille
from mnist_core.figures.colours import GREY, ONE_CHOSEN

# One for each digit, on light and on dark: 0 to 9 as blue, orange, green, red, violet, brown, pink, grey, yellow, teal.
DIGIT_COLOURS = (
    "#3366e6", "#d97400", "#1e9e4a", "#e02b2b", "#a035d8", "#925c36", "#d94fa3", "#6c727e", "#a89000", "#119c90",
)  # fmt: skip

HEIGHT = 560
_CROSS = "path://M2,0L8,6L14,0L16,2L10,8L16,14L14,16L8,10L2,16L0,14L6,8L0,2Z"
_SIZE, _WRONG_SIZE = 7, 11
# The series of all digits; another one writes on the groups.
POINTS = 0


def digit_map(
    points: np.ndarray, images: np.ndarray, labels: np.ndarray, read_as: np.ndarray, ringed: int | None = None
) -> dict[str, Any]:
    """A point (N, 2) for each digit in the colour of its label (N,), a cross where it is read as another (N,).

    Under the pointer it shows its image (28, 28) uint8. The data of series POINTS are the digits in their order; the
    one that is `ringed` is selected until another one is.
    """
    hidden = {"type": "value", "show": False, "scale": True}
    monospaced = "white-space: pre; font-family: monospace; line-height: 1.1;"
    return {
        "animation": False,
        "grid": {"left": 8, "right": 64, "top": 36, "bottom": 8, "outerBoundsMode": "none"},
        "xAxis": hidden,
        "yAxis": hidden,
        "tooltip": {"trigger": "item", "formatter": "{b}", "extraCssText": monospaced},
        "toolbox": {"left": 0, "feature": {"dataZoom": {"title": {"zoom": "Zoom in", "back": "Zoom out"}}}},
        "visualMap": _legend(),
        "series": [_digits(points, images, labels, read_as, ringed), _names(points, labels)],
    }


def _legend() -> dict[str, Any]:
    """What gives each digit the colour of its label; a click there hides those of one that are read right."""
    pieces = [{"value": label, "label": str(label), "color": DIGIT_COLOURS[label]} for label in range(NUM_CLASSES)]
    place = {"orient": "vertical", "right": 0, "top": 36, "itemSymbol": "circle", "inverse": True}
    return {"type": "piecewise", "dimension": 2, "seriesIndex": POINTS, "pieces": pieces, **place} | {
        "outOfRange": {"symbolSize": 0, "color": GREY}
    }


def _digits(
    points: np.ndarray, images: np.ndarray, labels: np.ndarray, read_as: np.ndarray, ringed: int | None
) -> dict[str, Any]:
    drawn = braille(images)
    data = []
    for number, (place, label, answer) in enumerate(zip(points, labels.tolist(), read_as.tolist(), strict=True)):
        x, y = (float(f"{coordinate:.5g}") for coordinate in place)
        name = f"{drawn[number]}\ntest digit {number}: {label} read as {answer}"
        wrong = {"symbol": _CROSS, "symbolSize": _WRONG_SIZE} if label != answer else {}
        chosen = {"selected": True} if number == ringed else {}
        data.append({"value": [x, y, label], "name": name} | wrong | chosen)
    return {"type": "scatter", "symbolSize": _SIZE, "itemStyle": {"opacity": 1}, "data": data} | ONE_CHOSEN


def _names(points: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """The digit on the middle of its group, beside the colours, which not everybody tells apart."""
    middles = {label: np.median(points[labels == label], axis=0) for label in sorted(set(labels.tolist()))}
    style = {"fontSize": 18, "fontWeight": "bold", "position": "top", "distance": 0}
    style |= {"color": "#ffffff", "backgroundColor": "rgba(30, 36, 48, 0.75)", "padding": [2, 5]}
    named = words.series([place.tolist() for place in middles.values()], map(str, middles), **style)
    # Where groups overlap, one name lies beside the other.
    return named | {"z": 5, "labelLayout": {"moveOverlap": "shiftX"}}
