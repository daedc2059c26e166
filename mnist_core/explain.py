"""Why a model answered as it did: where it looked, and which training digits it takes for alike."""

from __future__ import annotations

import numpy as np

from mnist_core.architecture import IMAGE_SIZE
from mnist_core.predictor import Predictor

PATCH = 7
STEP = 2


def occlusion(predictor: Predictor, image: np.ndarray) -> np.ndarray:
    """Probabilities (14, 14, 10) of a (28, 28) float32 image in [0, 1] with a patch of it blanked.

    Each patch has 7x7 pixels, its middle 2 pixels on from the one before; [row, column] is its place. After M. Zeiler
    and R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014; blank paper in place of grey.
    """
    patches = [patch(row, column) for row in range(0, IMAGE_SIZE, STEP) for column in range(0, IMAGE_SIZE, STEP)]
    hidden = np.repeat(image[None], len(patches), axis=0)
    for number, (rows, columns) in enumerate(patches):
        hidden[number, rows, columns] = 0
    side = IMAGE_SIZE // STEP
    return predictor.probabilities(hidden).reshape(side, side, -1)


def patch(row: int, column: int) -> tuple[slice, slice]:
    """The rows and columns of the patch whose middle is the pixel (`row`, `column`), within the image."""
    reach = PATCH // 2
    return slice(max(0, row - reach), row + reach + 1), slice(max(0, column - reach), column + reach + 1)


def nearest(features: np.ndarray, wanted: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the `count` rows of (N, F) that are closest to `wanted` (F,), and their Euclidean distances."""
    distances = np.linalg.norm(features - wanted, axis=1)
    found = np.argsort(distances, kind="stable")[:count]
    return found, distances[found]
