"""The layers of a trained model: its picture, shapes, parameters and multiplications."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from mnist_core import summary
from mnist_core.figures import diagram
from pages.parts import browser, read_models

_COLUMNS: dict[str, Any] = {
    "Parameters": st.column_config.NumberColumn(format="localized"),
    "Multiplications": st.column_config.NumberColumn(
        format="localized", help="For one digit. Those by the zeros of padding count."
    ),
}


def show(folder: Path) -> None:
    """Draw and list what the model's card says was built. Raises ArtifactError."""
    layers = read_models.card(folder).config.layers()
    st.html(diagram.draw(layers))
    st.caption(diagram.LEGEND)
    browser.leave_room_for_tools()
    st.dataframe(
        summary.table(layers),
        hide_index=True,
        height="content",
        column_config=_COLUMNS,
        alt="The layers with their output shapes, parameters and multiplications",
    )
    products = sum(layer.multiplications for layer in layers)
    most = max(layers, key=lambda layer: layer.multiplications)
    st.caption(
        f"{summary.total(layers)} Reading one digit takes {products:,} multiplications, "
        f"{most.multiplications / products:.0%} of them in {most.name}. {summary.BATCH}"
    )
