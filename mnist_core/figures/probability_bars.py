"""Ten probabilities as bars: an ECharts option, which updates in place, and the same in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from mnist_core.architecture import NUM_CLASSES
from mnist_core.wording import in_percent


def probability_bars(proba: np.ndarray, largest_first: bool = False) -> dict[str, Any]:
    """An ECharts option: ten horizontal bars in percent, of 0 or of the largest on top; `proba` is (10,) in [0, 1]."""
    digits = np.argsort(-proba, kind="stable") if largest_first else np.arange(NUM_CLASSES)
    percent = [round(100 * float(p), 1) for p in proba[digits]]
    faded = [
        {
            "value": value,
            "itemStyle": {"opacity": 1 if value == max(percent) else 0.45},
            "label": {"formatter": in_percent(float(p))},
        }
        for value, p in zip(percent, proba[digits], strict=True)
    ]
    # Without an opacity of its own a label is as faint as its bar.
    label = {"show": True, "position": "right", "opacity": 1}
    return {
        "animationDurationUpdate": 150,
        "grid": {"left": 24, "right": 56, "top": 4, "bottom": 4},
        "xAxis": {"type": "value", "max": 100, "show": False},
        "yAxis": {
            "type": "category",
            "data": [str(digit) for digit in digits],
            "inverse": True,
            "axisTick": {"show": False},
        },
        "series": [{"type": "bar", "data": faded, "label": label}],
    }


def alt(proba: np.ndarray) -> str:
    """All ten of `proba` (10,)."""
    return "Probability of each digit: " + ", ".join(f"{digit}: {in_percent(p)}" for digit, p in enumerate(proba))
