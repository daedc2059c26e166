"""One run as it goes on: where it stands, what can be done with it, and its curves."""

from __future__ import annotations

import time
from uuid import uuid4

import streamlit as st

from mnist_core.engine import Engine
from mnist_core.runs import FAILED, IN_WORDS, QUEUED, RUNNING, Curves, Run, queue_position
from mnist_core.store_connection import NoSuchRun, StoreError
from pages.shared import accuracy, choose_model, deletion, frame, problem, read_runs, services, take_along, waiting
from pages.shared.as_written import as_written
from pages.shared.train import advice, config_form, curves, latest_runs, run_controls, validation

_KEY = "train_run"
_SEEN_ACTIVE = "train_seen_active"
# What the last look at a run has found.
_LOOKED = "train_looked"
# Links to a person's other runs that go on: drawn at every look at this one.
_MOST_OTHERS = 3
_PHASES = {
    "starting": "Starting",
    "paused": "Paused",
    "validating": "Checking on validation digits",
    "saving": "Testing and saving",
}

# Where one goes with a trained model.
_NEXT = (
    ("pages/evaluate.py", "See its mistakes", ":material/grid_on:"),
    ("pages/inside.py", "Look inside", ":material/biotech:"),
    ("pages/draw.py", "Draw digits for it", ":material/draw:"),
)

# Seconds from one look to the next: a curve that moves four times a second, or more seldom where looks take long,
# as when a whole class watches.
_PACE, _QUICKEST, _SLOWEST = "train_pace", 0.25, 2.0
_LOOK, _LOOKS_ON_AVERAGE = "train_look", 5
# Looks in a second that all pages together may take. Without a bound a server answered nobody once thirty people had
# opened the page at the same time (benchmarks/workshop.py).
_MOST_LOOKS = 8
_SECONDS_REMEMBERED = 15

# The first batches are slow: the time left that they promise is far too long.
_SECONDS_TO_ESTIMATE = 4


def watch(run_id: str | None) -> None:
    """Show this run on the Train page from now on, after a reload too: it is in the address."""
    st.session_state[_KEY] = run_id
    if run_id:
        st.query_params["run"] = run_id
    else:
        st.query_params.pop("run", None)


def watched() -> str | None:
    """The id, or its beginning, of the run that the page shows or is about to."""
    return st.query_params.get("run") or st.session_state.get(_KEY)


def show() -> Run | None:
    """The watched run; `?run=ID` in the address chooses it. Without one, an invitation. The run, if it can be shown."""
    run_id = watched()
    deletion.offer_undo("train", _watch_again)
    if not run_id:
        _invite()
        return None
    if not services.opening_store().done():
        waiting.until_open(services.opening_store(), waiting.skeleton)
        return None
    try:
        run_id = read_runs.whole_id(run_id)
        watch(run_id)
        run = read_runs.run(run_id)
    except NoSuchRun as error:
        st.warning(f"{as_written(str(error))} Start another one, or look at the models on the Evaluate page.")
        return None
    except StoreError as error:
        # The next look may find it; one that was never seen has no next look.
        if (last := _last_look(run_id)) is None:
            st.error(str(error), title="The run cannot be read")
            return None
        run, _ = last
    interval = _interval(run)
    st.fragment(_panel, run_every=interval)(run_id, interval)
    return run


def _invite() -> None:
    """What to do when no run is watched: look at those of one's own that go on, or start one."""
    own = _own_that_go_on()
    with st.container(border=True):
        st.markdown("**Your runs that go on**" if own else "**Nothing is training for you yet.**")
        for run in own:
            latest_runs.link(run)
        st.markdown(
            "Press **Train** and watch the curves grow here. You may close this page: "
            "the run goes on. This page's link brings you back to it, and so does its list of latest runs."
        )


def show_engine(opening: services.Opening[Engine]) -> None:
    """Whether a run can begin at once, for whoever watches none."""
    if not opening.done():
        waiting.until_open(opening, lambda: st.caption("The training engine is starting. You can press **Train** now."))
    elif opening.exception() is None:
        st.caption("The training engine is ready.")


def _own_that_go_on(but: str = "") -> list[Run]:
    """This person's runs that train or wait; those of sweeps have a page of their own."""
    visitor = frame.visitor()
    own = [run for run in latest_runs.newest() if run.is_active and run.visitor == visitor]
    return [run for run in own if run.id != but and not run.tested_later]


def _interval(run: Run) -> float | None:
    """Seconds between looks: a run that has just been submitted soon has its first point, one that waits may wait."""
    if run.is_active and not read_runs.waits(run):
        return max(st.session_state.get(_PACE, _QUICKEST), _pace_for(_watchers()))
    return _SLOWEST if run.is_active or run.awaits_test else None


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


def _pace_for(watchers: int) -> float:
    """The quickest pace at which so many may look."""
    pace = _QUICKEST
    while pace < min(watchers / _MOST_LOOKS, _SLOWEST):
        pace *= 2
    return pace


def _set_pace(seconds: float) -> None:
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


def _panel(run_id: str, interval: float | None) -> None:
    """Everything about the run, drawn anew every `interval` seconds; the whole page, when that should change."""
    started = time.perf_counter()
    look = _look(run_id)
    if look is None:
        return
    run, points = look
    if _interval(run) != interval:
        st.rerun()
    colour, icon = latest_runs.BADGES[run.status]
    label = IN_WORDS[run.status]
    if run.status == RUNNING:
        label = _PHASES.get(run.progress.phase, label)
    # Two lines, and the badge alone with the owner: behind a long name "Validating" would break the line, "Training"
    # not, and what is below would jump.
    st.markdown(f"**{as_written(run.name)}**  \n:{colour}-badge[{icon} {label}] {as_written(run.owner)}")
    for other in _own_that_go_on(but=run.id)[:_MOST_OTHERS]:
        latest_runs.link(other)
    problem.show(run.id)
    if run.is_active:
        st.session_state[_SEEN_ACTIVE] = run.id
        # First: the words beside the progress are one line or two, and a button that moves is missed.
        run_controls.while_it_trains(run)
        _show_progress(run)
    else:
        _show_result(run, points)
    advice.show(run, points)
    curves.show(run, points)
    try:
        validation.show_watched(run)
        validation.show_confusion(run, points)
    except StoreError as error:
        st.warning(str(error))
    if run.environment:
        st.caption(f"Processor: {run.environment['processor']}. Precision: {run.environment['precision']}.")
    _set_pace(time.perf_counter() - started)


def _look(run_id: str) -> tuple[Run, Curves] | None:
    """The run and its curves; while the store cannot be read, what they were, as a button that goes away is missed."""
    try:
        run = read_runs.run(run_id)
        st.session_state[_LOOKED] = run, read_runs.curves(run)
    except NoSuchRun:
        st.rerun()
    except StoreError as error:
        st.warning(str(error))
    return _last_look(run_id)


def _last_look(run_id: str) -> tuple[Run, Curves] | None:
    found = st.session_state.get(_LOOKED)
    return found if found and found[0].id == run_id else None


def _show_progress(run: Run) -> None:
    if run.status == QUEUED:
        place = queue_position(run, read_runs.runs())
        st.progress(0, f"Number {place} in the queue" if place else "In the queue")
        return
    progress, total = run.progress, run.config.steps_per_epoch * run.config.epochs
    text = f"Epoch {min(progress.epoch + 1, run.config.epochs)} of {run.config.epochs}"
    if progress.phase == "paused":
        text += f" · {progress.step % run.config.steps_per_epoch} of its {run.config.steps_per_epoch:,} batches trained"
    elif progress.digits_per_second and progress.phase == "training":
        seconds = (total - progress.step) * run.config.batch_size / progress.digits_per_second
        since = st.session_state.setdefault(f"train_seen_{run.id}", time.monotonic())
        left = _duration(seconds) if time.monotonic() - since > _SECONDS_TO_ESTIMATE else "estimating…"
        text += f" · {progress.digits_per_second:,.0f} digits a second · {left}"
    st.progress(min(progress.step / total, 1.0), text)


def _duration(seconds: float) -> str:
    return f"about {seconds:.0f} s left" if seconds <= 90 else f"about {seconds / 60:.0f} min left"


def _show_result(run: Run, points: Curves) -> None:
    _show_end(run)
    if run.has_model:
        _show_model(run)
    with st.container(horizontal=True):
        run_controls.after_it_ended(run, points)
        with st.popover("Take it with you", icon=":material/download:"):
            take_along.show_run(run, "train")
        used = st.button(
            "Use its settings", icon=":material/tune:", on_click=config_form.take_over, args=[run.config_now]
        )
        if frame.may_touch(run):
            deletion.button("train", "Delete this run", "run", {run.id: run}, _forget)
    # The sliders stand outside of this fragment.
    if used:
        st.rerun()


def _show_end(run: Run) -> None:
    """Why it ended, unless as it should, and what has become of its model."""
    if run.status == FAILED:
        st.error(as_written(run.reason), title="This run failed")
        if run.traceback:
            with st.expander("Details for a bug report"):
                st.code(run.traceback, language=None)
    elif run.reason:
        st.caption(as_written(run.reason))
    if run.brought_back:
        st.caption("It came without its optimizer's state, so it cannot be trained on: “Use its settings” begins anew.")
    if run.awaits_test:
        st.caption("Its model is tested and kept as soon as its sweep has nothing more to train.")
    elif run.is_untested and run.test_problem:
        st.error(run.test_problem, title="Its model could not be tested")


def _show_model(run: Run) -> None:
    # Whoever has seen it learn wants to see what it learnt, by whatever way to the other pages.
    if st.session_state.get(_SEEN_ACTIVE) == run.id:
        choose_model.suggest(run.id)
        del st.session_state[_SEEN_ACTIVE]
    with st.container(horizontal=True):
        accuracy.show(run.metrics["test_accuracy"], run)
        if run.val_accuracy is not None:
            label, help = "Validation accuracy", None
            if run.is_within_epoch:
                label += f", epoch {run.progress.epoch}"
                help = "Of the network at that epoch's end. What it learnt since is in the test accuracy alone."
            st.metric(label, f"{run.val_accuracy:.2%}", help=help)
        if "training_seconds" in run.metrics:
            st.metric("Training time", f"{run.metrics['training_seconds']:.1f} s")
    with st.container(horizontal=True):
        for page, label, icon in _NEXT:
            st.page_link(page, label=label, icon=icon, query_params={"model": run.id})


def _forget(ids: list[str]) -> None:
    read_runs.forget_runs(ids)
    choose_model.forget(st.session_state.get(_KEY))
    watch(None)


def _watch_again(ids: list[str]) -> None:
    read_runs.look_again()
    if ids:
        watch(ids[0])
