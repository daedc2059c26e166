"""Sweep: let Optuna try settings, watch the trials come in, and train the best one fully."""

import streamlit as st

from mnist_core.runs.store_connection import ServiceError
from pages.parts import frame, read_runs, services, waiting
from pages.parts.sweep import choose, form, live

frame.begin("Sweep", "Sweep over settings")
services.opening_engine()
if not services.opening_studies().done():
    waiting.until_open(services.opening_studies(), waiting.skeleton)
    st.stop()
try:
    study = choose.one(read_runs.studies())
    if study:
        live.show(study)
    else:
        form.show()
except (ServiceError, OSError) as error:
    st.error(str(error), title="The sweeps cannot be read")
