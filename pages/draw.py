"""Draw: a drawing, the 28x28 picture that the model gets, and its answer."""

import streamlit as st

from mnist_core.pictures import picture
from pages.shared import answer, canvas, choose_model, frame

frame.begin("Draw", "Draw for a model")
model = choose_model.show()

board, seen, reading = st.columns([1.2, 0.8, 1.4], gap="large")
with board:
    st.markdown("**Your drawing**")
    image = answer.prepare(canvas.draw("draw"))
with seen:
    st.markdown("**What the model gets**")
    if image is None:
        st.caption("Draw a digit on the black board. Its 28x28 picture appears here.")
    else:
        st.html(picture(image, "Your digit, prepared as MNIST's digits were", 168))
        st.caption("Cropped to the ink, scaled to 20 pixels, and centred by its mass, as MNIST's digits were.")
with reading:
    st.markdown("**Its answer**")
    answer.show(image, model.folder)
