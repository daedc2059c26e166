"""One test digit, opened: what the model made of it, and why."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import streamlit as st

from mnist_core.artifacts import ArtifactError
from mnist_core.data import DataError
from mnist_core.figures import probability_bars
from mnist_core.figures.pictures import picture
from mnist_core.predictor import ModelError
from mnist_core.runs.store_connection import StoreError
from mnist_core.wording import LEAST_SHOWN, article, in_percent
from pages.parts import choose_digit, clicks, figure
from pages.parts.evaluate import digit_reasons
from pages.parts.evaluate.evaluated import Evaluated, Listed, unreadable_said

_PARAMETER, _CLOSED, _UNKNOWN = "digit", "evaluate_closed", "evaluate_unknown"
# Where on Look inside one goes on with a digit.
_ELSEWHERE = (
    ("Follow it step by step", ":material/biotech:", "One value, step by step"),
    ("Try to fool the model with it", ":material/tune:", "Try to fool it"),
)


def open_digit(index: str) -> None:
    """Open the test digit with this number on this run of the page, and keep it in the address."""
    st.session_state[_CLOSED] = None
    st.query_params[_PARAMETER] = index


def show(evaluated: Evaluated, listed: Callable[[Evaluated], Listed]) -> None:
    """The digit that the address names (`?digit=1247`), over the page; nothing when it names none.

    `listed` gives those beside which it stands on the page. Raises ArtifactError or DataError.
    """
    named = st.query_params.get(_PARAMETER)
    if named is None:
        return
    closed, at = st.session_state.get(_CLOSED) or (None, 0.0)
    if named == closed and time.monotonic() - at < clicks.SECONDS_ON_THE_WAY:
        _close()
        return
    if choose_digit.is_unknown(named, len(evaluated.labels)):
        return
    # The same title for every digit: with another one it would be another dialog, and the keyboard lose its place.
    st.dialog("A closer look", width="large", on_dismiss=_close)(_show)(evaluated, listed(evaluated))


def begin_anew() -> None:
    """A person has just come to the page."""
    st.session_state.pop(_UNKNOWN, None)


def say_if_unknown(evaluated: Evaluated) -> None:
    """That there is no such digit as the address names, where one looks first; what is done next takes it away."""
    named = st.query_params.get(_PARAMETER)
    if named is None or not choose_digit.is_unknown(named, len(evaluated.labels)):
        return
    if st.session_state.get(_UNKNOWN, (None, 0.0))[0] != named:
        st.session_state[_UNKNOWN] = named, time.monotonic()
    # A page that has just come may be drawn a second time.
    if time.monotonic() - st.session_state[_UNKNOWN][1] > clicks.SECONDS_ON_THE_WAY:
        del st.query_params[_PARAMETER]
        return
    choose_digit.say_if_unknown(named, len(evaluated.labels))


def _close() -> None:
    st.session_state[_CLOSED] = st.query_params.pop(_PARAMETER, None), time.monotonic()


@unreadable_said()
def _show(evaluated: Evaluated, listed: Listed) -> None:
    # Asked of the address again: Previous and Next draw only what is in the dialog.
    index = int(st.query_params[_PARAMETER])
    label, read = evaluated.labels[index], evaluated.proba[index].argmax()
    st.title(f"Test digit {index}: {article(label)} {label} read as {read}", anchor=False)
    _show_ways_on(evaluated.model.id, index, listed.indices)
    # Beside each other, so that the reason is on the screen without scrolling.
    answer, reasons = st.columns([1, 1.4], gap="medium")
    with answer:
        st.html(picture(evaluated.images[index], f"Test digit {index}, {article(label)} {label}", 196))
        # Not right above the bars, whose buttons would lie over it on a phone.
        if said := listed.said(index):
            st.caption(said)
        _answer(label, evaluated.proba[index])
    with reasons:
        _show_reasons(evaluated, index)


def _show_reasons(evaluated: Evaluated, index: int) -> None:
    tabs = st.tabs(list(digit_reasons.PARTS), key="digit_reasons", on_change="rerun")
    for tab, reason in zip(tabs, digit_reasons.PARTS.values(), strict=True):
        if tab.open:
            with tab:
                try:
                    reason(evaluated, index)
                except (ArtifactError, DataError, ModelError, StoreError) as error:
                    st.error(str(error))


def _show_ways_on(model: str, index: int, listed: np.ndarray) -> None:
    """To the listed digits before and after this one, and to what else can be done with it."""
    place = np.flatnonzero(listed == index)
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(place):
            at = int(place[0])
            # Round and round: a button that is switched off at the end loses the keyboard's place.
            _button("Previous", "chevron_left", listed[at - 1], len(listed))
            _button("Next", "chevron_right", listed[(at + 1) % len(listed)], len(listed))
            st.caption(f"{at + 1:,} of {len(listed):,}")
        for label, icon, part in _ELSEWHERE:
            query = {"model": model, "digit": str(index), "part": part}
            st.page_link("pages/inside.py", label=label, icon=icon, query_params=query)


def _button(label: str, icon: str, to: int, listed: int) -> None:
    """Opens the digit `to` in the place of this one, if more than one are `listed`.

    Not by a run of the whole page: Streamlit takes a dialog away at its start, and the keyboard with it.
    """
    key, icon = f"opened_{label}", f":material/{icon}:"
    st.button(label, icon=icon, disabled=listed < 2, key=key, on_click=open_digit, args=[str(to)])


def _answer(label: int, proba: np.ndarray) -> None:
    first, second = np.argsort(-proba)[:2]
    is_next = second == label and proba[second] >= LEAST_SHOWN
    true = f"{article(label)} **{label}**{', the runner-up' if is_next else ''} ({in_percent(proba[label])})"
    said = f"Answer **{first}** ({in_percent(proba[first])}), {'right' if first == label else f'wrong: it is {true}'}."
    if proba[second] < LEAST_SHOWN:
        said += " No other digit has as much as 0.1%."
    elif not is_next:
        said += f" Runner-up: **{second}** ({in_percent(proba[second])})."
    st.markdown(said)
    option = probability_bars.probability_bars(proba, largest_first=True)
    columns = {"digit": range(10), "probability": proba}
    figure.show(option, "opened_bars", probability_bars.alt(proba), "probabilities", columns, height=230)
