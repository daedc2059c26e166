"""Which pixels matter to a model, by its gradients. Only workers import this: it needs TensorFlow."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import tensorflow as tf

_STEPS = 256


def of_file(content: bytes, image: np.ndarray, digit: int) -> tuple[np.ndarray, np.ndarray]:
    """`attribution` and `loss_direction` of the model whose `.keras` file has this content. Raises ValueError."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(content)
        try:
            model = keras.models.load_model(path, compile=False)
        except Exception as error:
            # Keras lets through what its parts raise: of the archive, of JSON and of HDF5.
            raise ValueError(str(error)) from None
    scores = keras.Model(model.inputs, model.get_layer("scores").output)
    return attribution(scores, image, digit), loss_direction(scores, image, digit)


def attribution(scores: keras.Model, image: np.ndarray, digit: int) -> np.ndarray:
    """What each pixel of `image` (28, 28) adds to the score of `digit`, from a blank picture on: (28, 28) float32.

    Integrated gradients: M. Sundararajan et al., "Axiomatic attribution for deep networks" (arXiv:1703.01365).
    All together are the score of the image less that of a blank picture, but for the error of `_STEPS` steps.
    """
    shares = (tf.range(_STEPS, dtype=tf.float32) + 0.5) / _STEPS
    path = shares[:, None, None] * tf.constant(image, tf.float32)[None]
    with tf.GradientTape() as tape:
        tape.watch(path)
        score = tf.reduce_sum(scores(path, training=False)[:, digit])
    return image * tf.reduce_mean(tape.gradient(score, path), axis=0).numpy()


def loss_direction(scores: keras.Model, image: np.ndarray, digit: int) -> np.ndarray:
    """The sign of the loss's gradient at each pixel of `image` (28, 28), -1, 0 or 1: where more ink is worse.

    The direction of the fast gradient sign method: I. Goodfellow et al., "Explaining and harnessing
    adversarial examples" (arXiv:1412.6572). Of the logarithm of the odds against the digit, not of the
    cross-entropy: both grow in the same direction, but where the model is sure, rounding spoils the latter's gradient.
    """
    pixels = tf.constant(image, tf.float32)[None]
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        answer = scores(pixels, training=False)[0]
        others = tf.concat([answer[:digit], answer[digit + 1 :]], axis=0)
        loss = tf.reduce_logsumexp(others) - answer[digit]
    return tf.sign(tape.gradient(loss, pixels))[0].numpy()
