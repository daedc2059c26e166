import shutil
from dataclasses import replace

import numpy as np
import pytest

from mnist_core.config import TrainConfig
from mnist_core.data import MNIST_PATH, DataError, load_mnist, load_test_digits, split


def test_mnist_is_complete_and_read_only(digits):
    assert digits.x_train.shape == (60_000, 28, 28) and digits.x_test.shape == (10_000, 28, 28)
    assert {array.dtype for array in vars(digits).values()} == {np.dtype("uint8")}
    assert np.bincount(digits.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    with pytest.raises(ValueError):
        digits.x_train[0, 0, 0] = 1


def test_a_damaged_file_is_refused_with_a_way_out(tmp_path):
    damaged = tmp_path / "mnist.npz"
    with pytest.raises(DataError, match=r"missing.*git checkout"):
        load_mnist(damaged)
    shutil.copy(MNIST_PATH, damaged)
    with damaged.open("r+b") as file:
        file.truncate(5_000_000)
    with pytest.raises(DataError, match=r"damaged.*git checkout"):
        load_mnist(damaged)


def test_one_changed_pixel_is_noticed(tmp_path, digits):
    images = digits.x_test.copy()
    images[123, 4, 5] ^= 1
    path = tmp_path / "mnist.npz"
    np.savez(path, **{**vars(digits), "x_test": images})
    for load in (load_mnist, load_test_digits):
        with pytest.raises(DataError, match="x_test is not MNIST's"):
            load(path)


def test_the_test_digits_can_be_loaded_alone(digits):
    images, labels = load_test_digits()
    assert np.array_equal(images, digits.x_test) and np.array_equal(labels, digits.y_test)
    assert not images.flags.writeable


def test_validation_is_the_last_part_as_in_keras(digits):
    parts = split(digits, TrainConfig(validation_split=0.1))
    assert np.array_equal(parts.x_train, digits.x_train[:54_000])
    assert np.array_equal(parts.y_val, digits.y_train[54_000:])


def test_fewer_digits_are_a_seeded_sample(digits):
    config = TrainConfig(train_size=500, validation_split=0.2, seed=3)
    first, again, other = (split(digits, c) for c in (config, config, replace(config, seed=4)))
    assert len(first.y_train) == config.training_digits == 400 and len(first.y_val) == 100
    assert np.array_equal(first.x_train, again.x_train) and not np.array_equal(first.x_train, other.x_train)
