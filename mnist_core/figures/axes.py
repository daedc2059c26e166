"""Where the runs lie along the axes of parallel coordinates, and what is written beside each axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_core.config import TrainConfig, holds, in_words, label
from mnist_core.fields import Number
from mnist_core.idle_fields import value_with_use
from mnist_core.runs.run_names import sizes

RESULTS = ("Parameters", "Seconds", "Validation accuracy", "Test accuracy")

# A longer word would lie across the lines of the axis beside it.
_LONGEST = 14
_NONE_BELOW = 0.1


@dataclass(frozen=True)
class Axis:
    """`places` (N,) in [0, 1] from bottom to top, one a run; `ticks` are places with what is written there."""

    label: str
    places: np.ndarray
    ticks: tuple[tuple[float, str], ...]


def parallel_axes(
    runs: Sequence[tuple[TrainConfig, Mapping[str, Any]]], settings: Sequence[str], results: Sequence[str] = RESULTS
) -> list[Axis]:
    """An axis for each of `settings`, fields of a configuration, and for each of `results`; a place for each run,
    given with its `comparison.overview`, or as much of it as `results` names.

    A run for which a setting makes no difference lies below the others on its axis.
    A run that did far worse than most would squash the accuracies of all others: it lies where the axis begins, which
    says so. One that has no such result, as it failed, lies below that.
    """
    axes = [_setting_axis(name, [value_with_use(config, name) for config, _ in runs]) for name in settings]
    for name in results:
        values = np.array([np.nan if row[name] is None else row[name] for _, row in runs], float)
        axes.append(_accuracy_axis(name, values) if "accuracy" in name else _logarithmic_axis(name, values))
    return axes


def _setting_axis(name: str, values: list[Any]) -> Axis:
    """Numbers to scale, logarithmic where the slider is; everything else as evenly spaced words."""
    kind = holds(name)
    if isinstance(kind, Number):
        numbers = np.array([np.nan if value is None else value for value in values], float)
        return _logarithmic_axis(label(name), numbers) if kind.logarithmic else _even_axis(label(name), numbers)
    kinds = sorted({value for value in values if value is not None}, key=str if name == "conv_blocks" else None)
    short = _short([in_words(name, kind) for kind in kinds])
    if name in ("conv_blocks", "dense_units") and len({sizes(kind) for kind in kinds}) == len(kinds):
        short = _short([sizes(kind) for kind in kinds])
    # Half a step is left at the ends, so that one can drag around the first word and the last.
    steps = np.arange(len(kinds)) + 0.5
    numbers = np.array([np.nan if value is None else steps[kinds.index(value)] for value in values])
    return _axis(label(name), numbers, (0.0, float(len(kinds))), steps, short)


def _short(words: list[str]) -> list[str]:
    """As much of the beginning of each as there is room for; of the end, where they begin alike."""
    cut = [word if len(word) <= _LONGEST else f"{word[: _LONGEST - 1]}…" for word in words]
    if len(set(cut)) == len(words):
        return cut
    return [word if len(word) <= _LONGEST else f"…{word[1 - _LONGEST :]}" for word in words]


def _even_axis(label: str, values: np.ndarray) -> Axis:
    """Up to six round ticks from the least to the most."""
    known = values[np.isfinite(values)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 0.0)
    ticks = _round_ticks(low, high)
    ticks = ticks if len(ticks) else np.unique([low, high])
    return _axis(label, values, (low, high), ticks, [f"{tick:,.10g}" for tick in ticks])


def _round_ticks(low: float, high: float) -> np.ndarray:
    step = next(step for step in _ROUND if (high - low) / step <= 5)
    return np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step


# Up to a fifth of the widest range, that of the seeds.
_ROUND = tuple(digit * 10.0**power for power in range(-4, 9) for digit in (1, 2, 5))


def _logarithmic_axis(label: str, values: np.ndarray) -> Axis:
    """Round ticks; 0 is missing, too."""
    known = values[np.isfinite(values) & (values > 0)]
    low, high = (known.min(), known.max()) if len(known) else (1.0, 10.0)
    logs = np.log10(np.where(values > 0, values, np.nan))
    # Within less than a power of ten there may be no round number but one: then the ends are said.
    ticks = logarithmic_ticks(low, high)
    ticks = ticks if len(ticks) > 1 else sorted({low, high})
    ends = np.log10(low), np.log10(high)
    return _axis(label, logs, ends, np.log10(ticks), list(map(written, ticks)))


def written(tick: float) -> str:
    """A number beside a logarithmic axis, above 0."""
    return f"{tick:,.3g}" if tick < 100 else f"{tick:,.0f}"


def logarithmic_ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each power of ten from `low` to `high`, both above 0; where that is one or none, 3, 4 and 7 too."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for digits in ((1, 2, 5), (1, 2, 3, 4, 5, 7)):
        ticks = [digit * 10.0**power for power in powers for digit in digits if low <= digit * 10.0**power <= high]
        if len(ticks) > 1:
            break
    return ticks


def accuracies_begin_at(accuracies: np.ndarray) -> float:
    """Where an axis of accuracies (N,), shares, begins so that the better half of them fill a third of it or more.

    At the worst of those that are not far below that half.
    """
    half, best = np.median(accuracies), accuracies.max()
    room = max(best - half, 0.005)
    return float(accuracies[accuracies >= half - 2 * room].min())


def _accuracy_axis(label: str, values: np.ndarray) -> Axis:
    known = values[np.isfinite(values)]
    worst, low, high = (known.min(), accuracies_begin_at(known), known.max()) if len(known) else (0.0, 0.0, 1.0)
    low = min(low, high - 0.001)
    ticks = _round_ticks(low, high)
    texts = [f"{100 * tick:.4g}%" for tick in ticks]
    if worst < low:
        # Two words beside each other need room.
        above = ticks > low + (high - low) / 8
        ticks = np.array([low, *ticks[above]])
        texts = [f"≤ {low:.2%},\nlowest {worst:.2%}", *np.array(texts)[above].tolist()]
    return _axis(label, np.maximum(values, low), (low, high), ticks, texts)


def _axis(label: str, values: np.ndarray, ends: tuple[float, float], ticks: Any, texts: list[str]) -> Axis:
    """Values and ticks, in one unit, as shares of the way from the lower end to the upper.

    Where some values are NaN, the lowest part of the axis is for these.
    """
    missing = np.isnan(values)
    start = _NONE_BELOW if missing.any() else 0.0
    low, span = ends[0], ends[1] - ends[0] or 1.0
    places = np.where(missing, 0, start + (1 - start) * ((values - low) / span))
    at = start + (1 - start) * ((np.asarray(ticks, float) - low) / span)
    none = [(0.0, "none")] if start else []
    return Axis(label, places, (*none, *zip(at.tolist(), texts, strict=True)))
