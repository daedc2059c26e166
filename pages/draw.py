"""Draw: a drawing, how it becomes the 28x28 picture that the model gets, and the model's answer."""

import streamlit as st

from mnist_core import drawing
from pages.shared import answer, canvas, choose_model, frame, preparation

frame.begin("Draw", "Draw for a model")
model = choose_model.show()

board, seen, reading = st.columns([1.15, 1, 1.2], gap="medium")
with board:
    ink = canvas.draw("draw")
    plain = st.toggle(
        "Without preparation",
        help="Give the model the whole board shrunk to 28x28, as many demos do, and see how its answer changes.",
    )
steps = None if ink is None else drawing.steps(drawing.without_specks(ink))
with seen:
    st.markdown("**What the model gets**")
    if ink is None or steps is None:
        st.caption("Draw a digit on the black board. How it becomes the model's 28x28 picture appears here.")
    elif plain:
        preparation.show_just_shrunk(drawing.just_shrunk(ink))
    else:
        preparation.show(ink, steps)
with reading:
    st.markdown("**Its answer**")
    proba = answer.probabilities(steps.image, model.folder) if steps else None
    if ink is None or proba is None or not plain:
        answer.show(proba)
    else:
        answer.show(answer.probabilities(drawing.just_shrunk(ink), model.folder))
        st.caption(f"With preparation it reads {proba.argmax()} and is {proba.max():.1%} sure.")
