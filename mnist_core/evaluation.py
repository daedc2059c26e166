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
    """The 95% interval of a share: E. B. Wilson, JASA 22 (1927), pages 209-212. Raises ValueError for no trials."""
    if total < 1:
        raise ValueError("An interval needs at least one trial.")
    z = 1.959963984540054
    share = correct / total
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def interval_of_accuracy(accuracy: float, digits: int) -> tuple[float, float]:
    """`wilson_interval` of an accuracy in [0, 1] that was found on so many digits; ValueError for none."""
    return wilson_interval(round(accuracy * digits), digits)


def may_be_chance(first: float, second: float, digits: int) -> bool:
    """Whether two accuracies, each on so many digits, differ no more than chance may make them.

    That is so when 0 lies in the 95% interval of their difference: R. G. Newcombe, Statistics in Medicine 17 (1998),
    pages 873-890, method 10. It takes them for accuracies on different digits; on the same ones they tell a bit more.
    """
    higher, lower = max(first, second), min(first, second)
    below, above = interval_of_accuracy(higher, digits)[0], interval_of_accuracy(lower, digits)[1]
    return higher - lower <= float(np.hypot(higher - below, above - lower))


# Softmax may answer 0, whose logarithm is not finite: it counts as the least that float32 holds with all its digits.
LEAST_PROBABILITY = float(np.finfo(np.float32).tiny)


def cross_entropy(y_true: np.ndarray, proba: np.ndarray) -> float:
    """Mean of -log(probability of the true digit), natural logarithm; no digit counts for more than 87.3."""
    right = proba[np.arange(len(y_true)), y_true]
    return float(-np.log(np.maximum(right, LEAST_PROBABILITY)).mean())


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


def confusion_shares(counts: np.ndarray, normalize: str) -> np.ndarray:
    """(10, 10) counts -> shares of each row (`true`: recall) or column (`pred`: precision); 0 where there is none.

    `normalize` has the names that scikit-learn's `confusion_matrix` gives it.
    """
    totals = counts.sum(axis={"true": 1, "pred": 0}[normalize], keepdims=True)
    return counts / np.maximum(totals, 1)


ORDERS = {
    "confidence": "Most confident first",
    "loss": "Largest loss first",
    "margin": "Smallest margin first",
}


def find_digits(y_true: np.ndarray, proba: np.ndarray, true: int | None, read: int | None, order: str) -> np.ndarray:
    """Indices of the digits that are `true`, were misread as `read`, or both; None is any digit.

    They come in one of ORDERS: by the probability of the answer, by -log(probability of the true digit), or by how
    far the answer is ahead of the runner-up. The digits read right are found when `true` and `read` are the same.
    """
    y_pred = proba.argmax(axis=1)
    wanted = (y_pred == y_true) if true is not None and true == read else (y_pred != y_true)
    if true is not None:
        wanted = wanted & (y_true == true)
    if read is not None:
        wanted = wanted & (y_pred == read)
    found = np.flatnonzero(wanted)
    ranked = np.sort(proba[found], axis=1)
    keys = {
        "confidence": -ranked[:, -1],
        "loss": proba[found, y_true[found]],
        "margin": ranked[:, -1] - ranked[:, -2],
    }
    return found[np.argsort(keys[order], kind="stable")]


@dataclass(frozen=True)
class OneAgainstRest:
    """How one digit is told from the nine others, in counts."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int


def one_against_rest(counts: np.ndarray, digit: int) -> OneAgainstRest:
    """The 2x2 table of `digit` from (10, 10) counts, rows the true digits."""
    found = int(counts[digit, digit])
    read, real = int(counts[:, digit].sum()), int(counts[digit].sum())
    return OneAgainstRest(found, read - found, real - found, int(counts.sum()) - read - real + found)


def mcnemar(only_first: int, only_second: int) -> float:
    """The p-value of two models that are equally good: each digit only one reads right is then a toss of a coin.

    Two-sided and exact, after Q. McNemar, Psychometrika 12 (1947), pages 153-157. 1 when there is no such digit.
    """
    # Only this part of SciPy: its statistics take half a second to import.
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(only_first, only_second), only_first + only_second, 0.5)))
