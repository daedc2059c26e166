"""How accuracy falls while digits are changed more and more, as a Plotly figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mnist_core.evaluation import wilson_interval


def columns(levels: np.ndarray, right: Sequence[int], total: int) -> dict[str, Any]:
    """At each of `levels` (N,) the share of `total` digits read right, with the 95 % interval of it."""
    intervals = np.array([wilson_interval(count, total) for count in right])
    shares = np.array(right) / total
    return {"level": levels, "right": right, "accuracy": shares, "from": intervals[:, 0], "to": intervals[:, 1]}


def accuracy_by_level(levels: np.ndarray, right: Sequence[int], total: int, title: str) -> go.Figure:
    """A line through the accuracies with their intervals as bars; `title` is written along the levels."""
    found = columns(levels, right, total)
    shares = found["accuracy"]
    errors = {"type": "data", "array": found["to"] - shares, "arrayminus": shares - found["from"]}
    figure = go.Figure(go.Scatter(x=levels, y=shares, mode="lines+markers", error_y=errors, name="accuracy"))
    figure.update_xaxes(title=title, tickvals=levels, tickformat=".4~g")
    figure.update_yaxes(title="Accuracy", tickformat=".0%", range=[0, 1.02])
    figure.update_layout(height=320, margin={"l": 10, "r": 10, "t": 10, "b": 10})
    return figure
