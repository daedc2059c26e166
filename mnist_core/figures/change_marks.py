"""Marks in a run's curves of what was changed while it went on, for ECharts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mnist_core.run_names import in_short
from mnist_core.runs import Change

# Reads on light and on dark.
_GREY = "#848a96"


def mark_line(changes: Sequence[Change], xs: np.ndarray, width: float, colour: str = _GREY) -> dict[str, Any]:
    """A vertical line at each of `changes`, which are at `xs` (N,) on an axis that is `width` long; none where NaN.

    A slider on its way leaves many: of those close together the last one is shown.
    """
    last = {
        (change.name, int(50 * x / width)): (float(x), change)
        for x, change in zip(xs, changes, strict=True)
        if np.isfinite(x)
    }
    data = []
    for x, change in last.values():
        # Top is left of the line, bottom right of it: where there is room.
        side = "Bottom" if x < width / 2 else "Top"
        said = in_short(change.name, change.value)
        data.append({"xAxis": x, "label": {"formatter": said, "position": f"insideEnd{side}"}})
    words, line = {"fontSize": 10, "color": _GREY}, {"color": colour, "type": "dotted"}
    return {"silent": True, "symbol": "none", "animation": False, "label": words, "lineStyle": line, "data": data}
