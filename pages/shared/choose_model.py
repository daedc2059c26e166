"""The choice of a trained model, the same on every page, kept in the address and between pages."""

from __future__ import annotations

import streamlit as st

from pages.shared import read_models, services

_KEY = "model_id"


def show() -> read_models.Model:
    """A box of the models that come with the project and of runs; `?model=ID` in the address chooses one."""
    # A place of its own for what comes and goes: a canvas below whose place changed would lose its strokes.
    with st.container():
        return _choose()


def _choose() -> read_models.Model:
    models = {model.id: model for model in read_models.models()}
    ids, complete = list(models), services.opening_store().done()
    wanted = st.query_params.get("model") or st.session_state.get(_KEY) or ids[0]
    if wanted in models:
        _remember(wanted)
    elif complete:
        st.warning("That model is not there any more: its run may have been deleted. Choose another one.")
    chosen = st.selectbox(
        # Said here and not below, where it would push the page down and let it jump back.
        "Model" if complete else "Model · looking for your own runs…",
        ids,
        index=ids.index(wanted) if wanted in models else 0,
        format_func=lambda id: models[id].label,
        help="Every run that ended or was stopped is here too.",
        key="model_box",
        on_change=lambda: _remember(st.session_state["model_box"]),
    )
    if not complete:
        _wait_for_runs()
    return models[chosen]


def _remember(id: str) -> None:
    st.session_state[_KEY] = id
    st.query_params["model"] = id


@st.fragment(run_every=0.5)
def _wait_for_runs() -> None:
    """While the store opens, the runs are missing from the box; show it anew when they are there."""
    if services.opening_store().done():
        st.rerun()
