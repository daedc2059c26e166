"""The store, the sweeps and the engine, opened in the background so that no page waits for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

import streamlit as st

from mnist_core.engine import Engine
from mnist_core.engine_connection import EngineError
from mnist_core.runs import Run
from mnist_core.store import Store
from mnist_core.store_connection import StoreError
from mnist_core.sweeps.studies import Studies

# Importing MLflow takes the interpreter from the page that is on its way to the first visitor.
_SECONDS_FOR_THE_FIRST_PAGE = 0.7


@st.cache_resource(show_spinner=False)
def opening_store() -> Future[Store]:
    """The store, opened once in the background: importing MLflow takes seconds that no page should wait.

    pandas is imported here and now: two threads that import it at once may leave one with half of it.
    """
    import pandas  # noqa: F401

    return _in_background(Store, after=_SECONDS_FOR_THE_FIRST_PAGE)


@st.cache_resource(show_spinner=False)
def opening_studies() -> Future[Studies]:
    """The sweeps, opened once in the background, after the store: both import much of the same."""
    opening = opening_store()

    def make() -> Studies:
        opening.result()
        return Studies()

    return _in_background(make)


@st.cache_resource(show_spinner=False)
def opening_engine() -> Future[Engine]:
    """The engine, started once in the background when somebody first wants to train."""
    opening = opening_store()
    return _in_background(lambda: Engine(opening.result()))


def engine() -> Engine:
    """The engine, waited for, and started anew if it has died. Raises EngineError or StoreError."""
    return _living_engine().result()


def settle(runs: list[Run]) -> None:
    """Have an engine that is there take up, in the background, what an engine before it has lost of `runs`."""
    opening, busy = _living_engine(), _settling()
    if not opening.done() or opening.exception() or not busy.acquire(blocking=False):
        return

    def work() -> None:
        try:
            # What cannot be settled now is looked at again when somebody next looks at the runs.
            with suppress(EngineError, StoreError, OSError):
                opening.result().settle(runs)
        finally:
            busy.release()

    threading.Thread(target=work, daemon=True).start()


@st.cache_resource(show_spinner=False)
def _settling() -> threading.Lock:
    """Held while runs are settled: once at a time is enough."""
    return threading.Lock()


def _living_engine() -> Future[Engine]:
    """The engine, started anew if it has died."""
    opening = opening_engine()
    if opening.done() and (opening.exception() or not opening.result().is_alive):
        opening_engine.clear()
        opening = opening_engine()
    return opening


def _in_background(make: Callable[[], Any], after: float = 0.0) -> Future:
    future: Future = Future()

    def work() -> None:
        time.sleep(after)
        try:
            future.set_result(make())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return future
