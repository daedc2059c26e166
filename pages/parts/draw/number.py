"""Several digits side by side, read as one number."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.figures.pictures import gallery
from mnist_core.wording import sure_in_words
from pages.parts import browser, canvas, read_models
from pages.parts.drawn import PEN

# The pen for several digits on one board, in pixels.
_THIN = 12
# Phones are 360 pixels wide or more, of which the page's margins take 32. A board as high as others would have people
# draw several digits narrower than anybody writes one.
_ON_A_PHONE = 328, 160


def is_read() -> bool:
    """Whether the person wants a number read."""
    # The address says so before the switch below the board does.
    return st.session_state.get("draw_number", st.query_params.get("draw_number") == "true")


def board_size() -> tuple[int, int]:
    """Width and height in pixels: for a number, and as long as one is drawn, room for five digits.

    On a phone there is as much as fits; what was drawn lower down stays on the board.
    """
    if not is_read() and not canvas.is_drawn_beyond("draw", canvas.SIDE, canvas.SIDE):
        return canvas.SIDE, canvas.SIDE
    if not browser.is_on_a_phone():
        return 2 * canvas.SIDE, canvas.SIDE
    width, low = _ON_A_PHONE
    return width, canvas.SIDE if canvas.is_drawn_beyond("draw", width, low) else low


def show(images: list[np.ndarray], doubts: list[str | None], model: read_models.Model) -> str:
    """The number that a model reads in prepared digits (28, 28); with why each is none, or None.

    Returns it in a few words. Raises ArtifactError and ModelError.
    """
    answers = read_models.predictor(model.folder).probabilities(np.stack(images))
    digits = ["?" if doubt else str(proba.argmax()) for proba, doubt in zip(answers, doubts, strict=True)]
    sure = [
        f"most like {proba.argmax()}" if doubt else sure_in_words(proba.max())
        for proba, doubt in zip(answers, doubts, strict=True)
    ]
    st.metric("This reads", "".join(digits))
    st.html(gallery(images, digits, sure, 56))
    if any(doubts):
        st.caption("**?** does not look like one digit: another sign, or digits that touch. These are not taken apart.")
    else:
        st.caption("Digits that touch each other are not taken apart.")
    return f"Reads {''.join(digits)}"


def show_switch() -> None:
    st.toggle(
        "Read a number",
        help="Split digits that stand side by side, and read each. The board becomes wider, the pen thinner.",
        key="draw_number",
        on_change=give_pen,
        bind="query-params",
    )


def give_pen() -> None:
    """Several digits on one board are smaller; a width that somebody has chosen stays."""
    canvas.give_pen("draw", _THIN if is_read() else PEN)


def offer() -> None:
    """A button that reads what is drawn as a number."""
    st.button("Read it as a number", icon=":material/pin:", on_click=_switch_on, key="draw_as_number")


def _switch_on() -> None:
    st.session_state["draw_number"] = True
    give_pen()
