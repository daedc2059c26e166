"""Digits written by nobody: the glyphs of `mnist_core.learning.glyphs`, each written anew with its own hand.

MNIST was written by Americans with a pencil on paper. A 1 with a long upstroke, a 7 with a bar or
an open 4 is rare or missing in it, and on a canvas people draw all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from mnist_core.architecture import IMAGE_SIZE
from mnist_core.drawing import GLYPH_SIZE, prepare
from mnist_core.learning.glyphs import GLYPHS

# Glyphs are drawn four times larger than MNIST's digits, with room for the pen: the reduction is the antialiasing.
_SIDE = 4 * GLYPH_SIZE
_MARGIN = _SIDE // 5
# Straight pieces from one point of a glyph to the next.
_PIECES = 5
# A network can train on the first of them while the others are written.
_BLOCK = 256


@dataclass(frozen=True)
class Template:
    """One way to write a digit: `points` (P, 2), `curves` (S, P) maps them to the pen's places,
    `strokes` gives each stroke's part of the P points and of the S places."""

    points: np.ndarray
    curves: np.ndarray
    strokes: tuple[tuple[slice, slice], ...]


def generate(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images (count, 28, 28) uint8 as MNIST's, bright ink on 0, and their labels (count,) uint8 from 0 to 9.

    Each digit is equally likely, and each of its ways to be written. The same seed gives the same digits.
    Raises ValueError for a negative count.
    """
    if count < 0:
        raise ValueError(f"There cannot be {count} digits.")
    none = np.zeros((0, IMAGE_SIZE, IMAGE_SIZE), np.uint8), np.zeros(0, np.uint8)
    images, labels = zip(none, *blocks(count, seed), strict=True)
    return np.concatenate(images), np.concatenate(labels)


def blocks(count: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What `generate` gives, images and labels of some digits after the other, as they are written."""
    ways = [(digit, name) for digit, variants in GLYPHS.items() for name in variants]
    likely = np.array([1 / len(GLYPHS) / len(GLYPHS[digit]) for digit, _ in ways])
    for start in range(0, count, _BLOCK):
        rng = np.random.default_rng((seed, start))
        chosen = rng.choice(len(ways), size=min(_BLOCK, count - start), p=likely)
        images = np.zeros((len(chosen), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
        for way in np.unique(chosen):
            places = np.flatnonzero(chosen == way)
            digit, name = ways[way]
            images[places] = write(digit, name, len(places), rng)
        yield images, np.array([digit for digit, _ in ways], np.uint8)[chosen]


def write(digit: int, name: str, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` digits all written in one way of `GLYPHS`: (count, 28, 28) uint8."""
    template = _template(digit, name)
    paths = _paths(template, count, rng)
    images = np.zeros((count, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for image, path, widths in zip(images, paths, _widths(paths.shape[:2], rng), strict=True):
        ink = _drawn([path[places] for _, places in template.strokes], [widths[p] for _, p in template.strokes])
        image[:] = np.rint(prepare(ink) * 255)
    return images


@cache
def _template(digit: int, name: str) -> Template:
    points: list[list[float]] = []
    parts: list[np.ndarray] = []
    strokes: list[tuple[slice, slice]] = []
    places = 0
    for text in GLYPHS[digit][name]:
        corners: list[int] = [0]
        stroke: list[list[float]] = []
        for word in text.split():
            if word == "|":
                corners.append(len(stroke) - 1)
            else:
                stroke.append([float(number) for number in word.split(",")])
        curve = _curve(len(stroke), [*corners, len(stroke) - 1])
        strokes.append((slice(len(points), len(points) + len(stroke)), slice(places, places + len(curve))))
        points, places = points + stroke, places + len(curve)
        parts.append(curve)
    curves = np.zeros((places, len(points)))
    for part, (columns, rows) in zip(parts, strokes, strict=True):
        curves[rows, columns] = part
    return Template(np.array(points), curves, tuple(strokes))


def _curve(count: int, corners: list[int]) -> np.ndarray:
    """(places, count): the weights of a stroke's points in each place of a Catmull-Rom curve, broken at corners."""
    rows = []
    t = np.arange(_PIECES) / _PIECES
    weights = np.array([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2]) / 2
    for first, last in pairwise(corners):
        for i in range(first, last):
            piece = np.zeros((_PIECES, count))
            for point, weight in zip(range(i - 1, i + 3), weights, strict=True):
                piece[:, min(max(point, first), last)] += weight
            rows.append(piece)
    return np.concatenate([*rows, np.eye(count)[-1:]])


def _paths(template: Template, count: int, rng: np.random.Generator) -> np.ndarray:
    """Where the pen goes, (count, S, 2): the points a little off, then the whole slanted, stretched and turned."""
    care = rng.uniform(0.01, 0.05, (count, 1, 1))
    points = (template.points - 50) / 100 + care * rng.standard_normal((count, *template.points.shape))
    for columns, _ in template.strokes:
        points[:, columns] += care * rng.standard_normal((count, 1, 2))
    points = points + _bend(points, rng)
    angle, slant = rng.normal(0, 0.07, count), rng.normal(0.08, 0.16, count)
    wide = np.exp(rng.normal(0, 0.2, count))
    x, y = wide[:, None] * (points[..., 0] - slant[:, None] * points[..., 1]), points[..., 1]
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return template.curves @ np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)


def _bend(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A smooth distortion of the field, (count, P, 2): each axis moved by a random quadratic of both."""
    x, y = points[..., 0], points[..., 1]
    amounts = rng.normal(0, 0.12, (2, 3, len(points), 1))
    return np.stack([a * x * x + b * x * y + c * y * y for a, b, c in amounts], axis=-1)


def _widths(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """The pen's width at each place, (count, S), as a share of the glyph's longer side; pressure drifts."""
    count, places = shape
    pen = np.exp(rng.uniform(np.log(0.07), np.log(0.28), (count, 1)))
    drift = rng.normal(0, 0.2, (count, 1)) * np.sin(np.linspace(0, 5, places) + rng.uniform(0, 6, (count, 1)))
    return pen * np.exp(drift)


def _drawn(strokes: list[np.ndarray], widths: list[np.ndarray]) -> np.ndarray:
    """Ink (side, side) float32 in [0, 1] of strokes (S, 2) with a width at each place."""
    places = np.concatenate(strokes)
    low, scale = places.min(axis=0), _SIDE / np.ptp(places, axis=0).max()
    picture = Image.new("L", (_SIDE + 2 * _MARGIN + 1, _SIDE + 2 * _MARGIN + 1))
    pen = ImageDraw.Draw(picture)
    for stroke, thick in zip(strokes, widths, strict=True):
        at = ((stroke - low) * scale + _MARGIN).tolist()
        radii = np.maximum(thick * _SIDE / 2, 0.5).tolist()
        for ((x, y), (u, v)), r in zip(pairwise(at), radii, strict=False):
            pen.line((x, y, u, v), fill=255, width=round(2 * r))
        for (x, y), r in zip(at, radii, strict=True):
            pen.ellipse((x - r, y - r, x + r, y + r), fill=255)
    return np.asarray(picture, np.float32) / 255
