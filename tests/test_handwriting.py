"""The generator of digits as people around the world write them."""

import numpy as np

from mnist_core.artifacts import LITERT_FILE, MODELS_FOLDER
from mnist_core.config import TrainConfig
from mnist_core.data import split
from mnist_core.learning.glyphs import GLYPHS
from mnist_core.learning.handwriting import generate, write
from mnist_core.learning.training import Trainer
from mnist_core.learning.training_digits import TrainingDigits
from mnist_core.predictor import Predictor


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


def test_the_best_model_reads_most_of_every_way():
    best, ways = Predictor(MODELS_FOLDER / "best" / LITERT_FILE), {}
    for digit, variants in GLYPHS.items():
        for name in variants:
            images = write(digit, name, 20, np.random.default_rng(0)) / np.float32(255)
            ways[digit, name] = (best.probabilities(images).argmax(axis=1) == digit).mean()
    assert {way: share for way, share in ways.items() if share < 0.8} == {}


def test_the_first_digits_are_the_same_however_many_follow():
    (few, _), (more, _) = generate(300, seed=3), generate(600, seed=3)
    assert (few[:256] == more[:256]).all()


def test_generated_digits_join_training_while_they_are_written(digits):
    config = TrainConfig(train_size=1000, validation_split=0.2, handwriting=0.5, batch_size=100)
    assert (config.training_digits, config.generated_digits, config.steps_per_epoch) == (800, 400, 12)
    parts = split(digits, config)
    trained_on = TrainingDigits(parts, config)
    order, other = trained_on.order(0), trained_on.order(1)
    assert sorted(order) == list(range(1200)) and (order != other).any()
    trained_on.fetch(order[:100])
    labels = trained_on.labels.numpy()
    assert (labels[order[:100]] == np.concatenate([parts.y_train, generate(400, 0)[1]])[order[:100]]).all()
    assert not trained_on.images.numpy()[1056:].any()
    trained_on.fetch(order)
    assert (trained_on.images.numpy() == np.concatenate([parts.x_train, generate(400, 0)[0]])).all()


def test_training_waits_for_no_digit_that_it_does_not_need_yet(digits):
    config = TrainConfig(train_size=1000, validation_split=0.2, handwriting=1.0, batch_size=50, epochs=1)
    trainer = Trainer(config, split(digits, config))
    next(trainer.events())
    assert not trainer.digits.images.numpy()[-1].any()
