"""Draw: a drawing, how it becomes the 28x28 picture that the model gets, and the answers of models."""

import streamlit as st

from mnist_core import drawing
from pages.shared import answer, choose_model, feature_maps, frame, number, preparation, readers, several, teach, way_in

frame.begin("Draw", "Draw for a model")
model = choose_model.show()

way = way_in.choose()

bringing, seen, reading = st.columns([1.15, 1.05, 1.1], gap="medium")
with bringing:
    brought = way_in.show(way)
    as_number = st.toggle(
        "Read a number", help="Split digits that stand side by side, and read each.", key="draw_number"
    )
    plain = st.toggle(
        "Without preparation",
        help="Give the model the whole board shrunk to 28x28, as many demos do, and see how its answer changes.",
        key="draw_plain",
    )
ink = drawing.without_specks(brought.ink) if brought else None
# A test digit is prepared already.
image = None
if brought and ink is not None and ink.any():
    image = brought.ink if brought.label is not None else drawing.prepare(ink)
with seen:
    st.markdown("**What the model gets**")
    if brought is None or ink is None or image is None:
        st.caption("Draw a digit on the black board. How it becomes the model's 28x28 picture appears here.")
    elif brought.label is not None:
        st.caption("The test digit as it is: MNIST's makers have prepared it.")
    elif plain:
        preparation.show_just_shrunk(drawing.just_shrunk(brought.ink))
    elif steps := drawing.steps(ink):
        preparation.show(brought.ink, steps)
with reading:
    st.markdown("**Its answer**")
    if brought is None or ink is None or image is None:
        answer.show(None)
    elif as_number:
        number.show(ink, model.folder)
    elif plain and brought.label is None:
        proba = answer.probabilities(image, model.folder)
        answer.show(answer.probabilities(drawing.just_shrunk(brought.ink), model.folder))
        if proba is not None:
            st.caption(f"With preparation it reads {proba.argmax()} and is {proba.max():.1%} sure.")
    else:
        answer.show(answer.probabilities(image, model.folder), answer.why_not(ink, image))

if image is not None:
    st.subheader("What several models say")
    several.show(image)
    maps = st.expander("What each layer does with it", icon=":material/layers:", key="draw_maps", on_change="rerun")
    if maps.open:
        with maps:
            feature_maps.show(image, model.folder)
lesson = st.expander("Teach it your handwriting", icon=":material/school:", key="draw_teach", on_change="rerun")
if lesson.open:
    with lesson:
        teach.show(image, model)

# The first drawing should not wait for them.
readers.known_digits()
