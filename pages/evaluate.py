"""Evaluate: how often a model is right on the test digits, and which ones it gets wrong and why."""

from collections.abc import Callable

import streamlit as st

from mnist_core.artifacts import ArtifactError
from pages.parts import accuracy, choose_model, frame, learnt_from, read_models
from pages.parts.evaluate import calibrated, confusion, duel, one_digit, opened_digit
from pages.parts.evaluate.evaluated import Evaluated, Listed, unreadable_said

# Each with the digits beside which an opened one stands.
PARTS = {
    "Confusion": (confusion.show, confusion.listed),
    "Digit by digit": (one_digit.show, Listed.none),
    "Calibration": (calibrated.show, Listed.none),
    "Compare": (duel.show, duel.listed),
}
ABOUT_LOSS = "Cross-entropy: small when the model is sure and right. No digit counts for more than 87.3 in it."


@st.fragment
def show_part(
    model: read_models.Model, show: Callable[[Evaluated], None], listed: Callable[[Evaluated], Listed]
) -> None:
    """A click in it draws it anew, not the whole page; the model may have been trained on meanwhile."""
    with unreadable_said():
        evaluated = Evaluated(model, read_models.card(model.folder))
        opened_digit.say_if_unknown(evaluated)
        with unreadable_said():
            show(evaluated)
        opened_digit.show(evaluated, listed)


if frame.begin("Evaluate", "Evaluate a model"):
    opened_digit.begin_anew()
model = choose_model.show()
try:
    evaluated = Evaluated(model, read_models.card(model.folder))
except ArtifactError as error:
    st.error(str(error), title="This model cannot be evaluated")
    st.stop()

evaluation = evaluated.card.evaluation
with st.container(horizontal=True):
    accuracy.show(evaluation.accuracy, model.run)
    total = sum(evaluation.support)
    st.metric("Misclassified", f"{total - int(evaluated.confusion.trace()):,} of {total:,}")
    st.metric("Test loss", f"{evaluation.loss:.4f}", help=ABOUT_LOSS)

if chosen := learnt_from.about_choice(model):
    st.caption(chosen)
for tab, (show, listed) in zip(st.tabs(list(PARTS), key="show", bind="query-params"), PARTS.values(), strict=True):
    if tab.open:
        with tab:
            show_part(model, show, listed)
