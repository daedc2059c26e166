"""From probabilities to what they say about a model: metrics with their uncertainty, and the mistakes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mnist_core.architecture import NUM_CLASSES


@dataclass(frozen=True)
class Evaluation:
    """Counts and metrics on the test digits; `precision`, `recall`, `f1` and `support` have one entry a digit."""

    accuracy: float
    accuracy_interval: tuple[float, float]
    loss: float
    confusion_matrix: list[list[int]]
    precision: list[float]
    recall: list[float]
    f1: list[float]
    support: list[int]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def wilson_interval(correct: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share: E. B. Wilson, JASA 22 (1927), pages 209-212. Raises ValueError for no trials."""
    if total < 1:
        raise ValueError("An interval needs at least one trial.")
    z = 1.959963984540054
    share = correct / total
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def cross_entropy(y_true: np.ndarray, proba: np.ndarray) -> float:
    """Mean of -log(probability of the true digit), natural logarithm, clipped at 1e-7 as Keras does."""
    right = proba[np.arange(len(y_true)), y_true]
    return float(-np.log(np.clip(right, 1e-7, 1)).mean())


def evaluate(y_true: np.ndarray, proba: np.ndarray) -> Evaluation:
    """Labels (N,) and probabilities (N, 10) -> everything that the Evaluate page shows as numbers."""
    from sklearn import metrics

    y_pred = proba.argmax(axis=1)
    digits = np.arange(NUM_CLASSES)
    scores = metrics.precision_recall_fscore_support(y_true, y_pred, labels=digits, zero_division=0)
    precision, recall, f1, support = (score.tolist() for score in scores)
    correct = int((y_pred == y_true).sum())
    return Evaluation(
        accuracy=correct / len(y_true),
        accuracy_interval=wilson_interval(correct, len(y_true)),
        loss=cross_entropy(y_true, proba),
        confusion_matrix=metrics.confusion_matrix(y_true, y_pred, labels=digits).tolist(),
        precision=precision,
        recall=recall,
        f1=f1,
        support=support,
    )


def mistakes(y_true: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Indices of the misclassified digits, the most confidently wrong first."""
    y_pred = proba.argmax(axis=1)
    wrong = np.flatnonzero(y_pred != y_true)
    return wrong[np.argsort(-proba[wrong, y_pred[wrong]], kind="stable")]
