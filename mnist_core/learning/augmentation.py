"""Random changes of training digits: moved, turned, stretched, slanted, thinned, thickened.

Runs inside TensorFlow's graph, a batch at a time, so that it costs little and never waits for Python.
"""

from __future__ import annotations

import math

import tensorflow as tf

from mnist_core.config import TrainConfig


def augment(images: tf.Tensor, config: TrainConfig, seed: tf.Tensor) -> tf.Tensor:
    """Change each of `images` (N, 28, 28) float32 in [0, 1] by its own random amounts.

    `seed` is int32 (2,): the same seed gives the same changes.
    """
    seeds = tf.random.split(seed, 2)
    if config.shift or config.rotation or config.zoom or config.shear:
        images = _warp(images, config, seeds[0])
    if config.stroke:
        images = _change_stroke(images, config.stroke, seeds[1])
    return images


def _warp(images: tf.Tensor, config: TrainConfig, seed: tf.Tensor) -> tf.Tensor:
    """One affine map an image, about its centre, read off with bilinear interpolation."""
    count = tf.shape(images)[0]
    amounts = tf.random.stateless_uniform((6, count), seed, -1.0, 1.0)
    angle = amounts[0] * math.radians(config.rotation)
    slant = tf.tan(amounts[1] * math.radians(config.shear))
    wide = tf.exp(amounts[2] * math.log1p(config.zoom))
    high = tf.exp(amounts[3] * math.log1p(config.zoom))
    # Output pixel (x, y) is read at the input pixel (a x + b y + c, d x + e y + f).
    a, b = wide * tf.cos(angle), wide * (slant * tf.cos(angle) - tf.sin(angle))
    d, e = high * tf.sin(angle), high * (slant * tf.sin(angle) + tf.cos(angle))
    centre = (images.shape[1] - 1) / 2
    c = centre - a * centre - b * centre + amounts[4] * config.shift
    f = centre - d * centre - e * centre + amounts[5] * config.shift
    zero = tf.zeros_like(a)
    warped = tf.raw_ops.ImageProjectiveTransformV3(
        images=images[..., None],
        transforms=tf.stack([a, b, c, d, e, f, zero, zero], axis=1),
        output_shape=tf.shape(images)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    return tf.reshape(warped, tf.shape(images))


def _change_stroke(images: tf.Tensor, most: float, seed: tf.Tensor) -> tf.Tensor:
    """Blend towards the brightest (thicker) or darkest (thinner) of the four neighbours and the pixel itself."""
    amount = tf.random.stateless_uniform((tf.shape(images)[0], 1, 1), seed, -most, most)
    # The darkest is the brightest of the negative: one search serves both.
    side = tf.sign(amount)
    signed = side * images
    padded = tf.pad(signed, [[0, 0], [1, 1], [1, 1]])
    across = tf.maximum(padded[:, 1:-1, :-2], padded[:, 1:-1, 2:])
    down = tf.maximum(padded[:, :-2, 1:-1], padded[:, 2:, 1:-1])
    extreme = side * tf.maximum(signed, tf.maximum(across, down))
    return images + tf.abs(amount) * (extreme - images)
