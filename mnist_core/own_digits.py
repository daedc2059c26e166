"""Digits that one person drew and labelled, to teach a model that person's handwriting."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field, replace
from io import BytesIO

import numpy as np

from mnist_core.architecture import IMAGE_SIZE, NUM_CLASSES
from mnist_core.artifacts import Card
from mnist_core.config import MNIST, TrainConfig
from mnist_core.data import Split
from mnist_core.npz import NpzError, read_npz

LEAST = 10
MOST = 1000

# The run's digits are drawn anew from all of MNIST's, without regard to what its model has learnt from before.
ABOUT_VALIDATION = (
    "A lesson: most of its validation digits taught the model it began as, so its validation accuracy is too high."
)

# Every fifth drawing is kept out of training.
_KEPT = 5
# So much of each epoch is own digits, shown again and again; the rest is MNIST's, so that those are not forgotten.
_SHARE = 0.2


class OwnDigitsError(ValueError):
    """A file that holds no digits of a person's own; the message says why."""


@dataclass(frozen=True)
class OwnDigits:
    """`images` (N, 28, 28) uint8, prepared as MNIST's, bright ink on 0; `labels` (N,) uint8 from 0 to 9."""

    images: np.ndarray = field(default_factory=lambda: np.zeros((0, IMAGE_SIZE, IMAGE_SIZE), np.uint8))
    labels: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint8))

    def __len__(self) -> int:
        return len(self.labels)

    def plus(self, image: np.ndarray, label: int) -> OwnDigits:
        """With one more: (28, 28) float in [0, 1]."""
        pixels = np.rint(image * 255).astype(np.uint8)
        return OwnDigits(np.concatenate([self.images, pixels[None]]), np.append(self.labels, np.uint8(label)))

    def without(self, indices: list[int]) -> OwnDigits:
        return OwnDigits(np.delete(self.images, indices, axis=0), np.delete(self.labels, indices))

    @property
    def for_training(self) -> OwnDigits:
        return self._where(self.is_held_out() ^ True)

    @property
    def held_out(self) -> OwnDigits:
        return self._where(self.is_held_out())

    def is_held_out(self) -> np.ndarray:
        """(N,) bool: every fifth, which no training sees."""
        return np.arange(len(self)) % _KEPT == _KEPT - 1

    def _where(self, mask: np.ndarray) -> OwnDigits:
        return OwnDigits(self.images[mask], self.labels[mask])

    def to_npz(self) -> bytes:
        buffer = BytesIO()
        np.savez_compressed(buffer, images=self.images, labels=self.labels)
        return buffer.getvalue()


def from_npz(content: bytes) -> OwnDigits:
    """What `to_npz` gave. Raises OwnDigitsError for anything else, before much memory is used."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as file:
            size = sum(entry.file_size for entry in file.infolist())
        if size > 2 * MOST * IMAGE_SIZE**2:
            raise OwnDigitsError(f"This file holds more than {MOST} digits.")
        arrays = read_npz(content, "images", "labels")
    except (OSError, NotImplementedError, zipfile.BadZipFile, NpzError):
        raise OwnDigitsError("This is not a file of digits that was downloaded here.") from None
    images, labels = arrays["images"], arrays["labels"]
    fits = labels.ndim == 1 and images.shape == (len(labels), IMAGE_SIZE, IMAGE_SIZE)
    if not fits or not images.dtype == labels.dtype == np.uint8 or len(labels) > MOST or (labels >= NUM_CLASSES).any():
        raise OwnDigitsError(f"This file must hold at most {MOST} images of 28x28 with labels from 0 to 9, as uint8.")
    return OwnDigits(images, labels)


def lesson(card: Card) -> TrainConfig:
    """How a trained model is taught: as it was trained, but gently, briefly, and beside 6,000 of MNIST's digits."""
    rate = 1e-2 if card.config.optimizer in ("sgd", "adadelta") else 3e-4
    return replace(
        card.config,
        learning_rate=rate,
        schedule="cosine",
        epochs=3,
        batch_size=64,
        data_set=MNIST,
        train_size=6000,
        validation_split=0.1,
        handwriting=0.0,
        early_stopping=0,
        target_accuracy=0.0,
    )


def mixed(split: Split, own: OwnDigits) -> Split:
    """The split with the first fifth of its training digits replaced by own ones, repeated as often as needed."""
    taught = own.for_training
    count = round(_SHARE * len(split.y_train))
    chosen = np.arange(count) % len(taught)
    x_train = np.concatenate([taught.images[chosen], split.x_train[count:]])
    y_train = np.concatenate([taught.labels[chosen], split.y_train[count:]])
    return replace(split, x_train=x_train, y_train=y_train)
