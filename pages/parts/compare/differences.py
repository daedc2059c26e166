"""Where the chosen runs differ, and what that did."""

from __future__ import annotations

from contextlib import suppress

import pandas as pd
import streamlit as st

from mnist_core import comparison, own_digits
from mnist_core.artifacts import BUILT_IN
from mnist_core.runs.run import Run, short_id
from mnist_core.runs.store_connection import StoreError
from pages.parts import browser, data_sets, read_results
from pages.parts.as_written import as_written
from pages.parts.compare import verdicts

# What each line of the table is about; results as they are written, and where there is none.
_LINE, _NONE = "Setting or result", "–"
# In pixels: what a run's column needs at least, and what all have together on a page of the usual width.
_LEAST_WIDTH, _ALL_WIDTHS = 200, 720
# On a phone two runs stand beside their settings.
_LINE_ON_A_PHONE, _RUN_ON_A_PHONE = 140, 108
_STYLES = {
    "Test accuracy": "{:.2%}",
    "Test interval": "{}%",
    "Validation accuracy": "{:.2%}",
    "Training accuracy": "{:.2%}",
    "Seconds": "{:.1f}",
    "Parameters": "{:,}",
    "Model size": "{:.2f} MB",
}


def show(runs: list[Run]) -> None:
    """A sentence about each but the first of two or more runs, oldest first, and a column for each."""
    verdicts.show(runs)
    settings = {name: [data_sets.named(text) for text in texts] for name, texts in comparison.differing(runs).items()}
    settings |= _lessons(runs)
    results = [_results(run) for run in runs]
    lines = settings | {name: [result[name] for result in results] for name in results[0]}
    # By their whole ids: two columns of one name would be an error.
    names = {run.id: run.id_and_name for run in runs}
    is_narrow = browser.is_on_a_phone()
    width = _RUN_ON_A_PHONE if is_narrow else max(_LEAST_WIDTH, _ALL_WIDTHS // len(runs))
    browser.leave_room_for_tools()
    st.dataframe(
        pd.DataFrame([[line, *texts] for line, texts in lines.items()], columns=[_LINE, *names]),
        hide_index=True,
        height="content",
        column_config={
            _LINE: st.column_config.Column(pinned=True, width=_LINE_ON_A_PHONE if is_narrow else None),
            **{id: st.column_config.Column(name, width=width, help=as_written(name)) for id, name in names.items()},
        },
        alt="The settings in which the chosen runs differ, and their results",
    )
    if not settings:
        st.caption("These runs have the same settings.")


def _lessons(runs: list[Run]) -> dict[str, list[str]]:
    """What is no setting: how many digits of a person's own each was taught, if any was, and what it was before."""
    if not any(run.taught for run in runs):
        return {}
    return {"Own digits taught": [_lesson(run) for run in runs]}


def _lesson(run: Run) -> str:
    if not run.taught:
        return _NONE
    with suppress(StoreError):
        if (lesson := read_results.lesson(run.id)) is not None:
            to = run.taught if run.taught in BUILT_IN else short_id(run.taught)
            return f"{len(own_digits.from_arrays(lesson).for_training)}, to {to}"
    return "not known"


def _results(run: Run) -> dict[str, str]:
    """What a run came to, in words."""
    seen = comparison.overview(run)
    return {name: _NONE if seen[name] in (None, "") else style.format(seen[name]) for name, style in _STYLES.items()}
