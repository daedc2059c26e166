"""The numbers behind a figure, as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import streamlit as st

from mnist_core.figures.tables import to_csv

# Columns by name, or what makes them.
Columns = Mapping[str, Iterable[Any]] | Callable[[], Mapping[str, Iterable[Any]]]


def show(name: str, columns: Columns, label: str = "") -> None:
    """A button that says which file it gives, `name`.csv, with these columns; it is made when somebody asks for it."""
    st.download_button(
        label or f"{name}.csv",
        lambda: to_csv(columns() if callable(columns) else columns),
        f"{name}.csv",
        "text/csv",
        key=f"download_{name}",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
    )
