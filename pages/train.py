"""Train: set a network up, start it, and watch it learn."""

import streamlit as st

from mnist_core.engine import EngineError
from mnist_core.fields import ConfigError
from mnist_core.presets import NOTES, name_of
from mnist_core.runs import StoreError
from pages.shared import config_form, frame, live_run, readers

frame.begin("Train", "Train a network")
readers.opening_engine()

settings, watching = st.columns([1, 1.4], gap="large")
with settings:
    preset = config_form.choose_preset("fast")
    st.caption(NOTES[preset])
    action = st.container()
    config, problem = None, ""
    try:
        config = config_form.show()
    except ConfigError as error:
        problem = str(error)
with action:
    if config:
        config_form.write_address(preset, config)
        st.caption(f"{config.parameters:,} parameters · {config.training_digits:,} training digits")
    else:
        st.error(problem, title="This cannot be trained")
    go = st.button("Train", type="primary", icon=":material/play_arrow:", width="stretch", disabled=config is None)
    if go and config:
        try:
            with st.spinner("Starting the training engine…"):
                run_id = readers.engine().submit(config, name_of(config, preset), frame.name(), frame.visitor())
            live_run.watch(run_id)
        except (EngineError, StoreError, OSError) as error:
            st.error(str(error), title="The run could not be started")
with watching:
    live_run.show()
    live_run.list_runs()
