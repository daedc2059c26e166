"""The tray of a person's own digits: collected from the board, seen, removed, taken along and brought again."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core import own_digits
from mnist_core.data import DataError
from mnist_core.figures.pictures import gallery
from mnist_core.own_digits import OwnDigits
from mnist_core.wording import article
from pages.parts import canvas, person, read_digits, visitors


def collected() -> OwnDigits:
    """What this browser has collected; of a person without a cookie, this session."""
    return visitors.known(person.visitor()).tray if person.visitor() else st.session_state.get("draw_tray", OwnDigits())


def _keep(tray: OwnDigits) -> None:
    if person.visitor():
        visitors.known(person.visitor()).tray = tray
    else:
        st.session_state["draw_tray"] = tray


def collect(image: np.ndarray | None, is_drawn: bool, several: str | None) -> None:
    """What the digit is that is brought now, (28, 28), and a button that adds it to the tray; to be near the board.

    One that `is_drawn` makes room for the next one. A number's digits are not one: `several` says so.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.segmented_control("Which digit is this?", range(10), required=True, wrap=True, key="draw_label")
        missing = "Draw one digit and choose which it is." if image is None or label is None else ""
        if len(collected()) >= own_digits.MOST:
            missing = f"The tray is full: it holds {own_digits.MOST:,} digits. Remove some of them below."
        st.button(
            "Collect",
            icon=":material/add:",
            disabled=bool(missing),
            help=missing or None,
            on_click=_add,
            args=[image, label, is_drawn],
            key="draw_collect",
        )
        st.caption(f"{len(collected())} collected", width="content")
    # No toast: that would lie on the board, and take the next stroke.
    if st.session_state.pop("draw_known", False):
        st.caption("You had collected this one before: it is kept once, with the label chosen last.")
    # Below: a stroke must not move what one is about to press.
    if several:
        st.caption(f"{several} Collect one digit at a time.")


def _add(image: np.ndarray, label: int, is_drawn: bool) -> None:
    """The next one is to have a label of its own. What is collected twice is one digit."""
    before = collected()
    _keep(before.collected(image, label))
    st.session_state["draw_known"] = len(collected()) == len(before)
    if is_drawn:
        canvas.clear("draw")
    st.session_state["draw_label"] = None


def show() -> OwnDigits:
    """All digits in the tray, and what can be done with them."""
    tray = collected()
    if len(tray):
        held_out = tray.is_held_out
        names = [
            f"{i + 1}: {article(label)} {label}{', kept for testing' if kept else ''}"
            for i, (label, kept) in enumerate(zip(tray.labels, held_out, strict=True))
        ]
        kinds = ["for testing" if kept else "" for kept in held_out]
        st.html(gallery(tray.images, list(map(str, tray.labels)), kinds, 36))
        gone = st.multiselect("Remove", range(len(tray)), format_func=lambda i: names[i], key="draw_gone")
        with st.container(horizontal=True):
            st.button(
                "Remove these",
                icon=":material/delete:",
                disabled=not gone,
                on_click=_remove,
                # By what they are: another tab may have changed the tray meanwhile.
                args=([tray.images[i].tobytes() for i in gone],),
                key="draw_remove",
            )
            icon = ":material/download:"
            st.download_button("Download", tray.to_npz, "own-digits.npz", icon=icon, on_click="ignore")
    file = st.file_uploader("Digits that you downloaded before", "npz", key="draw_upload", on_change=_take_upload)
    if file and (problem := st.session_state.get("draw_upload_problem")):
        st.error(problem)
    return tray


def _remove(gone: list[bytes]) -> None:
    _keep(collected().without(gone))
    st.session_state["draw_gone"] = []


def _take_upload() -> None:
    st.session_state["draw_upload_problem"] = None
    if file := st.session_state["draw_upload"]:
        try:
            brought = own_digits.from_npz(file.getvalue())
            if brought.are_in({image.tobytes() for image in read_digits.test_digits()[0]}).any():
                raise own_digits.OwnDigitsError("Some of these are MNIST's test digits, which nothing may be taught.")
            _keep(collected().joined(brought))
        except (own_digits.OwnDigitsError, DataError) as error:
            st.session_state["draw_upload_problem"] = str(error)
