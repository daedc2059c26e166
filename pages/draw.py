"""Draw: a drawing, the 28x28 picture that the model gets, and its answer."""

import streamlit as st

from mnist_core import drawing
from mnist_core.pictures import picture
from mnist_core.predictor import ModelError
from pages.shared import answer, canvas, choose_model, frame, readers

frame.begin("Draw", "Draw for a model")
model = choose_model.show()

board, seen, reading = st.columns([1.2, 0.8, 1.4], gap="large")
with board:
    st.markdown("**Your drawing**")
    pixels = canvas.draw("draw")
with seen:
    st.markdown("**What the model gets**")
    if pixels is None:
        st.caption("Draw a digit on the black board. Its 28x28 picture appears here.")
    else:
        image = drawing.to_mnist(pixels)
        st.html(picture(image, "Your digit, prepared as MNIST's digits were", 168))
        st.caption("Cropped to the ink, scaled to 20 pixels, and centred by its mass, as MNIST's digits were.")
with reading:
    st.markdown("**Its answer**")
    if pixels is None:
        answer.invite()
    else:
        try:
            answer.show(image, readers.predictor(model.folder))
        except ModelError as error:
            st.error(str(error), title="This model cannot read your drawing")
