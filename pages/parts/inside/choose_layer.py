"""The choice of one of a model's layers."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from mnist_core import summary
from mnist_core.architecture import Layer


def show(layers: Sequence[Layer], key: str, label: str = "Layer") -> Layer:
    """A box of `layers`; what was chosen stays for models with layers of these names."""
    names = {layer.name: layer for layer in layers}
    chosen = st.selectbox(
        label,
        list(names),
        format_func=lambda name: f"{name}: {summary.in_words(names[name])}, {summary.shape(names[name])}",
        key=f"{key}_{'_'.join(names)}",
        persist_state="session",
        width=320,
    )
    return names[chosen]


def unit(layer: Layer) -> str:
    """What one of the layer's outputs is called."""
    return "filter" if layer.kind == "Conv2D" else "unit"
