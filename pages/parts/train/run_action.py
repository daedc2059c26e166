"""A button that has the engine do something with a run, and what it says if that fails."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mnist_core.fields import ConfigError
from mnist_core.runs.run import Run
from mnist_core.runs.store_connection import ServiceError
from pages.parts import keyboard, problem, read_runs, services


def button(label: str, action: str, run: Run, *, icon: str, help: str = "", key: str = "", **options: Any) -> None:
    """`action` is the engine's function, `options` what it is called with, and `type` and `disabled` of the button."""
    shown = {name: options.pop(name) for name in ("type", "disabled") if name in options}
    key = f"{key or label}_{run.id}".replace(" ", "_").lower()
    icon = f":material/{icon}:"
    st.button(label, icon=icon, help=help or None, on_click=act, args=[action, run], kwargs=options, key=key, **shown)


def act(action: str, run: Run, **values: Any) -> None:
    """Have the engine do it, or say why that could not be done.

    Nothing is remembered before it is done: a rerun that somebody else asks for would end the callback there.
    """
    try:
        getattr(services.engine(), action)(run.id, **values)
        st.session_state[_key(run)] = action
        read_runs.forget_runs([run.id])
        if action == "stop":
            keyboard.focus_next(what_follows(run.id))
        problem.forget(run.id)
    except (ServiceError, ConfigError, OSError) as error:
        problem.say(run.id, f"This could not be done. {error}")


def what_follows(run_id: str) -> str:
    """The key of what stands, once a run has ended, where its buttons were."""
    return f"run_ended_{run_id}"


def asked(run: Run) -> str:
    """The action that this person has last had done with the run; empty if none."""
    return st.session_state.get(_key(run), "")


def _key(run: Run) -> str:
    return f"run_action_{run.id}"
