"""From a drawing to the picture that a network trained on MNIST expects.

The same steps as MNIST's makers took (Y. LeCun et al., "Gradient-based learning applied to document
recognition", 1998, section III.A): crop to the ink, scale the longer side to 20 pixels keeping the
proportions, and put the centre of mass at the centre of 28x28.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from mnist_core.architecture import IMAGE_SIZE

GLYPH_SIZE = 20

# Ink fainter than this share of the darkest ink is smudge or shadow, not stroke.
_FAINT = 0.1


def to_ink(rgba: np.ndarray) -> np.ndarray:
    """How much ink is at each pixel: (H, W, 4) uint8 -> (H, W) float32 in [0, 1], bright ink on zeros.

    Transparent pixels are paper. The paper is the colour of most of the border, so that light on
    dark and dark on light come out the same. Raises ValueError for another shape or dtype.
    """
    rgba = np.asarray(rgba)
    if rgba.ndim != 3 or rgba.shape[2] != 4 or rgba.dtype != np.uint8:
        raise ValueError(f"A drawing is (height, width, 4) uint8, not {rgba.shape} {rgba.dtype}.")
    alpha = rgba[..., 3].astype(np.float32) / 255
    brightness = rgba[..., :3].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32) / 255
    border = np.concatenate([a.ravel() for a in (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1])])
    if np.median(border) < 0.5:
        return alpha
    edges = [brightness[0], brightness[-1], brightness[:, 0], brightness[:, -1]]
    paper = np.median(np.concatenate(edges))
    ink = np.abs(brightness - paper) * alpha
    most = max(float(paper), 1 - float(paper))
    return np.clip(ink / most, 0, 1)


def crop(ink: np.ndarray) -> np.ndarray:
    """The smallest rectangle that holds the ink: (H, W) float -> (h, w); (0, 0) when there is none."""
    visible = ink > _FAINT * max(float(ink.max(initial=0)), _FAINT)
    if not visible.any():
        return ink[:0, :0]
    rows, columns = np.flatnonzero(visible.any(axis=1)), np.flatnonzero(visible.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def scale(cropped: np.ndarray) -> np.ndarray:
    """The crop with its longer side at 20 pixels, antialiased: (h, w) float in [0, 1] -> at most (20, 20)."""
    height, width = cropped.shape
    factor = GLYPH_SIZE / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = Image.fromarray(cropped.astype(np.float32)).resize(size, Image.Resampling.BOX)
    return np.clip(np.asarray(small), 0, 1)


def centre(glyph: np.ndarray) -> np.ndarray:
    """The glyph on 28x28 with its centre of mass at the centre, moved by whole pixels and kept inside."""
    rows, columns = glyph.shape
    field = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.float32)
    middle = (IMAGE_SIZE - 1) / 2
    mass_row = np.average(np.arange(rows), weights=glyph.sum(axis=1))
    mass_column = np.average(np.arange(columns), weights=glyph.sum(axis=0))
    top = int(np.clip(round(middle - mass_row), 0, IMAGE_SIZE - rows))
    left = int(np.clip(round(middle - mass_column), 0, IMAGE_SIZE - columns))
    field[top : top + rows, left : left + columns] = glyph
    return field


def to_mnist(rgba: np.ndarray) -> np.ndarray:
    """(H, W, 4) uint8 -> (28, 28) float32 in [0, 1], ink bright; all zeros for a blank canvas."""
    cropped = crop(to_ink(rgba))
    if not cropped.size:
        return np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.float32)
    return centre(scale(cropped))
