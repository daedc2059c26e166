"""From a drawn number to its digits: pieces of ink that lie above each other belong together."""

from __future__ import annotations

import numpy as np

from mnist_core.drawing import box, pieces, scale

# Pieces are looked for on a copy so many pixels high, or so many wide.
_HEIGHT, _WIDTH = 60, 900
# Ink fainter than this does not connect pieces.
_FAINT = 0.3
# Two pieces are parts of one digit when so much of the narrower one's width lies above or below the other.
_OVERLAP = 0.4


def split(ink: np.ndarray) -> list[np.ndarray]:
    """Ink (H, W) float in [0, 1], without specks -> the ink of each digit, (H, W), from left to right.

    Digits that touch are not taken apart. Blank paper gives an empty list.
    """
    if not ink.any():
        return []
    inked = box(ink > 0)
    height, width = ink[inked].shape
    small = scale(ink[inked], round(max(height, width) * min(1.0, _HEIGHT / height, _WIDTH / width)) or 1)
    owners, count = _owners(small)
    at = np.ix_(*(_places(*sides) for sides in zip(ink[inked].shape, small.shape, strict=True)))
    parts = []
    for digit in range(1, count + 1):
        part = np.zeros_like(ink)
        part[inked] = ink[inked] * (owners[at] == digit)
        parts.append(part)
    return parts


def _places(large: int, small: int) -> np.ndarray:
    """Where each pixel of a side of `large` lies on one of `small`, by its middle, as it was scaled: (large,) int."""
    return (2 * np.arange(large) + 1) * small // (2 * large)


def _owners(small: np.ndarray) -> tuple[np.ndarray, int]:
    """To which digit, from 1, each pixel with ink belongs, and how many digits there are."""
    numbers = pieces(small > _FAINT * small.max())
    spans = []
    for piece in np.unique(numbers[numbers > 0]):
        found = np.flatnonzero((numbers == piece).any(axis=0))
        spans.append((int(found[0]), int(found[-1]) + 1, [piece]))
    digits = _merged(spans)
    owners = np.zeros_like(numbers)
    for digit, (_, _, members) in enumerate(digits, start=1):
        owners[np.isin(numbers, members)] = digit
    # Faint ink belongs to what is nearest.
    while ((owners == 0) & (small > 0)).any():
        padded = np.pad(owners, 1)
        near = np.max([padded[i : i + small.shape[0], j : j + small.shape[1]] for i in range(3) for j in range(3)], 0)
        owners = np.where(owners == 0, near, owners)
    return owners, len(digits)


Span = tuple[int, int, list[int]]


def _merged(spans: list[Span]) -> list[Span]:
    """Spans (start, end, pieces) from left to right, those that lie above each other made one."""
    merged: list[Span] = []
    for start, end, members in sorted(spans):
        while merged and _lie_above_each_other(merged[-1], (start, end, members)):
            before = merged.pop()
            start, end, members = before[0], max(before[1], end), before[2] + members
        merged.append((start, end, members))
    return merged


def _lie_above_each_other(left: Span, right: Span) -> bool:
    common = min(left[1], right[1]) - right[0]
    return common > _OVERLAP * min(left[1] - left[0], right[1] - right[0])
