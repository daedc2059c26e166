"""What a click starts and what takes seconds: done once, however often one clicks meanwhile, and never lost."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import streamlit as st

T = TypeVar("T")
# Nobody wants the same again so soon.
_SECONDS_TO_MEAN_IT = 2.0


def start(key: str, clicked: bool, work: Callable[[], T], words: str, then: Callable[[T], None]) -> bool:
    """Do `work` after a click, saying `words`, and give `then` what came of it; whether that was done now.

    A click a moment after it was done, on a button that stays where it is, is one more of those that led to it.
    Whoever clicks or moves something meanwhile begins another run of the page beside this one, which ends at the next
    thing that it draws or remembers. The work is in a thread of its own, and all of them wait for that. Raises what
    `work` raises.
    """
    # A list of our own: to change it is nothing at which a run of the page could end.
    begun: list[Future[T]] = st.session_state.setdefault(f"{key}_begun", [])
    if clicked and not begun and not _was_just_done(key):
        begun.append(_begin(work))
    if not begun:
        return False
    future = begun[0]
    with st.spinner(words):
        # Waited for here, whatever comes of it.
        failed = future.exception()
    if failed:
        begun.clear()
        raise failed
    try:
        then(future.result())
    except Exception:
        begun.clear()
        raise
    begun.clear()
    st.session_state[f"{key}_done_at"] = time.monotonic()
    return True


def _was_just_done(key: str) -> bool:
    return time.monotonic() - st.session_state.get(f"{key}_done_at", -math.inf) < _SECONDS_TO_MEAN_IT


def _begin(work: Callable[[], T]) -> Future[T]:
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            # Whatever it is: the page waits for it.
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future
