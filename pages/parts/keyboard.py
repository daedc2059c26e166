"""What somebody without a mouse or without sight needs and Streamlit leaves out.

The focus goes where the eye does, and can be seen; a button that shows its icon alone says what it is for.
"""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

# In milliseconds: for what was asked for to appear.
_PATIENCE = 1500
_NEXT = "keyboard_focus_next"
_ALONE = "icons_alone"


def listen() -> str:
    """The script: whether the last click came from a key, and then into a popover, which lies at the end of the page.

    Streamlit leaves the focus on its button.
    """
    return f"""
        window.digitLabKeyboard ??= addEventListener("click", event => {{
          window.digitLabByKey = event.detail === 0
          if (window.digitLabByKey && event.target.closest?.("[data-testid=stPopoverButton]"))
            {_once_there("[data-testid=stPopoverBody]", "found.tabIndex = -1; found.focus()")}
        }}, true) ?? true;
        """


def style() -> str:
    """The rules for what can be seen of the focus and of labels."""
    return f"""
        [data-testid=stPageLink-NavLink]:focus-visible {{ outline: 2px solid; outline-offset: -2px; }}
        [class*=st-key-{_ALONE}] button [data-testid=stMarkdownContainer] {{
          position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
        }}
        """


def icons_alone(key: str) -> DeltaGenerator:
    """A row for buttons of which their icons alone are to be seen; their labels are heard."""
    return st.container(horizontal=True, gap="xxsmall", width="content", key=f"{_ALONE}_{key}")


def focus_next(key: str) -> None:
    """Have `focus` with this key act once: the button that was pressed goes away. A callback."""
    st.session_state[_NEXT] = key


def focus(key: str) -> None:
    """Give the focus to the button with this key, or the first in what has this key.

    If that is due, a key on the keyboard has asked for it, and nothing else has the focus.
    """
    # A place in any case: what comes after it keeps its own.
    with st.container():
        if st.session_state.get(_NEXT) == key:
            del st.session_state[_NEXT]
            # The button that was pressed may still be there for a moment.
            is_due = "window.digitLabByKey && document.activeElement === document.body"
            script = _once_there(f".st-key-{key} button", "found.focus()", is_due)
            st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def _once_there(selector: str, act: str, is_due: str = "true") -> str:
    """The script that does this with what it has `found`, as soon as that is there and this is due."""
    return f"""{{
          const until = Date.now() + {_PATIENCE}
          const look = () => {{
            const found = document.querySelector("{selector}")
            if (found && {is_due}) {{ {act} }}
            else if (Date.now() < until) setTimeout(look, 50)
          }}
          setTimeout(look, 50)
        }}"""
