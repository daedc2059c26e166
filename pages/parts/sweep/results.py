"""What the trials of a sweep came to: as a table, in turn, by setting, and all settings at once."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from mnist_core.config import holds, in_words, label
from mnist_core.fields import Number, Sequence
from mnist_core.figures import parallel, sweep_charts, sweep_numbers
from mnist_core.runs.run import QUEUED
from mnist_core.sweeps.studies import DELETED, FINISHED, PRUNED, Study, Trial
from pages.parts import download, figure, read_runs

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
        st.caption("The first trials begin in a moment: the program that draws their settings is starting.")
        return
    view = st.segmented_control("Show", _VIEWS, default=_VIEWS[0], required=True, key="sweep_view")
    if view == _VIEWS[0]:
        option, alt = sweep_charts.in_order(study.trials), sweep_numbers.in_order(study)
        figure.show(option, "sweep_in_order", alt, "trials", partial(sweep_numbers.columns, study), height=280)
        _say_how_to_read(study)
        _table(study)
    elif view == _VIEWS[1]:
        _what_matters(study)
    else:
        _parallel(study)


def _table(study: Study) -> None:
    queued = {run.id for run in read_runs.runs_if_known() if run.status == QUEUED}
    rows = [_row(study, trial, trial.run_id in queued) for trial in reversed(study.trials)]
    shares = [name for name in study.sweep.ranges if _is_share(holds(name))]
    plain = {label(name): st.column_config.NumberColumn(format="%.3g") for name in shares}
    percent = st.column_config.NumberColumn(format="%.2f%%", help="After the trial's last epoch.")
    link = st.column_config.LinkColumn(display_text="Open", help="Its run on the Train page.")
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content" if len(rows) <= 10 else 400,
        placeholder="–",
        column_config={"Validation accuracy": percent, "Run": link, **plain},
        alt="The trials, the newest first",
    )


def _is_share(holds: Any) -> bool:
    return isinstance(holds, Number) and not holds.integer


def _row(study: Study, trial: Trial, is_queued: bool) -> dict:
    is_best = study.best is not None and trial.number == study.best.number
    settings = {label(name): _shown(name, trial.params.get(name)) for name in study.sweep.ranges}
    return {
        "Trial": trial.number,
        "★": "★" if is_best else "",
        # Rounded here, as Python's texts are.
        "Validation accuracy": None if trial.accuracy is None else round(100 * trial.accuracy, 2),
        "Epochs": len(trial.accuracies),
        **settings,
        "Status": "In the queue" if is_queued else _STATES[trial.state],
        "Why": trial.reason,
        "Run": f"train?run={trial.run_id}" if trial.run_id and trial.state != DELETED else None,
    }


def _shown(name: str, value: Any) -> Any:
    """A number as it is, anything else in words; the layers of a network are texts in a sweep already."""
    if value is None or isinstance(holds(name), (Number, Sequence)):
        return value
    return in_words(name, value)


def _what_matters(study: Study) -> None:
    finished = sum(trial.state == FINISHED for trial in study.trials)
    if study.importance:
        st.markdown("**How much each setting mattered**")
        height = 40 + 36 * len(study.importance)
        option, alt = sweep_charts.importance(study.importance), sweep_numbers.importance(study.importance)
        shares: dict[str, list] = {"setting": list(study.importance), "share": list(study.importance.values())}
        figure.show(option, "sweep_importance", alt, "importance", shares, height=height)
        st.caption(
            "How much each setting has to do with being among the best trials (PED-ANOVA). The shares add up to 100% "
            f"even if nothing matters: chance alone can give one setting most of it. From {finished} finished trials."
        )
    else:
        st.caption(
            "How much each setting matters is known after five finished trials; those that were pruned do not count. "
            f"{finished} have finished."
        )
    columns = st.columns(2)
    for place, name in enumerate(study.sweep.ranges):
        with columns[place % 2]:
            option = sweep_charts.slices(study.trials, study.sweep, name)
            figure.show(option, f"sweep_slice_{name}", sweep_numbers.slices(study, name), height=260)
    _say_how_to_read(study)
    download.show("trials", partial(sweep_numbers.columns, study))


def _say_how_to_read(study: Study) -> None:
    if text := sweep_numbers.below(study):
        st.caption(text)


def _parallel(study: Study) -> None:
    shown = [trial for trial in study.trials if trial.state in (FINISHED, PRUNED) and trial.accuracies]
    if len(shown) < 2:
        st.caption("Two trials that have ended are needed.")
        return
    lines = [(study.sweep.config(trial.params), {"Validation accuracy": trial.accuracy}) for trial in shown]
    shown_as = lines, list(study.sweep.ranges), ["Validation accuracy"]
    option, alt = parallel.parallel_coordinates(*shown_as), parallel.alt(*shown_as)
    figure.show(option, "sweep_parallel", alt, "trials", partial(sweep_numbers.columns, study), height=440)
    st.caption(
        f"Each line is a trial, {parallel.COLOURED}; a pruned one has the accuracy that it had reached. Drag along an "
        "axis to keep only the lines that pass there."
    )
