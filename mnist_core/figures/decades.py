"""A logarithmic axis for numbers over many powers of ten, with short words: 1e8, not 100,000,000."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

from mnist_core.figures import words

_MOST_TICKS = 6


def ticks(values: Sequence[float]) -> list[int]:
    """The powers of ten from below the least of `values` above 0 to above the most, evenly spaced.

    Empty where all are within three powers of ten and short to write: a linear axis shows these better.
    """
    above = [value for value in values if value > 0]
    if not above or (max(above) <= 1000 * min(above) and max(above) < 1e5):
        return []
    return powers(above)


def powers(values: Sequence[float]) -> list[int]:
    """The same for values near each other too; empty where none is above 0."""
    above = [value for value in values if value > 0]
    if not above:
        return []
    low = floor(log10(min(above)))
    high = max(ceil(log10(max(above))), low + 1)
    step = ceil((high - low) / _MOST_TICKS)
    return list(range(low, high + step, step))


def axis(powers: Sequence[int]) -> dict[str, Any]:
    """An ECharts axis with lines at these powers of ten and no words of its own."""
    ends = {"min": 10.0 ** powers[0], "max": 10.0 ** powers[-1]}
    # ECharts would write each power in full; `labels` has the words.
    scale = {"type": "log", "interval": powers[1] - powers[0], "axisLabel": {"show": False}}
    # Which scale it is, is said: a chart may change it as it grows.
    return scale | ends | {"name": "log scale", "nameGap": 6, "nameTextStyle": {"fontSize": 10, "align": "left"}}


def labels(powers: Sequence[int]) -> dict[str, Any]:
    """A series with what is written beside the axis, at 0 on the other one."""
    return words.series([(0, 10.0**power) for power in powers], map(_short, powers), position="left", distance=6)


def _short(power: int) -> str:
    return f"{10.0**power:g}" if -3 <= power <= 3 else f"1e{power}"
