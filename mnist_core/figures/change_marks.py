"""Marks in a run's curves of what was changed while it went on, for ECharts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mnist_core.figures.colours import GREY
from mnist_core.runs.run import Change
from mnist_core.runs.run_names import in_short

# As a share of the axis: nearer to each other, their words would lie over one another.
_APART = 0.04
# Along the line of a mark, from the top; as many as there are settings that can change.
_HEIGHTS = ("End", "Start", "Middle")


def mark_line(changes: Sequence[Change], xs: np.ndarray, width: float, colour: str = GREY) -> dict[str, Any]:
    """A vertical line at each of `changes`, which are at `xs` (N,) on an axis that is `width` long; none where NaN.

    A slider on its way leaves many: of those close together the last one is shown.
    """
    shown: list[tuple[float, Change]] = []
    # From the end: of a chain of changes, each near to the next, not only the last one is to be seen.
    for x, change in reversed(list(zip(xs.tolist(), changes, strict=True))):
        near = any(other.name == change.name and abs(x - at) <= _APART * width for at, other in shown)
        if np.isfinite(x) and not near:
            shown.append((x, change))
    data: list[dict[str, Any]] = []
    last = dict.fromkeys(_HEIGHTS, -np.inf)
    for x, change in reversed(shown):
        # Top is left of the line, bottom right of it: where there is room.
        side = "Bottom" if x < width / 2 else "Top"
        # Settings that were changed at about the same time are written one below the other.
        height = next((height for height in _HEIGHTS if x - last[height] > _APART * width), _HEIGHTS[0])
        last[height] = x
        said = in_short(change.name, change.value)
        data.append({"xAxis": x, "label": {"formatter": said, "position": f"inside{height}{side}"}})
    # The outline, in the colour of the page, keeps lines out of the words.
    words, line = {"fontSize": 10, "textBorderWidth": 3}, {"color": colour, "type": "dotted"}
    return {"silent": True, "symbol": "none", "animation": False, "label": words, "lineStyle": line, "data": data}
