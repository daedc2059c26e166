"""Compare: all runs in a table, and what the chosen ones have to tell beside each other."""

import streamlit as st

from mnist_core.runs.store import LISTED
from mnist_core.runs.store_connection import ServiceError
from pages.parts import browser, frame, read_runs, services, waiting
from pages.parts.compare import (
    compared_curves,
    deleted_runs,
    differences,
    import_run,
    landscape,
    link,
    run_notes,
    run_table,
    up_to_date,
)

CURVES, DIFFERENCES = "Curves", "What differs"
SETTINGS, COSTS = "All runs, setting by setting", "Accuracy and cost"
VIEWS = [CURVES, DIFFERENCES, SETTINGS, COSTS]

has_come = frame.begin("Compare", "Compare runs")
if not services.opening_store().done():
    waiting.until_open(services.opening_store(), waiting.skeleton)
    st.stop()
try:
    runs = read_runs.runs()
except (ServiceError, OSError) as error:
    st.error(str(error), title="The runs cannot be read")
    st.stop()

if has_come:
    run_notes.begin_anew()
up_to_date.keep(runs)
link.follow(runs, has_come)
# At the left: the table's own buttons hover over what is above its right end.
with st.container(horizontal=True, vertical_alignment="center"):
    import_run.show()
    shown = up_to_date.listed(runs, has_come)
    listed = run_table.filtered(shown)
if not runs:
    st.info("Nothing has been trained yet. Train two networks, then see here what the difference made.")
elif not listed:
    st.caption("No run matches the filters above.")
if len(runs) >= LISTED:
    st.caption(f"Only the newest {LISTED:,} runs are here. MLflow's own pages show the older ones: `mlflow ui`.")
# The table stands above what is marked in the picture of all runs, and lists it.
above, below = st.container(), st.container()
passing, view = listed, None
if listed:
    with below:
        view = st.segmented_control(
            "Show", VIEWS, default=CURVES, required=True, wrap=True, key="view", bind="query-params"
        )
        passing = landscape.show_settings(listed) if view == SETTINGS else listed
with above:
    if view == SETTINGS:
        landscape.show_marked(passing, listed)
    chosen = run_table.choose(passing, len(listed)) if listed else []
    run_table.say_hidden(runs, passing)
    link.keep(chosen)
    run_notes.show(chosen)
with below:
    if view == COSTS:
        landscape.show_trade_offs(listed, chosen)
    elif view == CURVES and chosen:
        compared_curves.show(chosen)
    elif view == DIFFERENCES and len(chosen) > 1:
        differences.show(chosen)
    elif view in (CURVES, DIFFERENCES):
        keys = "" if browser.is_on_a_phone() else " With the keyboard: arrow keys to a row, then Shift and Space."
        st.caption(
            "Tick one or more runs for their curves, two or more for what differs. A click on the head of a column "
            f"sorts by it.{keys}"
        )
deleted_runs.show()
