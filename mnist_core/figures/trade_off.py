"""What accuracy costs: a Plotly figure of all runs, and which of them no other beats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mnist_core.figures.axes import logarithmic_ticks, written
from mnist_core.figures.colours import COLOURS

# What an accuracy is set against: the column of `comparison.overview`, as an axis says it.
COSTS = {"Parameters": "Parameters", "Seconds": "Seconds of training", "Model size": "Model size in MB"}

# A longer name would lie across its neighbours.
_LONGEST = 28


def pareto_front(costs: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Indices of the points (N,) that no other beats, cheapest first: none is at most as dear and better, or equal
    and cheaper."""
    order = np.lexsort((-values, costs))
    best = np.concatenate([[-np.inf], np.maximum.accumulate(values[order])[:-1]])
    return order[values[order] > best]


def trade_off(rows: Sequence[Mapping[str, Any]], cost: str, chosen: Sequence[bool]) -> go.Figure:
    """Test accuracy against a cost (of COSTS), from `comparison.overview`; the best trade-offs are joined by a line.

    Points keep the place in `rows` in their `customdata`; rows without one of the numbers are left out.
    The error is logarithmic, so that 99.0 and 99.5 % are as far apart as 90 and 95 %.
    """
    places = [i for i, row in enumerate(rows) if row["Test accuracy"] is not None and row[cost]]
    costs = np.array([rows[i][cost] for i in places], float)
    errors = np.array([max(1 - rows[i]["Test accuracy"], 1e-4) for i in places])
    front = pareto_front(costs, -errors)
    names = [rows[places[point]]["Name"] for point in front]
    figure = go.Figure(_front_line(costs[front], errors[front], names, np.sqrt(costs.min() * costs.max())))
    figure.add_scatter(
        x=costs,
        y=errors,
        mode="markers",
        marker=_markers(set(front), [bool(chosen[i]) for i in places]),
        showlegend=False,
        customdata=places,
        # Plotly reads HTML.
        text=[f"{escape(rows[i]['Name'])}<br>{_result(rows[i], cost)}" for i in places],
        hovertemplate="%{text}<extra></extra>",
    )
    _logarithmic_axes(figure, cost, costs, errors)
    above = {"x": 0, "y": 1.02, "yanchor": "bottom"}
    figure.update_layout(height=420, margin={"l": 10, "r": 10, "t": 40, "b": 10}, legend=above)
    return figure


def _front_line(costs: np.ndarray, errors: np.ndarray, names: Sequence[str], middle: float) -> go.Scatter:
    """The best trade-offs joined by steps, each with its name; `middle` is the middle of the axis of costs."""
    return go.Scatter(
        x=costs,
        y=errors,
        mode="lines+text",
        name="Best trade-offs",
        text=[_short(name) for name in names],
        # Towards the middle, where the axes' own words are not.
        textposition=["top right" if at <= middle else "top left" for at in costs],
        cliponaxis=False,
        hoverinfo="skip",
        line={"shape": "hv", "color": COLOURS[1]},
    )


def columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The accuracy of every run and each of COSTS; None where it has no such number."""
    return {name: [row[name] for row in rows] for name in ("Name", "Test accuracy", *COSTS)}


def alt(rows: Sequence[Mapping[str, Any]], cost: str) -> str:
    """How many runs there are, and the best trade-offs among them."""
    known = [row for row in rows if row["Test accuracy"] is not None and row[cost]]
    front = pareto_front(*(np.array([row[name] for row in known], float) for name in (cost, "Test accuracy")))
    best = "; ".join(f"{known[place]['Name']}, {_result(known[place], cost)}" for place in front)
    return f"Test accuracy against {cost.lower()} of {len(known)} runs. The best trade-offs: {best}."


def _result(row: Mapping[str, Any], cost: str) -> str:
    style = ",.0f" if cost == "Parameters" else ",.2f"
    return f"{row['Test accuracy']:.2%}, {cost.lower()} {row[cost]:{style}}"


def _short(name: str) -> str:
    """With room around, so that it does not touch its point."""
    cut = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    # Plotly reads HTML.
    return f"\u00a0\u00a0{escape(cut)}\u00a0\u00a0"


def _markers(front: set[int], picked: list[bool]) -> dict[str, Any]:
    """Large and coloured where nothing cheaper is better, diamonds where a person chose the run."""
    return {
        "size": [12 if place in front or pick else 7 for place, pick in enumerate(picked)],
        "color": [COLOURS[1] if place in front else COLOURS[0] for place in range(len(picked))],
        "symbol": ["diamond" if pick else "circle" for pick in picked],
        "opacity": 0.8,
    }


def _logarithmic_axes(figure: go.Figure, cost: str, costs: np.ndarray, errors: np.ndarray) -> None:
    ends, at = _range_and_ticks(costs)
    figure.update_xaxes(type="log", title=COSTS[cost], range=ends, tickvals=at, ticktext=list(map(written, at)))
    ends, at = _range_and_ticks(errors)
    texts = [f"{100 * (1 - tick):.4g}%" for tick in at]
    figure.update_yaxes(type="log", title="Test accuracy", range=ends[::-1], tickvals=at, ticktext=texts)


def _range_and_ticks(values: np.ndarray) -> tuple[list[float], list[float]]:
    """The ends of a logarithmic axis, as powers of ten, and the numbers that stand beside it."""
    low, high = np.log10(values.min()), np.log10(values.max())
    # What is all alike stands in the middle of a power of ten.
    room = 0.06 * (high - low) or 0.5
    at = logarithmic_ticks(10 ** (low - room), 10 ** (high + room))
    # Among values that are nearly alike there may be no round number but one: then the ends are said.
    return [low - room, high + room], at if len(at) > 1 else [values.min(), values.max()]
