"""One run as it goes on: where it stands, what can be done with it, and its curves."""

from __future__ import annotations

import time
from concurrent.futures import TimeoutError as NoAnswer

import streamlit as st

from mnist_core.runs.run import QUEUED, RUNNING, Curves, Run, queue_position
from mnist_core.runs.store_connection import NoSuchRun, ServiceError, StoreError
from pages.parts import deletion, problem, read_runs, services, waiting
from pages.parts.as_written import as_written
from pages.parts.train import (
    advice,
    curves,
    ended_run,
    invitation,
    latest_runs,
    pace,
    run_controls,
    validation,
    watched_run,
)

# What the last look at a run has found, and when it last stood elsewhere.
_LOOKED, _MOVED = "train_looked", "train_moved"
# Links to a person's other runs that go on: drawn at every look at this one.
_MOST_OTHERS = 3
_PHASES = {
    "starting": "Starting",
    "validating": "Checking on validation digits",
    "saving": "Testing and saving",
}

# The first batches are slow: the time left that they promise is far too long.
_SECONDS_TO_ESTIMATE = 4
# A run that trains writes down where it stands four times a second, and a large one after each batch.
_SECONDS_WITHOUT_NEWS = 10
_SECONDS_TO_ANSWER = 1.0


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
            f"{as_written(str(error))} Whoever started it can bring it back at the foot of the Compare page. "
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
    others = [other for other in latest_runs.but_trials(latest_runs.own_that_go_on()) if other.id != run.id]
    for other in others[:_MOST_OTHERS]:
        latest_runs.link(other)
    problem.show(run.id)
    if run.is_active:
        watched_run.saw_it_train(run.id)
        # First: the words beside the progress are one line or two, and a button that moves is missed.
        run_controls.while_it_trains(run)
        _show_progress(run, points)
    else:
        ended_run.show(run, points)
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
    st.markdown(f"**{as_written(run.name)}**  \n:{colour}-badge[{icon} {label}] {as_written(run.owner)}")


def _look(run_id: str) -> tuple[Run, Curves] | None:
    """The run and its curves; while the store cannot be read, what they were, as a button that goes away is missed."""
    try:
        run = read_runs.run(run_id)
        st.session_state[_LOOKED] = run, read_runs.curves(run)
    except NoSuchRun:
        st.rerun()
    except StoreError as error:
        st.warning(f"{error} Below is what was known last.")
        # What cannot be read is no sign that the run stands still.
        st.session_state[_MOVED] = None
    return _last_look(run_id)


def _last_look(run_id: str) -> tuple[Run, Curves] | None:
    found = st.session_state.get(_LOOKED)
    return found if found and found[0].id == run_id else None


def _show_progress(run: Run, points: Curves) -> None:
    progress, total = run.progress, run.config.steps_per_epoch * run.config.epochs
    if run.status == QUEUED:
        place = queue_position(run, read_runs.runs_if_known())
        text = f"Number {place} in the queue" if place else "In the queue"
        if missing := services.about_missing_workers():
            text += f" · {missing}"
        if progress.epoch and not run.back_to_best:
            st.progress(min(progress.step / total, 1.0), f"{text} · epochs done and kept: {progress.epoch}")
        else:
            st.progress(0.0, text)
        return
    text = f"Epoch {min(progress.epoch + 1, run.config.epochs)} of {run.config.epochs}"
    if run.is_paused:
        text += f" · {progress.step % run.config.steps_per_epoch} of {run.config.steps_per_epoch:,} batches"
        text += _last_batch(progress.step, points)
    elif progress.digits_per_second and progress.phase == "training":
        text += _no_news(run) or f" · {_pace(run, total - progress.step)}"
    st.progress(min(progress.step / total, 1.0), text)


def _pace(run: Run, steps_left: int) -> str:
    seconds = steps_left * run.config.batch_size / run.progress.digits_per_second
    since = st.session_state.setdefault(f"train_seen_{run.id}", time.monotonic())
    left = _duration(seconds) if time.monotonic() - since > _SECONDS_TO_ESTIMATE else "estimating…"
    return f"{run.progress.digits_per_second:,.0f} digits a second · {left}"


def _no_news(run: Run) -> str:
    """That a run which trains has not moved for long, as far as this person has seen; else empty."""
    moved = st.session_state.get(_MOVED)
    if moved is None or moved[0] != (run.id, run.progress):
        moved = st.session_state[_MOVED] = (run.id, run.progress), time.monotonic()
    silent = time.monotonic() - moved[1]
    if silent < _SECONDS_WITHOUT_NEWS:
        return ""
    return f" · no news for {silent:.0f} s: {_reason_for_silence(run)}. It goes on by itself."


def _reason_for_silence(run: Run) -> str:
    if not services.opening_engine().done():
        return "the training engine is starting"
    try:
        workers = services.asking_for_workers(run.id).result(timeout=_SECONDS_TO_ANSWER)
    except NoAnswer:
        return "the training engine does not answer"
    except (ServiceError, OSError):
        return "the training engine cannot be reached"
    if not workers:
        return "its worker was lost, and it waits for another one, to go on from what was kept last"
    return "its batches may take long, or the disk may be full"


def _last_batch(step: int, points: Curves) -> str:
    """How the batch at this step was read, which on the curve is a hair's breadth; empty where it is not recorded."""
    (at, losses), (_, accuracies) = (points.series.get(f"batch_{name}", ([], [])) for name in ("loss", "accuracy"))
    known = len(at) and at[-1] == step
    return f" · last: loss {losses[-1]:.3g}, accuracy {accuracies[-1]:.1%}" if known else ""


def _duration(seconds: float) -> str:
    return f"about {max(seconds, 1):.0f} s left" if seconds <= 90 else f"about {seconds / 60:.0f} min left"


def _watch_again(ids: list[str]) -> None:
    read_runs.look_again()
    if ids:
        watched_run.watch(ids[0])
