"""How well the models read people's drawings: recorded pen strokes, drawn on a canvas.

    python benchmarks/drawing.py STROKES.json --limit 2000 --sheet worst.png

STROKES.json is a list of {"label": 0-9, "writer": ..., "strokes": [[[x, y], ...], ...]}, y growing
downwards. The result replaces its own section of benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.results import table, write_section  # noqa: E402
from mnist_core.architecture import IMAGE_SIZE  # noqa: E402
from mnist_core.artifacts import LITERT_FILE, MODELS_FOLDER  # noqa: E402
from mnist_core.drawing import just_shrunk, to_ink, to_mnist  # noqa: E402
from mnist_core.evaluation import evaluate  # noqa: E402
from mnist_core.predictor import Predictor  # noqa: E402
from mnist_core.strokes import SIDE, Stroke, draw  # noqa: E402

PEN = 20
COLUMNS = 20


def main() -> None:
    options = _options()
    rows = json.loads(options.strokes.read_text(encoding="utf-8"))
    rng = np.random.default_rng(options.seed)
    rows = [rows[i] for i in rng.permutation(len(rows))[: options.limit]]
    labels = np.array([row["label"] for row in rows])
    prepared, shrunk = [], []
    for canvas in canvases(rows, options.canvas, options.pen, rng):
        prepared.append(to_mnist(canvas))
        shrunk.append(just_shrunk(to_ink(canvas)))
    answers = {
        folder.parent.name: (_answers(folder, prepared), _answers(folder, shrunk))
        for folder in sorted(MODELS_FOLDER.glob(f"*/{LITERT_FILE}"))
    }
    best = max(answers, key=lambda name: _accuracy(answers[name][0], labels))
    report = _report(answers, labels, best, options)
    print(report)
    write_section("Drawings", report, shlex.join(["python", "benchmarks/drawing.py", *_without_folders(sys.argv[1:])]))
    if options.sheet:
        write_sheet(options.sheet, np.array(prepared), labels, answers[best][0])


def canvases(rows: list[dict], size: int, pen: float, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Each row drawn white on black with a round pen, somewhere on the canvas, small or large: (size, size, 4)."""
    for row in rows:
        strokes = [np.asarray(stroke, float).reshape(-1, 2) for stroke in row["strokes"]]
        low = np.min([stroke.min(axis=0) for stroke in strokes], axis=0)
        extent = np.max([stroke.max(axis=0) for stroke in strokes], axis=0) - low
        factor = rng.uniform(0.4, 0.85) * (size - pen) / max(extent.max(), 1)
        start = pen / 2 + rng.uniform(0, 1, 2) * (size - pen - extent * factor)
        yield draw([Stroke((stroke - low) * factor + start, pen) for stroke in strokes], size)


def write_sheet(path: Path, images: np.ndarray, labels: np.ndarray, proba: np.ndarray, most: int = 200) -> None:
    """The digits whose own class got the least, worst first, twice as large."""
    worst = np.argsort(proba[np.arange(len(labels)), labels])[:most]
    tiles = np.zeros((-(-len(worst) // COLUMNS) * COLUMNS, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    tiles[: len(worst)] = np.rint(images[worst] * 255)
    grid = tiles.reshape(-1, COLUMNS, IMAGE_SIZE, IMAGE_SIZE).swapaxes(1, 2).reshape(-1, COLUMNS * IMAGE_SIZE)
    Image.fromarray(grid.repeat(2, axis=0).repeat(2, axis=1)).save(path)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Accuracy of every model on recorded pen strokes.")
    parser.add_argument("strokes", type=Path, metavar="FILE.json")
    parser.add_argument("--limit", type=int, help="so many, drawn at random; all when left out")
    parser.add_argument("--canvas", type=int, default=SIDE, help="side in pixels")
    parser.add_argument("--pen", type=float, default=PEN, help="width in pixels")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="a picture of the worst, to look at")
    return parser.parse_args()


def _answers(model: Path, images: list[np.ndarray]) -> np.ndarray:
    return Predictor(model).probabilities(np.array(images, np.float32))


def _accuracy(proba: np.ndarray, labels: np.ndarray) -> float:
    return float((proba.argmax(axis=1) == labels).mean())


def _report(answers: dict, labels: np.ndarray, best: str, options: argparse.Namespace) -> str:
    shares = [
        f"{name} | {_accuracy(shrunk, labels):.2%} | {_accuracy(prepared, labels):.2%}"
        for name, (prepared, shrunk) in answers.items()
    ]
    matrix = evaluate(labels, answers[best][0]).confusion_matrix
    counts = [f"**{digit}** | {' | '.join(map(str, row))}" for digit, row in enumerate(matrix)]
    parts = [
        f"{len(labels):,} drawings on a canvas of {options.canvas} pixels, pen {options.pen:g} pixels wide.",
        table(["model | just shrunk to 28x28 | prepared", *shares]),
        f"What `{best}` reads (across) for what was drawn (down), prepared:",
        table([f" | {' | '.join(map(str, range(10)))}", *counts]),
    ]
    return "\n\n".join(parts)


def _without_folders(arguments: list[str]) -> list[str]:
    """The command line as anyone could type it: file names without this machine's folders."""
    return [Path(argument).name if "/" in argument else argument for argument in arguments]


if __name__ == "__main__":
    main()
