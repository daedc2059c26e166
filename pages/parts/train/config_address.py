"""A configuration in the address of the Train page: a link to it, which somebody may have followed."""

from __future__ import annotations

import time
from typing import NoReturn

import streamlit as st

from mnist_core.config import FIELDS, TrainConfig
from mnist_core.fields import ConfigError
from mnist_core.presets import PRESETS
from pages.parts import another_page, read_runs, services
from pages.parts.train import config_form, watched_run

# What one finds who comes without a link.
START = "fast"

# What the address says besides fields: the preset they differ from, and the run that is watched.
_NOT_FIELDS = ("preset", "run")

# What is wrong with the link that somebody followed: titles and texts; and the settings that it led to.
_PROBLEMS, _AS_LINKED = "train_link_problems", "train_as_linked"

# The settings in the address as they were last seen here, when they were last written, and how long the browser may
# take to know of that.
_ADDRESS, _WRITTEN = "train_address", "train_address_written"
_SECONDS_ON_ITS_WAY = 2.0


def read() -> tuple[str, TrainConfig]:
    """The preset and the configuration that the link says; what of it cannot be used is left out, see `problems`."""
    found = st.session_state[_PROBLEMS] = []
    st.session_state.pop(_AS_LINKED, None)
    preset = st.query_params.get("preset", START)
    unknown = [name for name in st.query_params if name not in (*FIELDS, *_NOT_FIELDS)]
    if unknown:
        found.append(("A part of this link was ignored", f"No setting is called {' or '.join(map(repr, unknown))}."))
    wrong = [] if preset in PRESETS else [ConfigError(f"There is no preset {preset!r}.")]
    preset = preset if preset in PRESETS else START
    given = [f"{name}={st.query_params[name]}" for name in FIELDS if name in st.query_params]
    kind = [setting for setting in given if setting.startswith("model=") and not _fault(PRESETS[preset], setting)]
    kind_given = PRESETS[preset].changed(kind)
    faults = {setting: fault for setting in given if (fault := _fault(kind_given, setting))}
    wrong += faults.values()
    rest = "Everything else is set as it says."
    try:
        config = PRESETS[preset].changed([setting for setting in given if setting not in faults])
    except ConfigError as error:
        # Each setting is possible, but not all of them together.
        wrong, config, rest = [*wrong, error], PRESETS[preset], f"The settings are those of {preset}."
    if wrong:
        text = "\n\n".join([*map(config_form.in_plain_words, wrong), rest])
        found.append(("A part of this link cannot be used", text))
    return preset, config


def _fault(config: TrainConfig, setting: str) -> ConfigError | None:
    """What is wrong with a setting if nothing else is changed."""
    try:
        config.changed([setting])
    except ConfigError as error:
        return error
    return None


def problems() -> list[tuple[str, str]]:
    """What is wrong with the link that was read last, until something else is set: titles and texts."""
    return st.session_state.get(_PROBLEMS, [])


def forget_problems() -> None:
    """Once settings are chosen in another way."""
    st.session_state.pop(_PROBLEMS, None)


def write(preset: str, config: TrainConfig) -> None:
    """Make the page's address a link to this configuration: the preset and what differs from it."""
    wanted = _words(preset, config)
    # What is wrong with a link is said until something else is set than it said.
    if st.session_state.setdefault(_AS_LINKED, config) != config:
        forget_problems()
    run_id = st.query_params.get("run")
    if run_id and services.opening_store().done():
        # Without settings it stands for those of its run, and each change of it is a step for the browser's Back.
        watched = read_runs.run_if_known(run_id)
        is_its = watched is not None and watched.config_now == config
        wanted = {} if is_its and not settings() else wanted or {"preset": preset}
    if settings() != wanted:
        run = {"run": st.query_params["run"]} if "run" in st.query_params else {}
        st.query_params.from_dict(wanted | run)
        st.session_state[_WRITTEN] = time.monotonic()
    st.session_state[_ADDRESS] = wanted


def _words(preset: str, config: TrainConfig) -> dict[str, str]:
    """What the address says of a configuration."""
    changes = config.changes_from(PRESETS[preset])
    # Nothing is said of what one finds anyway: each change of the address is a step for the browser's Back.
    return {"preset": preset, **changes} if changes or preset != START else {}


def open_page() -> NoReturn:
    """Open the Train page with the settings that were put there and the run that it watches.

    Both are in its address at once: Back leads straight to the page before.
    """
    wanted, run = _words(st.session_state["train_preset"], config_form.as_set()), watched_run.watched()
    st.session_state[_ADDRESS] = wanted
    another_page.switch_to("pages/train.py", wanted | ({"run": run} if run else {}))


def settings() -> dict[str, str]:
    """What the address says now, but for the run."""
    return {name: text for name, text in st.query_params.to_dict().items() if name != "run"}


def has_gone_back() -> bool:
    """Whether the browser's Back or Forward, or a link, has brought other settings than those that were set last.

    An address without any is where a person came in; and just after a change a click may come with the one before.
    """
    found = settings()
    is_old = time.monotonic() - st.session_state.get(_WRITTEN, 0.0) > _SECONDS_ON_ITS_WAY
    return bool(found) and found != st.session_state.get(_ADDRESS, found) and is_old
