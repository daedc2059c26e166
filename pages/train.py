"""Train: set a network up, start it, and watch it learn."""

import streamlit as st

from pages.parts import browser, frame, services
from pages.parts.train import (
    config_form,
    invitation,
    latest_runs,
    live_controls,
    live_run,
    network,
    start_run,
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
    start_run.show()
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
