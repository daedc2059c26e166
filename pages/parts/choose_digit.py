"""Choose one of the test digits by its number, which an address may name too, or any."""

from __future__ import annotations

import random
from typing import Any

import streamlit as st

from pages.parts.as_written import as_written

# Python reads no number of thousands of digits.
_LONGEST = 20


def by_number(key: str, count: int, disabled: bool = False, **options: Any) -> int:
    """A number from 0 to `count` - 1, kept under `key`; `options` are those of Streamlit's `number_input`."""
    options.setdefault("help", f"From 0 to {count - 1:,}.")
    number = st.number_input("Test digit", 0, count - 1, key=key, width=160, disabled=disabled, **options)
    st.button("Random", icon=":material/shuffle:", on_click=_any_of, args=[key, count], disabled=disabled)
    return int(number)


def is_unknown(named: str, count: int) -> bool:
    """Whether an address names no digit of `count`."""
    return not named.isdecimal() or len(named) > _LONGEST or int(named) >= count


def say_if_unknown(named: str | None, count: int) -> None:
    """That there is no such digit as the address names; to be said where one looks first."""
    if named is not None and is_unknown(named, count):
        which = as_written(named[:_LONGEST]) or "without a number"
        st.warning(f"There is no test digit {which}: they are numbered from 0 to {count - 1:,}.")


def _any_of(key: str, count: int) -> None:
    st.session_state[key] = random.randrange(count)
