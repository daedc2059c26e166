"""The generator of digits as people around the world write them."""

import numpy as np
import pytest

from mnist_core.artifacts import LITERT_FILE, MODELS_FOLDER
from mnist_core.config import TrainConfig
from mnist_core.data import load_mnist, split
from mnist_core.glyphs import GLYPHS
from mnist_core.handwriting import generate, write
from mnist_core.predictor import Predictor

WAYS = [(digit, name) for digit, variants in GLYPHS.items() for name in variants]


def test_digits_are_like_mnists():
    images, labels = generate(2000, seed=0)
    assert images.shape == (2000, 28, 28) and images.dtype == np.uint8
    assert labels.shape == (2000,) and labels.dtype == np.uint8
    assert np.bincount(labels, minlength=10).min() > 140
    assert (images.max(axis=(1, 2)) > 200).all()
    inked = images > 0
    assert inked.any(axis=1).sum(axis=1).max() <= 20 and inked.any(axis=2).sum(axis=1).max() <= 20


def test_a_seed_repeats_its_digits():
    images, labels = generate(300, seed=7)
    again, labels_again = generate(300, seed=7)
    others, _ = generate(300, seed=8)
    assert (images == again).all() and (labels == labels_again).all()
    assert (images != others).any(axis=(1, 2)).mean() > 0.99


def test_no_two_digits_are_the_same():
    images, _ = generate(1000, seed=0)
    assert len(np.unique(images.reshape(1000, -1), axis=0)) == 1000


def test_none_is_a_number_too():
    images, labels = generate(0, seed=0)
    assert images.shape == (0, 28, 28) and labels.shape == (0,)


@pytest.mark.parametrize(("digit", "name"), WAYS, ids=lambda value: str(value))
def test_the_best_model_reads_most_of_every_way(digit, name):
    images = write(digit, name, 50, np.random.default_rng(0))
    proba = Predictor(MODELS_FOLDER / "best" / LITERT_FILE).probabilities(images / np.float32(255))
    assert (proba.argmax(axis=1) == digit).mean() >= 0.8


def test_generated_digits_join_training_and_not_validation():
    config = TrainConfig(train_size=1000, validation_split=0.2, handwriting=0.5, batch_size=100)
    assert (config.training_digits, config.generated_digits, config.steps_per_epoch) == (800, 400, 12)
    plain = split(load_mnist(), TrainConfig(train_size=1000, validation_split=0.2))
    both = split(load_mnist(), config)
    assert both.x_train.shape == (1200, 28, 28) and both.y_train.shape == (1200,)
    assert (both.x_train[:800] == plain.x_train).all() and (both.x_val == plain.x_val).all()
