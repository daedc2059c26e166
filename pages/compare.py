"""Compare: all runs in a table, and what the chosen ones have to tell beside each other."""

from contextlib import suppress

import streamlit as st

from mnist_core.engine import EngineError
from mnist_core.runs import StoreError
from pages.shared import bring_back, compared_curves, differences, frame, landscape, readers, run_notes, run_table


@st.fragment(run_every=0.3)
def wait_for_store() -> None:
    if readers.opening_store().done():
        st.rerun()
    st.skeleton(height=300)


@st.fragment(run_every=2.0)
def look_again(seen: dict[str, str]) -> None:
    """Show the page anew once a run that trains or waits stands otherwise."""
    with suppress(EngineError, StoreError, OSError):
        if {run.id: run.status for run in readers.runs()} != seen:
            st.rerun()


frame.begin("Compare", "Compare runs")
if not readers.opening_store().done():
    wait_for_store()
    st.stop()
try:
    runs = readers.runs()
except (EngineError, StoreError, OSError) as error:
    st.error(str(error), title="The runs cannot be read")
    st.stop()

if any(run.is_active for run in runs):
    look_again({run.id: run.status for run in runs})
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    listed = run_table.filtered(runs)
    bring_back.show()
chosen = run_table.choose(listed) if listed else []
if not runs:
    st.info("Nothing has been trained yet. Train two networks, then see here what the difference made.")
elif not listed:
    st.caption("No run is like that.")
run_notes.show(chosen)
if listed:
    views = ["Curves", "What differs", "All runs, setting by setting", "Accuracy and its price"]
    view = st.segmented_control("Show", views, default="Curves", required=True, key="compare_view")
    if view == views[2]:
        landscape.show_settings(listed)
    elif view == views[3]:
        landscape.show_trade_offs(listed, chosen)
    elif len(chosen) < 1 + (view == views[1]):
        st.caption("Tick one run or more for their curves, two or more for their differences.")
    elif view == views[0]:
        compared_curves.show(chosen)
    else:
        differences.show(chosen)
