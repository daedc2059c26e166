"""From numbers to figures: ECharts options, which update in place, as a live curve needs.

Colours are left to the theme.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mnist_core.architecture import NUM_CLASSES
from mnist_core.config import FIELDS
from mnist_core.runs import Curves, Run

# Reads on light and on dark.
_GREY = "#848a96"
_DIGITS = [str(digit) for digit in range(NUM_CLASSES)]


def probability_bars(proba: np.ndarray) -> dict[str, Any]:
    """An ECharts option: ten horizontal bars, 0 on top, in percent; `proba` is (10,) in [0, 1]."""
    percent = [round(100 * float(p), 1) for p in proba]
    faded = [{"value": p, "itemStyle": {"opacity": 1 if p == max(percent) else 0.45}} for p in percent]
    return {
        "animationDurationUpdate": 150,
        "grid": {"left": 24, "right": 56, "top": 4, "bottom": 4},
        "xAxis": {"type": "value", "max": 100, "show": False},
        "yAxis": {"type": "category", "data": _DIGITS, "inverse": True, "axisTick": {"show": False}},
        "series": [{"type": "bar", "data": faded, "label": {"show": True, "position": "right", "formatter": "{c}%"}}],
    }


def learning_curve(run: Run, curves: Curves, quantity: str, others: Mapping[str, Curves]) -> dict[str, Any]:
    """An ECharts option for `loss` or `accuracy`: each batch faint, training and validation by epoch.

    The best epoch and what was changed are marked; `others`, by name, are other runs to compare with.
    """
    lowest = 0 if quantity == "loss" else _lowest_worth_showing(curves)
    axis = {"type": "value", "name": "epoch", "nameLocation": "middle", "nameGap": 22, "min": 0}
    return {
        "animation": False,
        "title": {"text": quantity.capitalize(), "left": 0, "top": 6, "textStyle": {"fontSize": 14}},
        "legend": {"right": 0, "top": 6, "left": 90, "itemWidth": 18, "type": "scroll"},
        "grid": {"left": 44, "right": 12, "top": 40, "bottom": 40, "outerBoundsMode": "none"},
        "tooltip": {"trigger": "axis"},
        "xAxis": axis | {"max": max(run.config.epochs, *(c.epochs for c in (curves, *others.values())))},
        "yAxis": {"type": "value", "min": lowest} | ({"max": 1} if quantity == "accuracy" else {}),
        "series": [*_lines_of(run, curves, quantity), *_lines_to_compare(quantity, others)],
    }


def _lines_of(run: Run, curves: Curves, quantity: str) -> list[dict[str, Any]]:
    lines = []
    if points := curves.series.get(f"batch_{quantity}"):
        style = {"lineStyle": {"width": 1}, "showSymbol": False, "emphasis": {"disabled": True}}
        changes = {"markLine": _changes(run)}
        lines.append(
            _line("Batch", points[0] / run.config.steps_per_epoch, points[1], opacity=0.45, **style, **changes)
        )
    if points := curves.series.get(quantity):
        lines.append(_line("Training", *points, symbol="circle", symbolSize=6))
    if points := curves.series.get(f"val_{quantity}"):
        lines.append(_line("Validation", *points, symbol="circle", symbolSize=6, markPoint=_best(curves, points)))
    return lines


def _lines_to_compare(quantity: str, others: Mapping[str, Curves]) -> list[dict[str, Any]]:
    """Of each run its validation curve, or its training curve where there is no other."""
    dashed: dict[str, Any] = {"lineStyle": {"width": 1.5, "type": "dashed"}, "showSymbol": False}
    found = {name: c.series.get(f"val_{quantity}") or c.series.get(quantity) for name, c in others.items()}
    return [_line(name, *points, **dashed) for name, points in found.items() if points]


def _changes(run: Run) -> dict[str, Any]:
    """A vertical line at each setting that was changed while the run went on.

    A slider on its way leaves many: of those close together the last one is shown.
    """
    close = run.config.steps_per_epoch * run.config.epochs / 50
    last = {(change.name, int(change.step / close)): change for change in run.changes}
    data = [
        {
            "xAxis": change.step / run.config.steps_per_epoch,
            "label": {"formatter": f"{FIELDS[change.name].metadata['label'].lower()} {change.value:g}"},
        }
        for change in last.values()
    ]
    label = {"position": "insideEndTop", "fontSize": 10, "color": _GREY}
    line = {"color": _GREY, "type": "dotted"}
    return {"silent": True, "symbol": "none", "animation": False, "label": label, "lineStyle": line, "data": data}


def _best(curves: Curves, points: tuple[np.ndarray, np.ndarray]) -> dict[str, Any]:
    """A ring around the point of the best epoch."""
    place = int(np.flatnonzero(points[0] == curves.best_epoch)[0])
    data = [{"coord": [float(points[0][place]), float(points[1][place])]}]
    label = {"formatter": "best", "position": "top", "fontSize": 10, "color": "inherit"}
    return {"symbol": "circle", "symbolSize": 12, "animation": False, "label": label, "data": data}


def confusion_counts(counts: np.ndarray) -> dict[str, Any]:
    """An ECharts option, to be updated in place: (10, 10) counts, rows the true digits; errors are coloured."""
    counts = np.asarray(counts)
    errors = counts - np.diag(np.diag(counts))
    most = max(1, int(errors.max()))
    cells = [
        {
            "value": [column, row, int(counts[row, column])],
            "itemStyle": {"color": _shade(row == column and counts[row, column] > 0, errors[row, column] / most)},
            "label": {
                "show": bool(counts[row, column]),
                "color": "#ffffff" if errors[row, column] > most / 2 else _GREY,
            },
        }
        for row in range(NUM_CLASSES)
        for column in range(NUM_CLASSES)
    ]
    axis = {"type": "category", "data": _DIGITS, "axisTick": {"show": False}, "nameLocation": "middle", "nameGap": 24}
    return {
        "animation": False,
        "grid": {"left": 44, "right": 8, "top": 8, "bottom": 44, "outerBoundsMode": "none"},
        "xAxis": axis | {"name": "read as"},
        "yAxis": axis | {"name": "true digit", "inverse": True},
        "series": [{"type": "heatmap", "data": cells, "label": {"show": True, "fontSize": 11}}],
    }


def _shade(is_right: bool, share: float) -> str:
    return "rgba(70,130,220,0.18)" if is_right else f"rgba(215,70,50,{share:.2f})"


def _lowest_worth_showing(curves: Curves) -> float:
    """Where an accuracy axis begins, in tenths: what most batches reach, so that the start does not squash the rest,
    and every epoch."""
    _, batches = curves.series.get("batch_accuracy", (None, np.zeros(1)))
    epochs = [curves.series[name][1].min() for name in ("accuracy", "val_accuracy") if name in curves.series]
    return float(np.floor(10 * min([np.quantile(batches, 0.1), *epochs])) / 10)


def _line(name: str, xs: np.ndarray, ys: np.ndarray, opacity: float = 1, **options: Any) -> dict[str, Any]:
    data = [[round(float(x), 4), round(float(y), 5)] for x, y in zip(xs, ys, strict=True) if np.isfinite(y)]
    style = {**options.pop("lineStyle", {"width": 2}), "opacity": opacity}
    return {"type": "line", "name": name, "data": data, "lineStyle": style, **options}
