"""What a screen reader says aloud when it changes: Streamlit draws an element anew, which goes unheard."""

from __future__ import annotations

import streamlit as st

_ROOT = '<p role="status"></p>'
_STYLE = "p { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }"
_SCRIPT = """
export default function ({ data, parentElement }) {
  const status = parentElement.querySelector("[role=status]")
  if (status.textContent !== data) status.textContent = data
}
"""


def say(text: str, key: str) -> None:
    """Have `text` said if it is another one than before under this key. It is not seen, and belongs into a container
    without a gap."""
    component = st.components.v2.component("announce", html=_ROOT, css=_STYLE, js=_SCRIPT)
    component(data=text, key=key)
