"""Evaluate: how often a model is right on the test digits, and which ones it gets wrong."""

import numpy as np
import streamlit as st

from mnist_core import charts
from mnist_core.artifacts import ArtifactError
from mnist_core.data import DataError
from mnist_core.evaluation import mistakes
from mnist_core.pictures import gallery
from pages.shared import accuracy, choose_model, frame, readers

PER_PAGE = 50

frame.begin("Evaluate", "Evaluate a model")
model = choose_model.show()
try:
    evaluation = readers.card(model.folder).evaluation
    proba = readers.probabilities(model.folder)
    images, labels = readers.test_digits()
except (ArtifactError, DataError) as error:
    st.error(str(error), title="This model cannot be evaluated")
    st.stop()

wrong = mistakes(labels, proba)
with st.container(horizontal=True):
    accuracy.show(evaluation.accuracy)
    st.metric("Misclassified", f"{len(wrong)} of {len(labels):,}")
    st.metric("Test loss", f"{evaluation.loss:.4f}", help="Cross-entropy: small when the model is sure and right.")

left, right = st.columns([1.2, 1], gap="large")
with left:
    st.subheader("Confusion matrix")
    counts = np.array(evaluation.confusion_matrix)
    st.plotly_chart(charts.confusion_matrix(counts), key="confusion", alt="Confusion matrix of the test digits")
with right:
    st.subheader("Digit by digit")
    st.dataframe(
        {
            "digit": range(10),
            "precision": evaluation.precision,
            "recall": evaluation.recall,
            "F1": evaluation.f1,
            "digits": evaluation.support,
        },
        hide_index=True,
        height="content",
        column_config={
            name: st.column_config.NumberColumn(format="percent", help=text)
            for name, text in {
                "precision": "Of the digits read as this one, how many were.",
                "recall": "Of the real ones, how many were found.",
                "F1": "The harmonic mean of precision and recall.",
            }.items()
        },
        alt="Precision, recall and F1 of each digit",
    )

st.subheader("Misclassified digits")
st.caption("Most confidently wrong first. Under each: the true digit, the model's answer, and its probabilities.")
pages = max(1, -(-len(wrong) // PER_PAGE))
page = st.pagination(pages, key="evaluate_page") if pages > 1 else 1
shown = wrong[(page - 1) * PER_PAGE : page * PER_PAGE]
ranked = np.argsort(-proba[shown], axis=1)
captions = [
    " · ".join(f"{d} {p[d]:.1%}" for d in order if p[d] >= 0.001 or d == order[0])
    for p, order in zip(proba[shown], ranked, strict=True)
]
titles = [f"{labels[i]} read as {order[0]}" for i, order in zip(shown, ranked, strict=True)]
st.html(gallery(images[shown], titles, captions))
