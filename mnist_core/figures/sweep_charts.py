"""Figures of a sweep as ECharts options: its trials in turn, what each hyperparameter did, and how much it matters.

A trial that diverged or is far behind most would squash all others: it is drawn as a triangle at the lower end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mnist_core.config import holds, in_words, label, label_within
from mnist_core.fields import Number
from mnist_core.figures.axes import accuracies_begin_at
from mnist_core.figures.colours import COLOURS
from mnist_core.sweeps.studies import FINISHED, PRUNED, Trial
from mnist_core.sweeps.sweep import Sweep

SHOWN_STATES = {FINISHED: ("Finished", COLOURS[0], "circle"), PRUNED: ("Pruned", COLOURS[6], "diamond")}
_NAMED = {"name": "validation accuracy", "nameGap": 10, "nameTextStyle": {"align": "left"}}
_GRID = {"left": 56, "right": 16, "top": 58, "bottom": 44, "outerBoundsMode": "none"}


def in_order(trials: Sequence[Trial]) -> dict[str, Any]:
    """Validation accuracy (%) of each trial by its number, and the best finished one so far as a line."""
    low, high, step = _bounds(trials)
    best = list(np.maximum.accumulate([_percent(t) if t.state == FINISHED else 0.0 for t in trials]))
    line = [
        [t.number, float(b)] for t, b in zip(trials, best, strict=True) if t.state in SHOWN_STATES and b >= max(low, 1)
    ]
    series = [{"type": "line", "name": "Best so far", "step": "end", "showSymbol": False, "data": line}]
    series[0] |= {"color": COLOURS[1], "lineStyle": {"width": 2}}
    x_axis = {"type": "value", "name": "trial", "minInterval": 1, "min": 1, "max": max(2, len(trials))}
    return _option([*series, *_points(trials, lambda trial: trial.number, low)], x_axis, low, high, step)


def slices(trials: Sequence[Trial], sweep: Sweep, name: str) -> dict[str, Any]:
    """Validation accuracy (%) of each trial by its value of the field `name`."""
    low, high, step = _bounds(trials)
    kind, values = holds(name), sweep.ranges[name]
    x_axis: dict[str, Any] = {"name": label_within(name)}
    if not isinstance(kind, Number):
        x_axis |= {"type": "category", "data": [in_words(name, value) for value in values]}
        return _option(_points(trials, lambda trial: values.index(trial.params[name]), low), x_axis, low, high, step)
    x_axis |= {"type": "log" if kind.logarithmic else "value", "min": values[0], "max": values[1]}
    return _option(_points(trials, lambda trial: trial.params[name], low), x_axis, low, high, step)


def importance(shares: dict[str, float]) -> dict[str, Any]:
    """A bar for each field, the one that matters most on top; shares sum to 1."""
    labels = [label(name) for name in shares]
    return {
        "animation": False,
        "grid": {"left": 8, "right": 48, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "max": 100, "show": False},
        "yAxis": {"type": "category", "inverse": True, "data": labels, "axisTick": {"show": False}},
        "series": [
            {
                "type": "bar",
                "data": [round(100 * share) for share in shares.values()],
                "color": COLOURS[0],
                "barMaxWidth": 22,
                "label": {"show": True, "position": "right", "formatter": "{c}%"},
            }
        ],
    }


def _percent(trial: Trial) -> float:
    return 100 * (trial.accuracy or 0.0)


def lowest_shown(trials: Sequence[Trial]) -> float:
    """Where the axis of accuracies (%) begins; a trial with less is a triangle there."""
    return _bounds(trials)[0]


def _bounds(trials: Sequence[Trial]) -> tuple[float, float, float]:
    """Where the axis of accuracies (%) begins and ends, and its steps.

    It begins and ends at a step, or the words there would lie across those beside them.
    """
    known = [_percent(trial) for trial in trials if trial.state in SHOWN_STATES and trial.accuracies]
    if not known:
        return 0.0, 100.0, 20
    most = max(known)
    low = max(0.0, min(100 * accuracies_begin_at(np.array(known) / 100), most - 0.2))
    high = min(100.0, most + 0.05 * (most - low))
    step = next(step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if high - low <= 6 * step)
    # A tenth is none of a computer's numbers: without rounding the axis would begin at 98.60000000000001.
    return round(step * math.floor(low / step), 1), round(step * math.ceil(high / step), 1), step


def _points(trials: Sequence[Trial], x: Any, low: float) -> list[dict[str, Any]]:
    """A series of points for each way in which trials end with an accuracy."""
    return [
        {
            "type": "scatter",
            "name": label,
            "color": colour,
            "symbol": symbol,
            "symbolSize": 9,
            "data": [_point(trial, x(trial), low) for trial in trials if trial.state == state and trial.accuracies],
        }
        for state, (label, colour, symbol) in SHOWN_STATES.items()
    ]


def _point(trial: Trial, x: Any, low: float) -> dict[str, Any]:
    below = _percent(trial) < low
    name = f"Trial {trial.number}: {_percent(trial):.2f}%"
    return {"value": [x, max(_percent(trial), low)], "name": name} | ({"symbol": "triangle"} if below else {})


def _option(series: list[dict], x_axis: dict[str, Any], low: float, high: float, step: float) -> dict[str, Any]:
    return {
        "animation": False,
        "legend": {"right": 0, "top": 0, "itemWidth": 14, "data": [each["name"] for each in series]},
        "grid": _GRID,
        "tooltip": {"trigger": "item", "formatter": "{b}"},
        "xAxis": {"nameLocation": "middle", "nameGap": 26, "splitLine": {"show": False}} | x_axis,
        "yAxis": {
            "type": "value",
            "min": low,
            "max": high,
            "interval": step,
            "axisLabel": {"formatter": "{value}%"},
        }
        | _NAMED,
        "series": series,
    }
