"""Files of somebody's own digits: a `.npz` as Keras has it, a zip of pictures in folders, Kaggle's CSV.

They are read as numbers, text and pictures; nothing in them is unpickled.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from math import prod
from pathlib import PurePosixPath

import numpy as np
from PIL import Image

from mnist_core import photo
from mnist_core.architecture import IMAGE_SIZE
from mnist_core.data import DataError, Digits
from mnist_core.data_set import MOST_DIGITS, DataSet, Part, check
from mnist_core.drawing import prepare, without_specks
from mnist_core.uploads.archive import Archive, ArchiveError

MOST_MEGABYTES = 100

_MOST_BYTES = 250_000_000
_PIXELS = [f"pixel{number}" for number in range(IMAGE_SIZE**2)]
# Lines of a CSV that are read at once; between them, other visitors have their turn.
_LINES = 500
# In characters: twice what the header of Kaggle's table has.
_LONGEST_LINE = 15_000
# Cutting one out and scaling it takes milliseconds, during which nobody else is served.
_MOST_TO_PREPARE = 5_000
# What all pictures of a file may have together: unpacked, a few bytes can be a picture of any size.
_MOST_PIXELS = 500_000_000
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff")


class _UnreadError(DataError):
    """A picture that cannot be read, while others may."""


def read(file_name: str, content: bytes, mnist: Digits) -> DataSet:
    """The digits in an uploaded file; in its remarks, which of `mnist` are among them.

    Raises DataError, which says in a sentence what is wrong and where.
    """
    if file_name.lower().endswith(".csv"):
        return check(dict([_csv(file_name, content)]), mnist)
    if not file_name.lower().endswith((".zip", ".npz")):
        raise DataError(
            "Digits come as an .npz file, a zip of pictures, or a CSV. A single picture is read on the Draw page."
        )
    try:
        archive = Archive(content, MOST_DIGITS + 100, _MOST_BYTES)
        if any(name.endswith(".npy") for name in archive.names):
            return check(_npz(archive), mnist)
        if tables := [name for name in archive.names if _is_table(name)]:
            parts = dict(_csv(name, archive.read(name)) for name in tables)
            if len(parts) < len(tables):
                raise DataError("There are several tables of the same kind in this zip.")
            return check(parts, mnist)
        parts, remarks = _folders(archive)
    except ArchiveError as error:
        raise DataError(str(error)) from None
    found = check(parts, mnist)
    return replace(found, remarks=(*found.remarks, *remarks))


def _npz(archive: Archive) -> dict[str, Part]:
    parts = {}
    for name in ("train", "test"):
        if f"x_{name}.npy" in archive.names:
            labels = f"y_{name}.npy"
            y = _npy(labels, archive.read(labels)) if labels in archive.names else None
            x = _npy(f"x_{name}", archive.read(f"x_{name}.npy"))
            parts[name] = Part(x, y, f"x_{name}[{{}}]".format)
    if not parts:
        found = ", ".join(name.removesuffix(".npy") for name in archive.names if name.endswith(".npy"))
        raise DataError(
            f"This .npz has neither x_train nor x_test. It holds: {found:.200}. "
            "Call the pictures x_train, and their labels y_train."
        )
    return parts


def _npy(name: str, content: bytes) -> np.ndarray:
    """An array from its file: only plain numbers, and as many as its header says."""
    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        read_header = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}[version[0]]
        shape, is_fortran, dtype = read_header(file)
    except Exception:
        # The header is Python text: broken, it raises errors of half a dozen kinds.
        raise DataError(f"{name} is not an array that NumPy wrote.") from None
    if dtype.kind not in "buif":
        raise DataError(f"{name} holds {dtype!s:.60}, not numbers: neither text nor Python objects are read.")
    start = file.tell()
    try:
        if not shape or min(shape) < 0 or len(content) - start != prod(shape) * dtype.itemsize:
            raise ValueError
        # An empty array may be of a shape that NumPy cannot have.
        return np.frombuffer(content, dtype, offset=start).reshape(shape, order="F" if is_fortran else "C")
    except (ValueError, TypeError):
        # NumPy reads a shape of truth values, and does not take it.
        raise DataError(f"{name} is damaged: its numbers are not {shape!s:.60}.") from None


def _is_table(name: str) -> bool:
    """Kaggle's zip has a sample of a submission too."""
    file = PurePosixPath(name).name.lower()
    return file.endswith(".csv") and "submission" not in file and not name.startswith("__MACOSX")


def _csv(name: str, content: bytes) -> tuple[str, Part]:
    """Kaggle's digit-recognizer table: with labels its digits are to learn from, without to be tested on."""
    # Decoded a line at a time: as one text it may need four times as much memory.
    lines = _bounded(name, io.TextIOWrapper(io.BytesIO(content.rstrip()), "utf-8-sig", errors="replace"))
    row = partial(_line, name)
    header = next(lines, "").strip().split(",")
    if header not in (["label", *_PIXELS], _PIXELS):
        raise DataError(f"The first line of {name!r:.80} must be label,pixel0,...,pixel783, or that without label.")
    table = np.concatenate([np.zeros((0, len(header)), np.int16), *_blocks(name, lines, len(header))])
    if header == _PIXELS:
        return "test", Part(table, None, row)
    return "train", Part(table[:, 1:], table[:, 0], row)


def _bounded(name: str, file: io.TextIOWrapper) -> Iterator[str]:
    """One after the other: a file may be a single line, which would fill the memory."""
    while line := file.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise DataError(f"{name!r:.80} has a line of more than {_LONGEST_LINE:,} characters.")
        yield line


def _line(name: str, index: int) -> str:
    """The line of a row, below the header; people count from 1."""
    return f"Line {index + 2} of {name!r:.80}"


def _blocks(name: str, lines: Iterator[str], columns: int) -> Iterator[np.ndarray]:
    first = 0
    while block := list(islice(lines, _LINES)):
        if first > MOST_DIGITS:
            raise DataError(f"There are more than {MOST_DIGITS:,} digits in this file.")
        try:
            yield _numbers(block, columns)
        except ValueError:
            wrong = next(number for number, line in enumerate(block) if not _is_row(line, columns))
            raise DataError(
                f"{_line(name, first + wrong)} is not {columns} whole numbers: {_wrong_with(block[wrong], columns)}."
            ) from None
        first += len(block)


def _numbers(lines: list[str], columns: int) -> np.ndarray:
    # Of empty lines NumPy warns.
    if not all(map(str.strip, lines)):
        raise ValueError("A line is empty.")
    table = np.loadtxt(lines, np.int16, delimiter=",", comments=None, ndmin=2)
    if table.shape != (len(lines), columns):
        raise ValueError("A line has another length.")
    return table


def _wrong_with(line: str, columns: int) -> str:
    """How many numbers it has instead, or the first that is none."""
    values = line.strip().split(",")
    if len(values) != columns:
        return f"there are {len(values) if line.strip() else 'none'}"
    wrong = next((value for value in values if not _is_row(value, 1)), "")
    return f"{wrong!r:.40}"


def _is_row(line: str, columns: int) -> bool:
    try:
        _numbers([line], columns)
    except ValueError:
        return False
    return True


def _folders(archive: Archive) -> tuple[dict[str, Part], list[str]]:
    """Pictures by the folder that they are in, and what to say of them.

    Those somewhere in a folder called `test` are test digits, all others are to learn from.
    """
    found: dict[str, list[tuple[np.ndarray, int]]] = {"train": [], "test": []}
    prepared = pixels = 0
    unread: list[str] = []
    names, remarks = _pictures(archive.names)
    for name in names:
        path = PurePosixPath(name)
        if not re.fullmatch("[0-9]", path.parent.name):
            raise DataError(f"The picture {name!r:.80} is not in a folder called 0 to 9.")
        content = archive.read(name)
        try:
            # Counted before it is unpacked: a broken one costs as much as a whole one.
            opened = _opened(name, content)
            pixels += prod(opened.size)
            if pixels > _MOST_PIXELS:
                raise DataError("The pictures are too large together. Make them smaller: 28×28 pixels are enough.")
            image = _picture(name, opened, content)
        except _UnreadError as error:
            unread.append(str(error))
            continue
        prepared += opened.size != (IMAGE_SIZE, IMAGE_SIZE)
        if prepared > _MOST_TO_PREPARE:
            raise DataError(
                f"More than {_MOST_TO_PREPARE:,} pictures are not 28×28 pixels. Scale them first, or bring fewer."
            )
        part = "test" if "test" in map(str.lower, path.parts[:-2]) else "train"
        found[part].append((image, int(path.parent.name)))
    if unread and not any(found.values()):
        raise DataError(unread[0])
    return _stacked(found), [*remarks, *_of_pictures(prepared, unread)]


def _stacked(found: dict[str, list[tuple[np.ndarray, int]]]) -> dict[str, Part]:
    parts = {}
    for part, pairs in found.items():
        if pairs:
            images, labels = zip(*pairs, strict=True)
            parts[part] = Part(np.stack(images), np.array(labels), str)
    return parts


def _of_pictures(prepared: int, unread: list[str]) -> Iterator[str]:
    """What to say of pictures that were changed, and of those that are missing, of which `unread` tells."""
    if prepared:
        which = "One picture was" if prepared == 1 else f"{prepared:,} pictures were"
        how = "freed from specks, cropped, scaled, centred and drawn as thick as MNIST's digits are"
        yield f"{which} not 28×28 pixels: {'it was' if prepared == 1 else 'each was'} {how}."
    if unread:
        which = "One picture was" if len(unread) == 1 else f"{len(unread):,} pictures were"
        yield f"{which} left out. {unread[0]}"


def _pictures(names: list[str]) -> tuple[list[str], list[str]]:
    """The files that are pictures, and what to say of others that lie where these do."""
    found, others = [], []
    for name in names:
        path = PurePosixPath(name)
        if name.startswith("__MACOSX") or path.name.startswith("."):
            continue
        if path.suffix.lower() in _PICTURES:
            found.append(name)
        elif re.fullmatch("[0-9]", path.parent.name):
            others.append(path)
    if not others:
        return found, []
    kinds = ", ".join(sorted({path.suffix.lower()[:10] or path.name[:20] for path in others})[:5])
    many = f"{len(others):,} files were left out, as they are no pictures"
    said = "One file was left out, as it is no picture" if len(others) == 1 else many
    return found, [f"{said} of a known kind: {kinds}."]


def _opened(name: str, content: bytes) -> Image.Image:
    """A picture of which no more than the header has been read. Raises _UnreadError."""
    with _reading(name):
        return Image.open(io.BytesIO(content), formats=photo.FORMATS)


def _picture(name: str, opened: Image.Image, content: bytes) -> np.ndarray:
    """A picture as (28, 28) uint8; any of another size is prepared as a photo is. Raises _UnreadError."""
    with _reading(name):
        if opened.size == (IMAGE_SIZE, IMAGE_SIZE):
            return _grey(opened)
        ink = photo.photo_to_ink(photo.read(content))
        return np.rint(255 * prepare(without_specks(ink))).astype(np.uint8)


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """While a picture is read: whatever goes wrong, an _UnreadError says of which it is and what."""
    try:
        yield
    except Image.DecompressionBombError:
        raise _UnreadError(f"The picture {name!r:.80} is too large: it would not fit in memory.") from None
    except photo.PhotoError as error:
        raise _UnreadError(f"The picture {name!r:.80} cannot be read. {error}") from None
    except Exception:
        # Damaged, a picture raises errors of a dozen kinds in Pillow.
        raise _UnreadError(f"The picture {name!r:.80} cannot be read.") from None


def _grey(image: Image.Image) -> np.ndarray:
    """A picture as (H, W) uint8; what is transparent is the paper, black under bright ink and else white."""
    image = photo.in_8_bit(image)
    if not image.has_transparency_data:
        return np.asarray(image.convert("L"))
    grey, alpha = np.moveaxis(np.asarray(image.convert("RGBA").convert("LA"), np.float32), 2, 0)
    paper = 0 if (grey * alpha).sum() > 127 * alpha.sum() else 255
    return np.rint(paper + (grey - paper) * alpha / 255).astype(np.uint8)
