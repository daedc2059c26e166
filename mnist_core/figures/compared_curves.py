"""The curves of several runs over one another, as ECharts options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_core.config import TrainConfig
from mnist_core.figures import decades
from mnist_core.figures.change_marks import mark_line
from mnist_core.figures.colours import COLOURS
from mnist_core.figures.pairs import pairs
from mnist_core.figures.percent import TITLES, in_percent
from mnist_core.runs.run import Curves, Run

AXES = {"epoch": "Epochs", "seconds": "Seconds", "digits": "Digits seen"}
_ALONG = {"epoch": "epoch", "seconds": "seconds of training", "digits": "digits seen"}
LINES = {"batch": "Training, by batch", "training": "Training", "validation": "Validation"}
_ERROR = "Error (%)"
_PREFIXES = {"batch": "batch_", "training": "", "validation": "val_"}
_STYLES: dict[str, dict[str, Any]] = {
    "batch": {"type": "dotted", "width": 1.5},
    "training": {"type": "dashed", "width": 2},
    "validation": {"type": "solid", "width": 2},
}
# In pixels; and so many runs' names leave the curves half of the picture.
_NARROW, _MOST_IN_LINES = 480, 4
# Of a single epoch there is no line.
_SYMBOLS = {"batch": "none", "training": "diamond", "validation": "circle"}


@dataclass(frozen=True)
class View:
    """How curves are drawn: along what (of AXES), which lines (of LINES), and how smooth, from 0 to below 1."""

    axis: str = "epoch"
    lines: tuple[str, ...] = ("training", "validation")
    smoothing: float = 0.0
    logarithmic_x: bool = False
    logarithmic_y: bool = False

    def shows_error(self, quantity: str) -> bool:
        """Whether the accuracy is drawn as the error: on a logarithmic axis, all from 90% on would be one line."""
        return quantity == "accuracy" and self.logarithmic_y


def curves_together(runs: Mapping[str, tuple[Run, Curves]], quantity: str, view: View = View()) -> dict[str, Any]:
    """An ECharts option for the `loss` or `accuracy` (%) of several runs, by name: a colour each.

    What was changed while they went on is marked. A smoothed line has its raw one faint under it.
    """
    lines = [
        _lines_of_run(name, run.config, in_percent(curves), quantity, view, COLOURS[number % len(COLOURS)])
        for number, (name, (run, curves)) in enumerate(runs.items())
    ]
    width = max((x for of_run in lines for line in of_run for x, _ in line["data"]), default=0.0)
    series = []
    for of_run, (name, (run, curves)) in zip(lines, runs.items(), strict=True):
        series += _named(_marked(of_run, run, curves, view, width), name if len(runs) > 1 else "")
    title = _ERROR if view.shows_error(quantity) else TITLES[quantity]
    y_axis, labels = _y_axis([y for line in series for _, y in line["data"]], quantity, view)
    x_axis = {"type": "log" if view.logarithmic_x else "value", "name": AXES[view.axis].lower()}
    return {
        "animation": False,
        "title": {"text": title, "left": 0, "top": 6, "textStyle": {"fontSize": 14}},
        "legend": _legend(list(runs)),
        "grid": {"left": 56, "right": 44 if len(runs) > 1 else 16, "top": 40, "bottom": 40, "outerBoundsMode": "none"},
        "tooltip": {"trigger": "item"},
        "xAxis": x_axis | {"nameLocation": "middle", "nameGap": 22, "scale": view.logarithmic_x},
        "yAxis": y_axis,
        "series": [*series, *labels],
        "media": _narrow(list(runs)),
    }


def _lines_of_run(
    name: str, config: TrainConfig, curves: Curves, quantity: str, view: View, colour: str
) -> list[dict[str, Any]]:
    points = {kind: _points(config, curves, quantity, kind, view) for kind in view.lines}
    return [line for kind in view.lines for line in _lines(name, colour, kind, points[kind])]


def _narrow(names: list[str]) -> list[dict[str, Any]]:
    """Of few runs on a phone: their names under one another, as beside the title there is room for half of one."""
    if len(names) > _MOST_IN_LINES:
        return []
    texts = {"width": 290, "overflow": "truncate"}
    legend = {"orient": "vertical", "type": "plain", "left": 0, "top": 28, "itemGap": 6, "textStyle": texts}
    option = {"legend": legend, "grid": {"top": 44 + 20 * len(names)}}
    return [{"query": {"maxWidth": _NARROW}, "option": option}]


def _legend(names: list[str]) -> dict[str, Any]:
    """In one line; of more than two names their beginnings, and the rest where the mouse is."""
    cut = {"textStyle": {"width": 150, "overflow": "truncate"}, "tooltip": {"show": True}} if len(names) > 2 else {}
    return {"right": 0, "top": 6, "left": 150, "type": "scroll", "data": names, **cut}


def _y_axis(values: list[float], quantity: str, view: View) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The axis for all `values`, and what writes its labels where ECharts cannot."""
    if view.logarithmic_y:
        return {"type": "log", "scale": True}, []
    if quantity == "accuracy":
        return _accuracy_axis(values), []
    # One run that went wild would leave all others on the bottom line.
    if powers := [] if view.logarithmic_x else decades.ticks(values):
        return decades.axis(powers), [decades.labels(powers)]
    return {"type": "value", "scale": True}, []


def _accuracy_axis(values: list[float]) -> dict[str, Any]:
    """Up to 100%, from so many tens, ones, tenths or so below that nothing is left out, in steps that come out even."""
    most = max((100 - value for value in values), default=100.0) or 100.0
    step = 10.0 ** np.floor(np.log10(most))
    steps = int(np.ceil(round(most / step, 6)))
    interval = step / 5 if steps == 1 else step / 2 if steps <= 3 else step
    low = float(f"{100 - steps * step:.6g}")
    return {"type": "value", "min": low, "max": 100, "interval": float(f"{interval:.6g}")}


def _points(
    config: TrainConfig, curves: Curves, quantity: str, kind: str, view: View
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the points of a line are: x, raw y, smoothed y; NaN is what a logarithmic axis cannot show."""
    steps, values = curves.series.get(f"{_PREFIXES[kind]}{quantity}", (np.zeros(0), np.zeros(0)))
    x = _along(view.axis, steps / config.steps_per_epoch if kind == "batch" else steps, config, curves)
    y = 100 - values if view.shows_error(quantity) else values
    known = np.isfinite(x) & np.isfinite(y) & ~((x <= 0) & view.logarithmic_x)
    x, y = x[known], y[known]
    # A batch without an error counts in the mean, though no logarithmic axis has a place for it.
    raw, smooth = y, smoothed(y, view.smoothing)
    if view.logarithmic_y:
        raw, smooth = (np.where(values > 0, values, np.nan) for values in (raw, smooth))
    return x, raw, smooth


def _along(axis: str, epochs: np.ndarray, config: TrainConfig, curves: Curves) -> np.ndarray:
    """Epochs, fractions too, in the unit of `axis`; NaN for seconds of an epoch that has not ended.

    How long each batch took is not kept: within an epoch, seconds are spread evenly.
    """
    if axis == "digits":
        whole = np.floor(epochs)
        # An epoch's last batch may be smaller than the others.
        batches = (epochs - whole) * config.steps_per_epoch
        return whole * config.digits_per_epoch + np.minimum(batches * config.batch_size, config.digits_per_epoch)
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
    common = {"type": "line", "name": name, "color": colour, "symbolSize": 6, "symbol": _SYMBOLS[kind]}
    drawn = [common | {"data": pairs(x, smooth), "lineStyle": _STYLES[kind], "showSymbol": len(x) < 40}]
    if not np.array_equal(raw, smooth, equal_nan=True):
        faint = {"lineStyle": {"opacity": 0.3, "width": 1}, "showSymbol": False, "silent": True}
        drawn.insert(0, common | {"data": pairs(x, raw)} | faint)
    return drawn


def _marked(lines: list[dict[str, Any]], run: Run, curves: Curves, view: View, width: float) -> list[dict[str, Any]]:
    """The lines of a run, the first of them with a mark at each setting that was changed while it went on.

    `width` is how long the axis is.
    """
    if not run.changes or not any(line["data"] for line in lines):
        return lines
    epochs = np.array([change.step for change in run.changes]) / run.config.steps_per_epoch
    at = _along(view.axis, epochs, run.config, curves)
    marks = mark_line(run.changes, np.where(at > 0, at, np.nan), width, lines[0]["color"])
    return [lines[0] | {"markLine": marks}, *lines[1:]]


def _named(lines: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The lines of a run, the last of them with the beginning of its name at its end: colours alone tell not everybody
    which is whose."""
    if not name or not any(line["data"] for line in lines):
        return lines
    last = max(place for place, line in enumerate(lines) if line["data"])
    label = {"show": True, "formatter": name.partition(" ")[0], "fontSize": 11, "color": "inherit", "padding": [3, 0]}
    beside = {"endLabel": label, "labelLayout": {"moveOverlap": "shiftY"}}
    return [*lines[:last], lines[last] | beside, *lines[last + 1 :]]


def unlike(configs: Iterable[TrainConfig]) -> str:
    """Why the losses of such runs say nothing beside one another; empty if they do."""
    losses, penalties = zip(*((config.loss, config.l2) for config in configs), strict=True)
    if len(set(losses)) > 1:
        return "Cross-entropies and mean squared errors say nothing beside one another: compare the accuracies."
    if len(set(penalties)) > 1:
        return "These losses include L2 penalties, which differ from run to run: compare the accuracies."
    return ""


def columns(runs: Mapping[str, tuple[Run, Curves]], quantity: str) -> dict[str, np.ndarray]:
    """All points of the `loss` or `accuracy` of several runs, by name, a line each: not smoothed, nothing left out.

    Seconds of batches are NaN: they are not known.
    """
    found: list[list[np.ndarray]] = []
    for name, (run, curves) in runs.items():
        for kind, prefix in _PREFIXES.items():
            steps, values = curves.series.get(f"{prefix}{quantity}", (np.zeros(0), np.zeros(0)))
            epochs = steps / run.config.steps_per_epoch if kind == "batch" else steps
            along = [_along(axis, epochs, run.config, curves) for axis in AXES]
            # They are counted: half a digit is none.
            along[list(AXES).index("digits")] = along[list(AXES).index("digits")].round()
            if kind == "batch":
                along[list(AXES).index("seconds")] = np.full(len(steps), np.nan)
            found.append([np.full(len(steps), name), np.full(len(steps), kind), *along, values])
    names = ("run", "line", *(label.lower() for label in AXES.values()), quantity)
    return {name: np.concatenate(parts) for name, *parts in zip(names, *found, strict=True)}


def alt(runs: Mapping[str, tuple[Run, Curves]], quantity: str, view: View = View()) -> str:
    """What the last epoch of each run, by name, came to in the lines of `view`, and which was its best."""
    said = [f"{name}: {_last_and_best(curves, quantity, view.lines)}" for name, (_, curves) in runs.items()]
    drawn, also = (f"{_ERROR},", " As accuracies:") if view.shows_error(quantity) else (quantity.capitalize(), "")
    return f"{drawn} by {_ALONG[view.axis]}.{also} {'. '.join(said)}."


def _last_and_best(curves: Curves, quantity: str, lines: tuple[str, ...]) -> str:
    style = ".2%" if quantity == "accuracy" else ".4g"
    if not curves.epochs or lines == ("batch",):
        _, batches = curves.series.get(f"batch_{quantity}", (None, []))
        return f"{batches[-1]:{style}} in the last batch" if len(batches) else "nothing yet"
    _, training = curves.series.get(quantity, (None, []))
    said = [f"training {training[-1]:{style}}"] if len(training) and "training" in lines else []
    epochs, values = curves.series.get(f"val_{quantity}", (np.zeros(0), np.zeros(0)))
    if np.isfinite(values).any() and "validation" in lines:
        best = int(np.nanargmax(values) if quantity == "accuracy" else np.nanargmin(values))
        said.append(f"validation {values[-1]:{style}}; best {values[best]:{style}} after epoch {epochs[best]:.0f}")
    return f"after epoch {curves.epochs} {', '.join(said) or 'not known'}"
