"""A network before it is trained: its diagram and its layers."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mnist_core import summary
from mnist_core.architecture import Architecture
from mnist_core.figures import diagram
from pages.parts import browser
from pages.parts.train import layer_lists

# In pixels, so that all fit beside the settings; on a phone the names are a swipe away.
_COLUMNS: dict[str, Any] = {
    "Layer": st.column_config.TextColumn(width=113),
    "Output shape": st.column_config.TextColumn(width=115),
    "Parameters": st.column_config.NumberColumn(width=81, format="localized"),
    "Name": st.column_config.TextColumn(width=103),
}


def show(architecture: Architecture | None, expanded: bool) -> None:
    """Draw and list the layers, up to the first that cannot be built; None is a network with impossible sizes."""
    with st.expander("The network as set up, layer by layer", expanded=expanded):
        if architecture is None:
            st.caption(f":red[Nothing to draw. {layer_lists.wrong_size()}]")
            return
        layers, problem = architecture.possible_layers()
        st.html(diagram.draw(layers))
        if problem:
            st.caption(f":red[Here it ends: {layer_lists.said(problem)}]")
        st.caption(diagram.LEGEND)
        browser.leave_room_for_tools()
        st.dataframe(
            summary.table(layers),
            hide_index=True,
            height="content",
            column_order=list(_COLUMNS),
            column_config=_COLUMNS,
            alt="The layers with their output shapes and parameters",
        )
        if not problem:
            st.caption(f"{summary.total(layers)} {summary.BATCH}")
