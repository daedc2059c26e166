"""Choose one of the test digits by its number, or any."""

from __future__ import annotations

import random
from typing import Any

import streamlit as st


def by_number(key: str, count: int, disabled: bool = False, **options: Any) -> int:
    """A number from 0 to `count` - 1, kept under `key`; `options` are those of Streamlit's `number_input`."""
    options.setdefault("help", f"From 0 to {count - 1:,}.")
    number = st.number_input("Test digit", 0, count - 1, key=key, width=160, disabled=disabled, **options)
    st.button("Random", icon=":material/shuffle:", on_click=_any_of, args=[key, count], disabled=disabled)
    return int(number)


def _any_of(key: str, count: int) -> None:
    st.session_state[key] = random.randrange(count)
