"""Home: draw a digit now; where to go next."""

from __future__ import annotations

import streamlit as st

from mnist_core import artifacts, drawing
from pages.parts import another_page, answer, canvas, frame

# The canvas of the Draw page, and this one.
_DRAW = ("draw", "home")


@st.fragment
def draw_and_read() -> None:
    """A stroke runs this alone, not the whole page."""
    with st.container(horizontal=True, gap="medium"):
        board, reading = st.container(width=canvas.SIDE), st.container()
    with board:
        heading = st.container()
        drawn = canvas.draw("home")
    with reading:
        ink = None if drawn is None else drawing.without_specks(drawn)
        if ink is None or not ink.any():
            read = answer.show(None)
        else:
            image = drawing.prepare(ink)
            proba = answer.probabilities(image, artifacts.MODELS_FOLDER / "best")
            read = answer.show(proba, answer.why_not(ink, image))
            if st.button("See what the network gets", icon=":material/search:", on_click=canvas.take_over, args=_DRAW):
                another_page.switch_to("pages/draw.py")
    with heading:
        canvas.show_heading(read)


def show() -> None:
    """The whole page."""
    frame.begin("Home", "Draw a digit")
    st.markdown(
        "A small neural network reads it after each stroke. Then train your own, and find out where it goes wrong."
    )

    draw_and_read()
    st.page_link(
        "pages/draw.py",
        label="Or bring a photo, a picture or one of MNIST's test digits",
        icon=":material/add_a_photo:",
    )

    st.header("Where to go next", anchor=False)
    for row in (frame.PAGES[:4], frame.PAGES[4:]):
        for column, page in zip(st.columns(4, gap="xsmall"), row, strict=False):
            with column, st.container(border=True, height="stretch"):
                st.page_link(page.path, label=f"**{page.label}**", icon=page.icon)
                st.caption(page.about)
    st.caption(
        "Digits: MNIST, by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, "
        "[CC BY-SA 3.0](https://creativecommons.org/licenses/by-sa/3.0/)."
    )
