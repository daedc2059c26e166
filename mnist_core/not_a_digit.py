"""Whether a drawing is one digit at all: letters, shapes and scribbles get no answer, but the reason.

A network answers anything, and is often sure. So the drawing is also laid beside digits that are known to be
digits (`data/known_digits.npz`: of MNIST's training set and of `mnist_core.handwriting`). How strange it is grows
with its distance to the nearest of those that are what it was read as, as pictures and in the features of the
model `best`, and with that model's doubt. Distances to the nearest features: Y. Sun et al., "Out-of-Distribution
Detection with Deep Nearest Neighbors" (ICML 2022), section 3. The weights are a logistic regression's, and the
limit refuses 1.6% of real digits; they were set on one half of the data, and `benchmarks/not_a_digit.py` measures
on the other and says when they no longer hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_core.architecture import IMAGE_SIZE, NUM_CLASSES
from mnist_core.splitting import split

# The layer of `best` whose answers are the features.
FEATURES = "dense_1"

KNOWN_PATH = Path(__file__).parent.parent / "data" / "known_digits.npz"

# For the distance in ink, the distance in form, the logarithm of how much farther that is than to
# the nearest digit of another kind, the logarithm of the doubt, and that of the distance in features.
WEIGHTS = (2.77, 6.31, -4.32, 0.42, 4.45)
LIMIT = 5.01

_NEIGHBOURS = 3
# Probabilities closer to 1 than this say nothing.
_LEAST_DOUBT = 1e-3
_LEAST_DISTANCE = 1e-2
# What stands apart is a digit of its own when it has so much of the largest's ink and of the height.
_SHARE_OF_INK, _SHARE_OF_HEIGHT = 0.3, 0.6


@dataclass(frozen=True)
class KnownDigits:
    """Coarse pictures of digits (N, 196) uint8, all of one digit together: those of digit d are the rows from
    `bounds[d]` to `bounds[d + 1]`. `squares` (N,) float32 are of their lengths as numbers in [0, 1];
    `features` (N, F) float16 have the length 1. Small, as every server holds them."""

    coarse: np.ndarray
    squares: np.ndarray
    features: np.ndarray
    bounds: np.ndarray

    @classmethod
    def load(cls, path: Path = KNOWN_PATH) -> KnownDigits:
        with np.load(path, allow_pickle=False) as file:
            images, labels, features = file["images"], file["labels"], file["features"]
        order = np.argsort(labels, kind="stable")
        parts = np.array_split(images[order], NUM_CLASSES)
        coarse = np.concatenate([np.rint(_coarse(part)).astype(np.uint8) for part in parts])
        squares = np.square(coarse / np.float32(255)).sum(axis=1)
        bounds = np.searchsorted(labels[order], range(NUM_CLASSES + 1))
        return cls(coarse, squares, features[order], bounds)

    def measures(self, image: np.ndarray, answers: dict[str, np.ndarray]) -> np.ndarray:
        """What WEIGHTS are for, (5,) float, of a (28, 28) image in [0, 1] and the layers' answers to it."""
        proba = answers["probabilities"]
        answer = int(proba.argmax())
        digit = _coarse(image[None])[0]
        own, products = float(digit @ digit), self.coarse.astype(np.float32) @ (digit / 255)
        in_ink = _nearest((self.squares + own - 2 * products)[self._rows(answer)])
        # As if both had the length 1.
        squares = 2 - 2 * products / np.sqrt(np.maximum(self.squares * own, 1e-9))
        in_form = [_nearest(squares[self._rows(each)]) for each in range(NUM_CLASSES)]
        others = np.delete(in_form, answer).min()
        ratio = np.log(max(in_form[answer], 1e-3) / max(others, 1e-3))
        doubt = np.log(1 - proba.max() + _LEAST_DOUBT)
        products = self.features[self._rows(answer)].astype(np.float32) @ unit(answers[FEATURES])
        return np.array([in_ink, in_form[answer], ratio, doubt, np.log(_nearest(2 - 2 * products) + _LEAST_DISTANCE)])

    def strangeness(self, image: np.ndarray, answers: dict[str, np.ndarray]) -> float:
        """Above 0 for what does not look like a digit; arguments as in `measures`."""
        return float(np.dot(WEIGHTS, self.measures(image, answers))) - LIMIT

    def _rows(self, digit: int) -> slice:
        return slice(self.bounds[digit], self.bounds[digit + 1])


def side_by_side(ink: np.ndarray) -> int:
    """How many drawings there seem to be in ink (H, W), without specks, that stand apart, all about as tall."""
    parts = split(ink)
    most, tall = max((p.sum() for p in parts), default=0), _height(ink)
    apart = [p for p in parts if p.sum() > _SHARE_OF_INK * most and _height(p) > _SHARE_OF_HEIGHT * tall]
    return len(apart)


def reason(ink: np.ndarray, image: np.ndarray, answers: dict[str, np.ndarray], known: KnownDigits) -> str | None:
    """Why ink (H, W), prepared as `image`, is not one digit, in a sentence; None if it is one.

    `answers` are what the layers of `best` answer to the image, as `Predictor.activations` gives them.
    """
    if (count := side_by_side(ink)) > 1:
        return f"There seem to be {count} drawings side by side."
    if known.strangeness(image, answers) <= 0:
        return None
    proba = answers["probabilities"]
    second, first = np.argsort(proba)[-2:]
    if proba[first] < 0.9:
        return f"To the model it could be {first} or {second}, and neither is close to the digits it knows."
    return f"The model would say {first}, but no {first} that it knows is close to this."


def unit(features: np.ndarray) -> np.ndarray:
    """Vectors (..., F) brought to length 1."""
    return features / np.maximum(np.linalg.norm(features, axis=-1, keepdims=True), 1e-9)


def _nearest(squares: np.ndarray) -> float:
    """The distance to the nearest few, from the squares (N,) of all distances."""
    nearest = np.partition(squares, _NEIGHBOURS)[:_NEIGHBOURS]
    return float(np.sqrt(max(nearest.mean(), 0)))


def _height(ink: np.ndarray) -> int:
    return int((ink > ink.max() / 2).any(axis=1).sum())


def _coarse(images: np.ndarray) -> np.ndarray:
    """(N, 28, 28) -> (N, 196): each pixel mixed with its neighbours, 1:4:1 along both axes, so that a hair's breadth
    between two lines counts little, and then the mean of every 2x2; float32 of the same range."""
    padded = np.pad(images.astype(np.float32), [(0, 0), (1, 1), (1, 1)])
    along = (padded[:, :-2] + 4 * padded[:, 1:-1] + padded[:, 2:]) / 6
    blurred = (along[:, :, :-2] + 4 * along[:, :, 1:-1] + along[:, :, 2:]) / 6
    half = IMAGE_SIZE // 2
    return blurred.reshape(-1, half, 2, half, 2).mean(axis=(2, 4)).reshape(len(images), -1)
