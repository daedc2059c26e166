"""Keeps the list of runs up to date while somebody looks at it."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from mnist_core.runs.run import Run
from mnist_core.runs.store_connection import ServiceError
from pages.parts import person, read_runs

_KNOWN = "compare_known"

Standing = dict[str, tuple[str, bool]]


def keep(runs: list[Run]) -> None:
    """Draw the page anew once a run that trains or waits stands otherwise."""
    if any(run.is_active or run.awaits_test for run in runs):
        _look_again(_standing(runs))


@st.fragment(run_every=2.0)
def _look_again(seen: Standing) -> None:
    with suppress(ServiceError, OSError):
        if _standing(read_runs.runs()) != seen:
            st.rerun()


def _standing(runs: list[Run]) -> Standing:
    return {run.id: (run.status, run.has_model) for run in runs}


def listed(runs: list[Run], has_come: bool) -> list[Run]:
    """All of `runs` for whoever `has_come` to the page just now; later not those that others have started since.

    Another list is another table, which loses its order and where it was scrolled to: a button shows them.
    """
    known: set[str] = st.session_state.setdefault(_KNOWN, set())
    visitor = person.visitor()
    if has_come or not known:
        known.update(run.id for run in runs)
    known.update(run.id for run in runs if run.visitor == visitor)
    new = [run.id for run in runs if run.id not in known]
    if new:
        label = f"Show {len(new)} new run{'s' * (len(new) > 1)}"
        st.button(label, icon=":material/refresh:", on_click=known.update, args=[new], key="compare_show_new")
    return [run for run in runs if run.id in known]
