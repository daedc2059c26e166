"""How the network of `mnist_core/not_a_digit.py` is trained: scikit-learn does it, on what `best` finds in drawings."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from benchmarks.doodles import doodles
from mnist_core.data import load_mnist
from mnist_core.drawing import to_mnist
from mnist_core.learning import handwriting
from mnist_core.not_a_digit import Judge, features
from mnist_core.predictor import Predictor

FROM_MNIST, GENERATED, DOODLES = 18_000, 12_000, 24_000
# Digits that are no digit any more when mirrored, or turned by so many quarters.
_MIRRORED, _TURNED = (3, 4, 6, 7, 9), {1: (2, 3, 4, 5, 7), 2: (3, 4, 7), 3: (2, 3, 4, 5)}
_OF_EACH = 400

_UNITS, _PENALTY, _EPOCHS = 64, 0.05, 12
# Weights of a letter or shape: there are few of them.
_REPEATED = 3


def seen(images: Iterable[np.ndarray], best: Predictor) -> np.ndarray:
    """(N, F): the features of prepared (28, 28) images."""
    return np.stack([features(image, best.activations(image)) for image in images])


def digits(best: Predictor) -> np.ndarray:
    """Features of digits of MNIST's training set and of generated handwriting."""
    images = np.concatenate([load_mnist().x_train[:FROM_MNIST], handwriting.generate(GENERATED, seed=5)[0]])
    return seen(images.astype(np.float32) / 255, best)


def others(best: Predictor) -> np.ndarray:
    """Features of doodles, and of MNIST's training digits mirrored and turned."""
    mnist = load_mnist()
    by_digit = [mnist.x_train[mnist.y_train == digit][:_OF_EACH] for digit in range(10)]
    changed = [by_digit[digit][:, :, ::-1] for digit in _MIRRORED]
    changed += [np.rot90(by_digit[d], turns, (1, 2)) for turns, kinds in _TURNED.items() for d in kinds]
    drawn = seen(map(to_mnist, doodles(DOODLES, seed=1)), best)
    return np.concatenate([drawn, seen(np.concatenate(changed).astype(np.float32) / 255, best)])


def fit(
    real: np.ndarray, other: np.ndarray, named: np.ndarray, real_to_set: Sequence[np.ndarray], refused: float
) -> Judge:
    """Learn to tell `real` digits from `other` drawings and `named` letters and shapes, (N, F) each.

    The limit is such that of each of `real_to_set` at most the share `refused` is above it.
    """
    inputs = np.concatenate([real, other, *[named] * _REPEATED])
    scaler = StandardScaler().fit(inputs)
    # A feature that is almost always the same must not shout when once it is not.
    scale = np.maximum(scaler.scale_, 0.05)
    network = MLPClassifier(_UNITS, alpha=_PENALTY, batch_size=256, max_iter=_EPOCHS, random_state=0)
    with warnings.catch_warnings():
        # A few epochs are enough.
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit((inputs - scaler.mean_) / scale, np.arange(len(inputs)) >= len(real))
    hidden = network.coefs_[0] / scale[:, None]
    bias = network.intercepts_[0] - scaler.mean_ @ hidden
    hidden, bias, out = (array.astype(np.float32) for array in (hidden, bias, network.coefs_[1][:, 0]))
    judge = Judge(hidden, bias, out, limit=0.0)
    return replace(judge, limit=max(float(np.quantile(judge.strangeness(s), 1 - refused)) for s in real_to_set))
