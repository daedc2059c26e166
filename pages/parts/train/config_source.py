"""Where settings come from besides their widgets: a preset, a link, or a run."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import streamlit as st

from mnist_core.config import FIELDS, MNIST, NoValidation, TrainConfig, setting_in_words
from mnist_core.fields import ConfigError
from mnist_core.presets import IN_SHORT, NOTES, PRESETS
from mnist_core.runs.run_names import nearest
from pages.parts import data_sets, read_runs, services
from pages.parts.as_written import as_written
from pages.parts.train import config_address, config_form, watched_run

# The run whose settings are still to be taken over.
_RUN_TO_FOLLOW = "train_run_to_follow"


def choose_preset() -> str:
    """The box of presets, at the address' or `fast` when there is nothing yet; choosing one moves every widget."""
    is_new = "train_preset" not in st.session_state
    if is_new or config_address.has_gone_back():
        st.session_state["train_preset"], config = config_address.read()
        config_form.put(config)
    if is_new and not config_address.settings():
        st.session_state[_RUN_TO_FOLLOW] = watched_run.watched()
    _take_over_linked()
    # Until settings are chosen: the page may be drawn again at once, as when the engine is up.
    for title, text in config_address.problems():
        st.warning(as_written(text), title=title)
    st.selectbox(
        "Start from",
        list(PRESETS),
        format_func=lambda preset: f"{preset}: {IN_SHORT[preset]}",
        key="train_preset",
        persist_state="session",
        on_change=_take_preset,
        # What was changed takes the note's place on the page.
        help=f"{NOTES[st.session_state['train_preset']]}\n\n"
        "A preset moves everything below but the data set. Change what you like.",
    )
    return st.session_state["train_preset"]


def _take_over_linked() -> None:
    """Set every widget as the run has it that somebody was sent, where the link says nothing else."""
    run_id = st.session_state.get(_RUN_TO_FOLLOW)
    # Who has set something meanwhile is not to lose it.
    if not run_id or not services.opening_store().done() or not _is_untouched():
        return
    st.session_state[_RUN_TO_FOLLOW] = None
    # Of one that cannot be read its own panel says why.
    run = read_runs.run_if_known(run_id)
    # Of a lesson, of a network from elsewhere and without its data set, settings are none to begin with.
    if run and not (run.taught or run.is_of_unknown_training or data_sets.is_gone(run.config.data_set)):
        take_over(run.config_now)


def _is_untouched() -> bool:
    with suppress(ConfigError):
        return config_form.as_set() == PRESETS[config_address.START]
    return False


def take_over(config: TrainConfig) -> None:
    """Set every widget, and the preset to the one that is closest."""
    config_address.forget_problems()
    st.session_state["train_preset"] = nearest(config)
    config_form.put(config)


def offer_reset(preset: str, config: TrainConfig | None) -> None:
    """Back to the preset as it is, where something else is set; `config` is None for what cannot be trained."""
    data_set = st.session_state[config_form.key("data_set")]
    # As `config_form.read` would have it: of fewer digits no more can be trained on.
    size = min(PRESETS[preset].train_size, data_sets.training_digits(data_set))
    if config is None or config != replace(PRESETS[preset], data_set=data_set, train_size=size):
        st.button(f"Reset to {preset}", icon=":material/undo:", on_click=_take_preset, key="train_reset")


def offer_validation(error: ConfigError) -> None:
    """Hold digits back where something needs them and there are none."""
    usual = FIELDS["validation_split"].default
    if isinstance(error, NoValidation):
        label = f"Set {setting_in_words('validation_split', usual)}"
        st.button(label, icon=":material/build:", on_click=_hold_back, args=[usual], key="train_hold_back")


def _hold_back(share: float) -> None:
    st.session_state[config_form.key("validation_split")] = share


def _take_preset() -> None:
    """Move every widget but that of a data set that is there: a person's own digits are not to be left unseen."""
    config_address.forget_problems()
    data_set = st.session_state[config_form.key("data_set")]
    preset = PRESETS[st.session_state["train_preset"]]
    config_form.put(replace(preset, data_set=MNIST if data_sets.is_gone(data_set) else data_set))
