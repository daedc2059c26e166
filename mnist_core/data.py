"""MNIST, and how it is split. The test set is never trained on and never chooses an epoch."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_core.config import MNIST, TrainConfig
from mnist_core.npz import NpzError, read_npz

MNIST_PATH = Path(__file__).parent.parent / "data" / "mnist.npz"

# MD5 of each original IDX file, header and data (data/README.md).
_CHECKSUMS = {
    "x_train": "6bbc9ace898e44ae57da46a324031adb",
    "y_train": "a25bea736e30d166cdddb491f175f624",
    "x_test": "2646ac647ad5339dbf082846283269ea",
    "y_test": "27ae3e4e09519cfbb04c329615203637",
}


class DataError(ValueError):
    """A data set that cannot be used; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class Digits:
    """Images (N, 28, 28) uint8 with bright ink on black, labels (N,) uint8 from 0 to 9; all read-only."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


@dataclass(frozen=True)
class Split:
    """What one run trains on and what it is checked on after each epoch; dtypes as in Digits."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray


def _idx_checksum(array: np.ndarray) -> str:
    """MD5 of the array as an uncompressed IDX file: big-endian magic number, sizes, bytes."""
    magic = {1: 2049, 3: 2051}[array.ndim]
    header = struct.pack(f">{1 + array.ndim}i", magic, *array.shape)
    checksum = hashlib.md5(header, usedforsecurity=False)
    checksum.update(np.ascontiguousarray(array).data)
    return checksum.hexdigest()


def load_mnist(path: Path = MNIST_PATH) -> Digits:
    """The MNIST digits that come with the project, checked against the original files.

    Raises DataError if the file is missing or damaged.
    """
    return Digits(**_read(path, *_CHECKSUMS))


def load_test_digits(path: Path = MNIST_PATH) -> tuple[np.ndarray, np.ndarray]:
    """The test images and labels alone, as `load_mnist` gives them, without unpacking the 60,000 others."""
    x_test, y_test = _read(path, "x_test", "y_test").values()
    return x_test, y_test


def _read(path: Path, *names: str) -> dict[str, np.ndarray]:
    """The arrays called so, checked and read-only."""
    advice = "Restore it from the project's repository: git checkout -- data/mnist.npz"
    try:
        arrays = read_npz(path, *names)
    except FileNotFoundError:
        raise DataError(f"The data set {path} is missing. {advice}") from None
    except NpzError as error:
        raise DataError(f"The data set {path} is damaged ({error}). {advice}") from None
    for name, array in arrays.items():
        if array.dtype != np.uint8 or array.ndim not in (1, 3) or _idx_checksum(array) != _CHECKSUMS[name]:
            raise DataError(f"The data set {path} is damaged: {name} is not MNIST's. {advice}")
        array.setflags(write=False)
    return arrays


def split(digits: Digits, config: TrainConfig) -> Split:
    """Training and validation digits of a run.

    All 60,000 of MNIST keep their order; fewer, or another data set's, which may be sorted by label, are the
    first `train_size` after a shuffle with the seed.
    Validation takes the last part of them, as Keras' `validation_split` does. Generated digits are not among them:
    training adds those that the configuration asks for.
    Raises DataError if there are fewer digits than `train_size`.
    """
    images, labels = digits.x_train, digits.y_train
    if config.train_size > len(images):
        raise DataError(f"train_size is {config.train_size:,}, but this data set has {len(images):,} training digits.")
    if config.train_size < len(images) or config.data_set != MNIST:
        chosen = np.random.default_rng(config.seed).permutation(len(images))[: config.train_size]
        images, labels = images[chosen], labels[chosen]
    cut = config.training_digits
    return Split(images[:cut], labels[:cut], images[cut:], labels[cut:])
