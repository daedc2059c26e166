"""The address names the chosen runs: a reload shows them again, and so does the link to somebody else."""

from __future__ import annotations

import math
import time

import streamlit as st

from mnist_core.runs.run import Run, short_id
from pages.parts import clicks, deletion, read_runs
from pages.parts.compare import run_table

_RUNS = "runs"
_WRITTEN, _LEFT = "compare_written", "compare_left"
# So many characters tell a run from all others.
_OF_ID = 8


def follow(runs: list[Run], has_come: bool) -> None:
    """Choose those of `runs` that the address names, unless it is this page that has written it.

    It names none where a person comes who has chosen some before, and where the browser's Back leads to that.
    """
    address = st.query_params.get(_RUNS, "")
    if has_come:
        st.session_state.pop(_WRITTEN, None)
    seconds = time.monotonic() - _left().get(address, -math.inf)
    if address == st.session_state.get(_WRITTEN, "") or seconds < clicks.SECONDS_ON_THE_WAY:
        _say_gone(runs, address)
        return
    named = {read_runs.whole_id(each) for each in address.split(",") if each}
    chosen = [run.id for run in runs if run.id in named]
    if missing := len(named) - len(chosen):
        st.warning(
            f"{missing} of the {len(named)} runs that this link names cannot be found. "
            f"{'It' if missing == 1 else 'They'} may have been deleted."
            if len(named) > 1
            else "The run that this link names cannot be found. It may have been deleted."
        )
    if chosen or not address:
        run_table.choose_only(chosen)


def _say_gone(runs: list[Run], address: str) -> None:
    """That a chosen run was deleted elsewhere: it leaves the address, and what is shown."""
    here = deletion.deleted("compare")
    known = [run.id[:_OF_ID] for run in runs] + [id[:_OF_ID] for id in here]
    if gone := [id for id in address.split(",") if id and id not in known]:
        which = f"{short_id(gone[0])}, which you had chosen, was"
        if len(gone) > 1:
            which = f"{len(gone)} runs that you had chosen were"
        st.toast(f"{which} deleted meanwhile.", icon=":material/delete:")


def keep(chosen: list[Run]) -> None:
    """Have the address name the chosen runs."""
    address, before = ",".join(run.id[:_OF_ID] for run in chosen), st.session_state.get(_WRITTEN, "")
    if address != before:
        _left()[before] = time.monotonic()
        st.session_state[_WRITTEN] = address
    if address:
        st.query_params[_RUNS] = address
    else:
        st.query_params.pop(_RUNS, None)


def _left() -> dict[str, float]:
    """When each address that this page has written was last left for another, by `time.monotonic`."""
    return st.session_state.setdefault(_LEFT, {})
