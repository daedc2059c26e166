"""A person's deleted runs, to be restored: also after a reload, which forgets Undo."""

from __future__ import annotations

import streamlit as st

from mnist_core.runs.run import Run
from mnist_core.runs.store_connection import StoreError
from pages.parts import person, problem, read_runs, services

_PLACE, _CHOSEN = "compare restore", "compare_restored"


def show() -> None:
    """An expander, whose list is looked up while it is open."""
    listed = st.expander(
        "Deleted runs", icon=":material/restore_from_trash:", key="compare_deleted_runs", on_change="rerun"
    )
    if not listed.open:
        return
    with listed:
        problem.show(_PLACE)
        try:
            deleted = {run.id: run for run in services.opening_store().result().deleted(person.visitor())}
        except StoreError as error:
            st.error(str(error), title="The deleted runs cannot be read")
            return
        if not deleted:
            st.caption("You have deleted no run, or what you deleted is here again.")
            return
        ids = st.multiselect(
            "Runs of yours, the newest first",
            list(deleted),
            format_func=lambda id: _about(deleted[id]) if id in deleted else id,
            placeholder="Choose one or more",
            help="Trials of sweeps are not listed, nor what had not begun.",
            key=_CHOSEN,
        )
        chosen = {id: deleted[id] for id in ids if id in deleted}
        icon = ":material/undo:"
        st.button("Restore", "compare_restore", icon=icon, on_click=_restore, args=[chosen], disabled=not chosen)


def _about(run: Run) -> str:
    result = f"{run.metrics['test_accuracy']:.2%}" if run.has_model else run.status_in_words
    return f"{run.id_and_name} · {result}{', goes on when it is back' * run.is_active}"


def _restore(runs: dict[str, Run]) -> None:
    store = services.opening_store().result()

    def restore(id: str) -> None:
        store.restore(id)
        if runs[id].is_active:
            # Behind those who wait by now.
            store.queue(id)

    problem.each(_PLACE, restore, {id: run.name for id, run in runs.items()}, {})
    st.session_state[_CHOSEN] = []
    read_runs.look_again()
