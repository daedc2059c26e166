"""What is known of the processes that train, asked of the engine in the background."""

from __future__ import annotations

import os
import time
from concurrent.futures import TimeoutError as NoAnswer

import streamlit as st

from mnist_core.runs.run import Run
from mnist_core.runs.store_connection import ServiceError
from pages.parts import services

_SECONDS_BETWEEN_QUESTIONS = 2
# A page can do without: an engine that lives answers in a moment.
_SECONDS_TO_ANSWER = 0.5


def about_missing() -> str:
    """That nothing can be trained now for want of workers, as far as is known; else empty."""
    opening = services.opening_engine()
    if not opening.done() or opening.exception():
        return ""
    try:
        if _asking_how_many().result(timeout=_SECONDS_TO_ANSWER):
            return ""
    except (NoAnswer, ServiceError, OSError):
        return ""
    elsewhere = os.environ.get("DASK_SCHEDULER_ADDRESS")
    return f"no worker is connected to {elsewhere}: start one" if elsewhere else "its workers are starting"


def reason_for_silence(run: Run) -> str:
    """Why a run that trains may have written nothing down for long."""
    if not services.opening_engine().done():
        return "the training engine is starting"
    try:
        who = _asking_who_trains(run.id).result(timeout=_SECONDS_TO_ANSWER)
    except NoAnswer:
        return "the training engine does not answer"
    except (ServiceError, OSError):
        return "the training engine cannot be reached"
    if not who:
        return "its worker was lost, and it waits for another one, to go on from what was kept last"
    return "its batches may take long, or the disk may be full"


def _is_recent(asking: services.Opening) -> bool:
    """Or without an answer yet: an engine that stands still gives none, nor an error, and is not asked once more."""
    return not asking.done() or time.monotonic() - asking.since < _SECONDS_BETWEEN_QUESTIONS


@st.cache_resource(max_entries=200, show_spinner=False, validate=_is_recent)
def _asking_who_trains(run_id: str) -> services.Opening[list[str]]:
    opening = services.opening_engine()
    return services.in_background(lambda: opening.result().workers_of(run_id))


@st.cache_resource(max_entries=1, show_spinner=False, validate=_is_recent)
def _asking_how_many() -> services.Opening[int]:
    opening = services.opening_engine()
    return services.in_background(lambda: opening.result().workers)
