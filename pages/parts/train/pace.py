"""How often the page looks at a run that goes on."""

from __future__ import annotations

import time
from uuid import uuid4

import streamlit as st

from mnist_core.runs.run import Run
from pages.parts import read_runs
from pages.parts.train import latest_runs

# Seconds from one look to the next: a curve that moves four times a second, or more seldom where looks take long,
# as when a whole class watches.
_PACE, _QUICKEST, _SLOWEST = "train_pace", 0.25, 2.0
_LOOK, _LOOKS_ON_AVERAGE = "train_look", 5
# Looks in a second that all pages together may take. Without a bound a server answered nobody once thirty people had
# opened the page at the same time (benchmarks/workshop.py).
_MOST_LOOKS = 8
_SECONDS_REMEMBERED = 15


def seconds_between_looks(run: Run) -> float | None:
    """A run that has just been submitted soon has its first point, one that waits may wait."""
    if run.is_active and not read_runs.waits(run):
        return max(st.session_state.get(_PACE, _QUICKEST), quickest_for(_watchers()))
    # Those that the person has started besides are listed with it.
    has_news = run.is_active or run.awaits_test or bool(latest_runs.but_trials(latest_runs.own_that_go_on()))
    return _SLOWEST if has_news else None


def look_took(seconds: float) -> None:
    """Look half as often when looks that take so long fill a quarter of the time, twice as often at a sixteenth.

    Another pace costs a run of the whole page: an average over some looks decides, not a single one.
    """
    pace, usual = st.session_state.get(_PACE, _QUICKEST), st.session_state.get(_LOOK, seconds)
    usual += (seconds - usual) / _LOOKS_ON_AVERAGE
    if usual > pace / 4:
        pace *= 2
    elif usual < pace / 16:
        pace /= 2
    st.session_state[_PACE], st.session_state[_LOOK] = min(max(pace, _QUICKEST), _SLOWEST), usual


def quickest_for(watchers: int) -> float:
    """The quickest pace at which so many may look."""
    pace = _QUICKEST
    while pace < min(watchers / _MOST_LOOKS, _SLOWEST):
        pace *= 2
    return pace


def _watchers() -> int:
    """How many pages watch a run, this one counted."""
    seen, now = _seen(), time.monotonic()
    seen[st.session_state.setdefault("train_watcher", uuid4().hex)] = now
    for page, at in list(seen.items()):
        if now - at > _SECONDS_REMEMBERED:
            seen.pop(page, None)
    return len(seen)


@st.cache_resource(show_spinner=False)
def _seen() -> dict[str, float]:
    """When each page last looked at a run, by `time.monotonic`."""
    return {}
