"""How far a run that goes on has come, and how long it still takes."""

from __future__ import annotations

import math
import time

import streamlit as st

from mnist_core.runs.run import QUEUED, Curves, Run, queue_position
from pages.parts import read_runs, workers
from pages.parts.train import live_controls

# When the watched run last stood elsewhere.
_MOVED = "train_moved"
# The first batches are slow: the time left that they promise is far too long.
_SECONDS_TO_ESTIMATE = 4
# A run that trains writes down where it stands four times a second, and a large one after each batch.
_SECONDS_WITHOUT_NEWS = 10


def show(run: Run, points: Curves) -> None:
    """A bar, and beside it where the run stands, how fast it goes, or why nothing is heard of it."""
    steps, step = run.config.steps_per_epoch * run.config.epochs, run.progress.step
    waits_anew = run.status == QUEUED and (run.back_to_best or not run.progress.epoch)
    text = _waiting(run) if run.status == QUEUED else _training(run, points, steps - step)
    st.progress(0.0 if waits_anew else min(step / steps, 1.0), text)


def _waiting(run: Run) -> str:
    place = queue_position(run, read_runs.runs_if_known())
    text = f"Number {place} in the queue" if place else "In the queue"
    if live_controls.will_pause(run):
        text += " · will pause once it has begun"
    if missing := workers.about_missing():
        text += f" · {missing}"
    if run.progress.epoch and not run.back_to_best:
        text += f" · epochs done and kept: {run.progress.epoch}"
    return text


def _training(run: Run, points: Curves, steps_left: int) -> str:
    progress, in_epoch = run.progress, run.config.steps_per_epoch
    # While it saves, the epoch in which it ended, be that at its end or within.
    epoch = progress.epoch + 1
    if progress.phase == "saving":
        epoch = max(progress.epoch, math.ceil(progress.step / in_epoch), 1)
    text = f"Epoch {min(epoch, run.config.epochs)} of {run.config.epochs}"
    if run.is_paused:
        return f"{text} · {progress.step % in_epoch} of {in_epoch:,} batches{_last_batch(progress.step, points)}"
    if progress.digits_per_second and progress.phase == "training":
        text += _no_news(run) or f" · {_pace(run, steps_left)}"
    return text


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
    return f" · no news for {silent:.0f} s: {workers.reason_for_silence(run)}. It goes on by itself."


def forget_when_it_moved() -> None:
    """What cannot be read is no sign that the run stands still."""
    st.session_state[_MOVED] = None


def _last_batch(step: int, points: Curves) -> str:
    """How the batch at this step was read, which on the curve is a hair's breadth; empty where it is not recorded."""
    (at, losses), (_, accuracies) = (points.series.get(f"batch_{name}", ([], [])) for name in ("loss", "accuracy"))
    known = len(at) and at[-1] == step
    return f" · last: loss {losses[-1]:.3g}, accuracy {accuracies[-1]:.1%}" if known else ""


def _duration(seconds: float) -> str:
    return f"about {max(seconds, 1):.0f} s left" if seconds <= 90 else f"about {seconds / 60:.0f} min left"
