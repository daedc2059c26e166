"""What a page does while something opens in the background."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import streamlit as st


@st.fragment(run_every=0.3)
def until_open(opening: Future, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Show `meanwhile`, and the whole page anew once it is open."""
    if opening.done():
        st.rerun()
    meanwhile()


def skeleton() -> None:
    """The place of what is to come."""
    st.skeleton(height=300)
