"""What a person has written of a run."""

from __future__ import annotations

import streamlit as st

from mnist_core.runs.run import Run
from pages.parts.as_written import as_written


def show(run: Run) -> None:
    """Nothing where nothing was written."""
    if run.note:
        # Not as Markdown: a note has lines, and they may begin with anything.
        st.text(run.note)
    if run.tags:
        st.caption(as_written(" · ".join(run.tags)))
