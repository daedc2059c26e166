"""Figures of several runs at once: ECharts options for their curves, Plotly for what stands still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mnist_core.config import FIELDS, TrainConfig, in_words
from mnist_core.fields import Number
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
    1 - accuracy, as otherwise everything from 90 % on would be one line.
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


RESULTS = ("Parameters", "Seconds", "Validation accuracy", "Test accuracy")


def pareto_front(costs: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Indices of the points (N,) that no other beats, cheapest first: none is at most as dear and better, or equal
    and cheaper."""
    order = np.lexsort((-values, costs))
    best = np.concatenate([[-np.inf], np.maximum.accumulate(values[order])[:-1]])
    return order[values[order] > best]


def trade_off(rows: Sequence[Mapping[str, Any]], cost: str, chosen: Sequence[bool]) -> go.Figure:
    """Test accuracy against a cost (of COSTS), from `comparison.overview`; the best trade-offs are joined by a line.

    Points keep the place in `rows` in their `customdata`; rows without one of the numbers are left out.
    The error is logarithmic, so that 99.0 and 99.5 % are as far apart as 90 and 95 %.
    """
    places = [i for i, row in enumerate(rows) if row["Test accuracy"] is not None and row[cost]]
    costs = np.array([rows[i][cost] for i in places], float)
    errors = np.array([max(1 - rows[i]["Test accuracy"], 1e-4) for i in places])
    front = pareto_front(costs, -errors)
    style = ",.0f" if cost == "Parameters" else ",.2f"
    results = [f"{rows[i]['Test accuracy']:.2%}, {cost.lower()} {rows[i][cost]:{style}}" for i in places]
    names = [f"{rows[i]['Name']}<br>{result}" for i, result in zip(places, results, strict=True)]
    picked = [bool(chosen[i]) for i in places]
    figure = go.Figure()
    figure.add_scatter(
        x=costs[front],
        y=errors[front],
        mode="lines",
        name="Best trade-offs",
        hoverinfo="skip",
        line={"shape": "hv", "color": COLOURS[1]},
    )
    marker = {
        "size": [12 if place in set(front) or pick else 7 for place, pick in enumerate(picked)],
        "color": [COLOURS[1] if place in set(front) else COLOURS[0] for place in range(len(places))],
        "symbol": ["diamond" if pick else "circle" for pick in picked],
        "opacity": 0.8,
    }
    figure.add_scatter(
        x=costs,
        y=errors,
        mode="markers",
        marker=marker,
        showlegend=False,
        customdata=places,
        text=names,
        hovertemplate="%{text}<extra></extra>",
    )
    powers = _ticks(costs.min() / 2, costs.max() * 2)
    figure.update_xaxes(type="log", title=COSTS[cost], tickvals=powers, ticktext=[f"{tick:,g}" for tick in powers])
    ticks = [0.9, 0.7, 0.5, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02, 0.015, 0.01, 0.007, 0.005, 0.003, 0.002, 0.001]
    figure.update_yaxes(
        type="log",
        autorange="reversed",
        title="Test accuracy",
        tickvals=ticks,
        ticktext=[f"{1 - t:.1%}" for t in ticks],
    )
    figure.update_layout(height=420, margin={"l": 10, "r": 10, "t": 30, "b": 10}, legend={"x": 0.01, "y": 1.05})
    return figure


# Each of them is seen on light and on dark.
_WORSE_TO_BETTER = [[0, "#848a96"], [0.5, "#56b4e9"], [1, "#e69f00"]]


def parallel_coordinates(
    runs: Sequence[tuple[TrainConfig, Mapping[str, Any]]], settings: Sequence[str], results: Sequence[str] = RESULTS
) -> go.Figure:
    """An axis for each of `settings`, fields of a configuration, and for each of `results`; a line for each run, given
    with its `comparison.overview`, or as much of it as `results` names. The last result colours the lines.

    A run that failed or did far worse than most would squash the accuracies of all others: it is drawn at the
    lower end of its axis, which says so.
    """
    dimensions = [_setting_axis(name, [config for config, _ in runs]) for name in settings]
    for name in results:
        values = np.array([np.nan if row[name] is None else row[name] for _, row in runs], float)
        dimensions.append(_accuracy_axis(name, values) if "accuracy" in name else _logarithmic_axis(name, values))
    axis = dimensions[-1]
    line = {"color": axis["values"], "colorscale": _WORSE_TO_BETTER, "cmin": axis["range"][0], "cmax": axis["range"][1]}
    figure = go.Figure(go.Parcoords(dimensions=dimensions, line=line, labelside="bottom"))
    figure.update_layout(height=440, margin={"l": 80, "r": 60, "t": 30, "b": 40})
    return figure


_LONGEST = 14


def _setting_axis(name: str, configs: Sequence[TrainConfig]) -> dict[str, Any]:
    """Numbers to scale, logarithmic where the slider is; everything else as evenly spaced words."""
    values, holds = [getattr(config, name) for config in configs], FIELDS[name].metadata["holds"]
    # Its name and not its label, which would be too long beside the next one.
    label = name.replace("_", " ").capitalize()
    if isinstance(holds, Number):
        if holds.logarithmic:
            return _logarithmic_axis(label, np.array(values, float))
        return {"label": label, "values": values}
    kinds = sorted(set(values), key=str if name == "conv_blocks" else None)
    words, places = [in_words(name, kind) for kind in kinds], [kinds.index(value) for value in values]
    # A long word would lie across the lines of the axis beside it.
    short = [word if len(word) <= _LONGEST else f"{word[: _LONGEST - 1]}…" for word in words]
    ticks = {"tickvals": list(range(len(words))), "ticktext": short}
    return {"label": label, "values": places, **ticks}


def _logarithmic_axis(label: str, values: np.ndarray) -> dict[str, Any]:
    """Ticks at 1, 2 and 5 of each power of ten; what is missing lies at the lower end."""
    known = values[np.isfinite(values) & (values > 0)]
    low, high = (known.min(), known.max()) if len(known) else (1.0, 10.0)
    logs = np.log10(np.where(np.isfinite(values) & (values > 0), values, low))
    ticks = _ticks(low, high)
    return {"label": label, "values": logs, "tickvals": np.log10(ticks), "ticktext": [f"{tick:,g}" for tick in ticks]}


def _ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each power of ten from `low` to `high`."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    return [digit * 10.0**power for power in powers for digit in (1, 2, 5) if low <= digit * 10.0**power <= high]


def _accuracy_axis(label: str, values: np.ndarray) -> dict[str, Any]:
    """From what nine in ten runs reach up to the best; everything below, or missing, at the lower end."""
    known = values[np.isfinite(values)]
    low, high = (np.quantile(known, 0.1), known.max()) if len(known) else (0.0, 1.0)
    low = min(low, high - 0.001)
    ticks = np.linspace(low, high, 5)
    texts = [f"{tick:.2%}" for tick in ticks]
    texts[0] = f"≤ {texts[0]} or none"
    shown = np.clip(np.nan_to_num(values, nan=low), low, high)
    return {"label": label, "values": shown, "range": [low, high], "tickvals": ticks, "ticktext": texts}
