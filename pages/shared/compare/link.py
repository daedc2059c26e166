"""A link to a comparison: the chosen runs, and what is shown of them."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from mnist_core.runs import Run
from pages.shared import read_runs
from pages.shared.compare import run_table

VIEWS = ["Curves", "What differs", "All runs, setting by setting", "Accuracy and cost"]
VIEW = "compare_view"

_FOLLOWED = "compare_followed"
# So many characters tell a run from all others.
_OF_ID = 8


def follow(runs: list[Run]) -> None:
    """Choose, once, those of `runs` that the address names, and show them as it says."""
    link = st.query_params.to_dict()
    named = {read_runs.whole_id(each) for each in link.get("runs", "").split(",") if each}
    chosen = [run for run in runs if run.id in named]
    if missing := len(named) - len(chosen):
        st.warning(
            f"{missing} of this link's runs cannot be found. {'It' if missing == 1 else 'They'} may have been deleted."
        )
    if st.session_state.get(_FOLLOWED, {}) == link:
        return
    st.session_state[_FOLLOWED] = link
    if chosen:
        run_table.choose_only([run.id for run in chosen])
    if link.get("view") in VIEWS:
        st.session_state[VIEW] = link["view"]


def offer(chosen: list[Run], view: str) -> None:
    """The address that shows the same to somebody else."""
    with st.popover("Link", icon=":material/link:", help="Shows others the same runs in the same way."):
        page = (st.context.url or "").partition("?")[0]
        query = urlencode({"runs": ",".join(run.id[:_OF_ID] for run in chosen), "view": view}, safe=",")
        st.code(f"{page}?{query}", language=None, wrap_lines=True)
