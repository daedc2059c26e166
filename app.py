"""Home: draw a digit now; where to go next."""

import streamlit as st

from mnist_core import artifacts, drawing
from mnist_core.predictor import ModelError
from pages.shared import answer, canvas, frame, readers

frame.begin("Home", "Draw a digit")
st.markdown("A small neural network reads it as you draw. Then train your own, and find out where it goes wrong.")

board, reading = st.columns([1, 1.4], gap="large")
with board:
    pixels = canvas.draw("home")
with reading:
    if pixels is None:
        answer.invite()
    else:
        try:
            answer.show(drawing.to_mnist(pixels), readers.predictor(artifacts.MODELS_FOLDER / "best"))
        except ModelError as error:
            st.error(str(error), title="The model that comes with Digit Lab cannot be read")

st.subheader("Where to go next")
with st.grid(3, min_column_width=220):
    with st.container(border=True, height="stretch"):
        st.page_link("pages/train.py", label="**Train**", icon=":material/model_training:")
        st.caption("Choose a network, move the sliders, and watch it learn from 60,000 handwritten digits.")
    with st.container(border=True, height="stretch"):
        st.page_link("pages/evaluate.py", label="**Evaluate**", icon=":material/grid_on:")
        st.caption("See how often a network is right on digits it has never seen, and which ones it confuses.")
    with st.container(border=True, height="stretch"):
        st.page_link("pages/draw.py", label="**Draw**", icon=":material/draw:")
        st.caption("Draw for any network, yours too, and see the small picture that it really gets.")
st.caption(
    "Digits: MNIST, by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, "
    "[CC BY-SA 3.0](https://creativecommons.org/licenses/by-sa/3.0/)."
)
