"""All listed runs in one picture: which settings led where, and what accuracy costs."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mnist_core.comparison import overview
from mnist_core.config import FIELDS
from mnist_core.figures import charts_compare as charts
from mnist_core.runs import Run
from pages.shared import run_notes

# What people change first, where the runs differ in it.
_FIRST = ("model", "dense_units", "activation", "dropout", "optimizer", "learning_rate", "batch_size")


def show_settings(runs: list[Run]) -> None:
    """Parallel coordinates of what ended."""
    ended = [run for run in runs if not run.is_active]
    if len(ended) < 2:
        st.caption("Two runs that have ended are needed.")
        return
    differing = [name for name in FIELDS if len({getattr(run.config, name) for run in ended}) > 1]
    settings = st.multiselect(
        "Settings",
        differing,
        [name for name in _FIRST if name in differing][:5] or differing[:5],
        format_func=lambda name: FIELDS[name].metadata["label"],
        help="Those in which the listed runs differ.",
        key="compare_settings",
    )
    figure = charts.parallel_coordinates([(run.config, overview(run)) for run in ended], settings)
    st.plotly_chart(figure, key="compare_parallel", alt="A line for each run through its settings and results")
    st.caption(
        "A line is a run, from grey for the least accurate to orange for the most. Drag along an axis to keep only "
        "the lines that pass there; drag an axis by its name to move it."
    )


def show_trade_offs(runs: list[Run], chosen: list[Run]) -> None:
    """Accuracy against parameters, time or size; a click on a point opens that run."""
    rows = [overview(run) for run in runs]
    cost = st.segmented_control("Against", list(charts.COSTS), default="Parameters", required=True, key="compare_cost")
    if not any(row[cost] and row["Test accuracy"] for row in rows):
        st.caption("No run has both numbers yet.")
        return
    picked = {run.id for run in chosen}
    figure = charts.trade_off(rows, cost, [run.id in picked for run in runs])
    state: Any = st.plotly_chart(
        figure,
        key=f"compare_trade_off_{cost}",
        on_select="rerun",
        selection_mode="points",
        alt=f"Test accuracy against {cost.lower()}, a point for each run",
    )
    st.caption("On the line are the best trade-offs: no run is both cheaper and more accurate. Diamonds are ticked.")
    for point in state["selection"]["points"][:1]:
        run = runs[int(point["customdata"])]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{run.name}** · {run.owner}")
            run_notes.show_ways_to(run, "point")
