"""What a page knows of the browser that shows it: its cookies, and whether it is a phone's."""

from __future__ import annotations

import streamlit as st

# The cookies by which a browser says that its window is narrow, and that it is for fingers.
_NARROW, _TOUCHED = "digit_lab_narrow", "digit_lab_touched"
_SECONDS_KEPT = 90 * 24 * 3600
# In pixels; below, Streamlit puts columns under one another.
_MOST_OF_A_PHONE = 640
# What of a table's tools does not fit between a text and a table, in pixels.
_HEIGHT_OF_TOOLS = 24


def set_cookie(text: str) -> str:
    """The script for a cookie of this site that is kept for months; `text` is a JavaScript template."""
    return f"document.cookie = `{text}; path=/; samesite=lax; max-age={_SECONDS_KEPT}`;"


def tell_kind() -> str:
    """Have the browser say, from the next page that it loads on, whether its window is as narrow as a phone, and
    whether nothing can hover there."""
    narrow = set_cookie(f"{_NARROW}=${{+(window.innerWidth <= {_MOST_OF_A_PHONE})}}")
    return narrow + set_cookie(f"{_TOUCHED}=${{+matchMedia('(hover: none)').matches}}")


def is_on_a_phone() -> bool:
    """Whether this browser says that it is a phone's, or its window was as narrow when it last loaded a page."""
    return "Mobi" in st.context.headers.get("User-Agent", "") or st.context.cookies.get(_NARROW) == "1"


def leave_room_for_tools() -> None:
    """Before a table that comes after text: to a finger its tools are always there, and lie above it."""
    if is_on_a_phone() or st.context.cookies.get(_TOUCHED) == "1":
        st.space(_HEIGHT_OF_TOOLS)
