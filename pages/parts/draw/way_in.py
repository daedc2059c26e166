"""The ways to bring a digit: draw it, an image file, a photo, or one of MNIST's test digits."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np
import streamlit as st

from mnist_core import photo
from mnist_core.data import DataError
from mnist_core.figures import pictures
from mnist_core.wording import article
from pages.parts import canvas, choose_digit, read_digits

BOARD, TEST_DIGIT = "Board", "Test digit"
# What to do first, by the way.
_FIRST = {
    BOARD: "draw a digit first",
    "File": "choose a file first",
    "Camera": "take a photo first",
    TEST_DIGIT: "choose a digit first",
}
# What somebody brought is in the session, and what to do if it could not be read.
_WHEN_UNREADABLE = {"File": ("draw_file", "choose another file"), "Camera": ("draw_photo", "take another photo")}
_FIRST_INDEX = 11


@dataclass(frozen=True)
class Brought:
    """`ink` (H, W) float32 in [0, 1] and what to call it; `label` is the true digit where it is known, and then
    `ink` is 28x28."""

    ink: np.ndarray
    name: str
    label: int | None = None


def choose() -> str:
    """One of the four ways."""
    return st.segmented_control(
        "Bring a digit",
        list(_FIRST),
        default=BOARD,
        required=True,
        label_visibility="collapsed",
        key="draw_way",
    )


def first(way: str) -> str:
    """What to do before there is an answer."""
    key, then = _WHEN_UNREADABLE.get(way, (way, ""))
    return then if st.session_state.get(key) else _FIRST[way]


def show(way: str, board: tuple[int, int]) -> Brought | None:
    """What came of this way; None while there is nothing. `board` is its width and height in pixels."""
    if way == TEST_DIGIT:
        return _test_digit()
    if way == BOARD:
        ink = canvas.draw("draw", *board)
        return None if ink is None else Brought(ink, "Your drawing")
    if way == "File":
        file = st.file_uploader(
            "An image of a digit",
            ["png", "jpg", "jpeg", "gif", "bmp", "webp", "tif", "tiff"],
            key="draw_file",
            max_upload_size=photo.MOST_MEGABYTES,
        )
    else:
        if not _may_use_camera():
            st.info(
                "Browsers lend the camera only to pages with https, and to those of this computer itself. "
                "Take a photo with the device's own camera, and bring it as a **File**."
            )
        file = st.camera_input("A dark pen on light paper; let the paper fill most of the picture", key="draw_photo")
    return _read(file.getvalue(), way) if file else None


def _may_use_camera() -> bool:
    """Whether the address is one that browsers call secure."""
    address = urlsplit(st.context.url or "")
    return address.scheme == "https" or address.hostname in (None, "localhost", "127.0.0.1", "::1")


def _read(content: bytes, way: str) -> Brought | None:
    try:
        picture, ink = _picture_and_ink(content)
    except photo.PhotoError as error:
        st.error(str(error))
        return None
    if not ink.any():
        st.warning("Nothing in this picture is clearly darker or brighter than its border.")
    if way == "File":
        # The camera shows its photo itself.
        st.image(picture, width=min(canvas.SIDE, picture.shape[1]), alt="The picture that you brought")
    return Brought(ink, "Your photo's ink" if way == "Camera" else "Your picture's ink")


@st.cache_data(max_entries=20, show_spinner=False)
def _picture_and_ink(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """A picture (H, W, 4) as it is read, and its ink (h, w). Raises PhotoError."""
    picture = photo.read(content)
    return picture, photo.photo_to_ink(picture)


def _test_digit() -> Brought | None:
    """One of the 10,000 test digits, by its index or at random."""
    try:
        images, labels = read_digits.test_digits()
    except DataError as error:
        st.error(str(error))
        return None

    st.session_state.setdefault("draw_index", _FIRST_INDEX)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        index = choose_digit.by_number("draw_index", len(images), persist_state="session")
    st.html(pictures.picture(images[index], f"Test digit {index}", 224))
    st.markdown(f"Test digit {index} is {article(labels[index])} **{labels[index]}**.")
    return Brought(read_digits.test_digit(index), f"Test digit {index}", int(labels[index]))
