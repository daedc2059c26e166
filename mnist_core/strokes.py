"""From pen strokes to the picture on the board."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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
    erases: bool = False


def parse(values: Iterable[Mapping[str, Any]]) -> list[Stroke]:
    """Strokes as the browser sends them, mappings of Stroke's fields. Raises ValueError for anything else."""
    try:
        strokes = [
            Stroke(np.asarray(value["points"], float).reshape(-1, 2), float(value["width"]), bool(value["erases"]))
            for value in values
        ]
    except (TypeError, KeyError) as error:
        raise ValueError(f"These are no strokes: {error}") from None
    for stroke in strokes:
        if not stroke.points.size or not np.isfinite(stroke.points).all() or not 0 < stroke.width <= SIDE:
            raise ValueError("These are no strokes of a pen on a board.")
    return strokes


def draw(strokes: Iterable[Stroke], side: int = SIDE) -> np.ndarray:
    """Strokes of a round pen, white on black: (side, side, 4) uint8."""
    picture = Image.new("L", (_FINE * side, _FINE * side))
    brush = ImageDraw.Draw(picture)
    for stroke in strokes:
        fill, radius = 0 if stroke.erases else 255, _FINE * stroke.width / 2
        # Far outside the board nothing is seen, but the brush would take long to get there.
        points = [tuple(point) for point in np.clip(stroke.points, -side, 2 * side) * _FINE]
        brush.line(points, fill=fill, width=round(2 * radius), joint="curve")
        for x, y in points:
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)
    grey = np.asarray(picture.reduce(_FINE))
    return np.dstack([grey, grey, grey, np.full_like(grey, 255)])
