"""The curves of the chosen runs over one another."""

from __future__ import annotations

from functools import partial

import streamlit as st

from mnist_core.comparison import distinct_names
from mnist_core.figures.colours import COLOURS
from mnist_core.figures.compared_curves import AXES, LINES, View, alt, columns, curves_together, unlike
from mnist_core.runs.run import Run
from mnist_core.runs.store_connection import StoreError
from pages.parts import data_sets, figure, read_results

_MOST = len(COLOURS)


def show(runs: list[Run]) -> None:
    """Loss and accuracy of up to eight runs, a colour each."""
    # Of a run of one epoch, the batches alone make a curve.
    view = _view(with_batches=any(run.progress.epoch < 2 for run in runs))
    if len(runs) > _MOST:
        st.caption(f"The {_MOST} newest of the {len(runs)} chosen runs are drawn.")
    try:
        called = distinct_names(runs[-_MOST:], data_sets.named)
        drawn = {called[run.id]: (run, read_results.curves(run)) for run in runs[-_MOST:]}
    except StoreError as error:
        st.error(str(error), title="The curves cannot be read")
        return
    options = {quantity: curves_together(drawn, quantity, view) for quantity in ("loss", "accuracy")}
    if not any(line["data"] for option in options.values() for line in option["series"]):
        st.caption("None of the chosen runs has such a curve, or not yet. Choose other lines, or other runs.")
        return
    for quantity, option in options.items():
        said, numbers = alt(drawn, quantity, view), partial(columns, drawn, quantity)
        figure.show(option, f"compare_{quantity}", said, f"{quantity}-of-runs", numbers, height=320)
    if caution := unlike(run.config for run, _ in drawn.values()):
        st.caption(caution)
    if options["loss"]["yAxis"]["type"] == "log" and not view.logarithmic_y:
        st.caption("The losses are so far apart that their axis is logarithmic whatever the switch says.")
    st.caption(
        "Validation is solid, training dashed, its batches dotted; short curves have a dot or a diamond at each epoch. "
        "Under a smoothed line the raw one is faint."
    )
    if any(run.changes for run, _ in drawn.values()):
        st.caption("Upright lines: what was changed while the run of that colour went on.")


def _view(with_batches: bool) -> View:
    with st.container(horizontal=True, gap="medium"):
        axis = st.segmented_control(
            "X axis",
            list(AXES),
            format_func=lambda axis: AXES[axis],
            default="epoch",
            required=True,
            key="compare_axis",
            help="Seconds are known by epoch, and spread evenly over the batches of each.",
        )
        lines = st.pills(
            "Lines",
            list(LINES),
            format_func=lambda line: LINES[line],
            selection_mode="multi",
            default=[line for line in LINES if with_batches or line != "batch"],
            key="compare_lines",
        )
        help = "How much of the line before each point is kept: a moving average whose weights fall exponentially."
        smoothing = st.slider("Smoothing", 0.0, 0.98, 0.0, 0.02, key="compare_smoothing", help=help, width=180)
        log_x = st.toggle("Logarithmic x axis", key="compare_log_x")
        log_y = st.toggle("Logarithmic values", key="compare_log_y", help="Of the accuracy, the error is drawn.")
    return View(str(axis), tuple(lines), smoothing, log_x, log_y)
