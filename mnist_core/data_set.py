"""A data set of somebody's own: digits in MNIST's form, checked, with remarks on what is odd about them."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from mnist_core.architecture import IMAGE_SIZE, NUM_CLASSES
from mnist_core.data import DataError, Digits

MOST_DIGITS = 100_000
# So many are needed to train; TrainConfig.train_size begins there.
LEAST_TO_TRAIN = 100

# Of the rows that one thing is wrong with, besides the first.
_MOST_NAMED = 4

# Fractions of the brightest may be above 1 where a picture was made larger or smaller, but never so much.
_NO_FRACTION = 2

# Digits that are looked at together.
_BLOCK = 5000

PARTS = {"train": "training", "test": "test"}


@dataclass(frozen=True)
class Part:
    """The digits of a file before they are checked: `images` of N, any numbers; `labels` of N, None if unknown.

    `row` names the one at an index as a person finds it in the file.
    """

    images: np.ndarray
    labels: np.ndarray | None
    row: Callable[[int], str]


_NONE = Part(np.zeros((0, IMAGE_SIZE, IMAGE_SIZE), np.uint8), np.zeros(0, np.uint8), str)


@dataclass(frozen=True)
class DataSet:
    """Digits in MNIST's form and what is odd about them; `y_test` is empty where the test digits have no labels.

    `tested` is that of the remarks which says that some of MNIST's test digits are to be learnt from; else empty.
    """

    digits: Digits
    remarks: tuple[str, ...]
    tested: str = ""

    @property
    def id(self) -> str:
        """12 characters that are the same for the same digits, whatever they are called."""
        parts = (getattr(self.digits, name) for name in ("x_train", "y_train", "x_test", "y_test"))
        return sha256(b"|".join(np.ascontiguousarray(part).data for part in parts)).hexdigest()[:12]


def check(parts: Mapping[str, Part], mnist: Digits) -> DataSet:
    """A data set from its `train` and `test` parts, of which one may be missing.

    `mnist` has the digits that every network is tested on, and those that most have learnt from. Raises DataError,
    which names the row, for anything that is no digit; says in its remarks what was done and what to beware of.
    """
    if not sum(len(part.images) for part in parts.values()):
        raise DataError("There is not one digit in this file.")
    if sum(len(part.images) for part in parts.values()) > MOST_DIGITS:
        raise DataError(f"There are more than {MOST_DIGITS:,} digits in this file.")
    remarks: list[str] = []
    arrays: dict[str, np.ndarray] = {}
    for name, kind in PARTS.items():
        part = parts.get(name, _NONE)
        images, inverted = _bright_ink(_pixels(part))
        labels = _labels(part)
        remarks += _odd(part, kind, images, labels, inverted)
        arrays |= {f"x_{name}": images, f"y_{name}": labels}
    if len(arrays["x_train"]) and not len(arrays["y_train"]):
        raise DataError("The training digits have no labels.")
    labels_of = _labels_by_picture(arrays["x_train"], arrays["y_train"])
    remarks += _copies(labels_of, len(arrays["x_train"]))
    remarks += _learnt(labels_of, "this data set's", arrays["x_test"])
    tested = _learnt(labels_of, "MNIST's", mnist.x_test)
    remarks += _tested_again(arrays["x_test"], mnist)
    remarks += tested
    remarks += _known_to_many({"train": labels_of, "test": {image.tobytes() for image in arrays["x_test"]}}, mnist)
    return DataSet(Digits(**arrays), tuple(remarks), "".join(tested))


def _odd(part: Part, kind: str, images: np.ndarray, labels: np.ndarray, inverted: int) -> list[str]:
    """What is odd about a part by itself; `images` and `labels` are what became of it, `inverted` of how many."""
    remarks = []
    if part.images.dtype.kind in "ui" and part.images.max(initial=0) == 1:
        remarks.append(f"The {kind} digits had only the numbers 0 and 1; 1 became 255, the brightest.")
    elif part.images.dtype.kind == "f" and 1 < (most := part.images.max(initial=0)) < _NO_FRACTION:
        remarks.append(f"The {kind} digits had numbers up to {most:.4g}; what was 1 or above became 255.")
    if inverted:
        remarks.append(f"Dark on light, and so inverted: {inverted:,} of {len(images):,} {kind} digits.")
    if blank := int((~images.any(axis=(1, 2))).sum()):
        remarks.append(f"{blank:,} of {len(images):,} {kind} digits are blank: there is nothing to read in them.")
    missing = sorted(set(range(NUM_CLASSES)) - set(labels.tolist()))
    if len(labels) and missing:
        them = " or ".join(", ".join(map(str, missing)).rsplit(", ", 1))
        remarks.append(f"Among the {kind} digits there is no {them}.")
    return remarks


def _pixels(part: Part) -> np.ndarray:
    """(N, 28, 28) uint8 from numbers up to 255; where none is above 1, or fractions hardly are, 1 is the brightest."""
    images = part.images
    if images.shape[1:] in ((IMAGE_SIZE**2,), (IMAGE_SIZE, IMAGE_SIZE, 1)):
        images = images.reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
    if images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE) or images.dtype.kind not in "buif":
        raise DataError(
            f"The pictures are {images.shape} {images.dtype}; they must be (N, 28, 28) numbers: "
            "N pictures of 28×28 pixels."
        )
    if not len(images):
        return images.astype(np.uint8)
    # Some at a time: they may be numbers of eight bytes each.
    blocks = [images[start : start + _BLOCK] for start in range(0, len(images), _BLOCK)]
    wrong = np.concatenate([~np.all((block >= 0) & (block <= 255), axis=(1, 2)) for block in blocks])
    if wrong.any():
        first = part.row(int(wrong.argmax()))
        raise DataError(f"{first} has pixels that are not numbers from 0 to 255.{_others(part, wrong)}")
    most = images.max()
    if images.dtype.kind == "f":
        factor = np.float32(255 if most < _NO_FRACTION else 1)
        return np.concatenate([np.rint(np.minimum(block * factor, 255)).astype(np.uint8) for block in blocks])
    return images.astype(np.uint8, copy=False) * np.uint8(255 if most <= 1 else 1)


def _labels(part: Part) -> np.ndarray:
    """(N,) uint8; none at all where the part has none."""
    if part.labels is None:
        return np.zeros(0, np.uint8)
    labels = part.labels
    if labels.ndim != 1 or labels.dtype.kind not in "uif":
        raise DataError(f"The labels are {labels.shape} {labels.dtype}; they must be (N,) whole numbers.")
    if len(labels) != len(part.images):
        raise DataError(f"There are {len(part.images):,} pictures, but {len(labels):,} labels.")
    wrong = ~np.isin(labels, np.arange(NUM_CLASSES))
    if wrong.any():
        index = int(wrong.argmax())
        said = f"{part.row(index)} has the label {labels[index]:g}; labels are digits from 0 to 9."
        raise DataError(said + _others(part, wrong))
    return labels.astype(np.uint8)


def _others(part: Part, wrong: np.ndarray) -> str:
    """A sentence on the digits after the first one of `wrong` (N,) bool; empty if there is no other."""
    _, *others = np.flatnonzero(wrong).tolist()
    if not others:
        return ""
    named = [part.row(index) for index in others[:_MOST_NAMED]]
    return f" The same goes for {len(others):,} more: {', '.join(named)}{', …' * (len(others) > _MOST_NAMED)}"


def _bright_ink(images: np.ndarray) -> tuple[np.ndarray, int]:
    """The images with bright ink on black, and how many were the other way round: those with a bright border."""
    border = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    dark_ink = np.median(border, axis=1) > 127 if len(images) else np.zeros(0, bool)
    return np.where(dark_ink[:, None, None], 255 - images, images), int(dark_ink.sum())


def _labels_by_picture(images: np.ndarray, labels: np.ndarray) -> dict[bytes, set[int]]:
    """The pixels of each different picture -> the labels that it has."""
    found: dict[bytes, set[int]] = {}
    for image, label in zip(images, labels, strict=True):
        found.setdefault(image.tobytes(), set()).add(int(label))
    return found


def _copies(labels_of: Mapping[bytes, set[int]], digits: int) -> list[str]:
    """What to say of training digits that occur more than once, and of those whose labels contradict each other."""
    copies, contradicted = digits - len(labels_of), sum(len(each) > 1 for each in labels_of.values())
    are = "is a copy of another" if copies == 1 else "are copies of others"
    remarks = [f"{copies:,} of {digits:,} training digits {are}."] if copies else []
    if contradicted:
        have = "has" if contradicted == 1 else "have"
        remarks.append(
            f"{contradicted:,} of these pictures {have} more than one label: which is right cannot be learnt."
        )
    return remarks


def _how_many(images: np.ndarray, known: Container[bytes]) -> int:
    """How many of the images are `known` by their pixels."""
    return sum(image.tobytes() in known for image in images)


def _learnt(known: Container[bytes], whose: str, test: np.ndarray) -> list[str]:
    """A warning of test digits which are to be learnt from: pictures whose pixels are `known`."""
    count = _how_many(test, known)
    said = (
        f"{count:,} of {whose} {len(test):,} test digits {'is' if count == 1 else 'are'} among the training digits: a "
        "network that has seen them in training does better in that test than on new digits."
    )
    return [said] if count else []


def _tested_again(test: np.ndarray, mnist: Digits) -> list[str]:
    """A remark on test digits that every model is tested on anyway."""
    count = _how_many(test, {image.tobytes() for image in mnist.x_test})
    are = "is" if count == 1 else "are"
    return [f"{count:,} of the {len(test):,} test digits {are} in MNIST's own test set, too."] if count else []


def _known_to_many(pictures: Mapping[str, Container[bytes]], mnist: Digits) -> list[str]:
    """A warning for each part that has pictures which most models have learnt from."""
    counts = {name: _how_many(mnist.x_train, known) for name, known in pictures.items()}
    return [
        f"{count:,} of MNIST's {len(mnist.x_train):,} training digits {'is' if count == 1 else 'are'} among the "
        f"{PARTS[name]} digits: a model that has learnt from MNIST reads these better than new ones."
        for name, count in counts.items()
        if count
    ]


@dataclass(frozen=True)
class OfOneDigit:
    """How often a digit is there, its mean picture (28, 28) uint8 and the first of its pictures (n, 28, 28) uint8."""

    train: int
    test: int
    mean: np.ndarray
    examples: np.ndarray


def by_digit(digits: Digits, most: int) -> list[OfOneDigit]:
    """For 0 to 9 what a data set has of it, with up to `most` examples: training digits, or test digits without."""
    images, labels = (digits.x_train, digits.y_train) if len(digits.x_train) else (digits.x_test, digits.y_test)
    found = []
    for digit in range(NUM_CLASSES):
        own = images[: len(labels)][labels == digit]
        mean = own.mean(axis=0) if len(own) else np.zeros((IMAGE_SIZE, IMAGE_SIZE))
        train, test = (int((y == digit).sum()) for y in (digits.y_train, digits.y_test))
        found.append(OfOneDigit(train, test, np.rint(mean).astype(np.uint8), own[:most].copy()))
    return found
