"""Digits that one person drew and labelled, to teach a model that person's handwriting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import numpy as np

from mnist_core.architecture import IMAGE_SIZE, NUM_CLASSES
from mnist_core.artifacts import Card
from mnist_core.config import MNIST, TrainConfig
from mnist_core.data import Split
from mnist_core.npz import NpzError, read_npz
from mnist_core.uploads.archive import Archive, ArchiveError

# To start with; and of these, to train on: of the first ten that are drawn, two are held out.
LEAST, LEAST_TO_TRAIN = 10, 8
MOST = 1000
# What a file of so many may be, unpacked.
_MOST_ENTRIES, _MOST_BYTES = 3, 2 * MOST * IMAGE_SIZE**2

# The run's digits are drawn anew from all of MNIST's, without regard to what its model has learnt from before.
ABOUT_VALIDATION = (
    "A lesson: it began as a model that may have been trained on some of these validation digits, "
    "so its validation accuracy may be too high."
)

# Of each five drawings one is kept out of training.
_KEPT = 5
# So much of each epoch is own digits, shown again and again; the rest is MNIST's, so that those are not forgotten.
_SHARE = 0.2


class OwnDigitsError(ValueError):
    """A file that holds no digits of a person's own; the message says why."""


@dataclass(frozen=True)
class OwnDigits:
    """`images` (N, 28, 28) uint8, prepared as MNIST's, bright ink on 0; `labels` (N,) uint8 from 0 to 9.

    `is_held_out` (N,) bool: one of each five, which no training sees, and which stays the same when others are removed;
    where some of these were removed, the next ones make up for it.
    """

    images: np.ndarray = field(default_factory=lambda: np.zeros((0, IMAGE_SIZE, IMAGE_SIZE), np.uint8))
    labels: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint8))
    is_held_out: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))

    def __len__(self) -> int:
        return len(self.labels)

    def plus(self, image: np.ndarray, label: int) -> OwnDigits:
        """With one more: (28, 28) float in [0, 1]."""
        images = np.concatenate([self.images, np.rint(image * 255).astype(np.uint8)[None]])
        block, place = divmod(len(self), _KEPT)
        has = int(self.is_held_out.sum())
        # Another place in each block: who writes 0 to 9 in turn, or a few digits over and over, would else keep out
        # the same ones each time.
        held_out = has < block or (has == block and place == (3 + 2 * block) % _KEPT)
        return OwnDigits(images, np.append(self.labels, np.uint8(label)), np.append(self.is_held_out, held_out))

    def collected(self, image: np.ndarray, label: int) -> OwnDigits:
        """With one more, (28, 28) float in [0, 1]; one that is among them already gets this label."""
        one = OwnDigits().plus(image, label)
        is_it = self.are_in({one.images[0].tobytes()})
        return (
            replace(self, labels=np.where(is_it, one.labels, self.labels)) if is_it.any() else self.plus(image, label)
        )

    def joined(self, other: OwnDigits) -> OwnDigits:
        """These and then those of the others that are not among them, as many as there may be."""
        is_known = other.are_in({image.tobytes() for image in self.images})
        mine, others = self.arrays(), other._where(~is_known).arrays()
        return OwnDigits(*(np.concatenate([mine[name], others[name]])[:MOST] for name in mine))

    def without(self, pictures: Iterable[bytes]) -> OwnDigits:
        """Without one digit for each of `pictures`, as bytes."""
        left = Counter(pictures)
        is_kept = []
        for image in self.images:
            picture = image.tobytes()
            is_kept.append(not left[picture])
            left[picture] -= bool(left[picture])
        return self._where(np.array(is_kept, bool))

    def are_in(self, others: Collection[bytes]) -> np.ndarray:
        """(N,) bool: which pictures are, as bytes, among `others`."""
        return np.array([image.tobytes() in others for image in self.images], bool)

    @property
    def for_training(self) -> OwnDigits:
        """Those that are not held out."""
        return self._where(~self.is_held_out)

    @property
    def held_out(self) -> OwnDigits:
        """Those that no training sees."""
        return self._where(self.is_held_out)

    def _where(self, mask: np.ndarray) -> OwnDigits:
        return OwnDigits(*(array[mask] for array in self.arrays().values()))

    def arrays(self) -> dict[str, Any]:
        """What `from_arrays` takes."""
        return {"images": self.images, "labels": self.labels, "is_held_out": self.is_held_out}

    def to_npz(self) -> bytes:
        """A file for `from_npz`."""
        buffer = BytesIO()
        np.savez_compressed(buffer, **self.arrays())
        return buffer.getvalue()


def from_arrays(arrays: Mapping[str, np.ndarray]) -> OwnDigits:
    """What `OwnDigits.arrays` gave. Raises KeyError if something is missing."""
    return OwnDigits(arrays["images"], arrays["labels"], arrays["is_held_out"])


def from_npz(content: bytes) -> OwnDigits:
    """What `to_npz` gave. Raises OwnDigitsError for anything else, before much memory is used."""
    try:
        Archive(content, _MOST_ENTRIES, _MOST_BYTES)
        found = from_arrays(read_npz(content, "images", "labels", "is_held_out"))
    except (ArchiveError, NpzError):
        raise OwnDigitsError("This is not a file of digits that was downloaded here.") from None
    count = found.labels.size
    shapes = [(count, IMAGE_SIZE, IMAGE_SIZE), (count,), (count,)]
    dtypes = [np.uint8, np.uint8, bool]
    fits = all(a.shape == s and a.dtype == d for a, s, d in zip(found.arrays().values(), shapes, dtypes, strict=True))
    if not fits or count > MOST or (found.labels >= NUM_CLASSES).any():
        raise OwnDigitsError(f"This file must hold at most {MOST} images of 28×28 with labels from 0 to 9, as uint8.")
    return found


def lesson(card: Card) -> TrainConfig:
    """How a trained model is taught: gently, briefly, and beside 6,000 of MNIST's digits.

    By Adam, however it was trained: in a few hundred batches Adadelta, Adagrad and plain SGD hardly learn anything.
    """
    return replace(
        card.config,
        optimizer="adam",
        learning_rate=3e-4,
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
