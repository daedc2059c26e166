"""One test digit, opened: what the model made of it, and why."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.artifacts import ArtifactError
from mnist_core.data import DataError
from mnist_core.evaluation import article
from mnist_core.figures import probability_bars
from mnist_core.figures.pictures import picture
from mnist_core.predictor import ModelError
from mnist_core.store_connection import StoreError
from pages.shared import figure
from pages.shared.evaluate import digit_reasons
from pages.shared.evaluate.evaluated import Evaluated

_PARAMETER, _CLOSED = "digit", "evaluate_closed"
_LONGEST = 20


def open_digit(index: str) -> None:
    """Open the test digit with this number on this run of the page, and keep it in the address."""
    st.session_state[_CLOSED] = None
    st.query_params[_PARAMETER] = index


def show(evaluated: Evaluated) -> None:
    """The digit that the address names (`?digit=1247`), over the page; nothing when it names none.

    Raises ArtifactError or DataError.
    """
    named = st.query_params.get(_PARAMETER)
    if named is None:
        return
    # A click just after closing it comes with the address that the browser had before.
    if named == st.session_state.get(_CLOSED):
        _close()
        return
    last = len(evaluated.labels) - 1
    # Python reads no number of thousands of digits.
    if not named.isdecimal() or len(named) > _LONGEST or int(named) > last:
        st.warning(f"There is no test digit {named:.{_LONGEST}}: they are numbered from 0 to {last:,}.")
        return
    index = int(named)
    label, answer = evaluated.labels[index], evaluated.proba[index].argmax()
    title = f"Test digit {index}: {article(label)} {label} read as {answer}"
    st.dialog(title, width="large", on_dismiss=_close)(_show)(evaluated, index)


def _close() -> None:
    st.session_state[_CLOSED] = st.query_params.pop(_PARAMETER, None)


def _show(evaluated: Evaluated, index: int) -> None:
    label = evaluated.labels[index]
    seen, answer = st.columns([1, 2.5], gap="medium")
    with seen:
        st.html(picture(evaluated.images[index], f"Test digit {index}, {article(label)} {label}", 196))
    with answer:
        _answer(label, evaluated.proba[index])
    tabs = st.tabs(list(digit_reasons.PARTS), key="digit_reasons", on_change="rerun")
    for tab, reason in zip(tabs, digit_reasons.PARTS.values(), strict=True):
        if tab.open:
            with tab:
                try:
                    reason(evaluated, index)
                except (ArtifactError, DataError, ModelError, StoreError) as error:
                    st.error(str(error))


def _answer(label: int, proba: np.ndarray) -> None:
    first, second = np.argsort(-proba)[:2]
    right = "right" if first == label else f"wrong: it is {article(label)} **{label}** ({proba[label]:.1%})"
    st.markdown(f"Answer **{first}** ({proba[first]:.1%}), {right}. Runner-up **{second}** ({proba[second]:.1%}).")
    option = probability_bars.probability_bars(proba, largest_first=True)
    columns = {"digit": range(10), "probability": proba}
    figure.show(option, "opened_bars", probability_bars.alt(proba), "probabilities", columns, height=230)
