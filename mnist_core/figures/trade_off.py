"""What accuracy costs: an ECharts option of all runs, and which of them no other beats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mnist_core.figures import words
from mnist_core.figures.axes import logarithmic_ticks, written
from mnist_core.figures.colours import COLOURS, GREY, ONE_CHOSEN

# What an accuracy is set against: the column of `comparison.overview`, as an axis says it.
COSTS = {"Parameters": "Parameters", "Seconds": "Seconds of training", "Model size": "Model size in MB"}

# A longer name would lie across its neighbours.
_LONGEST = 28
_BEST = "Best trade-offs"
# The series of all runs; the others are the line of the best, and what is written beside the axes.
POINTS = 0


def pareto_front(costs: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Indices of the points (N,) that no other beats, cheapest first: none is at most as dear and better, or equal
    and cheaper."""
    order = np.lexsort((-values, costs))
    best = np.concatenate([[-np.inf], np.maximum.accumulate(values[order])[:-1]])
    return order[values[order] > best]


def places(rows: Sequence[Mapping[str, Any]], cost: str) -> list[int]:
    """Which of `rows` have both numbers: the data of series POINTS, in this order."""
    return [place for place, row in enumerate(rows) if row["Test accuracy"] is not None and row[cost]]


def trade_off(rows: Sequence[Mapping[str, Any]], cost: str, chosen: Sequence[bool]) -> dict[str, Any]:
    """Test accuracy against a cost (of COSTS), from `comparison.overview`; the best trade-offs are joined by a line.

    A row may also say `Who` it is of: then this, which is shorter, is what stands beside the best. The error is
    logarithmic, so that 99.0 and 99.5 % are as far apart as 90 and 95 %; so is the cost.
    """
    shown = places(rows, cost)
    costs = np.log10([float(rows[place][cost]) for place in shown])
    errors = np.log10([max(1 - rows[place]["Test accuracy"], 1e-4) for place in shown])
    front = pareto_front(costs, -errors)
    x, y = _axis(costs), _axis(errors)
    series = [
        _runs(costs, errors, [rows[place] for place in shown], cost, set(front.tolist()), [chosen[i] for i in shown]),
        _front_line(costs[front], errors[front], [rows[shown[point]] for point in front]),
        _beside("xAxis", x["at"], [written(10**at) for at in x["at"]], y["max"]),
        _beside("yAxis", y["at"], [f"{100 * (1 - 10**at):.4g}%" for at in y["at"]], x["min"]),
    ]
    return {
        "animation": False,
        "legend": {"left": 0, "top": 0, "data": [_BEST]},
        "grid": {"left": 64, "right": 16, "top": 52, "bottom": 52, "outerBoundsMode": "none"},
        "tooltip": {"trigger": "item", "formatter": "{b}"},
        "xAxis": _drawn(x) | {"name": COSTS[cost], "nameLocation": "middle", "nameGap": 32},
        # The fewest errors are at the top.
        "yAxis": _drawn(y) | {"name": "Test accuracy", "inverse": True, "nameLocation": "start", "nameGap": 10},
        "series": series,
    }


def _runs(
    costs: np.ndarray,
    errors: np.ndarray,
    rows: Sequence[Mapping[str, Any]],
    cost: str,
    front: set[int],
    picked: Sequence[bool],
) -> dict[str, Any]:
    """A point for each run: large and coloured where nothing cheaper is better, a diamond where a person chose it."""
    data = [
        {
            "value": [float(costs[place]), float(errors[place])],
            "name": f"{_named(row)}\n{_result(row, cost)}",
            "symbol": "diamond" if picked[place] else "circle",
            "symbolSize": 14 if place in front or picked[place] else 8,
            "itemStyle": {"color": COLOURS[1] if place in front else COLOURS[0]},
        }
        for place, row in enumerate(rows)
    ]
    in_lines = {"extraCssText": "white-space: pre;"}
    return {"type": "scatter", "data": data, "itemStyle": {"opacity": 1}, "tooltip": in_lines, "z": 3} | ONE_CHOSEN


def _front_line(costs: np.ndarray, errors: np.ndarray, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The best trade-offs joined by steps, each with its words, towards the middle: elsewhere are the axes' words."""
    middle = (costs.min() + costs.max()) / 2
    sides = ["right" if at <= middle else "left" for at in costs]
    data = [
        {"value": [float(x), float(y)], "name": _short(row), "label": {"position": side}}
        for x, y, row, side in zip(costs, errors, rows, sides, strict=True)
    ]
    label = {"show": True, "formatter": "{b}", "offset": [0, -10], "distance": 10}
    line = {"color": COLOURS[1], "lineStyle": {"width": 2}, "showSymbol": True, "symbolSize": 1, "step": "end"}
    return {"type": "line", "name": _BEST, "silent": True, "data": data, "label": label} | line


def columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The accuracy of every run and each of COSTS; None where it has no such number."""
    who = ["Who"] * any("Who" in row for row in rows)
    return {name: [row[name] for row in rows] for name in ("Name", *who, "Test accuracy", *COSTS)}


def alt(rows: Sequence[Mapping[str, Any]], cost: str) -> str:
    """How many runs there are, and the best trade-offs among them."""
    known = [rows[place] for place in places(rows, cost)]
    front = pareto_front(*(np.array([row[name] for row in known], float) for name in (cost, "Test accuracy")))
    best = "; ".join(f"{_named(known[place])}, {_result(known[place], cost)}" for place in front)
    return f"Test accuracy against {cost.lower()} of {len(known)} runs. The best trade-offs: {best}."


def _result(row: Mapping[str, Any], cost: str) -> str:
    style = ",.0f" if cost == "Parameters" else ",.2f"
    return f"{row['Test accuracy']:.2%}, {cost.lower()} {row[cost]:{style}}"


def _named(row: Mapping[str, Any]) -> str:
    """A run's name, and whose it is as far as the row says it."""
    return f"{row['Name']} · {row['Who']}" if "Who" in row else row["Name"]


def _short(row: Mapping[str, Any]) -> str:
    name = row.get("Who", row["Name"])
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _axis(logs: np.ndarray) -> dict[str, Any]:
    """The ends of an axis for logarithms (N,) of base 10, and where the numbers beside it stand."""
    low, high = float(logs.min()), float(logs.max())
    # What is all alike stands in the middle of a power of ten.
    room = 0.06 * (high - low) or 0.5
    ticks = logarithmic_ticks(10 ** (low - room), 10 ** (high + room))
    # Among values that are nearly alike there may be no round number but one: then the ends are said.
    at = np.log10(ticks).tolist() if len(ticks) > 1 else [low, high]
    return {"min": low - room, "max": high + room, "at": at}


def _drawn(axis: dict[str, Any]) -> dict[str, Any]:
    """Without numbers and lines, which `_beside` has: ECharts would write logarithms."""
    hidden = {part: {"show": False} for part in ("axisLabel", "axisTick", "splitLine")}
    return {"type": "value", "min": axis["min"], "max": axis["max"]} | hidden


def _beside(axis: str, at: Sequence[float], texts: Sequence[str], other: float) -> dict[str, Any]:
    """Lines at these places of `xAxis` or `yAxis`, and their words beside it, where the other axis has `other`."""
    places = [(place, other) if axis == "xAxis" else (other, place) for place in at]
    side = "bottom" if axis == "xAxis" else "left"
    grid = {"symbol": "none", "label": {"show": False}, "lineStyle": {"type": "solid", "color": GREY, "opacity": 0.3}}
    # A logarithm rounded to two digits, as by itself, is another number.
    lines = {"silent": True, "precision": 6, "data": [{axis: place} for place in at]} | grid
    beside = words.series(places, texts, position=side, padding=[2, 6])
    return beside | {"markLine": lines, "labelLayout": {"hideOverlap": True}}
