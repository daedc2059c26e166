"""An app that is nothing but a title: what it takes to open is Streamlit's and the browser's share of every wait."""

from __future__ import annotations

import tempfile
from pathlib import Path

WORDS = "open an app that is nothing but a title"


def make() -> Path:
    """The app's file, in a folder of its own."""
    path = Path(tempfile.mkdtemp(prefix="bare-app-")) / "app.py"
    path.write_text('import streamlit as st\n\nst.title("Hello")\n', encoding="utf-8")
    return path
