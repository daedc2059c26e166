"""The board on which people draw digits: pen, eraser, undo, redo and clear."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from mnist_core import drawing, strokes

_PARTS = Path(__file__).parent / "board"


def draw(key: str) -> np.ndarray | None:
    """A square board; the ink on it (280, 280) float32 in [0, 1], or None while it is blank.

    The drawing stays when the person visits another page or reloads this one.
    """
    drawn = _board()(key=f"{key}_board", data={"name": key}, default={"strokes": []}, on_strokes_change=lambda: None)
    try:
        ink = drawing.to_ink(strokes.draw(strokes.parse(drawn["strokes"])))
    except ValueError as error:
        st.error(str(error))
        return None
    return ink if ink.any() else None


@st.cache_resource(show_spinner=False)
def _board():
    """The component, registered once a server."""
    html, css, js = ((_PARTS / f"board.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("digit_lab_board", html=html, css=css, js=js)
