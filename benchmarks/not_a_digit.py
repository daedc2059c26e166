"""How often a real digit is refused, and how often something else is noticed.

    python benchmarks/not_a_digit.py STROKES.json

Real digits are MNIST's test set and STROKES.json (as in benchmarks/drawing.py), which no training sees: one half sets
the limit, the other measures. What is no digit is drawn by benchmarks/not_digits.py. A network trained on one half
of its kinds of letters and shapes shows how well the other half is noticed; the one that comes with the project was
trained on all. The result replaces its own section of benchmarks/RESULTS.md. `--train` first writes
data/not_a_digit.npz anew: needed when `best` was trained again.
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

from benchmarks import judging  # noqa: E402
from benchmarks.drawing import PEN, canvases  # noqa: E402
from benchmarks.not_digits import generate  # noqa: E402
from benchmarks.results import write_section  # noqa: E402
from mnist_core.artifacts import LITERT_FILE, MODELS_FOLDER  # noqa: E402
from mnist_core.data import load_mnist  # noqa: E402
from mnist_core.drawing import prepare, to_ink, to_mnist, without_specks  # noqa: E402
from mnist_core.not_a_digit import JUDGE_PATH, Judge, told_by_ink  # noqa: E402
from mnist_core.predictor import Predictor  # noqa: E402
from mnist_core.strokes import SIDE  # noqa: E402

MOST_REFUSED, LEAST_FLAGGED = 0.02, 0.8
# Less than the most, so that the other half of the data stays below that.
REFUSED_WHEN_SET = 0.01
MNIST_DIGITS = "MNIST's test digits"
OTHERS, OTHERS_TO_TRAIN, KNOWN = 2000, 6000, 20


@dataclass(frozen=True)
class Sample:
    """Drawings of one sort by their `features` (N, F); `told` are those told by their ink, `half` one half of all."""

    name: str
    features: np.ndarray
    told: np.ndarray
    half: np.ndarray

    def flagged(self, judge: Judge) -> np.ndarray:
        return self.told | (judge.strangeness(self.features) > 0)


def main() -> None:
    options = _options()
    best = Predictor(MODELS_FOLDER / "best" / LITERT_FILE)
    real = [_sample(name, inks, None, best) for name, inks in real_digits(options).items()]
    names = [name for name, _ in generate(OTHERS, options.seed)]
    drawn = (without_specks(to_ink(picture)) for _, picture in generate(OTHERS, options.seed))
    others = _sample("letters, shapes, scribbles", drawn, _every_second_kind(names), best)
    pairs = _sample("two digits side by side", two_digits(options), None, best)
    digits, doodles = judging.digits(best), judging.others(best)
    to_set = [sample.features[sample.half & ~sample.told] for sample in real]
    if options.train:
        # Other drawings of the same kinds than those that are measured.
        named = judging.seen(
            map(to_mnist, (picture for _, picture in generate(OTHERS_TO_TRAIN, options.seed + 1))), best
        )
        judge = judging.fit(digits, doodles, named, to_set, REFUSED_WHEN_SET)
        # With what `best` found in a few digits, so that a test sees when that is another model.
        np.savez_compressed(JUDGE_PATH, **vars(judge), known=digits[:KNOWN].astype(np.float16))
    trained_on_half = judging.fit(digits, doodles, others.features[others.half], to_set, REFUSED_WHEN_SET)
    result = report(real, others, names, pairs, Judge.load(), trained_on_half)
    print(result)
    write_section("Not a digit", result, f"python benchmarks/not_a_digit.py {options.strokes.name}")


def real_digits(options: argparse.Namespace) -> dict[str, Iterable[np.ndarray]]:
    """The ink of real digits: of MNIST's test set, and of recorded strokes drawn on a board."""
    rng = np.random.default_rng(options.seed)
    rows = json.loads(options.strokes.read_text(encoding="utf-8"))
    rows = [rows[i] for i in rng.permutation(len(rows))[: options.limit]]
    drawn = (without_specks(to_ink(canvas)) for canvas in canvases(rows, SIDE, PEN, rng))
    mnist = load_mnist().x_test[: 2 * options.limit].astype(np.float32) / 255
    return {MNIST_DIGITS: mnist, "recorded strokes": drawn}


def two_digits(options: argparse.Namespace) -> list[np.ndarray]:
    """The ink of MNIST's test digits in pairs, two to six pixels apart."""
    rng = np.random.default_rng(options.seed)
    images = load_mnist().x_test[-(options.limit // 2 * 2) :].astype(np.float32) / 255
    cut = [image[:, image.any(axis=0)] for image in images]
    gaps = rng.integers(2, 7, len(cut) // 2)
    return [
        np.hstack([left, np.zeros((28, gap), np.float32), right])
        for left, right, gap in zip(cut[::2], cut[1::2], gaps, strict=True)
    ]


def _sample(name: str, inks: Iterable[np.ndarray], half: np.ndarray | None, best: Predictor) -> Sample:
    # MNIST's own digits are prepared already.
    found = [(ink if name == MNIST_DIGITS else prepare(ink), told_by_ink(ink) is not None) for ink in inks]
    images, told = zip(*found, strict=True)
    every_second = np.arange(len(images)) % 2 == 0
    return Sample(name, judging.seen(images, best), np.array(told), every_second if half is None else half)


def _every_second_kind(names: list[str]) -> np.ndarray:
    kinds = sorted(set(names))
    number = np.array([kinds.index(name) for name in names])
    is_scribble = np.array([name == "scribble" for name in names])
    # Scribbles are all one kind: every second one.
    number[is_scribble] = np.arange(is_scribble.sum())
    return number % 2 == 0


def report(
    real: list[Sample], others: Sample, names: list[str], pairs: Sample, judge: Judge, trained_on_half: Judge
) -> str:
    whole, other_half = others.flagged(judge), others.flagged(trained_on_half)
    lines = ["Which comes with the project:\n", "| drawings | in the half that set the limit | in the other half |"]
    lines.append("| --- | --- | --- |")
    for sample in real:
        halves = [_share(sample.flagged(judge)[half]) for half in (sample.half, ~sample.half)]
        lines.append(f"| {sample.name}: refused | {' | '.join(halves)} |")
    lines.append(f"| {pairs.name}: flagged | | {_share(pairs.flagged(judge))} |")
    lines.append("\nLetters, shapes and scribbles, of kinds that the network was")
    lines += ["\n| | trained on (which comes with the project) | not trained on (another one) |", "| --- | --- | --- |"]
    for kind in ("letter", "shape", "scribble"):
        is_kind = np.array([name.startswith(kind) for name in names])
        lines.append(f"| {kind}s: flagged | {_share(whole[is_kind])} | {_share(other_half[is_kind & ~others.half])} |")
    is_named = np.array([name != "scribble" for name in names]) & ~others.half
    flagged = other_half[is_named].mean()
    refused = max(s.flagged(j)[~s.half].mean() for s in real for j in (judge, trained_on_half))
    lines.append(f"\nLetters and shapes together, of kinds not trained on: {flagged:.1%} flagged.")
    holds = flagged >= LEAST_FLAGGED and refused <= MOST_REFUSED
    lines.append("The rule holds." if holds else "THE RULE DOES NOT HOLD: train it anew with --train.")
    kinds = np.array(names)
    shares = {name: 1 - other_half[is_named & (kinds == name)].mean() for name in sorted({*kinds[is_named]})}
    worst = sorted(shares, key=lambda name: -shares[name])[:8]
    lines.append("Of these, most often taken for a digit: " + ", ".join(f"{n} ({shares[n]:.0%})" for n in worst) + ".")
    return "\n".join(lines)


def _share(flagged: np.ndarray) -> str:
    return f"{flagged.mean():.1%} of {len(flagged):,}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Real digits refused, and other drawings flagged.")
    parser.add_argument("strokes", type=Path, metavar="FILE.json")
    parser.add_argument("--limit", type=int, default=4000, help="so many strokes, and twice as many MNIST digits")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--train", action="store_true", help="write data/not_a_digit.npz anew first")
    return parser.parse_args()


if __name__ == "__main__":
    main()
