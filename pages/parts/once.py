"""What a click starts and what takes seconds: done once, however often one clicks meanwhile, and never lost."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

T = TypeVar("T")
# A click so soon after the start is one more of those that led to it: nobody wants the same again by then.
_SECONDS_TO_MEAN_IT = 2.0


def start(key: str, clicked: bool, work: Callable[[], T], words: str, then: Callable[[T], None]) -> bool:
    """Do `work` after a click, saying `words`, and give `then` what came of it; whether that was done now.

    Whoever clicks or moves something meanwhile ends this run of the page at the next thing it draws or remembers. What
    came of the work then waits for the next run, and a second click that led there starts nothing more. Raises what
    `work` raises.
    """
    # A list of our own: to change it is nothing at which a run of the page could end.
    done: list[T] = st.session_state.setdefault(f"{key}_started", [])
    if clicked and not done:
        with st.spinner(words):
            done.append(work())
    if not done:
        return False
    then(done[0])
    done.clear()
    st.session_state[f"{key}_started_at"] = time.monotonic()
    return True


def is_meant(key: str) -> bool:
    """Whether this click, heard in a callback, is the first of several in a row."""
    if has_just_been(key):
        return False
    st.session_state[f"{key}_started_at"] = time.monotonic()
    return True


def has_just_been(key: str) -> bool:
    """Whether the same was started a moment ago: a button that stays where it is was then clicked by mistake."""
    return time.monotonic() - st.session_state.get(f"{key}_started_at", -math.inf) < _SECONDS_TO_MEAN_IT
