"""A confusion matrix to look at, with its numbers to download."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from mnist_core.figures import confusion
from pages.parts import download


def show(counts: np.ndarray, file: str) -> None:
    """Counts (10, 10) of true digits (down) read as others (across); the button gives `file`.csv."""
    st.html(confusion.table(counts))
    download.show(file, partial(confusion.columns, counts))
