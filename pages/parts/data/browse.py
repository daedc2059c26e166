"""All digits of a data set, a page at a time, or all of one kind."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.config import MNIST
from mnist_core.data import load_mnist
from mnist_core.data_set import PARTS
from mnist_core.figures.pictures import gallery
from mnist_core.runs.data_store import Kept
from pages.parts import read_digits
from pages.parts.data import view

_PER_PAGE = 60
_ANY = "All"


def show(kept: Kept) -> None:
    """Raises DataError or StoreError."""
    st.header("Look through them", anchor=False)
    parts = [part for part in PARTS if getattr(kept, part)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        part = st.segmented_control(
            "Part",
            parts,
            default=parts[0],
            required=True,
            format_func=lambda part: PARTS[part].capitalize(),
            key=f"browse_part_{kept.id}",
        )
        # Without labels nobody knows which digits they are.
        has_labels = part == "train" or kept.is_labelled
        digit = _ANY
        if has_labels:
            digit = st.selectbox("Digit", [_ANY, *range(10)], key="browse_digit", width=110)
    count = getattr(kept if digit == _ANY else view.by_kind(kept.id)[int(digit)], part)
    if not count:
        st.caption("There is none.")
        return
    page = st.pagination(-(-count // _PER_PAGE), key=f"browse_page_{kept.id}_{part}_{digit}")
    numbers, images, labels = _page(kept.id, part, digit, page)
    titles = [str(label) for label in labels] if has_labels else ["?"] * len(images)
    st.html(gallery(images, titles, [f"no. {number:,}" for number in numbers], 42))
    said = "its label, and " if has_labels else ""
    st.caption(f"{count:,} digits. Under each: {said}its number in the file, from 0.")


@st.cache_data(max_entries=100, show_spinner="Looking for them…")
def _page(id: str, part: str, digit: str | int, page: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices, images (N, 28, 28) and labels of one page; kept so that the whole set need not be."""
    if (id, part) == (MNIST, "test"):
        images, labels = read_digits.test_digits()
    else:
        digits = load_mnist() if id == MNIST else read_digits.uploaded_digits(id)
        images, labels = getattr(digits, f"x_{part}"), getattr(digits, f"y_{part}")
    places = np.arange(len(images)) if digit == _ANY else np.flatnonzero(labels == digit)
    here = places[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    return here, images[here], labels[here] if len(labels) else labels
