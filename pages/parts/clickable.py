"""HTML whose buttons tell the page that they were clicked: fifty pictures are one element and a click one rerun."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

_SCRIPT = """
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".clickable")
  const focused = root.getRootNode().activeElement?.dataset.value
  root.innerHTML = data
  if (focused) root.querySelector(`[data-value="${focused}"]`)?.focus()
  root.onclick = event => {
    const button = event.target.closest("[data-value]")
    if (button) setTriggerValue("clicked", button.dataset.value)
  }
}
"""

_STYLE = """
.clickable { color: var(--st-text-color); font-family: var(--st-font); container-type: inline-size; }
button { font: inherit; color: inherit; border: 0; padding: 0; background: none; cursor: pointer; }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
table { width: 100%; border-collapse: separate; border-spacing: 1px; table-layout: fixed; font-size: .85rem; }
caption { text-align: left; opacity: .75; padding-bottom: 6px; }
th, td { padding: 0; height: 2.3rem; text-align: center; }
td[aria-hidden] { opacity: .6; font-size: .7rem; line-height: 1.1; }
td button {
  width: 100%; height: 100%; border-radius: 3px; font-size: clamp(.55rem, 3.9cqw, 1em);
  background: color-mix(in srgb, var(--st-primary-color) calc(var(--shade) * .6), var(--st-secondary-background-color));
}
td button:hover, td button[aria-pressed=true] { outline: 2px solid var(--st-text-color); }
.digits { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 14px 10px; }
.digits button { text-align: left; line-height: 1.35; font-size: .8rem; vertical-align: top; }
.digits img { display: block; image-rendering: pixelated; border-radius: 4px; margin-bottom: 4px; }
.digits button:hover img { outline: 2px solid var(--st-primary-color) !important; }
.digits small { opacity: .75; font-size: inherit; }
@media (max-width: 600px) { table { font-size: .7rem; } th, td { height: 1.9rem; } }
"""

_ROOT = '<div class="clickable"></div>'


def show(html: str, key: str, on_click: Callable[[str], None]) -> None:
    """Show `html`; a click on an element with `data-value` calls `on_click` with that value before the next rerun."""
    # Declared each time, which costs nothing: Streamlit 1.65 keeps it only for the server that first imported this.
    component = st.components.v2.component("clickable", html=_ROOT, css=_STYLE, js=_SCRIPT)
    component(data=html, key=key, on_clicked_change=lambda: on_click(st.session_state[key].clicked))
