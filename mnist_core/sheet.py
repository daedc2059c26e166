"""A sheet of paper: what lies around it in a photo is not looked at, and it may be ruled or squared."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from mnist_core.drawing import pieces

# The sheet is looked for on a copy whose longer side has so many pixels.
_SIDE = 120
# It is the largest bright piece: at least so much of the picture, and at most so much.
_LEAST, _MOST = 0.25, 0.9
# All but its ink is bright, and it has four corners: its area is that of the quadrilateral between these, about so.
_BRIGHT, _CORNERS = 0.8, 0.15
# Between the brightness of sheet and table lies hardly anything, unlike in one light that fades: at most this share of
# the picture is in the middle third.
_BETWEEN = 0.1
# Of 255, by which the sheet is brighter.
_CONTRAST = 50
# So many lines that run out of the picture are the paper's own; seen so far from its edges, of its longer side.
_RULED, _EDGE = 8, 0.01


def only_the_sheet(rgba: np.ndarray, threshold: float) -> np.ndarray:
    """(H, W, 4) uint8 with the colour of its sheet in the place of all around it; as it is, where no sheet is found.

    `threshold` in [0, 1] parts bright from dark.
    """
    small = Image.fromarray(rgba).convert("L")
    small.thumbnail((_SIDE, _SIDE))
    grey = np.asarray(small, np.float32)
    bright = grey > 255 * threshold
    if bright.all() or not bright.any() or not _is_parted(grey, bright):
        return rgba
    numbers = pieces(bright)
    sheet = numbers == np.bincount(numbers[numbers > 0]).argmax()
    whole = _filled(sheet)
    if not _LEAST <= whole.mean() <= _MOST or bright[whole].mean() < _BRIGHT or not _has_four_corners(whole):
        return rgba
    # Without its edge, where the table shines through.
    inside = Image.fromarray(np.pad(whole, 1).astype(np.uint8)).filter(ImageFilter.MinFilter(5))
    inside = inside.crop((1, 1, whole.shape[1] + 1, whole.shape[0] + 1))
    mask = np.asarray(inside.resize((rgba.shape[1], rgba.shape[0]), Image.Resampling.NEAREST)) > 0
    if not mask.any():
        return rgba
    return np.where(mask[..., None], rgba, np.median(rgba[mask], axis=0).astype(np.uint8))


def is_ruled(mask: np.ndarray) -> bool:
    """Whether so many lines run out of a mask (H, W) on its sides that they are those of ruled or squared paper."""
    edge = round(_EDGE * max(mask.shape))
    sides = (mask[edge], mask[-1 - edge], mask[:, edge], mask[:, -1 - edge])
    return sum(int(np.count_nonzero(np.diff(side.astype(np.int8), prepend=0) == 1)) for side in sides) >= _RULED


def _is_parted(grey: np.ndarray, bright: np.ndarray) -> bool:
    """Whether bright and dark are two levels with hardly anything between them."""
    low, high = float(np.median(grey[~bright])), float(np.median(grey[bright]))
    third = (high - low) / 3
    between = (grey > low + third) & (grey < high - third)
    return high - low >= _CONTRAST and float(between.mean()) <= _BETWEEN


def _has_four_corners(mask: np.ndarray) -> bool:
    """Whether a mask is about as large as one of the quadrilaterals between its outermost points along the diagonals,
    or along the axes."""
    rows, columns = np.nonzero(mask)
    areas = []
    for first, second in ((rows + columns, rows - columns), (rows, columns)):
        around = [pick(values) for pick in (np.argmin, np.argmax) for values in (first, second)]
        ys, xs = rows[around].astype(float), columns[around].astype(float)
        # Gauss' formula for the area within the corners, in their order around it.
        areas.append(abs(np.dot(xs, np.roll(ys, 1)) - np.dot(ys, np.roll(xs, 1))) / 2)
    return bool(abs(len(rows) / max(*areas, 1.0) - 1) <= _CORNERS)


def _filled(mask: np.ndarray) -> np.ndarray:
    """A mask (h, w) with all that lies between its pixels in a row and in a column: a sheet with its ink."""

    def spans(along: int) -> np.ndarray:
        before = np.maximum.accumulate(mask, axis=along)
        after = np.flip(np.maximum.accumulate(np.flip(mask, along), axis=along), along)
        return before & after

    return spans(0) & spans(1)
