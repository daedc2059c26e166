"""From a drawn number to its digits: pieces of ink that lie above each other belong together."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from mnist_core.drawing import pieces, scale

# Pieces are looked for on a copy whose longer side has so many pixels.
_SIDE = 140
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
    small = scale(ink, min(_SIDE, max(ink.shape)))
    numbers = pieces(small > _FAINT * small.max())
    columns = [np.flatnonzero((numbers == piece).any(axis=0)) for piece in np.unique(numbers[numbers > 0])]
    spans = _merged([(int(found[0]), int(found[-1]) + 1) for found in columns])
    # A digit has all ink up to half-way to its neighbours.
    middles = [(left[1] + right[0]) / 2 for left, right in pairwise(spans)]
    bounds = [0, *(round(middle * ink.shape[1] / small.shape[1]) for middle in middles), ink.shape[1]]
    at = np.arange(ink.shape[1])
    return [ink * ((at >= left) & (at < right)) for left, right in pairwise(bounds)]


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans (start, end) in order, those that lie above each other made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        while merged and _lie_above_each_other(merged[-1], (start, end)):
            before = merged.pop()
            start, end = before[0], max(before[1], end)
        merged.append((start, end))
    return merged


def _lie_above_each_other(left: tuple[int, int], right: tuple[int, int]) -> bool:
    common = min(left[1], right[1]) - right[0]
    return common > _OVERLAP * min(left[1] - left[0], right[1] - right[0])
