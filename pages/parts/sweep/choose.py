"""Which sweep the page shows: one of those that there are, or a new one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta, timezone

import streamlit as st

from mnist_core.runs.run import short_id
from mnist_core.sweeps.studies import Study
from pages.parts import person

# The box, and the sweep that was shown last: on another page the box is forgotten.
_KEY, _SHOWN = "sweep_box", "sweep_shown"
_NEW = "new"


def one(studies: list[Study]) -> Study | None:
    """The chosen sweep; None for a new one. `?sweep=ID` in the address chooses too.

    Whoever comes without a choice is shown their own: one that goes on, else the newest.
    """
    known = {study.id: study for study in studies}
    own = sorted(filter(lambda study: person.is_own(study.sweep), studies), key=lambda study: not study.is_live)
    asked = st.query_params.get("sweep") or st.session_state.get(_SHOWN, own[0].id if own else None)
    chosen = asked if asked in known else _NEW
    if (linked := st.query_params.get("sweep")) and linked not in known:
        st.warning("The sweep that this link names cannot be found. It may have been deleted.")
    if not known:
        st.info("There is no sweep yet. Choose what may vary: Optuna tries combinations, and you see what matters.")
        return None
    # The address may say another one than the box did.
    st.session_state[_KEY] = chosen
    if chosen != _NEW:
        show_next(chosen)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Sweep",
            [_NEW, *known],
            key=_KEY,
            on_change=lambda: _follow(known),
            format_func=lambda key: _label(known.get(key)),
        )
        if chosen != _NEW:
            st.button("New sweep", icon=":material/add:", on_click=show_next, args=[None], key="sweep_new")
    if chosen == _NEW:
        st.caption("Set up a new one here, or choose an earlier one above.")
    return known.get(chosen)


def show_next(study_id: str | None) -> None:
    """Show this sweep from the next script run on, after a reload too: it is in the address."""
    st.session_state[_SHOWN] = study_id
    if study_id:
        st.query_params["sweep"] = study_id
    else:
        st.query_params.pop("sweep", None)


def _follow(known: Collection[str]) -> None:
    shown = st.session_state[_KEY]
    # A browser names what is chosen by its label, which may have changed since.
    if shown in (_NEW, *known):
        show_next(None if shown == _NEW else shown)


def _label(study: Study | None) -> str:
    if study is None:
        return "A new sweep"
    # In minutes; unknown without a browser, and then it is the server's own time.
    behind = st.context.timezone_offset
    zone = None if behind is None else timezone(timedelta(minutes=-behind))
    when = datetime.fromtimestamp(study.created, zone).strftime("%d %b, %H:%M")
    # What tells two of one name apart comes first, where nothing cuts it off.
    return f"{short_id(study.id)} · {when} · {study.sweep.name} · {study.sweep.owner}"
