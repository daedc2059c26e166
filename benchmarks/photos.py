"""How well digits on plain, ruled and squared paper are read from photos, by pen and pencil, in two lights.

    python benchmarks/photos.py STROKES.json

STROKES.json is as for `benchmarks/drawing.py`. The photos are made by this program: recorded strokes on paper with
printed lines, with light, grain, blur and JPEG. The result replaces its own section of benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections import Counter
from io import BytesIO
from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.drawing import canvases  # noqa: E402
from benchmarks.results import table, write_section  # noqa: E402
from mnist_core import photo  # noqa: E402
from mnist_core.artifacts import LITERT_FILE, MODELS_FOLDER  # noqa: E402
from mnist_core.drawing import prepare, to_ink, without_specks  # noqa: E402
from mnist_core.not_a_digit import Judge, reason  # noqa: E402
from mnist_core.predictor import Predictor  # noqa: E402

SIDE, CANVAS = 900, 280
# Brightness of 255.
PAPER = 235
PENS = {"black pen": 20, "blue pen": 70, "pencil": 120}
PAPERS = ("plain", "ruled", "squared")
LINES, WIDTHS, SPACINGS, LAMPS = (130, 160, 190, 215), (1, 2, 3), (25, 45, 90), (False, True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Digits on paper, read from photos.")
    parser.add_argument("strokes", type=Path, metavar="FILE.json")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    rows = json.loads(options.strokes.read_text(encoding="utf-8"))
    papers = list(product(PAPERS, LINES, WIDTHS, SPACINGS, LAMPS))
    drawn = [(paper, pen) for paper in papers for pen in PENS]
    rows = [rows[i] for i in rng.permutation(len(rows))[: len(drawn)]]
    reader = Reader()
    read: Counter[tuple[str, str, str]] = Counter()
    blank: Counter[tuple[str, str]] = Counter()
    for (paper, pen), row in zip(drawn, rows, strict=True):
        (canvas,) = canvases([row], CANVAS, rng.uniform(5, 18), rng)
        content = photographed(on_paper(canvas, PENS[pen], *paper[:4]), paper[4], rng)
        read[pen, paper[0], reader.verdict(content, row["label"])] += 1
    for paper in papers:
        content = photographed(on_paper(None, 0, *paper[:4]), paper[4], rng)
        blank[paper[0], reader.verdict(content, None)] += 1
    report = _report(read, blank)
    print(report)
    write_section("Photos of paper", report, shlex.join(["python", "benchmarks/photos.py", options.strokes.name]))


class Reader:
    """The model `best` and the judge of what is a digit, as the Draw page has them."""

    def __init__(self) -> None:
        self._model, self._judge = Predictor(MODELS_FOLDER / "best" / LITERT_FILE), Judge.load()

    def verdict(self, content: bytes, label: int | None) -> str:
        """What becomes of a photo of this digit, or of none: right, wrong, refused or blank."""
        ink = without_specks(photo.photo_to_ink(photo.read(content)))
        if not ink.any():
            return "blank"
        image = prepare(ink)
        if reason(ink, image, self._model.activations(image), self._judge):
            return "refused"
        return "right" if self._model.probabilities(image[None])[0].argmax() == label else "wrong"


def on_paper(canvas: np.ndarray | None, pen: int, kind: str, line: int, width: int, spacing: int) -> np.ndarray:
    """A drawing (H, W, 4), or none, on paper with lines: the brightness (SIDE, SIDE) in [0, 255]."""
    lines = np.full((SIDE, SIDE), float(PAPER))
    for at in range(20, SIDE, spacing):
        if kind != "plain":
            lines[at : at + width] = line
        if kind == "squared":
            lines[:, at : at + width] = line
    if canvas is None:
        return lines
    ink = np.asarray(Image.fromarray(to_ink(canvas)).resize((SIDE, SIDE)))
    return np.minimum(lines, PAPER + ink * (pen - PAPER))


def photographed(paper: np.ndarray, has_lamp: bool, rng: np.random.Generator) -> bytes:
    """As a JPEG, under even light or a lamp at one corner."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    light = 0.35 + 0.65 * np.exp(-((rows - 0.1) ** 2 + (columns - 0.2) ** 2)) if has_lamp else 1.0
    grey = np.clip(paper * light + rng.normal(0, 4, paper.shape), 0, 255).astype(np.uint8)
    buffer = BytesIO()
    Image.fromarray(grey).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.5))).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _report(read: Counter, blank: Counter) -> str:
    each, alone = sum(read.values()) // (len(PENS) * len(PAPERS)), sum(blank.values()) // len(PAPERS)
    shares = [
        f"{pen} | {kind} | "
        + " | ".join(f"{read[pen, kind, verdict] / each:.0%}" for verdict in ("right", "wrong", "refused"))
        for pen, kind in product(PENS, PAPERS)
    ]
    without = [f"{kind} | {blank[kind, 'wrong'] / alone:.0%}" for kind in PAPERS]
    return "\n\n".join(
        [
            f"{each} photos of each kind, with lines 1 to 3 of {SIDE} pixels wide, from hardly darker than the paper "
            "to nearly as dark as the pencil; half of them under a lamp. What `best` and the judge say:",
            table(["drawn with | paper | read right | read wrong | refused", *shares]),
            f"{alone} sheets of each kind with nothing on them:",
            table(["paper | taken for a digit", *without]),
        ]
    )


if __name__ == "__main__":
    main()
