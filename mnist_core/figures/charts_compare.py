"""Figures of several runs at once: ECharts options for their curves, Plotly for what stands still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mnist_core.config import TrainConfig
from mnist_core.figures.axes import RESULTS, Axis, logarithmic_ticks, parallel_axes
from mnist_core.runs import Curves

# One for each run, whatever its line: they tell apart on light, on dark and for the colour-blind
# (after M. Okabe and K. Ito, "Color Universal Design", 2008).
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#848a96", "#b8a500")

AXES = {"epoch": "Epochs", "seconds": "Seconds", "digits": "Digits seen"}
LINES = {"batch": "Training, by batch", "training": "Training", "validation": "Validation"}
_PREFIXES = {"batch": "batch_", "training": "", "validation": "val_"}
_STYLES: dict[str, dict[str, Any]] = {
    "batch": {"type": "dotted", "width": 1.5},
    "training": {"type": "dashed", "width": 2},
    "validation": {"type": "solid", "width": 2},
}


@dataclass(frozen=True)
class View:
    """How curves are drawn: along what (of AXES), which lines (of LINES), and how smooth, from 0 to below 1."""

    axis: str = "epoch"
    lines: tuple[str, ...] = ("training", "validation")
    smoothing: float = 0.0
    logarithmic_x: bool = False
    logarithmic_y: bool = False


def curves_together(
    runs: Mapping[str, tuple[TrainConfig, Curves]], quantity: str, view: View = View()
) -> dict[str, Any]:
    """An ECharts option for the `loss` or `accuracy` of several runs, by name: a colour each.

    A smoothed line has its raw one faint under it. A logarithmic axis shows not the accuracy but the error,
    1 - accuracy, as otherwise everything from 90% on would be one line.
    """
    error = quantity == "accuracy" and view.logarithmic_y
    series = [
        line
        for number, (name, (config, curves)) in enumerate(runs.items())
        for kind in view.lines
        for line in _lines(name, COLOURS[number % len(COLOURS)], kind, _points(config, curves, quantity, kind, view))
    ]
    title = "Error, 1 - accuracy" if error else quantity.capitalize()
    y_axis = {"type": "log" if view.logarithmic_y else "value", "scale": True}
    x_axis = {"type": "log" if view.logarithmic_x else "value", "name": AXES[view.axis].lower()}
    return {
        "animation": False,
        "title": {"text": title, "left": 0, "top": 6, "textStyle": {"fontSize": 14}},
        "legend": {"right": 0, "top": 6, "left": 150, "type": "scroll", "data": list(runs)},
        "grid": {"left": 56, "right": 16, "top": 40, "bottom": 40, "outerBoundsMode": "none"},
        "tooltip": {"trigger": "item"},
        "xAxis": x_axis | {"nameLocation": "middle", "nameGap": 22, "scale": view.logarithmic_x},
        "yAxis": y_axis,
        "series": series,
    }


def _points(
    config: TrainConfig, curves: Curves, quantity: str, kind: str, view: View
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the points of a line are: x, raw y, smoothed y; without what an axis cannot show."""
    steps, values = curves.series.get(f"{_PREFIXES[kind]}{quantity}", (np.zeros(0), np.zeros(0)))
    x = _along(view.axis, steps / config.steps_per_epoch if kind == "batch" else steps, config, curves)
    y = 1 - values if quantity == "accuracy" and view.logarithmic_y else values
    shown = np.isfinite(x) & np.isfinite(y) & ~((x <= 0) & view.logarithmic_x) & ~((y <= 0) & view.logarithmic_y)
    return x[shown], y[shown], smoothed(y[shown], view.smoothing)


def _along(axis: str, epochs: np.ndarray, config: TrainConfig, curves: Curves) -> np.ndarray:
    """Epochs, fractions too, in the unit of `axis`; NaN for seconds of an epoch that has not ended."""
    if axis == "digits":
        return epochs * config.digits_per_epoch
    if axis == "seconds":
        ends, seconds = curves.series.get("seconds", (np.zeros(0), np.zeros(0)))
        known = np.concatenate([[0], ends]), np.concatenate([[0], np.cumsum(seconds)])
        return np.interp(epochs, *known, right=np.nan)
    return epochs.astype(float)


def smoothed(values: np.ndarray, weight: float) -> np.ndarray:
    """The exponential moving average of `values` (N,): `weight` in [0, 1) is what it keeps at each point.

    Divided by the weights so far, so that it begins at the first value and not at zero.
    """
    average, total, found = 0.0, 0.0, []
    for value in values:
        average, total = weight * average + (1 - weight) * value, weight * total + (1 - weight)
        found.append(average / total)
    return np.array(found)


def _lines(
    name: str, colour: str, kind: str, points: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> list[dict[str, Any]]:
    """The line of a run, and under it the raw one if it is another. One name, so that the legend hides both."""
    x, raw, smooth = points
    common = {"type": "line", "name": name, "color": colour, "symbolSize": 5}
    drawn = [common | {"data": _pairs(x, smooth), "lineStyle": _STYLES[kind], "showSymbol": len(x) < 40}]
    if not np.array_equal(raw, smooth):
        faint = {"lineStyle": {"opacity": 0.3, "width": 1}, "showSymbol": False, "silent": True}
        drawn.insert(0, common | {"data": _pairs(x, raw)} | faint)
    return drawn


def _pairs(x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    return [[round(float(a), 4), float(f"{b:.5g}")] for a, b in zip(x, y, strict=True)]


# What an accuracy is set against: the column of `comparison.overview`, as an axis says it.
COSTS = {"Parameters": "Parameters", "Seconds": "Seconds of training", "Model size": "Model size in MB"}


def pareto_front(costs: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Indices of the points (N,) that no other beats, cheapest first: none is at most as dear and better, or equal
    and cheaper."""
    order = np.lexsort((-values, costs))
    best = np.concatenate([[-np.inf], np.maximum.accumulate(values[order])[:-1]])
    return order[values[order] > best]


def trade_off(rows: Sequence[Mapping[str, Any]], cost: str, chosen: Sequence[bool]) -> go.Figure:
    """Test accuracy against a cost (of COSTS), from `comparison.overview`; the best trade-offs are joined by a line.

    Points keep the place in `rows` in their `customdata`; rows without one of the numbers are left out.
    The error is logarithmic, so that 99.0 and 99.5% are as far apart as 90 and 95%.
    """
    places = [i for i, row in enumerate(rows) if row["Test accuracy"] is not None and row[cost]]
    costs = np.array([rows[i][cost] for i in places], float)
    errors = np.array([max(1 - rows[i]["Test accuracy"], 1e-4) for i in places])
    front = pareto_front(costs, -errors)
    figure = go.Figure()
    figure.add_scatter(
        x=costs[front],
        y=errors[front],
        mode="lines",
        name="Best trade-offs",
        hoverinfo="skip",
        line={"shape": "hv", "color": COLOURS[1]},
    )
    figure.add_scatter(
        x=costs,
        y=errors,
        mode="markers",
        marker=_markers(set(front), [bool(chosen[i]) for i in places]),
        showlegend=False,
        customdata=places,
        text=[_name_and_result(rows[i], cost) for i in places],
        hovertemplate="%{text}<extra></extra>",
    )
    _logarithmic_axes(figure, cost, costs)
    figure.update_layout(height=420, margin={"l": 10, "r": 10, "t": 30, "b": 10}, legend={"x": 0.01, "y": 1.05})
    return figure


def _name_and_result(row: Mapping[str, Any], cost: str) -> str:
    style = ",.0f" if cost == "Parameters" else ",.2f"
    return f"{row['Name']}<br>{row['Test accuracy']:.2%}, {cost.lower()} {row[cost]:{style}}"


def _markers(front: set[int], picked: list[bool]) -> dict[str, Any]:
    """Large and coloured where nothing cheaper is better, diamonds where a person chose the run."""
    return {
        "size": [12 if place in front or pick else 7 for place, pick in enumerate(picked)],
        "color": [COLOURS[1] if place in front else COLOURS[0] for place in range(len(picked))],
        "symbol": ["diamond" if pick else "circle" for pick in picked],
        "opacity": 0.8,
    }


def _logarithmic_axes(figure: go.Figure, cost: str, costs: np.ndarray) -> None:
    powers = logarithmic_ticks(costs.min() / 2, costs.max() * 2)
    figure.update_xaxes(type="log", title=COSTS[cost], tickvals=powers, ticktext=[f"{tick:,g}" for tick in powers])
    ticks = [0.9, 0.7, 0.5, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02, 0.015, 0.01, 0.007, 0.005, 0.003, 0.002, 0.001]
    figure.update_yaxes(
        type="log",
        autorange="reversed",
        title="Test accuracy",
        tickvals=ticks,
        ticktext=[f"{1 - t:.1%}" for t in ticks],
    )


# From the least accurate to the most: each is seen on light and on dark.
_WORSE_TO_BETTER = np.array([[0x84, 0x8A, 0x96], [0x56, 0xB4, 0xE9], [0xE6, 0x9F, 0x00]])

# The series of `parallel_coordinates`: a selection has under the first the lines that pass what is marked, under the
# second the one that was clicked.
PASSING, CLICKED = 0, 1
_ROOM = {"left": 50, "right": 64, "top": 72, "bottom": 20}


def parallel_coordinates(
    runs: Sequence[tuple[TrainConfig, Mapping[str, Any]]], settings: Sequence[str], results: Sequence[str] = RESULTS
) -> dict[str, Any]:
    """An ECharts option: the axes of `axes.parallel_axes` and a line for each run, coloured by the last result.

    Ranges are marked by dragging along the axes; what does not pass all of them fades. Data indices of a
    selection are places in `runs`.
    """
    axes = parallel_axes(runs, settings, results)
    values = np.stack([axis.places for axis in axes], axis=1).round(4).tolist()
    colours = _colours(axes[-1].places)
    names = [_in_short(row, results[-1]) for _, row in runs]
    return {
        "animation": False,
        "tooltip": {"trigger": "item", "formatter": "{b}"},
        # Without a brush ECharts says nothing of marks on axes; with one it lists the lines of the linked series.
        "brush": {"brushLink": [PASSING], "outOfBrush": {}, "throttleType": "debounce", "throttleDelay": 200},
        "toolbox": {"show": False},
        "parallel": _ROOM,
        "parallelAxis": [_drawn_axis(number, axis.label) for number, axis in enumerate(axes)],
        **_beside(axes),
        "series": [_seen_lines(values, colours), _clickable_lines(values, names), _ticks(axes)],
    }


_CHOSEN = COLOURS[5]
_MARK = "#cfd2d7"


# A selection does not tell marked lines from a clicked one: each has a series, and only one of them is seen.
def _seen_lines(values: Sequence[Sequence[float]], colours: Sequence[str]) -> dict[str, Any]:
    lines = [{"value": value, "lineStyle": {"color": colour}} for value, colour in zip(values, colours, strict=True)]
    style = {"lineStyle": {"width": 1.2, "opacity": 0.7}, "inactiveOpacity": 0.06}
    return {"type": "parallel", "animation": False, "silent": True, "data": lines} | style


def _clickable_lines(values: Sequence[Sequence[float]], names: Sequence[str]) -> dict[str, Any]:
    lines = [{"value": value, "name": name} for value, name in zip(values, names, strict=True)]
    shown = {"lineStyle": {"width": 4, "opacity": 1, "color": _CHOSEN}}
    hidden = {"lineStyle": {"width": 4, "opacity": 0}, "activeOpacity": 0, "inactiveOpacity": 0}
    states = {"selectedMode": "single", "emphasis": shown, "select": shown}
    return {"type": "parallel", "animation": False, "data": lines} | hidden | states


def _drawn_axis(number: int, label: str) -> dict[str, Any]:
    """Names stand on three levels, so that long ones do not meet on a narrow screen."""
    return {
        "dim": number,
        "min": 0,
        "max": 1,
        "name": label,
        "nameGap": (40, 12, 26)[number % 3],
        "axisLine": {"lineStyle": {"color": COLOURS[6], "width": 1.5}},
        # Drawn anew when a mark is made and not at each move: with 500 lines that would take too long.
        "realtime": False,
        "nameTruncate": {"maxWidth": 200},
        "axisTick": {"show": False},
        # Parallel axes show their labels whatever `show` says; words of our own stand in their place.
        "axisLabel": {"formatter": ""},
        # As ECharts draws a mark again once another one is made.
        "areaSelectStyle": {"width": 14, "borderWidth": 2, "borderColor": _MARK, "color": _MARK, "opacity": 1},
    }


def _beside(axes: Sequence[Axis]) -> dict[str, Any]:
    """Plain axes over the parallel ones, as those cannot have words of their own at places of their own."""
    hidden = {"type": "value", "show": False, "min": 0}
    return {
        "grid": _ROOM | {"outerBoundsMode": "none"},
        "xAxis": hidden | {"max": len(axes) - 1},
        "yAxis": hidden | {"max": 1},
    }


def _ticks(axes: Sequence[Axis]) -> dict[str, Any]:
    """What is written beside the axes: labels of points that are not seen."""
    points = [
        {"value": [number, place], "name": text} for number, axis in enumerate(axes) for place, text in axis.ticks
    ]
    label = {"show": True, "position": "right", "formatter": "{b}", "fontSize": 11, "lineHeight": 13, "distance": 8}
    return {"type": "scatter", "silent": True, "symbolSize": 1, "z": 5, "label": label, "data": points}


def _colours(places: np.ndarray) -> list[str]:
    """A colour for each place in [0, 1], as `#rrggbb`."""
    mixed = np.stack([np.interp(places, [0, 0.5, 1], channel) for channel in _WORSE_TO_BETTER.T], axis=1)
    return ["#" + bytes(colour).hex() for colour in mixed.round().astype(np.uint8)]


def _in_short(row: Mapping[str, Any], result: str) -> str:
    """The name of a run, where it has one, and its result."""
    said = f"no {result.lower()}" if row[result] is None else f"{result.lower()} {row[result]:.2%}"
    return f"{row['Name']}: {said}" if "Name" in row else said
