"""What the person who started a run can do with it: while it trains, and after it has ended."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mnist_core.config import FIELDS, holds, in_words, live_fields, setting_in_words
from mnist_core.fields import ConfigError
from mnist_core.runs.run import QUEUED, STOPPED, Curves, Run
from mnist_core.runs.store_connection import ServiceError
from pages.parts import person, problem, read_runs, services
from pages.parts.as_written import as_written
from pages.parts.train import field_widget


def while_it_trains(run: Run) -> None:
    """Pause, resume, step and stop, and the settings that may change meanwhile."""
    if not person.may_touch(run):
        st.caption(f"This run belongs to {person.whose(run)}; only they can pause, change or stop it.")
    elif not person.is_own(run):
        # On the server's own screen, and not by mistake.
        with st.popover(f"Pause, change or stop {as_written(run.owner)}'s run", icon=":material/lock_open:"):
            with st.container(horizontal=True):
                _buttons(run)
            if not _saves(run):
                _settings(run)
    else:
        with st.container(horizontal=True):
            _buttons(run)
            if can_be_changed(run):
                with st.popover("Change settings", icon=":material/tune:"):
                    _settings(run)
            # Last, so that the others stay where they are.
            if run.is_paused:
                _steps(run)


def can_be_changed(run: Run) -> bool:
    """Whether the person finds "Change settings" beside it."""
    return run.is_active and person.is_own(run) and not _saves(run)


def _saves(run: Run) -> bool:
    return run.progress.phase == "saving"


def _buttons(run: Run) -> None:
    # One button with one key: two would stand side by side until the look is over, and push the next one away from
    # whoever is about to press it.
    if run.is_paused:
        _button("Resume", "resume", run, icon="play_arrow", key="pause")
    else:
        _button("Pause", "pause", run, icon="pause", disabled=run.status == QUEUED or _saves(run))
    _button(
        "Stop training",
        "stop",
        run,
        icon="pan_tool",
        help="Ends the run at the next batch. The weights so far are kept as a usable model.",
        disabled=_saves(run),
    )


def _steps(run: Run) -> None:
    left = run.config.steps_per_epoch - run.progress.step % run.config.steps_per_epoch
    _button("One batch", "resume", run, icon="skip_next", help="Train one batch, then pause again.", batches=1)
    _button("One epoch", "resume", run, icon="fast_forward", help="Train to the end of the epoch.", batches=left)


def _settings(run: Run) -> None:
    """Sliders of what may change while it trains."""
    for name in live_fields(run.config):
        _setting(run, name)
    if run.config.schedule != "constant":
        schedule = in_words("schedule", run.config.schedule)
        st.caption(f"Learning rate: the highest of the schedule, {schedule}; right now it may be lower.")
    st.caption("Takes effect from the next batch, and is marked on the curves.")


def _setting(run: Run, name: str) -> None:
    """One of them. It stands where it was put here, and follows what is changed elsewhere: by advice, in another tab.

    No callback: of keys that are pressed fast, some would be lost. Each look asks for what the slider says.
    """
    key, now = f"live_{name}_{run.id}", getattr(run.config_now, name)
    # What was asked for here since the run last stood where the slider does, and how often it was changed elsewhere.
    asked: list[float] = st.session_state.setdefault(f"{key}_asked", [now])
    if now not in asked:
        asked.append(now)
        st.session_state[f"{key}_elsewhere"] = st.session_state.get(f"{key}_elsewhere", 0) + 1
    if now == asked[-1]:
        del asked[:-1]
    # A new slider then: while the popover is closed, a browser keeps what the old one said, and would ask for it again.
    key += f"_{st.session_state.get(f'{key}_elsewhere', 0)}"
    st.session_state.setdefault(key, now)
    value = field_widget.show(key, FIELDS[name])
    if value != asked[-1]:
        asked.append(value)
        _act("change", run, name=name, value=value)


def offer_at_once(run: Run, changes: dict[str, Any]) -> None:
    """A button for a change that a run can make while it trains; none for others."""
    if can_be_changed(run) and len(changes) == 1 and changes.keys() <= set(live_fields(run.config)):
        ((name, value),) = changes.items()
        label = f"Change it now: {setting_in_words(name, value)}"
        _button(label, "change", run, icon="tune", key="at_once", name=name, value=value)


def after_it_ended(run: Run, curves: Curves) -> None:
    """Test it, train on, or go back to the best epoch; what was brought back has no optimizer's state to go on from."""
    if not person.may_touch(run):
        return
    if run.is_untested:
        _button("Test it now", "test", run, icon="grid_on", help="Then Evaluate and Draw have its model.")
    if not run.may_go_on:
        return
    best = curves.best_epoch
    is_behind = best is not None and best < run.progress.epoch
    _train_longer(run, best if is_behind and run.keeps_best else None)
    if best and is_behind and not run.keeps_best:
        _go_back(run, best, curves)


def _go_back(run: Run, best: int, curves: Curves) -> None:
    """To the epoch with the lowest validation loss, once it is said what that costs."""
    with st.popover(f"Go back to epoch {best}", icon=":material/history:"):
        st.markdown(f"The validation loss was lowest after epoch {best}: the model becomes what it was then.")
        read = dict(zip(*curves.series.get("val_accuracy", ((), ())), strict=True))
        if best in read and run.progress.epoch in read:
            then, now = read[best], read[run.progress.epoch]
            st.markdown(f"It read {then:.2%} of the validation digits then, and reads {now:.2%} now.")
        left = range(best + 1, run.progress.epoch + 1)
        lost = f"epoch {left[0]}" if len(left) == 1 else f"epochs {left[0]} to {left[-1]}"
        st.markdown(f"What it learnt, and what was changed, in {lost} is forgotten. That cannot be undone.")
        _button("Go back", "go_on", run, icon="history", type="primary", epochs=0, back_to_best=True)


def _train_longer(run: Run, kept: int | None) -> None:
    """`kept` is the epoch from which it goes on, None for the last."""
    most = int(holds("epochs").high) - run.progress.epoch
    if most < 1:
        return
    with st.popover("Train longer", icon=":material/playlist_play:"):
        # Those that it was stopped before, or as many again, as the coach proposes.
        more = (run.config.epochs - run.progress.epoch) or run.config.epochs
        key = f"more_{run.id}"
        st.number_input("More epochs", 1, most, min(max(more, 1), most), key=key)
        if kept:
            st.caption(f"It goes on from epoch {kept}, which it has kept. What came after is forgotten.")
        if run.status == STOPPED and run.is_within_epoch:
            st.caption(f"It was stopped within epoch {run.progress.epoch + 1}: finishing that one counts as the first.")
        if any(change.name == "learning_rate" for change in run.changes):
            rate = run.config_now.learning_rate
            st.caption(f"The learning rate stays at {rate:g}, to which it was set by hand.")
        elif run.config.schedule != "constant":
            st.caption("The learning rate's schedule is stretched over all epochs.")
        if run.config.early_stopping or run.config.target_accuracy:
            st.caption("It goes on for all of these epochs: what would have ended it early is off from here on.")
        if run.has_model:
            safe = "" if run.config.validation_digits else " Nothing leads back to it: take it with you first."
            st.caption(f"The result replaces the model that this run has now.{safe}")
        icon = ":material/play_arrow:"
        st.button("Train longer", icon=icon, type="primary", on_click=_go_on, args=[run, key], key=f"longer_{run.id}")


def _go_on(run: Run, key: str) -> None:
    """For as many epochs as the widget says by now: it may have been left with the click."""
    _act("go_on", run, epochs=st.session_state[key])


def _button(label: str, action: str, run: Run, *, icon: str, help: str = "", key: str = "", **options: Any) -> None:
    shown = {name: options.pop(name) for name in ("type", "disabled") if name in options}
    key = f"{key or label}_{run.id}".replace(" ", "_").lower()
    icon = f":material/{icon}:"
    st.button(label, icon=icon, help=help or None, on_click=_act, args=[action, run], kwargs=options, key=key, **shown)


def _act(action: str, run: Run, **values: Any) -> None:
    """Have the engine do it, or say why that could not be done.

    Nothing is remembered before it is done: a rerun that somebody else asks for would end the callback there.
    """
    try:
        getattr(services.engine(), action)(run.id, **values)
        read_runs.forget_runs([run.id])
        problem.forget(run.id)
    except (ServiceError, ConfigError, OSError) as error:
        problem.say(run.id, f"This could not be done. {error}")
