"""Evaluate: how often a model is right on the test digits, and which ones it gets wrong and why."""

import streamlit as st

from mnist_core.artifacts import ArtifactError
from mnist_core.data import DataError
from pages.shared import accuracy, choose_model, frame
from pages.shared.evaluate import calibrated, confusion, duel, evaluated, one_digit, opened_digit

PARTS = {
    "Confusion": confusion.show,
    "Digit by digit": one_digit.show,
    "Calibration": calibrated.show,
    "Compare": duel.show,
}

frame.begin("Evaluate", "Evaluate a model")
model = choose_model.show()
try:
    answers = evaluated.read(model)
except (ArtifactError, DataError) as error:
    st.error(str(error), title="This model cannot be evaluated")
    st.stop()

evaluation = answers.card.evaluation
with st.container(horizontal=True):
    accuracy.show(evaluation.accuracy)
    wrong = sum(evaluation.support) - int(answers.confusion.trace())
    st.metric("Misclassified", f"{wrong:,} of {len(answers.labels):,}")
    st.metric("Test loss", f"{evaluation.loss:.4f}", help="Cross-entropy: small when the model is sure and right.")

for tab, show in zip(st.tabs(list(PARTS), key="show", bind="query-params"), PARTS.values(), strict=True):
    if tab.open:
        with tab:
            show(answers)
opened_digit.show(answers)
