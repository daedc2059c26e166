"""Which run the Train page shows: in its address, and kept while the person visits other pages."""

from __future__ import annotations

import streamlit as st

_KEY = "train_run"
_SEEN_TRAINING = "train_seen_training"


def watch_next(run_id: str) -> None:
    """Have the Train page show this run when it is opened next."""
    st.session_state[_KEY] = run_id


def watch(run_id: str | None) -> None:
    """Show this run on the Train page from now on, after a reload too: it is in the address."""
    st.session_state[_KEY] = run_id
    if run_id:
        st.query_params["run"] = run_id
    else:
        st.query_params.pop("run", None)


def watched() -> str | None:
    """The id, or its beginning, of the run that the page shows or is about to."""
    return st.query_params.get("run") or st.session_state.get(_KEY)


def saw_it_train(run_id: str) -> None:
    """Remember that the person has watched it while it went on."""
    st.session_state[_SEEN_TRAINING] = run_id


def was_seen_training(run_id: str) -> bool:
    """Whether the person has watched it while it went on; True once only."""
    if st.session_state.get(_SEEN_TRAINING) != run_id:
        return False
    del st.session_state[_SEEN_TRAINING]
    return True
