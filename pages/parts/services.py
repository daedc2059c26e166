"""The store, the sweeps and the engine, opened in the background so that no page waits for them."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

import streamlit as st

from mnist_core.queue.engine import Engine
from mnist_core.runs.run import Run
from mnist_core.runs.store import Store
from mnist_core.runs.store_connection import ServiceError
from mnist_core.sweeps.studies import Studies

T = TypeVar("T")

# While somebody waits for the engine.
STARTING = "Starting the training engine, which takes some seconds once…"

# Held while an uploaded file is read: one may take hundreds of megabytes for a moment, and a class uploads at once.
READING = threading.Lock()

# Starting the engine's processes takes the processor from the page that is on its way to a visitor.
_SECONDS_FOR_THE_PAGE = 1.5

# What could not be opened is tried again, but not by each of a page's parts.
_SECONDS_TO_TRY_AGAIN = 10


class Opening(Future[T]):
    """What is opened in the background, `since` a `time.monotonic`; `failed` is that at which it failed."""

    since, failed = -math.inf, math.inf

    def may_be_used(self) -> bool:
        return time.monotonic() - self.failed < _SECONDS_TO_TRY_AGAIN


def _engine_lives(opening: Opening[Engine]) -> bool:
    """Whether the engine lives, as far as is known."""
    known = opening.done() and opening.exception() is None
    return opening.may_be_used() and (not known or opening.result().is_alive)


@st.cache_resource(show_spinner=False, validate=Opening.may_be_used)
def opening_store() -> Opening[Store]:
    """The store, opened once in the background: importing MLflow takes seconds that no page should wait.

    pandas is imported here and now: two threads that import it at once may leave one with half of it.
    """
    import pandas  # noqa: F401

    return in_background(Store)


@st.cache_resource(show_spinner=False, validate=Opening.may_be_used)
def opening_studies() -> Opening[Studies]:
    """The sweeps, opened once in the background, after the store: both import much of the same."""
    opening = opening_store()

    def make() -> Studies:
        return Studies(opening.result().id)

    return in_background(make)


@st.cache_resource(show_spinner=False, validate=_engine_lives)
def opening_engine() -> Opening[Engine]:
    """The engine, started in the background when somebody first wants to train, and anew if it has died."""
    opening = opening_store()
    return in_background(lambda: Engine(opening.result()), after=_SECONDS_FOR_THE_PAGE)


def engine() -> Engine:
    """The engine, waited for. Raises EngineError or StoreError."""
    return opening_engine().result()


def settle(runs: list[Run]) -> None:
    """Have an engine that is there take up, in the background, what an engine before it has lost of `runs`."""
    opening, busy = opening_engine(), _settling()
    if not opening.done() or opening.exception() or not busy.acquire(blocking=False):
        return

    def work() -> None:
        try:
            # What cannot be settled now is looked at again when somebody next looks at the runs.
            with suppress(ServiceError, OSError):
                opening.result().settle(runs)
        finally:
            busy.release()

    threading.Thread(target=work, daemon=True).start()


@st.cache_resource(show_spinner=False)
def _settling() -> threading.Lock:
    """Held while runs are settled: once at a time is enough."""
    return threading.Lock()


def in_background(make: Callable[[], T], after: float = 0.0) -> Opening[T]:
    opening: Opening[T] = Opening()
    opening.since = time.monotonic()

    def work() -> None:
        time.sleep(after)
        try:
            opening.set_result(make())
        except Exception as error:
            opening.failed = time.monotonic()
            opening.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return opening
