"""The canvas on which people draw digits, with its own Undo and Clear."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from streamlit_drawable_canvas import st_canvas

from pages.shared.drawn import Drawing

SIDE = 280


def draw(key: str, stroke_width: int = 20) -> np.ndarray | None:
    """A square canvas with its buttons; the drawing as (280, 280, 4) uint8, or None while it is blank.

    The drawing stays when the person visits another page and comes back.
    """
    drawing: Drawing = st.session_state.setdefault(f"{key}_drawing", Drawing())
    canvas_key = f"{key}_canvas"
    if canvas_key not in st.session_state and drawing.strokes:
        drawing.show(drawing.strokes)
    result = st_canvas(
        stroke_width=stroke_width,
        stroke_color="#ffffff",
        background_color="#000000",
        width=SIDE,
        height=SIDE,
        initial_drawing=drawing.shown,
        return_image_data=True,
        key=canvas_key,
    )
    _take_in(drawing, result)
    with st.container(horizontal=True):
        nothing = not drawing.strokes
        st.button("Undo", icon=":material/undo:", key=f"{key}_undo", on_click=drawing.undo, disabled=nothing)
        st.button("Clear", icon=":material/delete:", key=f"{key}_clear", on_click=drawing.clear, disabled=nothing)
    return drawing.pixels if drawing.strokes else None


def _take_in(drawing: Drawing, result: Any) -> None:
    """Keep what the browser sent, unless it is from before an Undo or Clear."""
    strokes = (result.json_data or {}).get("objects", [])
    if drawing.expected not in (None, len(strokes)):
        return
    if (pixels := result.image_data) is not None:
        drawing.expected = None
        drawing.strokes, drawing.pixels = strokes, pixels
