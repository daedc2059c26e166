"""Random drawings that are no digit: a few lines, corners, arcs and curves, put together by chance, and blots.

The network of `mnist_core/not_a_digit.py` learns from them what is no digit. Now and then one looks like a digit
all the same; a network can live with that.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.not_digits import arc, rounded, write

_STROKES, _SHARES = (1, 2, 3, 4), (0.2, 0.35, 0.3, 0.15)
_KINDS = ("line", "corners", "arc", "arc", "curve")
# Of all drawings: so many have their last stroke twice, the second one mirrored.
_MIRRORED = 0.25
# A single stroke that is straight is a 1, and a round one that comes back to where it began may be a 0.
_CLOSED = 25
_MOST_CORNERS = 7
_LEAST = 20
_SIDE, _BLOTS = 140, 0.06


def doodles(count: int, seed: int) -> Iterator[np.ndarray]:
    """`count` pictures (140, 140, 4) uint8."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield _blot(rng) if rng.random() < _BLOTS else write(_doodle(rng), rng, _SIDE)


def _blot(rng: np.random.Generator) -> np.ndarray:
    """What a tap of the pen leaves, a corner that was filled, a shadow on a photo: round or not, sharp or blurred.

    At least about as wide as high: an upright bar is a 1.
    """
    wide, high = np.array((rng.uniform(0.75, 2), 1)) * rng.uniform(5, 30)
    places = np.array(arc(_SIDE / 2, _SIDE / 2, wide, high, 0, 360))
    form = rng.choice(("round", "square", "corners"))
    if form == "square":
        places = places[[3, 9, 15, 21]]
    elif form == "corners":
        places = places[np.sort(rng.choice(24, rng.integers(3, 7), replace=False))]
    picture = Image.new("L", (_SIDE, _SIDE))
    ImageDraw.Draw(picture).polygon([tuple(place) for place in places], fill=255)
    grey = np.asarray(picture.filter(ImageFilter.GaussianBlur(float(rng.choice((0, 2, 10))))))
    return np.dstack([grey, grey, grey, np.full_like(grey, 255)])


def _doodle(rng: np.random.Generator) -> list[np.ndarray]:
    strokes: list[np.ndarray] = []
    anchors: list[np.ndarray] = []
    for _ in range(rng.choice(_STROKES, p=_SHARES)):
        strokes.append(_stroke(anchors, rng))
        anchors += [strokes[-1][0], strokes[-1][-1], strokes[-1][len(strokes[-1]) // 2]]
    if rng.random() < _MIRRORED:
        strokes.append(strokes[-1] * (-1, 1) + (100, 0))
    only = strokes[0]
    is_closed = len(only) > _MOST_CORNERS and np.hypot(*(only[0] - only[-1])) < _CLOSED
    if len(strokes) == 1 and (len(only) == 2 or is_closed):
        return _doodle(rng)
    return strokes


def _stroke(anchors: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """(N, 2) on a field of 100x100; not a dot."""
    kind = rng.choice(_KINDS)
    if kind == "arc":
        stroke = _arc(anchors, rng)
    else:
        count = 2 if kind == "line" else rng.integers(3, 7)
        stroke = np.array([_place(anchors, rng) for _ in range(count)])
        if kind == "curve":
            stroke = np.concatenate([stroke[:1], rounded(stroke), stroke[-1:]])
        elif kind == "corners" and rng.random() < 0.4:
            stroke = np.concatenate([stroke, stroke[:1]])
    return stroke if np.ptp(stroke, axis=0).max() >= _LEAST else _stroke(anchors, rng)


def _arc(anchors: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """A part of an ellipse, from a quarter to the whole, whose radius may grow on the way."""
    x, y = _place(anchors, rng) if rng.random() < 0.5 else rng.normal(50, 12, 2)
    start = rng.choice(np.arange(0, 360, 45)) + rng.normal(0, 10)
    length = rng.choice((90, 180, 270, 300, 360)) + rng.normal(0, 20)
    wide, high = rng.uniform(10, 50, 2)
    found = np.array(arc(x, y, wide, high, start, start + length * rng.choice((-1, 1))))
    if rng.random() < 0.2:
        found = (x, y) + (found - (x, y)) * np.linspace(rng.uniform(0.2, 1), 1, len(found))[:, None]
    return found


def _place(anchors: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Often at or near an end or the middle of an earlier stroke, often near a corner or the middle of the field."""
    if anchors and rng.random() < 0.5:
        return anchors[rng.integers(len(anchors))] + rng.normal(0, 3, 2)
    return rng.choice((5, 50, 95), 2) + rng.normal(0, 6, 2) if rng.random() < 0.6 else rng.uniform(0, 100, 2)
