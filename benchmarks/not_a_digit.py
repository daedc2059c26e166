"""How often a real digit is refused, and how often something else is noticed.

    python benchmarks/not_a_digit.py STROKES.json

Real digits are MNIST's test set and STROKES.json (as in benchmarks/drawing.py). What is no digit is drawn by
benchmarks/not_digits.py. The rule was set on one half: every second digit, and half of the kinds of letters
and shapes. It is measured on the other half: other digits, and kinds it was not set on. The result replaces its
own section of benchmarks/RESULTS.md. `--known` first writes data/known_digits.npz anew; `--set` prints what the
constants of mnist_core/not_a_digit.py would be with today's `best`: needed when this says that they do not hold.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.drawing import PEN, canvases  # noqa: E402
from benchmarks.not_digits import generate  # noqa: E402
from benchmarks.results import write_section  # noqa: E402
from mnist_core import handwriting  # noqa: E402
from mnist_core.artifacts import LITERT_FILE, MODELS_FOLDER  # noqa: E402
from mnist_core.data import load_mnist  # noqa: E402
from mnist_core.drawing import prepare, to_ink, without_specks  # noqa: E402
from mnist_core.not_a_digit import (  # noqa: E402
    FEATURES,
    KNOWN_PATH,
    LIMIT,
    WEIGHTS,
    KnownDigits,
    side_by_side,
    unit,
)
from mnist_core.predictor import Predictor  # noqa: E402
from mnist_core.strokes import SIDE  # noqa: E402

FROM_MNIST, GENERATED = 8000, 4000
MOST_REFUSED, LEAST_FLAGGED = 0.02, 0.8
# A little less than the most, so that the other half of the data stays below that.
REFUSED_WHEN_SET = 0.016


@dataclass(frozen=True)
class Sample:
    """Drawings of one sort, `measured` as `KnownDigits.measures` does; `apart` are those seen to be several."""

    name: str
    measured: np.ndarray
    apart: np.ndarray
    to_set: np.ndarray

    def refused(self, half: np.ndarray) -> float:
        return float((self.apart | (self.measured @ WEIGHTS > LIMIT))[half].mean())


def main() -> None:
    options = _options()
    best = Predictor(MODELS_FOLDER / "best" / LITERT_FILE)
    if options.known:
        write_known(best)
    known = KnownDigits.load()
    real = [_sample(name, inks, None, known, best) for name, inks in real_digits(options).items()]
    names = [name for name, _ in generate(options.limit, options.seed)]
    drawn = (without_specks(to_ink(picture)) for _, picture in generate(options.limit, options.seed))
    others = _sample("letters, shapes, scribbles", drawn, _every_second_kind(names), known, best)
    if options.set:
        return print(constants(real, others))
    pairs = _sample("two digits side by side", two_digits(options), None, known, best)
    result = report(real, others, names, pairs)
    print(result)
    write_section("Not a digit", result, f"python benchmarks/not_a_digit.py {options.strokes.name}")


def write_known(best: Predictor) -> None:
    """The digits that drawings are compared with, and what `best` finds in them."""
    mnist = load_mnist()
    images, labels = handwriting.generate(GENERATED, seed=0)
    images = np.concatenate([mnist.x_train[:FROM_MNIST], images])
    labels = np.concatenate([mnist.y_train[:FROM_MNIST], labels])
    features = unit(best.layer(images.astype(np.float32) / 255, FEATURES)).astype(np.float16)
    np.savez_compressed(KNOWN_PATH, images=images, labels=labels, features=features)


def real_digits(options: argparse.Namespace) -> dict[str, Iterable[np.ndarray]]:
    """The ink of real digits: of MNIST's test set, and of recorded strokes drawn on a board."""
    rng = np.random.default_rng(options.seed)
    rows = json.loads(options.strokes.read_text(encoding="utf-8"))
    rows = [rows[i] for i in rng.permutation(len(rows))[: options.limit]]
    drawn = (without_specks(to_ink(canvas)) for canvas in canvases(rows, SIDE, PEN, rng))
    mnist = load_mnist().x_test[: 2 * options.limit].astype(np.float32) / 255
    return {"MNIST's test digits": mnist, "recorded strokes": drawn}


def two_digits(options: argparse.Namespace) -> list[np.ndarray]:
    """The ink of MNIST's test digits in pairs, two to six pixels apart."""
    rng = np.random.default_rng(options.seed)
    images = load_mnist().x_test[-options.limit :].astype(np.float32) / 255
    cut = [image[:, image.any(axis=0)] for image in images]
    gaps = rng.integers(2, 7, len(cut) // 2)
    return [
        np.hstack([left, np.zeros((28, gap), np.float32), right])
        for left, right, gap in zip(cut[::2], cut[1::2], gaps, strict=True)
    ]


def _sample(
    name: str, inks: Iterable[np.ndarray], to_set: np.ndarray | None, known: KnownDigits, best: Predictor
) -> Sample:
    found = []
    for ink in inks:
        # MNIST's own digits are prepared already.
        found.append((ink if ink.shape == (28, 28) else prepare(ink), side_by_side(ink) > 1))
    images, apart = (np.array(column) for column in zip(*found, strict=True))
    measured = np.stack([known.measures(image, best.activations(image)) for image in images])
    return Sample(name, measured, apart, np.arange(len(images)) % 2 == 0 if to_set is None else to_set)


def _every_second_kind(names: list[str]) -> np.ndarray:
    kinds = sorted(set(names))
    number = np.array([kinds.index(name) for name in names])
    is_scribble = np.array([name == "scribble" for name in names])
    # Scribbles are all one kind: every second one.
    number[is_scribble] = np.arange(is_scribble.sum())
    return number % 2 == 0


def constants(real: list[Sample], others: Sample) -> str:
    """WEIGHTS and LIMIT, from the half that is for setting."""
    from sklearn.linear_model import LogisticRegression

    digits = np.concatenate([sample.measured[sample.to_set] for sample in real])
    strange = others.measured[others.to_set]
    fit = LogisticRegression(C=100, max_iter=1000).fit(
        np.concatenate([digits, strange]), np.arange(len(digits) + len(strange)) >= len(digits)
    )
    weights = np.round(fit.coef_[0], 2)
    limits = []
    for sample in real:
        alone = (sample.measured @ weights)[sample.to_set & ~sample.apart]
        limits.append(np.quantile(alone, 1 - REFUSED_WHEN_SET + sample.apart[sample.to_set].mean()))
    return f"WEIGHTS = {tuple(weights.tolist())}\nLIMIT = {max(limits):.2f}"


def report(real: list[Sample], others: Sample, names: list[str], pairs: Sample) -> str:
    lines = ["| drawings | in the half that set the rule | in the other half |", "| --- | --- | --- |"]
    for sample in real:
        lines.append(f"| {sample.name}: refused | {_share(sample, sample.to_set)} | {_share(sample, ~sample.to_set)} |")
    for kind in ("letter", "shape", "scribble"):
        is_kind = np.array([name.startswith(kind) for name in names])
        halves = (_share(others, is_kind & half) for half in (others.to_set, ~others.to_set))
        lines.append(f"| {kind}s: flagged | {' | '.join(halves)} |")
    lines.append(f"| {pairs.name}: flagged | | {_share(pairs, np.full(len(pairs.apart), True))} |")
    flagged = others.refused(~others.to_set)
    holds = flagged >= LEAST_FLAGGED and all(s.refused(~s.to_set) <= MOST_REFUSED for s in real)
    lines.append(f"\nLetters, shapes and scribbles together: {flagged:.1%} flagged in the other half.")
    lines.append("The rule holds." if holds else "THE RULE DOES NOT HOLD: set it anew with --set.")
    missed = ~(others.apart | (others.measured @ WEIGHTS > LIMIT))
    shares = {name: missed[[n == name for n in names]].mean() for name in sorted(set(names))}
    worst = sorted(shares, key=lambda name: -shares[name])[:8]
    lines.append("Most often taken for a digit: " + ", ".join(f"{n} ({shares[n]:.0%})" for n in worst) + ".")
    return "\n".join(lines)


def _share(sample: Sample, half: np.ndarray) -> str:
    return f"{sample.refused(half):.1%} of {half.sum():,}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Real digits refused, and other drawings flagged.")
    parser.add_argument("strokes", type=Path, metavar="FILE.json")
    parser.add_argument("--limit", type=int, default=2000, help="so many drawings of each sort")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--known", action="store_true", help="write data/known_digits.npz anew first")
    parser.add_argument("--set", action="store_true", help="print the constants that today's best asks for")
    return parser.parse_args()


if __name__ == "__main__":
    main()
