"""What the trials of a sweep came to: as a table, in turn, by setting, and all settings at once."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from mnist_core import charts_compare, sweep_charts
from mnist_core.config import FIELDS, in_words
from mnist_core.studies import FINISHED, PRUNED, Study, Trial

_STATES = {
    "waiting": "Waiting",
    "running": "Training",
    "paused": "Paused",
    "finished": "Finished",
    "pruned": "Pruned",
    "failed": "Failed",
    "stopped": "Stopped by hand",
    "deleted": "Run deleted",
}
_VIEWS = ["Trials", "What matters", "All settings at once"]


def show(study: Study) -> None:
    """One view of the trials at a time."""
    if not study.trials:
        st.caption("The first trials are about to begin.")
        return
    view = st.segmented_control("Show", _VIEWS, default=_VIEWS[0], required=True, key="sweep_view")
    if view == _VIEWS[0]:
        alt = "Validation accuracy of each trial in turn, and the best so far"
        st.echarts_chart(sweep_charts.in_order(study.trials), height=280, key="sweep_in_order", alt=alt)
        _table(study)
    elif view == _VIEWS[1]:
        _what_matters(study)
    else:
        _parallel(study)


def _table(study: Study) -> None:
    rows = [_row(study, trial) for trial in reversed(study.trials)]
    percent = st.column_config.NumberColumn(format="%.2f %%", help="After the trial's last epoch.")
    link = st.column_config.LinkColumn(display_text="Open", help="Its run on the Train page.")
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content" if len(rows) <= 10 else 400,
        placeholder="–",
        column_config={"Validation accuracy": percent, "Run": link},
        alt="The trials, the newest first",
    )


def _row(study: Study, trial: Trial) -> dict:
    is_best = study.best is not None and trial.number == study.best.number
    settings = {FIELDS[name].metadata["label"]: _in_words(name, trial.params.get(name)) for name in study.sweep.ranges}
    return {
        "Trial": trial.number,
        "★": "★" if is_best else "",
        "Validation accuracy": None if trial.accuracy is None else 100 * trial.accuracy,
        "Epochs": len(trial.accuracies),
        **settings,
        "Status": _STATES[trial.state],
        "Why": trial.reason,
        "Run": f"/train?run={trial.run_id}" if trial.run_id else None,
    }


def _in_words(name: str, value) -> str:
    """As a page shows it; the layers of a network are texts in a sweep already."""
    if value is None:
        return ""
    return value if name in ("dense_units", "conv_blocks") else in_words(name, value)


def _what_matters(study: Study) -> None:
    if study.importance:
        st.markdown("**How much each setting mattered**")
        height = 40 + 36 * len(study.importance)
        alt = "The share of each setting in what sets good trials apart"
        st.echarts_chart(sweep_charts.importance(study.importance), height=height, key="sweep_importance", alt=alt)
        finished = sum(trial.state == FINISHED for trial in study.trials)
        st.caption(f"By Optuna's PED-ANOVA, from {finished} finished trials; below 20 or so it is a rough guess.")
    else:
        st.caption("How much each setting matters is known after five finished trials.")
    columns = st.columns(2)
    for place, name in enumerate(study.sweep.ranges):
        with columns[place % 2]:
            option = sweep_charts.slices(study.trials, study.sweep, name)
            alt = f"Validation accuracy by {FIELDS[name].metadata['label'].lower()}"
            st.echarts_chart(option, height=260, key=f"sweep_slice_{name}", alt=alt)


def _parallel(study: Study) -> None:
    shown = [trial for trial in study.trials if trial.state in (FINISHED, PRUNED) and trial.accuracies]
    if len(shown) < 2:
        st.caption("Two trials that have ended are needed.")
        return
    lines = [(study.sweep.config(trial.params), {"Validation accuracy": trial.accuracy}) for trial in shown]
    figure = charts_compare.parallel_coordinates(lines, list(study.sweep.ranges), ["Validation accuracy"])
    st.plotly_chart(figure, key="sweep_parallel", alt="A line for each trial through its settings and its accuracy")
    st.caption(
        "A line is a trial, from grey for the least accurate to orange for the most; pruned ones with what they had. "
        "Drag along an axis to keep only the lines that pass there."
    )
