"""What pages read of runs and sweeps, each look cached for a moment. Nothing here draws."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress

import streamlit as st

from mnist_core.artifacts import BUILT_IN
from mnist_core.runs.run import QUEUED, Run
from mnist_core.runs.store_connection import NoSuchRun, ServiceError, StoreError, writes
from mnist_core.sweeps.studies import Study
from pages.parts import services
from pages.parts.shared_look import shared_look

SECONDS_BETWEEN_POLLS = 0.5
# A look at 500 runs costs MLflow most of a second, so most looks are at the newest ones only.
_SECONDS_BETWEEN_FULL_LOOKS = 300
_NEWEST = 40
# One that came into the queue just now begins at once if a worker is free, and its first point should not be late.
_SECONDS_UNTIL_IT_WAITS = 5
# MLflow's ids are so many hexadecimal digits: a whole one needs no look at the runs.
_ID_LENGTH = 32


@shared_look(SECONDS_BETWEEN_POLLS)
def runs() -> list[Run]:
    """The newest runs, not to be changed. One look serves everybody who polls at the same time.

    What other programs do to old runs, such as deleting them in MLflow's own pages, is seen at the next full look.
    """
    written = writes()
    found = _newest() if written is None else _newest_after(written)
    if any(run.is_active or run.awaits_test for run in found):
        services.settle(found)
    return found


def runs_if_known() -> list[Run]:
    """`runs`, or none while the store opens or cannot be read: for what a page can do without."""
    if not services.opening_store().done():
        return []
    try:
        return runs()
    except (ServiceError, OSError):
        return []


@st.cache_resource(max_entries=1, ttl=_SECONDS_BETWEEN_FULL_LOOKS, show_spinner=False)
def _newest_after(written: tuple[int, int]) -> list[Run]:
    """As long as nothing is written to the store, they stay as they are."""
    return _newest()


def _newest() -> list[Run]:
    known, newest = _all_runs(), services.opening_store().result().newest(_NEWEST)
    if len(newest) == _NEWEST and newest[-1].id not in {each.id for each in known}:
        _all_runs.clear()
        known = _all_runs()
    seen = {each.id for each in newest}
    # Among the newest there is none that was deleted: what is known in their place and not seen is gone.
    since = newest[-1].submitted if len(newest) == _NEWEST else 0.0
    older = [_as_now(each) for each in known if each.id not in seen and each.submitted <= since]
    return [*newest, *filter(None, older)]


@st.cache_resource(ttl=_SECONDS_BETWEEN_FULL_LOOKS, show_spinner=False)
def _all_runs() -> list[Run]:
    _changed().clear()
    return services.opening_store().result().newest()


@st.cache_resource(show_spinner=False)
def _changed() -> set[str]:
    """The ids of runs that people have changed since the last full look."""
    return set()


def _as_now(known: Run) -> Run | None:
    """An older run as it is now, None if it is gone: one that has ended and is tested stays as it is."""
    if not (known.is_active or known.awaits_test or known.id in _changed()):
        return known
    try:
        return _run(known.id)
    except NoSuchRun:
        return None


def run(run_id: str) -> Run:
    """The run as it is now. Of one that waits, which a whole class may look at, the look at all runs tells enough.

    Raises NoSuchRun.
    """
    known = _known(run_id)
    if known and waits(known) and run_id not in _begun():
        return known
    now = _run(run_id)
    if now.status != QUEUED:
        _begun().add(run_id)
    return now


def run_if_known(run_id: str) -> Run | None:
    """The run with this id, or its beginning; None for one that cannot be read."""
    with suppress(StoreError):
        return run(whole_id(run_id))
    return None


@st.cache_resource(show_spinner=False)
def _begun() -> set[str]:
    """The ids of runs that were seen to have begun: the last look at all runs may be older, and must not take it back.

    For that moment Pause would be off, and a click on it lost.
    """
    return set()


def _known(run_id: str) -> Run | None:
    """The run as the look at all runs has it, which costs no look of its own."""
    return next((each for each in runs() if each.id == run_id), None)


def first_of(run: Run) -> Run:
    """The run that a lesson's model was first trained by, or the first lesson of one that comes with the project.

    Raises StoreError if one of those between cannot be found.
    """
    while run.taught and run.taught not in BUILT_IN:
        run = _known(run.taught) or _run(run.taught)
    return run


def waits(run: Run) -> bool:
    """Whether a run is in the queue, and has not just come there."""
    return run.status == QUEUED and time.time() - run.queued > _SECONDS_UNTIL_IT_WAITS


@shared_look(SECONDS_BETWEEN_POLLS / 5)
def _run(run_id: str) -> Run:
    return services.opening_store().result().get(run_id)


def whole_id(beginning: str) -> str:
    """The id of the only run that begins like this, as Compare shows it; if there is none, `beginning` itself."""
    known = [run.id for run in runs() if run.id.startswith(beginning)] if len(beginning) < _ID_LENGTH else []
    return known[0] if len(known) == 1 else beginning


@shared_look(SECONDS_BETWEEN_POLLS)
def studies() -> list[Study]:
    """All sweeps, the newest first. Raises StudyError."""
    return services.opening_studies().result().all()


def forget_runs(changed: Iterable[str]) -> None:
    """Look again at once: a person has just made or changed the runs with these ids."""
    _changed().update(changed)
    runs.clear()
    _run.clear()


def look_again() -> None:
    """Look at all runs again: a person has just restored some that may be old."""
    _all_runs.clear()
    runs.clear()
    _run.clear()
