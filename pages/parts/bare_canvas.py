"""The canvas component without its own buttons.

Until a mouse has come near they lie unseen over the upper edge of the board, and what a finger begins there is lost.
"""

from __future__ import annotations

import logging
from pathlib import Path

import streamlit as st
import streamlit_drawable_canvas
from streamlit_drawable_canvas import st_canvas

__all__ = ["st_canvas"]

_NAME = "streamlit-drawable-canvas.streamlit_drawable_canvas"
_STYLE = next(Path(streamlit_drawable_canvas.__file__).parent.rglob("index-*.css")).read_text(encoding="utf-8")

# Streamlit warns that a component is declared a second time, which is meant here.
logging.getLogger("streamlit.components.v2.component_registry").addFilter(
    lambda record: _NAME not in record.getMessage()
)
streamlit_drawable_canvas.out = st.components.v2.component(
    _NAME,
    # The board is a picture to a screen reader, which would find nothing there.
    html='<div class="canvas-root" role="img" aria-label="Drawing board, for mouse, pen or finger"></div>',
    css=f"{_STYLE}\n.dc-toolbar {{ display: none !important }}",
    js="index-*.js",
)
