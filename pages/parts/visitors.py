"""What visitors leave on the server: kept while it runs, of those who were there last."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from mnist_core.own_digits import OwnDigits
from pages.parts.drawn import Drawing

# Every private window is another visitor.
_MOST = 200


@dataclass
class Visitor:
    """Of one browser: the drawings by canvas, and the digits collected to teach a model."""

    drawings: dict[str, Drawing] = field(default_factory=dict)
    tray: OwnDigits = field(default_factory=OwnDigits)


@st.cache_resource(max_entries=_MOST, show_spinner=False)
def known(visitor: str) -> Visitor:
    """What is kept of a visitor; to be changed."""
    return Visitor()
