"""What could not be done, said where it was asked for until something else is done there.

A page's part that looks for itself every second is drawn anew meanwhile, and must not take the words away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from mnist_core.runs.store_connection import StoreError
from pages.parts.as_written import as_written


def each(place: str, act: Callable[[str], None], names: Mapping[str, str], done: dict[str, str]) -> None:
    """Do it to each id of `names`, write down in `done` with which it worked, and say with which it did not.

    Remembered when all is done, save in `done`: a click elsewhere ends a callback at the next thing that it remembers.
    """
    said = ""
    for id, name in names.items():
        try:
            act(id)
            done[id] = name
        except StoreError as error:
            said = f"{as_written(name)} could not be changed. {error}"
    if said:
        say(place, said)
    else:
        forget(place)


def say(place: str, text: str) -> None:
    st.session_state[_key(place)] = text


def forget(place: str) -> None:
    st.session_state.pop(_key(place), None)


def of(place: str) -> str:
    """The last problem of this place; empty if there is none."""
    return st.session_state.get(_key(place), "")


def show(place: str) -> None:
    if text := of(place):
        st.error(text)


def _key(place: str) -> str:
    return f"problem_{place}"
