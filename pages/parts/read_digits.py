"""The digits that pages show, read once."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.config import MNIST, TrainConfig
from mnist_core.data import Digits, Split, load_mnist, load_test_digits, split
from mnist_core.not_a_digit import Judge
from mnist_core.runs import data_store
from mnist_core.runs.data_store import Kept
from pages.parts import services

SOME = 2000


@st.cache_resource(show_spinner=False)
def test_digits() -> tuple[np.ndarray, np.ndarray]:
    """Images (10000, 28, 28) and labels (10000,) of the test set. Raises DataError."""
    return load_test_digits()


def some_test_digits() -> tuple[np.ndarray, np.ndarray]:
    """The first 2,000 of `test_digits`, for what takes long. Raises DataError."""
    images, labels = test_digits()
    return images[:SOME], labels[:SOME]


def test_digit(index: int) -> np.ndarray:
    """A test digit as models get it: (28, 28) float32 in [0, 1]."""
    return test_digits()[0][index].astype(np.float32) / 255


@st.cache_resource(show_spinner=False)
def judge() -> Judge:
    return Judge.load()


@st.cache_data(ttl=60, max_entries=1, show_spinner=False)
def _data_sets() -> list[Kept]:
    return data_store.kept(services.opening_store().result())


def data_sets() -> list[Kept]:
    """The uploaded data sets, the newest first; none while the store opens. Raises StoreError."""
    return _data_sets() if services.opening_store().done() else []


def forget_data_sets() -> None:
    """Look again at once: a person has just brought or deleted one."""
    _data_sets.clear()


@st.cache_data(ttl=5, max_entries=100, show_spinner=False)
def is_still_gone(id: str) -> bool:
    """Whether a data set that was not listed is not there now: another server may have added it. Raises StoreError."""
    forget_data_sets()
    return id not in {each.id for each in data_sets()}


@st.cache_resource(max_entries=2, show_spinner="Fetching the digits…")
def uploaded_digits(id: str) -> Digits:
    """The digits of an uploaded data set. Raises DataError and StoreError."""
    return data_store.digits(services.opening_store().result(), id)


def split_of(config: TrainConfig) -> Split:
    """As a run split the digits. Keep copies: this holds the whole data set."""
    return split(load_mnist() if config.data_set == MNIST else uploaded_digits(config.data_set), config)
