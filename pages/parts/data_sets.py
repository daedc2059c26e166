"""The choice of a data set: MNIST or one that somebody has uploaded."""

from __future__ import annotations

import re
from dataclasses import Field

import streamlit as st

from mnist_core.config import DATA_SET_ID, MNIST
from mnist_core.data_set import LEAST_TO_TRAIN
from mnist_core.runs import data_store
from mnist_core.runs.data_store import Kept
from mnist_core.runs.run import short_id
from mnist_core.runs.store_connection import StoreError
from pages.parts import read_digits, services, waiting
from pages.parts.as_written import as_written

_MNIST = Kept("", MNIST, "MNIST", "", "", 60_000, 10_000, True, ())
_KEY, _NEXT = "data_chosen", "data_next"
# In the address.
_PARAMETER, _LONGEST = "data_set", 40


def choose() -> Kept:
    """A box of all data sets; once the store is open, uploaded ones are there too. Raises StoreError.

    The address names the one that is chosen.
    """
    opening = services.opening_store()
    known = {each.id: each for each in (_MNIST, *read_digits.data_sets())}
    named = st.query_params.get(_PARAMETER) or st.session_state.get(_KEY, MNIST)
    wanted = st.session_state.pop(_NEXT, named)
    st.session_state[_KEY] = wanted if wanted in known else MNIST
    chosen = st.selectbox(
        "Data set",
        list(known),
        format_func=lambda id: _label(known[id]),
        key=_KEY,
        persist_state="session",
        on_change=lambda: choose_next(st.session_state[_KEY]),
    )
    if not opening.done():
        waiting.until_open(opening, lambda: st.caption("Looking for uploaded ones…"))
    elif wanted not in known:
        st.warning(f"There is no data set {as_written(wanted[:_LONGEST])} here (any more).")
    if wanted in known:
        _name_in_address(chosen)
    return known[chosen]


def _name_in_address(id: str) -> None:
    """MNIST is what one finds without a name."""
    if id == MNIST:
        st.query_params.pop(_PARAMETER, None)
    elif st.query_params.get(_PARAMETER) != id:
        st.query_params[_PARAMETER] = id


def choose_next(id: str) -> None:
    """Have the box stand at this data set from the next rerun on."""
    st.session_state[_NEXT] = id


def is_gone(id: str) -> bool:
    """Whether it is known that there is no such data set here (any more)."""
    try:
        known = {each.id for each in (_MNIST, *read_digits.data_sets())}
        return services.opening_store().done() and id not in known and read_digits.is_still_gone(id)
    except StoreError:
        return False


def to_train_on(key: str, field: Field) -> None:
    """The widget of `TrainConfig.data_set`; a link may name one that is not here."""
    known = {each.id: _label(each) for each in _kept() if each.train >= LEAST_TO_TRAIN}
    ids = list(dict.fromkeys([*known, st.session_state[key]]))
    label, help = field.metadata["label"], field.metadata["help"]
    st.selectbox(label, ids, format_func=lambda id: known.get(id, id), key=key, help=help, persist_state="session")
    if st.session_state[key] != MNIST and st.session_state[key] in known:
        st.caption(f"It has {training_digits(st.session_state[key]):,} training digits, and more are never asked for.")


def named(text: str) -> str:
    """The text with the names of data sets in place of their ids."""
    # Looked up only where there is one.
    return data_store.named(text, _kept() if re.search(DATA_SET_ID, text) else [_MNIST])


def training_digits(id: str) -> int:
    """How many digits of a data set can be learnt from, as far as is known."""
    return _MNIST.train if id == MNIST else next((each.train for each in _kept() if each.id == id), _MNIST.train)


def _kept() -> list[Kept]:
    try:
        return [_MNIST, *read_digits.data_sets()]
    except StoreError:
        return [_MNIST]


def _label(kept: Kept) -> str:
    return f"{kept.name} · {kept.owner} · {short_id(kept.id)}" if kept.owner else kept.name
