"""What units and filters answer to many digits."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from mnist_core.architecture import Layer
from mnist_core.predictor import ModelError, Predictor

WITH_UNITS = ("Conv2D", "Dense")
_WIDEST = 10_000


def peaks(predictor: Predictor, layers: Sequence[Layer], images: np.ndarray) -> dict[str, np.ndarray]:
    """Layer name -> (N, units): the largest answer of each filter or unit to each of `images` (N, 28, 28)."""
    names = [layer.name for layer in layers if layer.kind in WITH_UNITS]
    parts = [
        {name: answers[name].max(axis=tuple(range(1, answers[name].ndim - 1))) for name in names}
        for answers in predictor.in_parts(images)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def last_hidden(layers: Sequence[Layer]) -> Layer:
    """The layer whose answer the ten outputs are computed from: dropout, which passes it on, does nothing to it."""
    names = [layer.name for layer in layers]
    return next(layer for layer in reversed(layers[: names.index("scores")]) if layer.kind != "Dropout")


def hidden_features(predictor: Predictor, layers: Sequence[Layer], images: np.ndarray) -> np.ndarray:
    """Images (N, 28, 28) -> (N, numbers), the answers of the last hidden layer.

    Raises ModelError for a layer of so many numbers that those of some thousand digits would fill the memory.
    """
    layer = last_hidden(layers)
    if prod(layer.output_shape) > _WIDEST:
        raise ModelError(
            f"The last hidden layer of this model ({layer.name}) answers each digit with {prod(layer.output_shape):,} "
            f"numbers: too many to compare digits by. A dense layer after it or more pooling makes them fewer."
        )
    return predictor.layer(images, layer.name)
