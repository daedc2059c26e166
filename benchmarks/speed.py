"""How fast training is beside plain Keras on the same machine, and how the memory of its worker grows.

    python benchmarks/speed.py epochs fast best augmentation memory

Each part replaces its own section of benchmarks/RESULTS.md, and on a processor with bfloat16, which decides how fast
convolutions are, another one than on one without; interrupted, it goes on where it was.
Plain Keras is `plain_keras.py`. Ours runs as in the engine's workers (`worker.py`): all live metrics on,
checkpoints written. Every training has a fresh process; compiling counts in both, testing in neither.
A worker has trained a small network before, as the engine's have: what TensorFlow does once is in Keras' times alone.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from itertools import accumulate, cycle, islice
from math import isfinite
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.journal import Journal  # noqa: E402
from benchmarks.results import table, write_section  # noqa: E402
from mnist_core import processor  # noqa: E402
from mnist_core.config import AUGMENTATION  # noqa: E402
from mnist_core.presets import PRESETS, REPORTED  # noqa: E402

ROUNDS = 3
# Of convolutional networks no more epochs are timed: one is like the other.
MOST_EPOCHS = 4
RUNS_IN_A_ROW = 20
ENOUGH = 0.99


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the speed and the memory of training.")
    parser.add_argument("parts", nargs="+", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    for name in parser.parse_args().parts:
        title, measure = PARTS[name]
        journal = Journal(name)
        report = measure(journal)
        print(f"\n{report}\n")
        kind = ", with bfloat16" if processor.has_bfloat16() else ""
        write_section(title + kind, report, f"python benchmarks/speed.py {name}")
        journal.close()


def plain_keras(model: str, *options: str) -> dict:
    """Train in a fresh process: `ends` and `accuracies` as `worker` gives them."""
    *each, _ = _lines("benchmarks/plain_keras.py", model, *options)
    ends = list(accumulate(epoch["seconds"] for epoch in each))
    return {"ends": ends, "accuracies": [epoch.get("test_accuracy") for epoch in each]}


def worker(*runs: tuple[str, list[str]], test: bool = False) -> list[dict]:
    """Execute runs, each a preset and its settings, in a fresh process; what `benchmarks/worker.py` says of each."""
    given = "".join(json.dumps({"preset": preset, "settings": settings}) + "\n" for preset, settings in runs)
    return _lines("benchmarks/worker.py", *(["--test"] if test else []), given=given)


def _lines(*command: str, given: str = "") -> list[dict]:
    ended = subprocess.run([sys.executable, *command], cwd=ROOT, input=given, capture_output=True, text=True)
    if ended.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{ended.stderr}")
    return [json.loads(line) for line in ended.stdout.splitlines()]


def epochs(journal: Journal) -> str:
    rows = ["preset | epochs | ours in | plain Keras, an epoch | ours, an epoch | ours / plain | goal: at most"]
    for preset in REPORTED:
        pairs = [_plain_and_ours(journal, preset, seed) for seed in range(ROUNDS)]
        count, precision = _timed(preset), pairs[0][1]["precision"]
        plain, ours = ([training["ends"][-1] / count for training in each] for each in zip(*pairs, strict=True))
        ratios = [b / a for a, b in zip(plain, ours, strict=True)]
        measured = f"{median(plain):.2f} s | {median(ours):.2f} s | {_spread(ratios)}"
        rows.append(f"{preset} | {count} | {precision} | {measured} | {_goal(preset, precision)}")
    return f"Medians of {ROUNDS} runs of each, their lowest and highest ratio in brackets.\n\n{table(rows)}"


def _timed(preset: str) -> int:
    """How many epochs."""
    config = PRESETS[preset]
    return config.epochs if config.model == "dense" else min(config.epochs, MOST_EPOCHS)


def _plain_and_ours(journal: Journal, preset: str, seed: int) -> tuple[dict, dict]:
    """The two trainings of one seed; from seed to seed the other is the first."""
    count = _timed(preset)
    plain = (plain_keras, preset, f"--seed={seed}", f"--epochs={count}")
    ours = (worker, (preset, [f"seed={seed}", f"epochs={count}"]))
    trainings: dict[str, tuple[Any, ...]] = {"plain Keras": plain, "ours": ours}
    order = list(trainings) if seed % 2 == 0 else list(trainings)[::-1]
    found = {program: journal.once(f"{preset}, {program}, seed {seed}", *trainings[program]) for program in order}
    return found["plain Keras"], found["ours"][0]


def _goal(preset: str, precision: str) -> float:
    if PRESETS[preset].model == "dense":
        return 0.7
    return 0.6 if preset == "cnn-5x5" and precision == "bfloat16" else 1.0


def fast(journal: Journal) -> str:
    rows = ["seed | Keras' example | `fast` | ratio | `fast` in the end"]
    for seed in range(ROUNDS):
        options = ("keras-example", f"--seed={seed}", f"--until={ENOUGH}")
        example = journal.once(f"Keras' example, seed {seed}", plain_keras, *options)
        ours = journal.once(f"fast, seed {seed}", worker, ("fast", [f"seed={seed}"]), test=True)[0]
        theirs, seconds = _seconds_to_enough(example), _seconds_to_enough(ours)
        ratio = f"{seconds / theirs:.3f}" if isfinite(theirs) else "not reached by Keras' example"
        measured = f"{theirs:.1f} s, {len(example['ends'])} epochs | {seconds:.1f} s | {ratio}"
        rows.append(f"{seed} | {measured} | {ours['test_accuracy']:.2%}")
    return (
        f"Seconds of training to the end of the first epoch after which {ENOUGH:.1%} of the test digits are right. "
        "Keras' own example: 3x3 convolutions of 32 and 64 filters, each pooled, dropout 0.5; Adam, batch 128, "
        f"validation share 0.1. Goal: a ratio of at most 0.10, every time.\n\n{table(rows)}"
    )


def _seconds_to_enough(training: dict) -> float:
    """Infinite if no epoch was good enough."""
    found = zip(training["accuracies"], training["ends"], strict=True)
    return next((seconds for accuracy, seconds in found if accuracy >= ENOUGH), float("inf"))


def best(journal: Journal) -> str:
    found = journal.once("best", worker, ("best", []))[0]
    minutes, accuracy = found["ends"][-1] / 60, found["test_accuracy"]
    return f"`best` trains for {minutes:.1f} minutes (goal: under 15) and then reads {accuracy:.2%} of the test digits."


def augmentation(journal: Journal) -> str:
    rows = ["network | digits | trained on in a second | seconds a digit / unchanged | before training"]
    rows += [row for preset in ("best", "cnn-5x5") for row in _cost_of_digits(journal, preset)]
    what = f"Two epochs, medians of {ROUNDS} runs of each, their lowest and highest ratio in brackets."
    return f"{what} Goal: changed digits at most 1.25.\n\n{table(rows)}"


def _cost_of_digits(journal: Journal, preset: str) -> list[str]:
    configs = {name: PRESETS[preset].changed(["epochs=2", *settings]) for name, settings in _kinds_of_digits().items()}
    found: dict[str, list[dict]] = {name: [] for name in configs}
    for seed in range(ROUNDS):
        for name, settings in _kinds_of_digits().items():
            run = (preset, ["epochs=2", f"seed={seed}", *settings])
            found[name] += journal.once(f"{preset}, {name}, seed {seed}", worker, run)
    each = {
        name: [training["ends"][-1] / (2 * configs[name].digits_per_epoch) for training in trainings]
        for name, trainings in found.items()
    }
    rows = []
    for name, seconds in each.items():
        ratios = [changed / plain for changed, plain in zip(seconds, each["unchanged"], strict=True)]
        before = median(training["preparation"] for training in found[name])
        rows.append(f"{preset} | {name} | {1 / median(seconds):,.0f} | {_spread(ratios)} | {before:.1f} s")
    return rows


def _kinds_of_digits() -> dict[str, list[str]]:
    """Settings for digits as they are, for those changed as `best` does, and for those that it adds."""
    values = {name: getattr(PRESETS["best"], name) for name in AUGMENTATION}
    changed, unchanged = [f"{name}={value}" for name, value in values.items()], [f"{name}=0" for name in values]
    added = f"handwriting={PRESETS['best'].handwriting}"
    return {
        "unchanged": [*unchanged, "handwriting=0"],
        "changed": [*changed, "handwriting=0"],
        "unchanged, with handwriting": [*unchanged, added],
    }


def memory(journal: Journal) -> str:
    runs = [(preset, ["epochs=1"]) for preset in islice(cycle(reversed(PRESETS)), RUNS_IN_A_ROW)]
    found = journal.once("memory", worker, *runs)
    megabytes = [run["megabytes"] for run in found]
    rows = ["run | preset | memory after it"]
    rows += [f"{n} | {run[0]} | {mb:.0f} MB" for n, (run, mb) in enumerate(zip(runs, megabytes, strict=True), start=1)]
    growth = f"After {RUNS_IN_A_ROW} runs: {megabytes[-1] / megabytes[0]:.2f} times the first (goal: at most 1.30)."
    return f"All presets in turn, the most demanding first, one epoch each, in one process. {growth}\n\n{table(rows)}"


def _spread(values: list[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


PARTS = {
    "epochs": ("Speed of an epoch beside plain Keras", epochs),
    "fast": ("Time to 99%", fast),
    "best": ("Time of the best model", best),
    "augmentation": ("Cost of changed and added digits", augmentation),
    "memory": ("Memory of a worker", memory),
}


if __name__ == "__main__":
    main()
