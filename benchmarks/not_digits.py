"""Drawings that are no digit: letters, shapes and scribbles, written by a program that this file is all of.

Each is a few pen strokes on a field of 100x100, y growing downwards, written anew with its own hand.
Left out are the letters that are a digit to any eye, or one that lies or is mirrored:
B b D G g I i J j l O o p Q q S s y Z z, and a circle and a bar among the shapes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from mnist_core.strokes import SIDE, Stroke, draw


def arc(x: float, y: float, wide: float, high: float, start: float, end: float) -> list[tuple[float, float]]:
    """Points on an ellipse with these half axes; degrees, clockwise from the right as seen."""
    angles = np.radians(np.linspace(start, end, 25))
    return list(zip(x + wide * np.cos(angles), y + high * np.sin(angles), strict=True))


def star(points: int, inner: float) -> list[tuple[float, float]]:
    angles = -np.pi / 2 + np.arange(2 * points + 1) * np.pi / points
    radii = np.where(np.arange(2 * points + 1) % 2, inner, 50)
    return list(zip(50 + radii * np.cos(angles), 50 + radii * np.sin(angles), strict=True))


LETTERS: dict[str, list[ArrayLike]] = {
    "A": [[(10, 100), (50, 0), (90, 100)], [(27, 60), (73, 60)]],
    "C": [arc(55, 50, 45, 50, -40, -320)],
    "E": [[(85, 0), (20, 0), (20, 100), (85, 100)], [(20, 48), (75, 48)]],
    "F": [[(85, 0), (20, 0), (20, 100)], [(20, 48), (75, 48)]],
    "H": [[(15, 0), (15, 100)], [(85, 0), (85, 100)], [(15, 50), (85, 50)]],
    "K": [[(20, 0), (20, 100)], [(85, 0), (20, 55), (88, 100)]],
    "L": [[(20, 0), (20, 100), (80, 100)]],
    "M": [[(5, 100), (15, 0), (50, 70), (85, 0), (95, 100)]],
    "N": [[(15, 100), (15, 0), (85, 100), (85, 0)]],
    "P": [[(20, 100), (20, 0), *arc(50, 27, 32, 27, -90, 90), (20, 54)]],
    "R": [[(20, 100), (20, 0), *arc(50, 25, 32, 25, -90, 90), (20, 50)], [(45, 50), (85, 100)]],
    "T": [[(10, 0), (90, 0)], [(50, 0), (50, 100)]],
    "U": [[(15, 0), *arc(50, 62, 35, 38, 180, 0), (85, 0)]],
    "V": [[(10, 0), (50, 100), (90, 0)]],
    "W": [[(0, 0), (25, 100), (50, 30), (75, 100), (100, 0)]],
    "X": [[(12, 0), (88, 100)], [(88, 0), (12, 100)]],
    "Y": [[(10, 0), (50, 50)], [(90, 0), (50, 50), (50, 100)]],
    "a": [[*arc(45, 60, 33, 38, -30, -330), (80, 22), (80, 80), (95, 98)]],
    "d": [[*arc(42, 68, 30, 32, -30, -330), (72, 0), (72, 100)]],
    "e": [[(18, 55), (85, 55), *arc(50, 55, 36, 43, 0, -310)]],
    "f": [[*arc(65, 25, 25, 25, -30, -180), (40, 100)], [(15, 45), (72, 45)]],
    "h": [[(20, 0), (20, 100)], [(20, 65), *arc(50, 65, 28, 25, 180, 360), (78, 100)]],
    "k": [[(22, 0), (22, 100)], [(75, 38), (22, 72), (80, 100)]],
    "m": [
        [(5, 30), (5, 100)],
        [(5, 60), *arc(28, 55, 22, 25, 180, 360), (50, 100)],
        [(50, 60), *arc(73, 55, 22, 25, 180, 360), (95, 100)],
    ],
    "n": [[(15, 10), (15, 100)], [(15, 50), *arc(50, 45, 33, 35, 180, 360), (83, 100)]],
    "r": [[(25, 15), (25, 100)], [(25, 55), *arc(60, 50, 35, 35, 180, 300)]],
    "t": [[(48, 0), *arc(70, 80, 22, 20, 180, 40)], [(15, 32), (82, 32)]],
    "u": [[(15, 10), *arc(45, 65, 30, 33, 180, 0), (75, 10), (75, 85), (92, 98)]],
    "w": [[(0, 10), *arc(25, 70, 25, 28, 180, 0), (50, 30), *arc(75, 70, 25, 28, 180, 0), (100, 10)]],
    "x": [[(15, 10), (85, 95)], [(85, 10), (15, 95)]],
}

SHAPES: dict[str, list[ArrayLike]] = {
    "triangle": [[(50, 5), (95, 90), (5, 90), (50, 5)]],
    "square": [[(8, 8), (92, 8), (92, 92), (8, 92), (8, 8)]],
    "diamond": [[(50, 0), (90, 50), (50, 100), (10, 50), (50, 0)]],
    "star": [star(5, 20)],
    "pentagram": [[(50, 0), (80, 95), (2, 36), (98, 36), (20, 95), (50, 0)]],
    "heart": [[(50, 95), (5, 40), *arc(27, 28, 23, 25, 160, 360), *arc(73, 28, 23, 25, 180, 380), (50, 95)]],
    "arrow right": [[(0, 50), (98, 50)], [(65, 20), (100, 50), (65, 80)]],
    "arrow up": [[(50, 100), (50, 2)], [(20, 35), (50, 0), (80, 35)]],
    "plus": [[(50, 5), (50, 95)], [(5, 50), (95, 50)]],
    "equals": [[(10, 35), (90, 35)], [(10, 68), (90, 68)]],
    "hash": [[(35, 0), (30, 100)], [(70, 0), (65, 100)], [(5, 35), (95, 35)], [(5, 68), (95, 68)]],
    "smile": [arc(50, 50, 50, 50, 0, 360), [(33, 35), (33, 42)], [(67, 35), (67, 42)], arc(50, 52, 27, 27, 20, 160)],
    "house": [[(10, 100), (10, 40), (50, 0), (90, 40), (90, 100), (10, 100)], [(10, 40), (90, 40)]],
    "question mark": [[*arc(50, 27, 32, 27, 180, 420), (50, 60), (50, 74)], [(50, 96), (50, 98)]],
    "spiral": [[(50 + r * np.cos(r / 4.5), 50 + r * np.sin(r / 4.5)) for r in np.linspace(3, 50, 80)]],
    "zigzag": [[(0, 20), (17, 80), (34, 20), (51, 80), (68, 20), (85, 80), (100, 20)]],
    "wave": [[(x, 50 + 22 * np.sin(x / 8)) for x in range(101)]],
    "crossed circle": [arc(50, 50, 48, 48, 0, 360), [(16, 16), (84, 84)], [(84, 16), (16, 84)]],
    "two crosses": [[(0, 30), (40, 70)], [(40, 30), (0, 70)], [(60, 30), (100, 70)], [(100, 30), (60, 70)]],
}


def generate(count: int, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """What each of `count` drawings is, and the picture (280, 280, 4) uint8; letters, shapes, scribbles in turn."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        kind = ("letter", "shape", "scribble")[number % 3]
        if kind == "scribble":
            name, strokes = kind, _scribble(rng)
        else:
            known = LETTERS if kind == "letter" else SHAPES
            what = rng.choice(list(known))
            name, strokes = f"{kind} {what}", [np.array(stroke, float) for stroke in known[what]]
        yield name, write(strokes, rng)


def _scribble(rng: np.random.Generator) -> list[np.ndarray]:
    """A hand that goes to and fro: a smooth curve through eight to twenty places at random."""
    return [rounded(rng.uniform(0, 100, (rng.integers(8, 21), 2)))]


def rounded(corners: np.ndarray) -> np.ndarray:
    """A smooth curve (N, 2) along corners: G. Chaikin, "An Algorithm for High Speed Curve Generation" (1974)."""
    for _ in range(3):
        corners = np.stack([0.75 * corners[:-1] + 0.25 * corners[1:], 0.25 * corners[:-1] + 0.75 * corners[1:]], axis=1)
        corners = corners.reshape(-1, 2)
    return corners


def write(strokes: list[np.ndarray], rng: np.random.Generator, side: int = SIDE) -> np.ndarray:
    """Strokes by one hand, (side, side, 4) uint8: slanted, stretched, turned and unsteady, small or large."""
    angle, slant, wide = rng.normal(0, 0.08), rng.normal(0.05, 0.12), np.exp(rng.normal(0, 0.15))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    hand = np.array([[wide, 0], [-slant, 1]]) @ turn
    places = [_unsteady(_even(stroke), rng) @ hand for stroke in strokes]
    everything = np.concatenate(places)
    pen = rng.uniform(12, 26) * side / SIDE
    scale = rng.uniform(0.45, 0.85) * (side - pen) / np.ptp(everything, axis=0).max()
    room = side - pen - np.ptp(everything, axis=0) * scale
    start = pen / 2 + rng.uniform(0, 1, 2) * room - everything.min(axis=0) * scale
    return draw([Stroke(each * scale + start, pen) for each in places], side)


def _even(stroke: np.ndarray) -> np.ndarray:
    """The same line with a point about every 3 units."""
    parts = [a + (b - a) * np.linspace(0, 1, max(2, int(np.hypot(*(b - a)) / 3)))[:, None] for a, b in pairwise(stroke)]
    return np.concatenate(parts)


def _unsteady(stroke: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The line moved a little as a whole, and waving about its way."""
    along = np.linspace(0, 2 * np.pi, len(stroke))[:, None]
    waves = sum(rng.normal(0, 1.2, 2) * np.sin(k * along + rng.uniform(0, 6, 2)) for k in (1, 2, 3))
    return stroke + rng.normal(0, 2, 2) + waves
