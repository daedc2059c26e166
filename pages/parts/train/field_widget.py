"""The widget that fits what a field of a configuration holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field
from typing import Any

import streamlit as st

from mnist_core.fields import Choice, Flag, Number


def show(key: str, field: Field, on_change: Callable[[], None] | None = None) -> Any:
    """The widget of a field made by `fields.described`; its value is `st.session_state[key]`."""
    holds, label, help = (field.metadata[name] for name in ("holds", "label", "help"))
    common: dict[str, Any] = {"key": key, "help": help, "on_change": on_change, "persist_state": "session"}
    st.session_state.setdefault(key, field.default)
    if isinstance(holds, Flag):
        return st.toggle(label, **common)
    if isinstance(holds, Choice):
        options: list[str] = list(holds.options)
        if len(options) <= 3:
            return st.segmented_control(
                label, options, format_func=lambda option: holds.options[option], required=True, **common
            )
        return st.selectbox(label, options, format_func=lambda option: holds.options[option], **common)
    assert isinstance(holds, Number)
    if holds.logarithmic and not holds.step:
        # A link may name a number between the stops.
        stops = sorted({*holds.stops, st.session_state[key]})
        return st.select_slider(label, stops, format_func=in_figures, **common)
    if holds.integer and holds.high > 200:
        # Without bounds: Streamlit would drop what is beyond them and say nothing.
        return st.number_input(label, step=1, **common)
    kind = int if holds.integer else float
    step = kind(holds.step or 1)
    text = format_of(step) + holds.unit
    return st.slider(label, kind(holds.low), kind(holds.high), step=step, format=text, **common)


def in_figures(stop: float) -> str:
    """A number of a logarithmic slider as people write it: `60,000`, `0.001`."""
    return f"{stop:,g}"


def format_of(step: float) -> str:
    """How a slider that moves by `step` writes its numbers."""
    decimals = len(f"{step:g}".partition(".")[2]) if "e" not in f"{step:g}" else 4
    return f"%.{decimals}f" if isinstance(step, float) else "%,d"
