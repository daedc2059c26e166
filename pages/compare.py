"""Compare: all runs in a table, and what the chosen ones have to tell beside each other."""

import streamlit as st

from mnist_core.engine import EngineError
from mnist_core.runs import StoreError
from pages.shared import frame, readers, run_notes, run_table


@st.fragment(run_every=0.3)
def wait_for_store() -> None:
    if readers.opening_store().done():
        st.rerun()
    st.skeleton(height=300)


frame.begin("Compare", "Compare runs")
if not readers.opening_store().done():
    wait_for_store()
    st.stop()
try:
    runs = readers.runs()
except (EngineError, StoreError, OSError) as error:
    st.error(str(error), title="The runs cannot be read")
    st.stop()

listed = run_table.filtered(runs)
chosen = run_table.choose(listed) if listed else []
if not runs:
    st.info("Nothing has been trained yet. Train two networks, then see here what the difference made.")
elif not listed:
    st.caption("No run is like that.")
elif not chosen:
    st.caption("Tick one run to edit it or to take it with you, and several to compare them.")
run_notes.show(chosen)
