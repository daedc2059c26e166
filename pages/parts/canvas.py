"""The canvas on which people draw digits: pen, eraser, undo, redo and clear."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import streamlit as st

from mnist_core import drawing
from pages.parts import browser, person, visitors
from pages.parts.bare_canvas import st_canvas
from pages.parts.drawn import Drawing

# In pixels.
SIDE = 280
_ERASER_MORE = 4
# As high as browsers have one below a board that is too wide: without room for it there would be a second one, for
# which the board is too wide even where it had fitted.
_SCROLLBAR = 16
# What the choice of a tool leaves beside it under the board, in pixels.
_SLIDER = 88
_DRAWS, _ERASES = "Pen", "Eraser"
_ICONS = {_DRAWS: ":material/edit:", _ERASES: ":material/ink_eraser:"}


def draw(key: str, width: int = SIDE, height: int = SIDE) -> np.ndarray | None:
    """A canvas with its tools; the ink on it (`height`, `width`) float32 in [0, 1], or None while it is blank.

    The drawing and the pen stay when the person visits another page or reloads this one. Above it belongs
    `show_heading`.
    """
    drawn = _drawing(key)
    canvas_key = f"{key}_canvas"
    if canvas_key not in st.session_state and drawn.strokes:
        drawn.show()
    erases = st.session_state.get(f"{key}_tool") == _ERASES
    # A place for the board, so that nothing moves when it appears.
    with st.container(height=height + _SCROLLBAR, border=False):
        result = st_canvas(
            # Lines have soft edges: an eraser as wide as the pen would leave them.
            stroke_width=st.session_state.get(f"{key}_width", drawn.pen) + (_ERASER_MORE if erases else 0),
            # The ground is black: so is what has been erased.
            stroke_color="#000000" if erases else "#ffffff",
            background_color="#000000",
            width=width,
            height=height,
            initial_drawing=drawn.shown,
            return_image_data=True,
            key=canvas_key,
        )
    drawn.take_in((result.json_data or {}).get("objects", []), result.image_bytes)
    if person.visitor():
        visitors.known(person.visitor()).drawings[key] = drawn
    _show_tools(key)
    return ink(key)


def give_pen(key: str, pen: int) -> None:
    """A pen of this width, in pixels, in the place of the one that was given last; one that was chosen stays."""
    drawn, chosen = _drawing(key), f"{key}_width"
    if st.session_state.get(chosen, drawn.pen) != drawn.given:
        return
    drawn.pen = drawn.given = pen
    if chosen in st.session_state:
        st.session_state[chosen] = pen


def _show_tools(key: str) -> None:
    """What a canvas is drawn with, pen or eraser, and how wide; and what takes back what was drawn."""
    drawn = _drawing(key)
    with st.container(horizontal=True, gap="small"):
        st.button("Undo", key=f"{key}_undo", on_click=drawn.undo, disabled=not drawn.past)
        st.button("Redo", key=f"{key}_redo", on_click=drawn.redo, disabled=not drawn.future)
        st.button("Clear", key=f"{key}_clear", on_click=clear, args=[key], disabled=not drawn.strokes)
    with st.container(horizontal=True, vertical_alignment="center"):
        # Their defaults are theirs and not only the session's: a browser that still loads the widget when the page is
        # drawn a second time is not told of the session's value again.
        st.segmented_control(
            "Tool",
            [_DRAWS, _ERASES],
            default=_DRAWS,
            required=True,
            format_func=lambda tool: f"{_ICONS[tool]} {tool}",
            key=f"{key}_tool",
            label_visibility="collapsed",
        )
        about = "Of the pen or the eraser, in pixels."
        drawn.pen = st.slider(
            "Width", 4, 40, drawn.pen, key=f"{key}_width", width=_SLIDER, help=about, persist_state="session"
        )


def show_heading(read: str) -> None:
    """What stands above a canvas; on a phone, where the answer is below the screen, what was `read` in a few words."""
    st.markdown(f"**{read if read and browser.is_on_a_phone() else 'Draw here'}**")


def clear(key: str) -> None:
    """Wipe a canvas, for the pen. A callback; Undo brings the drawing back."""
    _drawing(key).clear()
    st.session_state[f"{key}_tool"] = _DRAWS


def take_over(key: str, other: str) -> None:
    """Have on a canvas what is on the `other`; Undo brings back what was there. A callback."""
    _drawing(key).take_over(_drawing(other))


def ink(key: str) -> np.ndarray | None:
    """What was last drawn on a canvas, on whatever page it is: as `draw` gives it."""
    pixels = _drawing(key).pixels
    found = None if pixels is None else drawing.to_ink(pixels)
    return found if found is not None and found.any() else None


def is_drawn_beyond(key: str, width: int, height: int) -> bool:
    """Whether something is drawn where a canvas of this size, in pixels, would not have it."""
    pixels = _drawing(key).pixels
    # Looked at with every stroke: a board of that size has nothing beyond it.
    if pixels is None or (pixels.shape[0] <= height and pixels.shape[1] <= width):
        return False
    found = drawing.to_ink(pixels)
    return bool(found[:, width:].any() or found[height:].any())


def _drawing(key: str) -> Drawing:
    """This session's drawing; after a reload it begins as the one that the same browser had last."""
    name = f"{key}_drawing"
    if name not in st.session_state:
        kept = visitors.known(person.visitor()).drawings if person.visitor() else {}
        # A copy: another tab has a board of its own.
        st.session_state[name] = deepcopy(kept.get(key, Drawing()))
    return st.session_state[name]
