"""Changed digits are changed by what was asked for: in both directions, evenly, and by no more."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import generate_binary_structure, grey_dilation, grey_erosion

from mnist_core.config import TrainConfig
from mnist_core.learning.augmentation import augment

UNCHANGED = TrainConfig()
SEED = tf.constant([3, 7])
COPIES = 1000


def bars(lying: bool = False, **changes: float) -> np.ndarray:
    """Many copies of one soft bar, upright or lying, changed: (COPIES, 28, 28)."""
    down, across = (np.indices((28, 28)) - 13.5)[:: -1 if lying else 1]
    bar = np.exp(-((across / 1.5) ** 2) - (down / 5) ** 2).astype(np.float32)
    return augment(tf.tile(bar[None], (COPIES, 1, 1)), replace(UNCHANGED, **changes), SEED).numpy()


def moments(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres (N, 2) and covariances (N, 2, 2) of the ink, in pixels, across before down."""
    places = (np.indices((28, 28))[::-1] - 13.5).reshape(2, -1)
    ink = images.reshape(len(images), -1)
    ink = ink / ink.sum(axis=1, keepdims=True)
    centres = ink @ places.T
    return centres, np.einsum("np,ip,jp->nij", ink, places, places) - centres[:, :, None] * centres[:, None]


def spreads(values: np.ndarray, most: float) -> None:
    """`values` lie evenly from -most to most."""
    assert np.abs(values).max() == pytest.approx(most, rel=0.03)
    assert np.std(values) == pytest.approx(most / np.sqrt(3), rel=0.06) and abs(values.mean()) < 0.06 * most


def test_digits_are_moved_turned_slanted_and_stretched():
    centres, _ = moments(bars(shift=2.0))
    spreads(centres[:, 0], 2.0)
    spreads(centres[:, 1], 2.0)
    _, turned = moments(bars(rotation=20))
    spreads(np.degrees(np.arctan2(2 * turned[:, 0, 1], turned[:, 1, 1] - turned[:, 0, 0]) / 2), 20)
    _, slanted = moments(bars(shear=15))
    spreads(np.degrees(np.arctan(slanted[:, 0, 1] / slanted[:, 1, 1])), 15)
    for lying, along in ((True, 0), (False, 1)):
        length, stretched = (moments(bars(lying, zoom=zoom))[1][:, along, along] for zoom in (0.0, 0.2))
        spreads(np.log(stretched / length) / 2, np.log(1.2))


def test_strokes_grow_towards_the_brightest_neighbour_and_shrink_towards_the_darkest(digits):
    before = digits.x_test[:200].astype(np.float32) / 255
    change = augment(tf.constant(before), replace(UNCHANGED, stroke=0.6), SEED).numpy() - before
    cross = generate_binary_structure(2, 1)[None]
    grown, shrunk = (find(before, footprint=cross, mode="constant") for find in (grey_dilation, grey_erosion))
    is_thicker = change.sum(axis=(1, 2)) > 0
    whole = np.where(is_thicker[:, None, None], grown - before, shrunk - before)
    shares = (change * whole).sum(axis=(1, 2)) / (whole**2).sum(axis=(1, 2))
    assert np.allclose(change, shares[:, None, None] * whole, atol=1e-5)
    spreads(np.where(is_thicker, shares, -shares), 0.6)
