"""Train: set a network up, start it, and watch it learn."""

import streamlit as st

from mnist_core.fields import ConfigError
from mnist_core.runs.run_names import about, name_of
from mnist_core.runs.store_connection import ServiceError
from pages.parts import browser, data_sets, frame, once, person, services, take_along
from pages.parts.as_written import as_written
from pages.parts.train import (
    config_address,
    config_form,
    config_source,
    invitation,
    latest_runs,
    live_controls,
    live_run,
    network,
    trained_before,
    watched_run,
)

has_come = frame.begin("Train", "Train a network")
if has_come or "train_folded" not in st.session_state:
    # Who comes to watch a run finds the settings folded: on a phone the run comes after them. Later they stay as
    # they are: an expander that is told something else opens or closes.
    st.session_state["train_folded"] = bool(watched_run.watched())
folded = st.session_state["train_folded"]
if browser.is_on_a_phone():
    # Whoever presses Train sees it learn right below.
    start, run, form, below = (st.container() for _ in range(4))
else:
    settings, watching = st.columns([1, 1.3], gap="medium")
    # What comes and goes has containers of its own: an expander whose place in its column changes would close.
    start, form = settings.container(), settings.container()
    run, below = watching.container(), watching.container()
with start:
    preset = config_source.choose_preset()
    config, name = None, ""
    try:
        config = config_form.read()
        config_address.write(preset, config)
        name = data_sets.named(name_of(config, preset))
        st.caption(as_written(data_sets.named(about(config, preset))))
        held_back = (
            f", {config.validation_digits:,} to validate on"
            if config.validation_digits
            else ", none to validate on: see Validation share, in the section Data"
        )
        st.caption(f"{config.parameters:,} parameters · {config.training_digits:,} digits to learn from{held_back}")
    except ConfigError as error:
        st.error(config_form.in_plain_words(error), title="This cannot be trained")
        config_source.offer_validation(error)
    known, icon = trained_before.words(config), ":material/play_arrow:"
    go = st.button("Train", "train_start", known, type="primary", icon=icon, width="stretch", disabled=config is None)
    # A second click, on a page that takes a moment, would train the same twice.
    go = go and not trained_before.lead_to_what_goes_on(config)
    who = person.who()

    def submit() -> str:
        assert config
        return services.engine().submit(config, name, *who)

    try:
        if once.start("train", go, submit, services.STARTING, watched_run.watch):
            st.rerun()
    except (ServiceError, OSError) as error:
        st.error(str(error), title="The run could not be started")
    with st.container(horizontal=True):
        if config:
            with st.popover("Get the code", icon=":material/code:"):
                take_along.show_code(config, name, "settings")
        config_source.offer_reset(preset, config)
with run:
    shown = live_run.show()
with form:
    # One line in any case: what comes after it keeps its place.
    if shown and live_controls.can_be_changed(shown):
        st.caption("For your next run. To change this one: **Change settings**.")
    else:
        st.caption("For your next run." if shown and shown.is_active else "Set these, then press **Train**.")
    config_form.show(folded)
with below:
    network.show(config_form.architecture(), expanded=not folded)
    latest_runs.show()
# Last, when everything is on the page: whoever presses Train wants it.
opening = services.opening_engine()
if not watched_run.watched():
    with run:
        invitation.show_engine(opening)
