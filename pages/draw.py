"""Draw: a drawing, how it becomes the 28x28 picture that the model gets, and the answers of models."""

import streamlit as st

from mnist_core import drawing
from mnist_core.splitting import split
from pages.shared import answer, canvas, choose_model, frame, read_models
from pages.shared.draw import more, number, preparation, single, teach, way_in


@st.fragment
def draw_and_read(model: read_models.Model) -> None:
    """From the drawing to the answers; a stroke runs this alone, not the whole page."""
    way = way_in.choose()
    # A test digit is a single one, and prepared already.
    is_test_digit = way == way_in.TEST_DIGIT
    as_number = number.is_read() and not is_test_digit
    # The board keeps its width; on a phone the answer comes under it.
    width = number.board_width() if way == way_in.BOARD else canvas.SIDE
    with st.container(horizontal=True, gap="medium"):
        bringing, reading, seen = st.container(width=width), st.container(), st.container()
    with bringing:
        heading = st.container() if way == way_in.BOARD else None
        brought = way_in.show(way, width)
        if not is_test_digit:
            number.show_switch()
    plain = st.session_state.get("draw_plain", False)
    ink = drawing.without_specks(brought.ink) if brought else None
    parts = [] if ink is None or not ink.any() else split(ink) if as_number else [ink]
    images = [part if is_test_digit else drawing.prepare(part) for part in parts]
    with reading:
        doubts = [answer.why_not(part, image) for part, image in zip(parts, images, strict=True)]
        if brought is None or ink is None or not images:
            read = answer.show(None, first=way_in.first(way))
        elif as_number:
            read = number.show(images, doubts, model.folder)
        else:
            read = single.show(brought, ink, images[0], doubts[0], model, plain)
    if heading:
        with heading:
            canvas.show_heading(read)
    with seen:
        st.markdown("**What the model gets**")
        if not is_test_digit:
            preparation.show_switch()
        if brought is None or ink is None or not images:
            st.caption("How your digit becomes the model's 28×28 picture appears here.")
        elif as_number:
            preparation.show_number(images)
        else:
            preparation.show(brought, ink, plain)
    if st.session_state.get("draw_teach"):
        # Below the board itself: an answer that appears beside it moves nothing there.
        with bringing:
            # Not MNIST's test digits: they are to test with.
            teach.collect(images[0] if len(images) == 1 and not is_test_digit else None, way == way_in.BOARD)
    more.show(images, doubts, model)


frame.begin("Draw", "Draw for a model")
draw_and_read(choose_model.show())
