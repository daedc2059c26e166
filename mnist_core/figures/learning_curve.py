"""The curves of a run while it goes on: an ECharts option, which updates in place. Colours are left to the theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mnist_core.figures import decades
from mnist_core.figures.change_marks import mark_line
from mnist_core.figures.pairs import pairs
from mnist_core.figures.percent import TITLES, in_percent
from mnist_core.runs.run import Curves, Run

# How the axis of the loss is divided.
SCALES = {"auto": "Automatic", "linear": "Linear", "log": "Logarithmic"}

_NEARLY_ALL, _BEST_BATCHES = 0.98, 0.1
# Of the batches that one steps through, so many are kept in sight.
_LATEST = 5
# A line of so few points has a dot at each: of a single one there is nothing else to see.
_FEW = 10


def learning_curve(
    run: Run, curves: Curves, quantity: str, others: Mapping[str, Curves], scale: str = "auto"
) -> dict[str, Any]:
    """An ECharts option for `loss` or `accuracy` (%): each batch faint, training and validation by epoch.

    The best epoch and what was changed are marked; `others`, by name, are other runs to compare with. `scale` is one of
    SCALES, for the loss.
    """
    curves, others = in_percent(curves), {name: in_percent(theirs) for name, theirs in others.items()}
    epochs = _epochs_axis(run, curves, others)
    lines = [*_lines_of(run, curves, quantity, epochs["max"]), *_lines_to_compare(quantity, others)]
    ticks = _decades(lines, scale) if quantity == "loss" else []
    # Who trains batch by batch looks at the latest ones, wherever they lie.
    recent = _LATEST if run.is_paused else 0
    linear = _loss_axis(lines, recent) if quantity == "loss" else _accuracy_axis(curves, others, recent)
    return {
        "animation": False,
        "title": {"text": TITLES[quantity], "left": 0, "top": 6, "textStyle": {"fontSize": 14}},
        "legend": {"right": 0, "top": 6, "left": 90, "itemWidth": 18, "type": "scroll"},
        "grid": {"left": 44, "right": 12, "top": 40, "bottom": 40, "outerBoundsMode": "none"},
        "tooltip": {"trigger": "axis"},
        "xAxis": epochs,
        "yAxis": decades.axis(ticks) if ticks else linear,
        "series": [*lines, decades.labels(ticks)] if ticks else lines,
    }


def _epochs_axis(run: Run, curves: Curves, others: Mapping[str, Curves]) -> dict[str, Any]:
    """Epochs that a run had, and room: up to twice as many while it goes on, so that its beginning is not squashed."""
    # Of a run that was stopped early the curve may end long before, and its changes after it.
    steps = max(curves.series.get("batch_loss", ([0],))[0][-1], run.progress.step)
    had = float(max(steps / run.config.steps_per_epoch, *(c.epochs for c in (curves, *others.values()))))
    axis = {"type": "value", "name": "epoch", "nameLocation": "middle", "nameGap": 22, "min": 0}
    axis["axisLabel"] = {"hideOverlap": True, "showMaxLabel": run.is_active or not had}
    if run.is_active or not had:
        return axis | {"max": min(2.0 ** np.ceil(np.log2(max(had, 1))), max(run.config.epochs, had))}
    return axis | {"max": float(f"{1.02 * had:.4g}")}


def _lines_of(run: Run, curves: Curves, quantity: str, epochs_shown: float) -> list[dict[str, Any]]:
    lines = []
    if points := curves.series.get(f"batch_{quantity}"):
        style = {"lineStyle": {"width": 1}, "emphasis": {"disabled": True}, **_dots(points[0])}
        at = np.array([change.step for change in run.changes]) / run.config.steps_per_epoch
        changes = {"markLine": mark_line(run.changes, at, epochs_shown)}
        lines.append(_line("Batch", points[0] / run.config.steps_per_epoch, points[1], opacity=0.7, **style, **changes))
    if points := curves.series.get(quantity):
        lines.append(_line("Training", *points, symbol="diamond", symbolSize=7))
    if points := curves.series.get(f"val_{quantity}"):
        mark = _best(curves, points, quantity)
        lines.append(_line("Validation", *points, symbol="circle", symbolSize=6, markPoint=mark))
    return lines


def _lines_to_compare(quantity: str, others: Mapping[str, Curves]) -> list[dict[str, Any]]:
    dashed = {"width": 1.5, "type": "dashed"}
    found = {name: _to_compare(curves, quantity) for name, curves in others.items()}
    return [_line(name, *points, lineStyle=dashed, **_dots(points[0])) for name, points in found.items() if points]


def _to_compare(curves: Curves, quantity: str) -> tuple[np.ndarray, np.ndarray] | None:
    """The validation curve, or the training curve where there is no other."""
    return curves.series.get(f"val_{quantity}") or curves.series.get(quantity)


def _dots(xs: np.ndarray) -> dict[str, Any]:
    return {"showSymbol": len(xs) < _FEW, "symbol": "circle", "symbolSize": 4}


def _best(curves: Curves, points: tuple[np.ndarray, np.ndarray], quantity: str) -> dict[str, Any]:
    """A ring around the point of the best of several epochs, with its word on the side where there is room."""
    best = curves.marked_epoch
    data = [{"coord": [float(x), float(y)]} for x, y in zip(*points, strict=True) if x == best and np.isfinite(y)]
    side = "top" if quantity == "loss" else "bottom"
    label = {"formatter": "best", "position": side, "fontSize": 11}
    return {"symbol": "circle", "symbolSize": 12, "animation": False, "label": label, "data": data}


def _decades(lines: list[dict[str, Any]], scale: str) -> list[int]:
    """The ticks of a logarithmic axis, if one is wanted or, by `auto`, needed.

    Not for the few batches that a network reads all but perfectly: many a run's axis would change in the middle of it.
    """
    values = {line["name"]: [y for _, y in line["data"]] for line in lines if line["data"]}
    every = [y for ys in values.values() for y in ys]
    if scale != "auto":
        return decades.powers(every) if scale == "log" else []
    batches = np.array(values.pop("Batch", []))
    most = batches[batches >= np.quantile(batches, _BEST_BATCHES)].tolist() if len(batches) else []
    needed = decades.ticks([*most, *(y for ys in values.values() for y in ys)])
    return decades.ticks(every) if needed else []


def _loss_axis(lines: list[dict[str, Any]], recent: int) -> dict[str, Any]:
    """Up to what every epoch reaches, the `recent` batches and nearly all others: the first would squash the rest.

    Once a second epoch has ended, of the first its mean alone counts.
    """
    axis: dict[str, Any] = {"type": "value", "min": 0}
    points = {line["name"]: np.array(line["data"], float) for line in lines if line["data"]}
    if len(points) < 2 or "Batch" not in points:
        return axis
    highest = max(each[:, 1].max() for each in points.values())
    at, batches = points.pop("Batch").T
    ended = max(each[:, 0].max() for each in points.values())
    later = batches[at > 1] if ended >= 2 and at[-1] > 1 else batches
    epochs = [each[:, 1].max() for each in points.values()]
    top = max(float(np.quantile(later, _NEARLY_ALL)), *_last(batches, recent), *epochs)
    if highest <= 1.5 * top:
        return axis
    # Three to seven round steps, or the last one would be shorter than the others.
    power = 10 ** np.floor(np.log10(top))
    step = next(step for step in (power / 5, power / 2, power, 2 * power) if top <= 6 * step)
    return axis | {"max": float(f"{np.ceil(top / step) * step:.6g}"), "interval": float(f"{step:.6g}")}


def _accuracy_axis(curves: Curves, others: Mapping[str, Curves], recent: int) -> dict[str, Any]:
    """Up to 100%, and down, in tens, to what most batches reach, the `recent` ones and every epoch: the start does not
    squash the rest."""
    _, batches = curves.series.get("batch_accuracy", (None, np.zeros(1)))
    shown = [curves.series.get(name) for name in ("accuracy", "val_accuracy")]
    shown += [_to_compare(other, "accuracy") for other in others.values()]
    epochs = [points[1].min() for points in shown if points]
    lowest = float(10 * np.floor(min([np.quantile(batches, 0.1), *_last(batches, recent), *epochs]) / 10))
    return {"type": "value", "min": lowest, "max": 100}


def _last(values: Sequence[float] | np.ndarray, count: int) -> list[float]:
    return list(values[-count:]) if count else []


def _line(name: str, xs: np.ndarray, ys: np.ndarray, opacity: float = 1, **options: Any) -> dict[str, Any]:
    style = {**options.pop("lineStyle", {"width": 2}), "opacity": opacity}
    return {"type": "line", "name": name, "data": pairs(xs, ys), "lineStyle": style, **options}
