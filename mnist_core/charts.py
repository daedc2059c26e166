"""From numbers to figures: Plotly for what stands still, ECharts options for what moves.

ECharts updates in place, which a live curve needs; a changed Plotly figure is drawn anew.
Colours are left to the theme.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from mnist_core.architecture import NUM_CLASSES
from mnist_core.runs import Curves

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
        "series": [{"type": "bar", "data": faded, "label": {"show": True, "position": "right", "formatter": "{c} %"}}],
    }


def learning_curve(curves: Curves, quantity: str, steps_per_epoch: int, epochs: int) -> dict[str, Any]:
    """An ECharts option for `loss` or `accuracy`: each batch faint, training and validation by epoch."""
    series = []
    if points := curves.series.get(f"batch_{quantity}"):
        line = {"lineStyle": {"width": 1}, "showSymbol": False, "emphasis": {"disabled": True}}
        series.append(_line("Batch", points[0] / steps_per_epoch, points[1], opacity=0.45, **line))
    for name, key in (("Training", quantity), ("Validation", f"val_{quantity}")):
        if points := curves.series.get(key):
            series.append(_line(name, *points, symbol="circle", symbolSize=6))
    return {
        "animation": False,
        "title": {"text": quantity.capitalize(), "left": 0, "top": 6, "textStyle": {"fontSize": 14}},
        "legend": {"right": 0, "top": 6, "itemWidth": 18},
        "grid": {"left": 36, "right": 12, "top": 44, "bottom": 36},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "name": "epoch", "nameLocation": "middle", "nameGap": 22, "min": 0, "max": epochs},
        "yAxis": {"type": "value", "min": 0}
        if quantity == "loss"
        else {"type": "value", "min": _lowest_worth_showing(curves), "max": 1},
        "series": series,
    }


def _lowest_worth_showing(curves: Curves) -> float:
    """Where an accuracy axis begins, in tenths: what most batches reach, so that the start does not squash the rest."""
    values = curves.series.get("batch_accuracy", (None, np.zeros(1)))[1]
    return float(np.floor(10 * np.quantile(values, 0.1)) / 10)


def _line(name: str, xs: np.ndarray, ys: np.ndarray, opacity: float = 1, **options: Any) -> dict[str, Any]:
    data = [[round(float(x), 4), round(float(y), 5)] for x, y in zip(xs, ys, strict=True) if np.isfinite(y)]
    style = {**options.pop("lineStyle", {"width": 2}), "opacity": opacity}
    return {"type": "line", "name": name, "data": data, "lineStyle": style, **options}


def confusion_matrix(counts: np.ndarray) -> go.Figure:
    """A heatmap of (10, 10) counts, rows the true digits; colour is logarithmic so that errors show."""
    shade = np.log1p(np.asarray(counts, float))
    figure = go.Figure(
        go.Heatmap(
            z=shade,
            x=_DIGITS,
            y=_DIGITS,
            text=counts,
            texttemplate="%{text}",
            customdata=counts,
            hovertemplate="true %{y}, read as %{x}: %{customdata} digits<extra></extra>",
            colorscale="Blues",
            showscale=False,
            xgap=1,
            ygap=1,
        )
    )
    figure.update_xaxes(title="Read as", side="bottom", type="category", fixedrange=True)
    figure.update_yaxes(title="True digit", autorange="reversed", type="category", fixedrange=True)
    figure.update_layout(height=460, margin={"l": 10, "r": 10, "t": 10, "b": 10})
    return figure
