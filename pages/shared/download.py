"""The numbers behind a figure, as a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from mnist_core.figures.tables import to_csv


def show(name: str, columns: Mapping[str, Iterable[Any]], label: str = "Download as CSV") -> None:
    """A button for a file called `name`.csv, with these columns; it is written when somebody asks for it."""
    st.download_button(
        label,
        lambda: to_csv(columns),
        f"{name}.csv",
        "text/csv",
        key=f"download_{name}",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
    )
