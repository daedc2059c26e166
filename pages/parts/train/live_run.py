"""One run as it goes on: where it stands, what can be done with it, and its curves."""

from __future__ import annotations

import time

import streamlit as st

from mnist_core.runs.run import RUNNING, Curves, Run
from mnist_core.runs.store_connection import NoSuchRun, StoreError
from pages.parts import announce, deletion, keyboard, problem, read_results, read_runs, services, waiting
from pages.parts.as_written import as_written
from pages.parts.train import (
    advice,
    curves,
    ended_run,
    invitation,
    latest_runs,
    live_controls,
    pace,
    progress,
    run_action,
    validation,
    watched_run,
)

# What the last look at a run has found.
_LOOKED = "train_looked"
# Links to a person's other runs that go on: drawn at every look at this one.
_MOST_OTHERS = 3
_PHASES = {
    "starting": "Starting",
    "validating": "Checking on validation digits",
    "saving": "Testing and saving",
}


def show() -> Run | None:
    """The watched run; `?run=ID` in the address chooses it. Without one, an invitation. The run, if it can be shown."""
    run_id = watched_run.watched()
    deletion.offer_undo("train", _watch_again)
    if not run_id:
        invitation.show()
        return None
    if not services.opening_store().done():
        waiting.until_open(services.opening_store(), waiting.skeleton)
        return None
    try:
        run_id = read_runs.whole_id(run_id)
        watched_run.watch(run_id)
        run = read_runs.run(run_id)
    except NoSuchRun as error:
        st.warning(
            f"{as_written(str(error))} Whoever started it can restore it at the foot of the Compare page. "
            "Start another one, or look at the models on the Evaluate page."
        )
        return None
    except StoreError as error:
        # The next look may find it; one that was never seen has no next look.
        if (last := _last_look(run_id)) is None:
            st.error(str(error), title="The run cannot be read")
            return None
        run, _ = last
    interval = pace.seconds_between_looks(run)
    st.fragment(_panel, run_every=interval)(run_id, interval)
    return run


def _panel(run_id: str, interval: float | None) -> None:
    """Everything about the run, drawn anew every `interval` seconds; the whole page, when that should change."""
    started = time.perf_counter()
    look = _look(run_id)
    if look is None:
        return
    run, points = look
    if pace.seconds_between_looks(run) != interval:
        st.rerun()
    _show_standing(run)
    problem.show(run.id)
    if run.is_active:
        watched_run.saw_it_train(run.id)
        # First: the words beside the progress are one line or two, and a button that moves is missed.
        live_controls.while_it_trains(run)
        progress.show(run, points)
    else:
        ended_run.show(run, points)
    # Below the buttons: these come and go.
    others = [other for other in latest_runs.but_trials(latest_runs.own_that_go_on()) if other.id != run.id]
    for other in others[:_MOST_OTHERS]:
        latest_runs.link(other)
    advice.show(run, points)
    curves.show(run, points)
    try:
        validation.show_watched(run)
        validation.show_confusion(run, points)
    except StoreError as error:
        st.warning(str(error))
    if run.environment:
        precision, _, why = run.environment["precision"].partition(": ")
        st.caption(f"Processor: {run.environment['processor']}. Precision: {precision} ({why}).")
    pace.look_took(time.perf_counter() - started)


def _show_standing(run: Run) -> None:
    """Its name, how it stands, and whose it is."""
    colour, icon = latest_runs.badge(run)
    label = run.status_in_words
    if run.status == RUNNING:
        label = _PHASES.get(run.progress.phase, label)
    # Two lines, and the badge alone with the owner: behind a long name "Validating" would break the line, "Training"
    # not, and what is below would jump.
    with st.container(gap=None):
        st.markdown(f"**{as_written(run.name)}**  \n:{colour}-badge[{icon} {label}] {as_written(run.owner)}")
        announce.say(f"{run.name}: {run.status_in_words}", "train_standing")


def _look(run_id: str) -> tuple[Run, Curves] | None:
    """The run and its curves; while the store cannot be read, what they were, as a button that goes away is missed."""
    try:
        run = read_runs.run(run_id)
        st.session_state[_LOOKED] = run, read_results.curves(run)
    except NoSuchRun:
        st.rerun()
    except StoreError as error:
        st.warning(f"{error} Below is what was known last.")
        progress.forget_when_it_moved()
    return _last_look(run_id)


def _last_look(run_id: str) -> tuple[Run, Curves] | None:
    found = st.session_state.get(_LOOKED)
    return found if found and found[0].id == run_id else None


def _watch_again(ids: list[str]) -> None:
    read_runs.look_again()
    if ids:
        watched_run.watch(ids[0])
        keyboard.focus_next(run_action.what_follows(ids[0]))
