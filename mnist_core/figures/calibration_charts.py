"""Calibration as ECharts options. Colours are left to the theme."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from mnist_core.calibration import Reliability
from mnist_core.figures.colours import GREY
from mnist_core.figures.pairs import pairs

_GRID = {"left": 52, "right": 16, "top": 52, "bottom": 44, "outerBoundsMode": "none"}


def reliability_diagram(found: Mapping[str, Reliability]) -> dict[str, Any]:
    """Accuracy against confidence, a line for each of `found` by its name; on the diagonal, both are the same."""
    lines = [
        {
            "type": "line",
            "name": name,
            "symbolSize": 7,
            "data": pairs(100 * each.confidence, 100 * each.accuracy),
        }
        for name, each in found.items()
    ]
    ideal = {"type": "line", "name": "Perfect calibration", "data": [[0, 0], [100, 100]], "showSymbol": False}
    ideal["lineStyle"] = {"type": "dashed", "width": 1, "color": GREY}
    ideal["itemStyle"] = {"color": GREY}
    return {
        "animation": False,
        "legend": {"top": 0, "right": 0},
        "grid": _GRID,
        "tooltip": {"trigger": "item"},
        "xAxis": _axis("confidence (%)") | {"min": 0, "max": 100},
        "yAxis": {"type": "value", "name": "accuracy (%)", "min": 0, "max": 100},
        "series": [*lines, ideal],
    }


def confidence_histogram(found: Mapping[str, Reliability]) -> dict[str, Any]:
    """How many digits each bin of confidence has; logarithmic, because almost all are in the last one."""
    edges = next(iter(found.values())).edges
    names = [f"{low:.1%} to {high:.1%}" for low, high in pairwise(edges)]
    bars = [
        {"type": "bar", "name": name, "data": [int(count) or None for count in each.counts]}
        for name, each in found.items()
    ]
    return {
        "animation": False,
        "legend": {"top": 0, "right": 0},
        "grid": _GRID,
        "tooltip": {"trigger": "axis"},
        # The bars stand on bins; what is written below is the plain scale along them.
        "xAxis": [
            {"type": "category", "data": names, "show": False},
            _axis("confidence (%)") | {"position": "bottom", "min": 0, "max": 100, "splitLine": {"show": False}},
        ],
        # Bars begin below 1, or a bin of a single digit would have none.
        "yAxis": {"type": "log", "name": "digits", "min": 0.5, "startValue": 0.5, "axisLabel": {"showMinLabel": False}},
        "series": bars,
    }


def coverage_curve(covered: np.ndarray, accuracy: np.ndarray, chosen: tuple[float, float]) -> dict[str, Any]:
    """Accuracy of the digits answered against their share, both (N,) in [0, 1]; `chosen` is a point on the curve."""
    points = pairs(100 * covered, 100 * accuracy)
    return {
        "animation": False,
        "grid": _GRID,
        "tooltip": {"trigger": "item"},
        "xAxis": _axis("digits answered (%)") | {"scale": True, "max": 100},
        "yAxis": {"type": "value", "name": "accuracy (%)", "scale": True, "max": 100},
        "series": [
            {"type": "line", "name": "answered, accuracy (%)", "data": points, "symbolSize": 6},
            {"type": "scatter", "name": "chosen", "data": [[100 * share for share in chosen]], "symbolSize": 14},
        ],
    }


def _axis(name: str) -> dict[str, Any]:
    return {"type": "value", "name": name, "nameLocation": "middle", "nameGap": 26}
