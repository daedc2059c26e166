"""Whether a drawing is one digit at all: letters, shapes and scribbles get no answer, but the reason.

A network answers anything, and is often sure. So the drawing is also laid beside digits that are known to be
digits (`data/known_digits.npz`: of MNIST's training set and of `mnist_core.handwriting`). How strange it is grows
with its distance to the nearest of those that are what it was read as, and with the network's doubt. The three
weights are a logistic regression's, the limit lets 1.5 % of real digits through to "no digit"; they were set on
one half of the data, and `benchmarks/not_a_digit.py` measures on the other, and says when they no longer hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_core.architecture import NUM_CLASSES
from mnist_core.splitting import split

KNOWN_PATH = Path(__file__).parent.parent / "data" / "known_digits.npz"

# For distance in ink, distance in form (both in units of full pixels) and the logarithm of the doubt.
WEIGHTS = (1.76, 5.52, 0.79)
LIMIT = 9.73

_NEIGHBOURS = 3
# Probabilities closer to 1 than this say nothing.
_LEAST_DOUBT = 1e-3
# What stands apart is a digit of its own when it has so much of the ink and of the height.
_SHARE_OF_INK, _SHARE_OF_HEIGHT = 0.2, 0.6


@dataclass(frozen=True)
class KnownDigits:
    """Blurred pictures of digits, one array (N, 784) uint8 for each digit from 0 to 9."""

    of_digit: list[np.ndarray]

    @classmethod
    def load(cls, path: Path = KNOWN_PATH) -> KnownDigits:
        with np.load(path, allow_pickle=False) as file:
            images, labels = file["images"], file["labels"]
        blurred = np.rint(_blurred(images)).astype(np.uint8).reshape(len(images), -1)
        return cls([blurred[labels == digit] for digit in range(NUM_CLASSES)])

    def measures(self, image: np.ndarray, proba: np.ndarray) -> np.ndarray:
        """What WEIGHTS are for, (3,) float, of a (28, 28) image in [0, 1] and its ten probabilities."""
        same = self.of_digit[int(proba.argmax())].astype(np.float32) / 255
        digit = _blurred(image[None]).reshape(-1).astype(np.float32)
        squares, product = np.einsum("ij,ij->i", same, same), same @ digit
        own = float(digit @ digit)
        in_ink = squares + own - 2 * product
        in_form = 2 - 2 * product / np.sqrt(np.maximum(squares * own, 1e-9))
        doubt = np.log(1 - proba.max() + _LEAST_DOUBT)
        return np.array([_nearest(in_ink), _nearest(in_form), doubt])

    def strangeness(self, image: np.ndarray, proba: np.ndarray) -> float:
        """Above 0 for what does not look like a digit; arguments as in `measures`."""
        return float(np.dot(WEIGHTS, self.measures(image, proba))) - LIMIT


def side_by_side(ink: np.ndarray) -> int:
    """How many drawings there seem to be in ink (H, W), without specks, that stand apart, all about as tall."""
    parts = split(ink)
    tall = _height(ink)
    apart = [p for p in parts if p.sum() > _SHARE_OF_INK * ink.sum() and _height(p) > _SHARE_OF_HEIGHT * tall]
    return len(apart)


def reason(ink: np.ndarray, image: np.ndarray, proba: np.ndarray, known: KnownDigits) -> str | None:
    """Why ink (H, W), prepared as `image` and read as `proba`, is not one digit, in a sentence; None if it is one."""
    if (count := side_by_side(ink)) > 1:
        return f"There seem to be {count} drawings side by side."
    if known.strangeness(image, proba) <= 0:
        return None
    second, first = np.argsort(proba)[-2:]
    if proba[first] < 0.9:
        return f"The model wavers between {first} and {second}, and neither is close to the digits it knows."
    return f"The model would say {first}, but no {first} that it knows is close to this."


def _nearest(squares: np.ndarray) -> float:
    nearest = np.partition(squares, _NEIGHBOURS)[:_NEIGHBOURS]
    return float(np.sqrt(max(nearest.mean(), 0)))


def _height(ink: np.ndarray) -> int:
    return int((ink > ink.max() / 2).any(axis=1).sum())


def _blurred(images: np.ndarray) -> np.ndarray:
    """(N, 28, 28) with each pixel mixed with its neighbours, 1:4:1 along both axes, so that a hair's breadth
    between two lines counts little; float32 of the same range."""
    padded = np.pad(images.astype(np.float32), [(0, 0), (1, 1), (1, 1)])
    along = (padded[:, :-2] + 4 * padded[:, 1:-1] + padded[:, 2:]) / 6
    return (along[:, :, :-2] + 4 * along[:, :, 1:-1] + along[:, :, 2:]) / 6
