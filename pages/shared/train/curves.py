"""The learning curves of a run, with earlier runs' under them to compare."""

from __future__ import annotations

import streamlit as st

from mnist_core.figures import charts
from mnist_core.own_digits import ABOUT_VALIDATION
from mnist_core.runs import Curves, Run
from mnist_core.store import StoreError
from pages.shared import read_runs

_MOST = 4


def show(run: Run, curves: Curves) -> None:
    """Loss and accuracy, batch by batch and epoch by epoch."""
    others = _compared(run)
    for quantity in ("loss", "accuracy"):
        option = charts.learning_curve(run, curves, quantity, others)
        alt = f"The {quantity} of each batch and epoch so far"
        st.echarts_chart(option, height=260, key=f"curve_{quantity}", alt=alt)
    st.caption(
        "Training is the mean over an epoch, while the network still learns; "
        "validation is looked at when the epoch ends, so it may well be better."
    )
    if read_runs.lesson(run.id) is not None:
        st.caption(ABOUT_VALIDATION)


def _compared(run: Run) -> dict[str, Curves]:
    """The curves of the runs that the person has chosen, by name."""
    try:
        begun = {r.id: f"{r.name} · {r.id[:4]}" for r in read_runs.runs() if r.id != run.id and r.progress.epoch}
        if not begun:
            return {}
        chosen = st.multiselect(
            "Compare with",
            list(begun),
            format_func=lambda run_id: begun.get(run_id, "deleted"),
            max_selections=_MOST,
            key="train_compared",
            persist_state="session",
            placeholder="Earlier runs, drawn dashed",
        )
        return {begun[run_id]: read_runs.curves(run_id) for run_id in chosen if run_id in begun}
    except StoreError:
        return {}
