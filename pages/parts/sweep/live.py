"""A sweep as it goes on: how far it is, what can be done with it, and what came out so far."""

from __future__ import annotations

import streamlit as st

from mnist_core.architecture import NUM_CLASSES
from mnist_core.evaluation import interval_of_accuracy, may_be_chance
from mnist_core.runs.run import QUEUED, queue_position
from mnist_core.runs.store_connection import ServiceError
from mnist_core.sweeps import sweep_driver
from mnist_core.sweeps.studies import DONE, FAILED, FINISHED, PAUSE, PRUNED, RUN, RUNNING, STOP, Study, Trial
from mnist_core.wording import interval_in_words
from pages.parts import read_runs
from pages.parts.as_written import as_written
from pages.parts.sweep import controls, results

_SECONDS_BETWEEN_LOOKS = 2.0
# Always answering with the most frequent digit is right in about 11 of 100 cases; even the simplest networks come to
# more than half of them once they have learnt.
_AT_CHANCE, _HARDLY_LEARNT = 0.15, 0.5
_BADGES = {
    RUN: ("Running", "blue", ":material/model_training:"),
    PAUSE: ("Paused", "orange", ":material/pause:"),
    STOP: ("Stopped", "orange", ":material/pan_tool:"),
    DONE: ("Finished", "green", ":material/check:"),
}


def show(study: Study) -> None:
    """Everything about the sweep, drawn anew while it is live."""
    interval = _interval(study)
    st.fragment(_panel, run_every=interval)(study.id, interval)


def _interval(study: Study) -> float | None:
    """Seconds between looks, as long as something is to come."""
    return _SECONDS_BETWEEN_LOOKS if study.is_live or _awaiting(study) else None


def _awaiting(study: Study) -> int:
    """How many models of ended trials are still to be tested."""
    # A run may be over before its trial is known to be.
    ids = {trial.run_id for trial in study.trials if trial.state != RUNNING}
    return sum(run.awaits_test for run in read_runs.runs_if_known() if run.id in ids)


def _panel(study_id: str, interval: float | None) -> None:
    try:
        study = next((each for each in read_runs.studies() if each.id == study_id), None)
        if study and study.is_live:
            sweep_driver.start()
        expected = _interval(study) if study else None
    except (ServiceError, OSError) as error:
        st.warning(str(error))
        return
    if study is None or expected != interval:
        st.rerun()
    _show_standing(study)
    controls.show(study)
    _show_remarks(study)
    results.show(study)


def _show_standing(study: Study) -> None:
    label, colour, icon = _BADGES[study.wish]
    if study.wish in (PAUSE, STOP) and study.is_live:
        label = {PAUSE: "Pausing", STOP: "Stopping"}[study.wish]
    name, owner = as_written(study.sweep.name), as_written(study.sweep.owner)
    st.markdown(f"**{name}** · {owner} :{colour}-badge[{icon} {label}]")
    if study.reason:
        st.warning(study.reason)
    st.progress(*_progress(study))
    with st.container(horizontal=True):
        _show_best(study)
        for state, label in ((FINISHED, "Finished"), (PRUNED, "Pruned"), (FAILED, "Failed")):
            st.metric(label, sum(trial.state == state for trial in study.trials))


def _show_best(study: Study) -> None:
    """The best trial so far; before there is one, its place, so that the buttons below stay where they are."""
    best, value, interval = study.best, "–", "no trial has finished yet"
    help = (
        f"On {study.sweep.config({}).validation_digits:,} validation digits. Wilson's interval, which holds for a "
        "single trial; the best of many is partly luck: expect it to read somewhat fewer new digits right."
    )
    if best:
        value, interval = f"{best.accuracy:.2%}", interval_in_words(_interval_of(study, best))
        help = f"Of trial {best.number}. {help}"
    st.metric("Best validation accuracy", value, interval, delta_arrow="off", delta_color="off", help=help)


def _interval_of(study: Study, trial: Trial) -> tuple[float, float]:
    return interval_of_accuracy(trial.accuracy or 0, study.sweep.config({}).validation_digits)


def _show_remarks(study: Study) -> None:
    """What is still to be tested, and how many trials may be as good as the best."""
    if untested := _awaiting(study):
        st.caption(
            f"{untested} {'model is' if untested == 1 else 'models are'} still to be tested on the test digits, which "
            "waits until nothing is left to train. The Compare page then shows the results; the sweep ignores them."
        )
    if not study.best:
        return
    if (accuracy := study.best.accuracy or 0) < _HARDLY_LEARNT:
        what = (
            f"hardly does better than guessing, which is right once in {NUM_CLASSES} times"
            if accuracy < _AT_CHANCE
            else f"reads {accuracy:.2%}: so far it has hardly learnt"
        )
        is_raw = study.sweep.config(study.best.params).input_scaling == "0-255"
        raw = " Its pixels are from 0 to 255: with 0 to 1 most networks learn far better." if is_raw else ""
        st.warning(
            f"Even the best trial {what}.{raw} Give a sweep more epochs or training digits, let other settings vary, "
            "or start from another preset."
        )
        return
    digits = study.sweep.config({}).validation_digits
    others = sum(t.state == FINISHED and may_be_chance(t.accuracy or 0, accuracy, digits) for t in study.trials) - 1
    if others:
        st.caption(
            f"{others} more {'trial' if others == 1 else 'trials'} may be just as good: on {digits:,} validation "
            "digits chance may make such a difference. More of them would tell."
        )


def _progress(study: Study) -> tuple[float, str]:
    """How far the sweep is, from 0 to 1, and that in words."""
    plan, most = study.sweep.plan, study.sweep.most_trials
    text = f"{study.ended} trials have ended" if most is None else f"{study.ended} of {most} trials have ended"
    text += _clock(study.seconds, plan.minutes if plan.limit == "minutes" else None) + _place_in_queue(study)
    shares = [study.seconds / study.sweep.most_seconds] + ([study.ended / most] if most else [])
    return min(1.0, max(shares)), text


def _place_in_queue(study: Study) -> str:
    """Where it waits; empty while something of it trains."""
    ids = {trial.run_id for trial in study.trials if trial.state == RUNNING}
    runs = read_runs.runs_if_known()
    begun = [run for run in runs if run.id in ids]
    if not begun or any(run.status != QUEUED for run in begun):
        return ""
    return f" · its next trial is number {min(queue_position(run, runs) for run in begun)} in the queue"


def _clock(seconds: float, limit: int | None) -> str:
    """How long it went on, of so many minutes; nothing at first: the time is written down every few seconds."""
    minutes, rest = divmod(int(seconds), 60)
    if not minutes and not rest:
        return ""
    passed = f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f" in {passed} of {limit} min" if limit else f" in {passed}"
