"""What visitors leave on the server: kept while it runs."""

from __future__ import annotations

import streamlit as st

from mnist_core.own_digits import OwnDigits
from pages.shared.drawn import Drawing


@st.cache_resource(show_spinner=False)
def names() -> dict[str, str]:
    """Visitor -> the name they gave; kept while the server runs."""
    return {}


@st.cache_resource(show_spinner=False)
def drawings() -> dict[tuple[str, str], Drawing]:
    """(Visitor, canvas) -> what they drew there; kept while the server runs."""
    return {}


@st.cache_resource(show_spinner=False)
def trays() -> dict[str, OwnDigits]:
    """Visitor -> the digits they collected to teach a model; kept while the server runs."""
    return {}
