"""From recorded pen strokes to the picture that a canvas gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

SIDE = 280

# Drawn so many times larger: the reduction is the antialiasing.
_FINE = 2


@dataclass(frozen=True)
class Stroke:
    """`points` (N, 2) are x, y in pixels of the board, y growing downwards; `width` is the pen's, in pixels."""

    points: np.ndarray
    width: float = 20


def draw(strokes: Iterable[Stroke], side: int = SIDE) -> np.ndarray:
    """Strokes of a round pen, white on black: (side, side, 4) uint8."""
    picture = Image.new("L", (_FINE * side, _FINE * side))
    brush = ImageDraw.Draw(picture)
    for stroke in strokes:
        radius = _FINE * stroke.width / 2
        # Far outside the board nothing is seen, but the brush would take long to get there.
        points = [tuple(point) for point in np.clip(stroke.points, -side, 2 * side) * _FINE]
        brush.line(points, fill=255, width=round(2 * radius), joint="curve")
        for x, y in points:
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    grey = np.asarray(picture.reduce(_FINE))
    return np.dstack([grey, grey, grey, np.full_like(grey, 255)])
