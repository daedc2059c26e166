"""Whether a model is as often right as it is sure, and what it takes to make it so.

After C. Guo, G. Pleiss, Y. Sun and K. Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_core.evaluation import LEAST_PROBABILITY

BINS = 15
# By so many the mean is known to about a fiftieth.
_DRAWS = 200
# Of a temperature that is fitted: a model that knows nothing has none.
HIGHEST = 1000
# Until 1 / temperature is known to a millionth, at the highest temperature too.
_HALVINGS = 35


@dataclass(frozen=True)
class Reliability:
    """Digits binned by confidence, the largest of the ten probabilities; `accuracy` and `confidence` are means.

    `edges` (BINS + 1,) in [0, 1]; the others (BINS,), the means nan for an empty bin. A bin holds its upper edge.
    """

    edges: np.ndarray
    counts: np.ndarray
    accuracy: np.ndarray
    confidence: np.ndarray

    @property
    def error(self) -> float:
        """Expected calibration error in [0, 1]: the gap between accuracy and confidence, averaged over digits."""
        return float(np.nansum(self.counts * np.abs(self.accuracy - self.confidence)) / self.counts.sum())


def reliability(y_true: np.ndarray, proba: np.ndarray) -> Reliability:
    """Labels (N,) and probabilities (N, 10), N at least 1."""
    edges = np.linspace(0, 1, BINS + 1)
    confidence = proba.max(axis=1)
    right = proba.argmax(axis=1) == y_true
    place = np.clip(np.searchsorted(edges, confidence) - 1, 0, BINS - 1)
    counts = np.bincount(place, minlength=BINS)
    with np.errstate(invalid="ignore"):
        accuracy = np.bincount(place, right, BINS) / counts
        mean = np.bincount(place, confidence, BINS) / counts
    return Reliability(edges, counts, accuracy, mean)


def error_by_chance(proba: np.ndarray) -> float:
    """The calibration error that a model which is as often right as it is sure shows on average: chance alone.

    From probabilities (N, 10), by drawing for each digit anew whether it is read right.
    """
    rng, confidence, answers = np.random.default_rng(0), proba.max(axis=1), proba.argmax(axis=1)
    drawn = (np.where(rng.random(len(answers)) < confidence, answers, -1) for _ in range(_DRAWS))
    return float(np.mean([reliability(labels, proba).error for labels in drawn]))


def coverage(y_true: np.ndarray, proba: np.ndarray, thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many digits have a confidence of at least each threshold, and how many of these are read right."""
    confidence = proba.max(axis=1)
    right = proba.argmax(axis=1) == y_true
    answered = np.array([(confidence >= threshold).sum() for threshold in thresholds])
    correct = np.array([right[confidence >= threshold].sum() for threshold in thresholds])
    return answered, correct


def with_temperature(proba: np.ndarray, temperature: float) -> np.ndarray:
    """Softmax of the scores divided by `temperature` (above 0), from the probabilities (N, 10) of the scores alone."""
    from scipy.special import softmax

    scores = np.log(np.maximum(proba.astype(np.float64), LEAST_PROBABILITY)) / temperature
    return softmax(scores, axis=1)


def fit_temperature(y_true: np.ndarray, proba: np.ndarray) -> float:
    """The temperature from 0.05 to HIGHEST with the smallest cross-entropy on these digits.

    The loss is convex in 1 / temperature, so that halving an interval by the sign of its slope finds the one minimum.
    """
    scores = np.log(np.maximum(proba.astype(np.float64), LEAST_PROBABILITY))
    right = scores[np.arange(len(y_true)), y_true]
    low, high = 1 / HIGHEST, 1 / 0.05
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        expected = (with_temperature(proba, 1 / middle) * scores).sum(axis=1)
        low, high = (low, middle) if (expected - right).mean() >= 0 else (middle, high)
    return 2 / (low + high)
