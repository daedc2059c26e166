"""Draw: a drawing, how it becomes the 28x28 picture that the model gets, and the answers of models."""

import streamlit as st

from mnist_core import not_a_digit
from mnist_core.artifacts import ArtifactError
from mnist_core.predictor import ModelError
from pages.parts import answer, canvas, choose_model, frame, read_models
from pages.parts.draw import more, number, preparation, single, tray, way_in


def show_answer(
    found: preparation.Prepared, doubts: list[str | None], as_number: bool, model: read_models.Model
) -> str:
    """What the model reads, on the page and in a few words; nothing where it cannot read."""
    try:
        if as_number:
            return number.show(found.images, doubts, model)
        return single.show(found, doubts[0], model)
    except (ArtifactError, ModelError) as error:
        st.error(str(error), title="This model cannot read it")
        return ""


@st.fragment
def draw_and_read(model: read_models.Model) -> None:
    """From the drawing to the answers; a stroke runs this alone, not the whole page."""
    way = way_in.choose()
    is_board, is_test_digit = way == way_in.BOARD, way == way_in.TEST_DIGIT
    as_number = number.is_read() and not is_test_digit
    number.give_pen()
    # The board keeps its width; on a phone the answer comes under it.
    board = number.board_size() if is_board else (canvas.SIDE, canvas.SIDE)
    with st.container(horizontal=True, gap="medium"):
        bringing, reading, seen = st.container(width=board[0]), st.container(), st.container()
    with bringing:
        # Each in its own place: while a model learns, what was there before another way in stays on the page.
        on_top, switch, collecting = (st.container() for _ in range(3))
    with on_top:
        heading = st.container() if is_board else None
        found = preparation.prepare(way_in.show(way, board), as_number)
    if not is_test_digit:
        with switch:
            number.show_switch()
    with reading:
        doubts = [answer.why_not(*each) for each in zip(found.parts, found.images, strict=True)] if found else []
        read = show_answer(found, doubts, as_number, model) if found else answer.show(None, first=way_in.first(way))
    if heading:
        with heading:
            canvas.show_heading(read)
    with seen:
        preparation.show(found, as_number, may_do_without=not (is_test_digit or as_number))
    if st.session_state.get("draw_teach"):
        # Below the board itself: an answer that appears beside it moves nothing there.
        with collecting:
            # Not MNIST's test digits: they are to test with.
            one = found.images[0] if found and len(found.images) == 1 and not is_test_digit else None
            tray.collect(one, is_board, not_a_digit.several(found.ink) if found else None)
    if found and found.shrunk is not None:
        # What is judged is the prepared digit.
        doubts = [None]
    more.show(found.given if found else [], doubts, model)


frame.begin("Draw", "Draw for a model")
draw_and_read(choose_model.show())
