"""Whether a drawing is one digit at all: letters, shapes and scribbles get no answer, but the reason.

A network answers anything, and is often sure. So the drawing is also laid beside digits that are known to be
digits (`data/known_digits.npz`: of MNIST's training set and of `mnist_core.handwriting`). How strange it is grows
with its distance to the nearest of those that are what it was read as, and with the network's doubt. The weights
are a logistic regression's, and the limit refuses 1.6 % of real digits; they were set on one half of the data,
and `benchmarks/not_a_digit.py` measures on the other and says when they no longer hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_core.architecture import NUM_CLASSES
from mnist_core.splitting import split

KNOWN_PATH = Path(__file__).parent.parent / "data" / "known_digits.npz"

# For the distance in ink (in full pixels), the distance in form, the logarithm of how much farther that is than to
# the nearest digit of another kind, and the logarithm of the doubt.
WEIGHTS = (1.93, 8.87, -4.43, 0.94)
LIMIT = 11.81

_NEIGHBOURS = 3
# Probabilities closer to 1 than this say nothing.
_LEAST_DOUBT = 1e-3
# What stands apart is a digit of its own when it has so much of the ink and of the height.
_SHARE_OF_INK, _SHARE_OF_HEIGHT = 0.2, 0.6


@dataclass(frozen=True)
class KnownDigits:
    """Blurred pictures of digits, one array (N, 784) uint8 for each digit from 0 to 9, and the squares of their
    lengths, (N,) float32 in full pixels."""

    of_digit: list[np.ndarray]
    squares: list[np.ndarray]

    @classmethod
    def load(cls, path: Path = KNOWN_PATH) -> KnownDigits:
        with np.load(path, allow_pickle=False) as file:
            images, labels = file["images"], file["labels"]
        blurred = [_blurred(images[labels == digit]).reshape(-1, images[0].size) for digit in range(NUM_CLASSES)]
        squares = [np.einsum("ij,ij->i", known, known) / 255**2 for known in blurred]
        return cls([np.rint(known).astype(np.uint8) for known in blurred], squares)

    def measures(self, image: np.ndarray, proba: np.ndarray) -> np.ndarray:
        """What WEIGHTS are for, (4,) float, of a (28, 28) image in [0, 1] and its ten probabilities."""
        digit = _blurred(image[None]).reshape(-1)
        both = np.array([_distances(*known, digit) for known in zip(self.of_digit, self.squares, strict=True)])
        answer = int(proba.argmax())
        in_ink, in_form = both[answer]
        others = np.delete(both[:, 1], answer).min()
        doubt = np.log(1 - proba.max() + _LEAST_DOUBT)
        return np.array([in_ink, in_form, np.log(max(in_form, 1e-3) / max(others, 1e-3)), doubt])

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


def _distances(known: np.ndarray, squares: np.ndarray, digit: np.ndarray) -> tuple[float, float]:
    """How far `digit` (784,) is from the nearest of `known`: as they are, and with both brought to length 1."""
    own, product = float(digit @ digit), known.astype(np.float32) @ (digit / 255)
    in_form = 2 - 2 * product / np.sqrt(np.maximum(squares * own, 1e-9))
    return _nearest(squares + own - 2 * product), _nearest(in_form)


def _nearest(squares: np.ndarray) -> float:
    """The distance to the nearest few, from the squares (N,) of all distances."""
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
