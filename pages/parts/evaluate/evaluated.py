"""What the parts of the Evaluate page look at: a model's answers to the test digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_core.artifacts import ArtifactError, Card
from mnist_core.data import DataError
from pages.parts import read_digits, read_models


@dataclass(frozen=True)
class Evaluated:
    """A model with its card. What else there is, is read when it is asked for: a file of it may be missing."""

    model: read_models.Model
    card: Card

    @property
    def confusion(self) -> np.ndarray:
        """(10, 10) counts, rows the true digits."""
        return np.array(self.card.evaluation.confusion_matrix)

    @property
    def proba(self) -> np.ndarray:
        """The model's probabilities (10000, 10) for the test digits. Raises ArtifactError."""
        return read_models.probabilities(self.model.folder)

    @property
    def images(self) -> np.ndarray:
        """The test digits (10000, 28, 28). Raises DataError."""
        return read_digits.test_digits()[0]

    @property
    def labels(self) -> np.ndarray:
        """(10000,) what they are. Raises DataError."""
        return read_digits.test_digits()[1]


@dataclass(frozen=True)
class Listed:
    """The digits beside which an opened one stands on the page: their indices (N,), and what is `said` of one there."""

    indices: np.ndarray
    said: Callable[[int], str] = lambda index: ""

    @classmethod
    def none(cls, evaluated: Evaluated) -> Listed:
        return cls(np.zeros(0, int))


@contextmanager
def unreadable_said() -> Iterator[None]:
    """Say which file is missing or damaged in the place of what needs it, and go on."""
    try:
        yield
    except (ArtifactError, DataError) as error:
        st.error(str(error), title="The test digits cannot be shown")
