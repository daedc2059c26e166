"""The widget for what one field may be in a sweep, made from the field's own description."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mnist_core.config import FIELDS, TrainConfig, holds, in_words, label
from mnist_core.fields import Choice, Flag, Number
from pages.parts.train import field_widget

# What is worth a try, where that is less than what is allowed.
_USUAL: dict[str, tuple] = {
    "batch_size": (32, 512),
    "dropout": (0.0, 0.5),
    "conv_dropout": (0.0, 0.5),
    "l2": (0.0, 0.001),
    "momentum": (0.0, 0.95),
    "dense_units": ("64", "128", "256", "128,64"),
    "conv_blocks": ("16-3-valid-2,32-3-valid-2", "32-5-valid-2,64-5-valid-2"),
}
_MOST_CHOICES = 3


def show(name: str, base: TrainConfig) -> tuple:
    """The chosen (lowest, highest) of a number, or the chosen values of anything else, as `Sweep.ranges` has them."""
    title, kind = label(name), holds(name)
    common: dict[str, Any] = {"key": f"sweep_range_{name}", "help": FIELDS[name].metadata["help"]}
    if isinstance(kind, Flag):
        st.caption(f"{title}: on and off.")
        return False, True
    if isinstance(kind, Choice):
        options = list(kind.options)
        chosen = st.multiselect(
            title, options, options[:_MOST_CHOICES], format_func=lambda value: in_words(name, value), **common
        )
        return tuple(chosen)
    if isinstance(kind, Number):
        return _slider(name, title, kind, base, common)
    usual = list(_USUAL[name])
    chosen = st.multiselect(title, usual, usual, accept_new_options=True, placeholder="Type one more", **common)
    return tuple(chosen)


def _slider(name: str, label: str, holds: Number, base: TrainConfig, common: dict[str, Any]) -> tuple:
    low, high = _USUAL.get(name, (holds.low, holds.high))
    if not holds.logarithmic:
        kind = int if holds.integer else float
        bounds, step = (kind(holds.low), kind(holds.high)), kind(holds.step or 1)
        text = field_widget.format_of(step) + holds.unit
        return st.slider(label, *bounds, (kind(low), kind(high)), step, format=text, **common)
    if holds.integer:
        stops: list = [2**power for power in range(20) if holds.low <= 2**power <= holds.high]
    else:
        # Ten times less and more than the base's own rate, which fits its optimizer.
        stops, rate = holds.stops, getattr(base, name)
        near = [stop for stop in stops if rate / 10.5 <= stop <= rate * 10.5] or stops
        low, high = near[0], near[-1]
        common["key"] += f"_{low}_{high}"
    return st.select_slider(label, stops, (low, high), format_func=field_widget.in_figures, **common)
