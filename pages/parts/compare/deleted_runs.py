"""A person's deleted runs, each with a button that brings it back: also after a reload, which forgets Undo."""

from __future__ import annotations

import streamlit as st

from mnist_core.runs import Run
from mnist_core.store_connection import StoreError
from pages.parts import frame, problem, read_runs, services
from pages.parts.as_written import as_written

_PLACE = "compare restore"
# The newest. MLflow's own pages have all.
_MOST = 20


def show() -> None:
    """An expander, whose list is looked up when it is opened."""
    shut = st.expander(
        "Deleted runs", icon=":material/restore_from_trash:", key="compare_deleted_runs", on_change="rerun"
    )
    if not shut.open:
        return
    with shut:
        problem.show(_PLACE)
        try:
            deleted = [run for run in services.opening_store().result().deleted() if frame.may_touch(run)]
        except StoreError as error:
            st.error(str(error), title="The deleted runs cannot be read")
            return
        if not deleted:
            st.caption("You have deleted no run, or what you deleted is here again.")
        for run in deleted[:_MOST]:
            _offer(run)


def _offer(run: Run) -> None:
    accuracy = f" · {run.metrics['test_accuracy']:.2%}" if run.has_model else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Bring back", icon=":material/undo:", on_click=_restore, args=[run], key=f"compare_restore_{run.id}")
        st.caption(f"{run.short_id} · {as_written(run.name)}{accuracy} · {as_written(run.owner)}")


def _restore(run: Run) -> None:
    problem.each(_PLACE, services.opening_store().result().restore, {run.id: run.name}, {})
    read_runs.look_again()
