"""What a model answers when some of its filters or units are switched off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnist_core.architecture import Layer
from mnist_core.inside import forward
from mnist_core.predictor import Predictor
from mnist_core.weights import Weights


def without(
    predictor: Predictor, layers: Sequence[Layer], weights: Weights, name: str, off: Sequence[int], images: np.ndarray
) -> np.ndarray:
    """Probabilities (N, 10) for `images` (N, 28, 28) with units `off` of layer `name` answering 0.

    Up to that layer the model answers itself, from there on the forward pass in NumPy.
    """
    place = [layer.name for layer in layers].index(name)
    parts = []
    for answers in predictor.in_parts(images):
        left = answers[name].copy()
        left[..., list(off)] = 0
        parts.append(forward.run(layers[place + 1 :], weights, left))
    return np.concatenate(parts)
