"""A digit in Braille's dots: a picture where only text may stand, such as beside the pointer over a chart."""

from __future__ import annotations

import numpy as np

# The bit of each dot of a character, four rows of two, above U+2800 (Unicode, "Braille Patterns").
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
_BLANK = 0x2800
# MNIST's digits lie within the field's middle.
_MARGIN = 2
_INK = 96


def braille(images: np.ndarray) -> list[str]:
    """Images (N, 28, 28) uint8 -> six lines of twelve characters each, a dot for each inked pixel of the middle."""
    inked = images[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN] >= _INK
    count, height, width = inked.shape
    cells = inked.reshape(count, height // 4, 4, width // 2, 2)
    codes = _BLANK + np.einsum("nrycx,yx->nrc", cells, _BITS)
    # NumPy keeps a text as one 32-bit number a character.
    lines = np.ascontiguousarray(codes, np.uint32).view(f"U{codes.shape[2]}")[..., 0]
    return ["\n".join(each) for each in lines.tolist()]
