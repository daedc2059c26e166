"""What the person who started a run can do with it while it trains."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mnist_core.config import FIELDS, in_words, live_fields, setting_in_words
from mnist_core.runs.run import QUEUED, Run
from pages.parts import person
from pages.parts.as_written import as_written
from pages.parts.train import field_widget, run_action


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


def will_pause(run: Run) -> bool:
    """Whether the person has asked a run that waits to pause: small ones are over before one could."""
    return run.status == QUEUED and run_action.asked(run) == "pause"


def can_be_changed(run: Run) -> bool:
    """Whether the person finds "Change settings" beside it."""
    return run.is_active and person.is_own(run) and not _saves(run)


def _saves(run: Run) -> bool:
    return run.progress.phase == "saving"


def _buttons(run: Run) -> None:
    # One button with one key: two would stand side by side until the look is over, and push the next one away from
    # whoever is about to press it.
    if run.is_paused or will_pause(run):
        run_action.button("Resume", "resume", run, icon="play_arrow", key="pause")
    else:
        waits = "It will pause as soon as it has begun." if run.status == QUEUED else ""
        run_action.button("Pause", "pause", run, icon="pause", help=waits, disabled=_saves(run))
    run_action.button(
        "Stop training",
        "stop",
        run,
        icon="pan_tool",
        help="Ends the run at the next batch. The weights so far are kept as a usable model.",
        disabled=_saves(run),
    )


def _steps(run: Run) -> None:
    left = run.config.steps_per_epoch - run.progress.step % run.config.steps_per_epoch
    run_action.button(
        "One batch", "resume", run, icon="skip_next", help="Train one batch, then pause again.", batches=1
    )
    run_action.button(
        "One epoch", "resume", run, icon="fast_forward", help="Train to the end of the epoch.", batches=left
    )


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
        run_action.act("change", run, name=name, value=value)


def offer_at_once(run: Run, changes: dict[str, Any]) -> None:
    """A button for a change that a run can make while it trains; none for others."""
    if can_be_changed(run) and len(changes) == 1 and changes.keys() <= set(live_fields(run.config)):
        ((name, value),) = changes.items()
        label = f"Change it now: {setting_in_words(name, value)}"
        run_action.button(label, "change", run, icon="tune", key="at_once", name=name, value=value)
