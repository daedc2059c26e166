"""Data: the digits that networks learn from, MNIST's and your own, and how well a model reads yours."""

import streamlit as st

from mnist_core.artifacts import ArtifactError
from mnist_core.config import MNIST
from mnist_core.data import DataError
from mnist_core.predictor import ModelError
from mnist_core.runs.store_connection import StoreError
from pages.parts import data_sets, deletion, frame, read_digits
from pages.parts.data import browse, reading, upload, view

frame.begin("Data", "Digits to learn from")
try:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = data_sets.choose()
        upload.show()
    deletion.offer_undo("data", lambda ids: read_digits.forget_data_sets())
    view.show(chosen)
    if chosen.id == MNIST:
        st.page_link("pages/evaluate.py", label="How well a model reads its test digits", icon=":material/grid_on:")
    else:
        reading.show(chosen)
    browse.show(chosen)
except (ArtifactError, DataError, ModelError, StoreError) as error:
    st.error(str(error), title="These digits cannot be shown")
