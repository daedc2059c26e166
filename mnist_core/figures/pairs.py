"""Points for ECharts, with as many digits as a chart shows."""

from __future__ import annotations

import numpy as np


def pairs(xs: np.ndarray, ys: np.ndarray) -> list[list[float]]:
    """Both (N,); those whose y is no number are left out."""
    return [[round(float(x), 4), float(f"{y:.5g}")] for x, y in zip(xs, ys, strict=True) if np.isfinite(y)]
