"""What batch normalization subtracts and divides by, measured once more when training is over.

Its running averages are those of changed digits with some units dropped, and of the latest batches at that. The
digits that a network is to read are unchanged, and nothing is dropped. Y. Wu and J. Johnson, "Rethinking 'Batch' in
BatchNorm" (arXiv 2105.07576, 2021), section 3; on dropout X. Li et al., "Understanding the Disharmony between Dropout
and Batch Normalization by Variance Shift" (CVPR 2019), section 3.
"""

from __future__ import annotations

import keras
import numpy as np

# So many digits are enough: an average of 20,000 hardly changes with more.
DIGITS = 20_000
_BATCH = 1000


def measure(model: keras.Sequential, images: np.ndarray) -> None:
    """Set every moving mean and variance, from the first layer to the last, to those of its inputs.

    `images` are (N, 28, 28) float32 in [0, 1], not changed, of the digits that the model was trained on.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            mean, variance = _moments(keras.Model(model.inputs, layer.input), images)
            layer.moving_mean.assign(mean)
            layer.moving_variance.assign(variance)


def _moments(until: keras.Model, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of each channel of the answers (N, ..., C) of a model."""
    count, total, squares = 0, np.zeros(1), np.zeros(1)
    for start in range(0, len(images), _BATCH):
        answers = until.predict_on_batch(images[start : start + _BATCH]).astype(np.float64)
        answers = answers.reshape(-1, answers.shape[-1])
        count += len(answers)
        total = total + answers.sum(axis=0)
        squares = squares + np.square(answers).sum(axis=0)
    mean = total / count
    return mean, np.maximum(squares / count - mean**2, 0)
