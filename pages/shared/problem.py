"""What could not be done, said where it was asked for until something else is done there.

A page's part that looks for itself every second is drawn anew meanwhile, and must not take the words away.
"""

from __future__ import annotations

import streamlit as st


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
