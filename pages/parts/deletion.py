"""Delete runs and data sets, and bring them back: the store only hides them.

Asks first for other people's only, and where there is something to beware of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import streamlit as st

from pages.parts import keyboard, person, problem, services
from pages.parts.as_written import as_written

Then = Callable[[list[str]], None]


class Named(person.Owned, Protocol):
    """What can be deleted: it has a name."""

    @property
    def name(self) -> str: ...


def button(page: str, label: str, what: str, doomed: Mapping[str, Named], then: Then, caution: str = "") -> None:
    """A button that deletes `doomed`, by its id in the store; of what is not this person's it first says whose it is.

    `what` is one of them, such as `run`; `then` is given the ids of those that are gone; a `caution` is said first.
    """
    names = {id: each.name for id, each in doomed.items()}
    act: dict[str, Any] = {"icon": ":material/delete:", "on_click": delete, "args": [page, names, then]}
    problem.show(f"{page} delete")
    owners = sorted({each.owner for each in doomed.values() if not person.is_own(each)})
    if not owners and not caution:
        st.button(label, key=f"{page}_delete", **act)
        return
    with st.popover(label, icon=":material/delete:"):
        if caution:
            st.markdown(caution)
        whose = " and ".join(f"{as_written(owner)}'s" for owner in owners)
        it = "it" if len(doomed) == 1 else "them"
        told = f"This is {whose} {what}. " if it == "it" else f"{whose} {what}s are among these {len(doomed)}. "
        st.markdown(f"{told if owners else ''}Delete {it}?")
        st.button("Delete", key=f"{page}_delete_after_question", type="primary", **act)


def delete(page: str, names: Mapping[str, str], then: Then) -> None:
    """Delete what `names` has by its id in the store, and remember it on this page. A callback, as `then` is."""
    done: dict[str, str] = {}
    st.session_state[f"{page}_deleted"] = done
    problem.each(f"{page} delete", services.opening_store().result().delete, names, done)
    if done:
        keyboard.focus_next(f"{page}_undo")
        then(list(done))


def deleted(page: str) -> Mapping[str, str]:
    """What was deleted last on this page: names by id."""
    return st.session_state.get(f"{page}_deleted", {})


def offer_undo(page: str, then: Then) -> None:
    """What was deleted last, with a button that brings it back and gives `then` the ids."""
    problem.show(f"{page} undo")
    last: dict[str, str] = st.session_state.get(f"{page}_deleted", {})
    if not last:
        return

    def undo() -> None:
        back: dict[str, str] = {}
        problem.each(f"{page} undo", services.opening_store().result().restore, dict(last), back)
        for id in back:
            del last[id]
        then(list(back))

    # Names have commas of their own.
    names = "; ".join(map(as_written, list(last.values())[:3])) + (" and others" if len(last) > 3 else "")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Deleted: {names}.")
        st.button("Undo", icon=":material/undo:", on_click=undo, key=f"{page}_undo")
    keyboard.focus(f"{page}_undo")
