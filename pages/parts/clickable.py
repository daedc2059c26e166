"""HTML whose buttons tell the page that they were clicked: fifty pictures are one element and a click one rerun.

They are one stop for the Tab key, too: arrow keys lead from one to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

_HERE = Path(__file__)
_SCRIPT, _STYLE = (_HERE.with_suffix(kind).read_text(encoding="utf-8") for kind in (".js", ".css"))
_ROOT = '<div class="clickable"></div>'


def show(html: str, key: str, on_click: Callable[[str], None]) -> None:
    """Show `html`; a click on an element with `data-value` calls `on_click` with that value before the next rerun."""
    # Declared each time, which costs nothing: Streamlit 1.65 keeps it only for the server that first imported this.
    component = st.components.v2.component("clickable", html=_ROOT, css=_STYLE, js=_SCRIPT)
    component(data=html, key=key, on_clicked_change=lambda: on_click(st.session_state[key].clicked))
