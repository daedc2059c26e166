"""What is to be trained, in words, and the button that starts it."""

from __future__ import annotations

import streamlit as st

from mnist_core.config import TrainConfig
from mnist_core.fields import ConfigError
from mnist_core.runs.run_names import about, name_of
from mnist_core.runs.store_connection import ServiceError
from pages.parts import data_sets, once, person, services, take_along
from pages.parts.as_written import as_written
from pages.parts.train import config_address, config_form, config_source, trained_before, watched_run

_ABOUT = "Starts a run with these settings."


def show() -> None:
    """The choice of a preset, what comes of it and of the settings, and what can be done with them."""
    preset = config_source.choose_preset()
    config = _read(preset)
    name = data_sets.named(name_of(config, preset)) if config else ""
    # One or the other: a button that gets a help, or loses it, is another one to Streamlit, and not in focus any more.
    help, icon = trained_before.words(config) or _ABOUT, ":material/play_arrow:"
    go = st.button("Train", "train_start", help, type="primary", icon=icon, width="stretch", disabled=config is None)
    # A second click, on a page that takes a moment, would train the same twice.
    _start(config, name, go and not trained_before.lead_to_what_goes_on(config))
    with st.container(horizontal=True):
        if config:
            with st.popover("Get the code", icon=":material/code:"):
                take_along.show_code(config, name, "settings")
        config_source.offer_reset(preset, config)


def _read(preset: str) -> TrainConfig | None:
    """What the settings come to, said in words; None, and why, where that cannot be trained."""
    try:
        config = config_form.read()
    except ConfigError as error:
        st.error(config_form.in_plain_words(error), title="This cannot be trained")
        config_source.offer_validation(error)
        return None
    config_address.write(preset, config)
    st.caption(as_written(data_sets.named(about(config, preset))))
    held_back = "none to validate on: see Validation share, in the section Data"
    if config.validation_digits:
        held_back = f"{config.validation_digits:,} to validate on"
    st.caption(f"{config.parameters:,} parameters · {config.training_digits:,} digits to learn from, {held_back}")
    return config


def _start(config: TrainConfig | None, name: str, go: bool) -> None:
    who = person.who()

    def submit() -> str:
        assert config
        return services.engine().submit(config, name, *who)

    try:
        if once.start("train", go, submit, services.STARTING, watched_run.watch):
            st.rerun()
    except (ServiceError, OSError) as error:
        st.error(str(error), title="The run could not be started")
