"""What the parts of the Evaluate page look at: a model's answers to the test digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_core.artifacts import Card
from pages.shared import read_digits, read_models


@dataclass(frozen=True)
class Evaluated:
    """A model with its card, its probabilities (10000, 10) for the test digits, and those: `images` and `labels`."""

    model: read_models.Model
    card: Card
    proba: np.ndarray
    images: np.ndarray
    labels: np.ndarray

    @property
    def confusion(self) -> np.ndarray:
        """(10, 10) counts, rows the true digits."""
        return np.array(self.card.evaluation.confusion_matrix)


def read(model: read_models.Model) -> Evaluated:
    """Raises ArtifactError or DataError."""
    return Evaluated(
        model, read_models.card(model.folder), read_models.probabilities(model.folder), *read_digits.test_digits()
    )
