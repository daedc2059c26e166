"""The classic presets beside the same models in plain Keras, and beside what the tutorials' authors report.

Every training has a process of its own, so that none is faster for what an earlier one has warmed up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mnist_core.artifacts import TEST_DIGITS
from mnist_core.evaluation import interval_of_accuracy
from mnist_core.fields import ConfigError
from mnist_core.presets import ACCURACIES, PRESETS, REPORTED, UNREACHED

PLAIN, OURS = "plain Keras", "ours"

_REACHED = (
    "Reached: our mean is above what was reported, or so many digits cannot tell the two apart, by the 95% interval "
    "(Wilson's) of what was reported."
)

_ROOT = Path(__file__).parent.parent


class TrainingFailed(RuntimeError):
    """A training's process has failed; the message gives the last line that it said."""


class Trial(NamedTuple):
    """What to train: a preset, with PLAIN or OURS, from this seed."""

    preset: str
    program: str
    seed: int

    def __str__(self) -> str:
        return f"{self.preset}, {self.program}, seed {self.seed}"


@dataclass(frozen=True)
class Training:
    """What came out: accuracies from 0 to 1 under the names of ACCURACIES (training and validation: the last epoch's),
    seconds of training with compiling and without testing."""

    accuracies: dict[str, float]
    seconds: float
    epochs: int

    def __str__(self) -> str:
        found = (f"{share:.2%} of the {ACCURACIES[name]} digits" for name, share in self.accuracies.items())
        return f"{', '.join(found)} in {self.seconds:.1f} s"


Trainings = Mapping[Trial, Training]


def plan(presets: Sequence[str], seeds: int) -> Iterator[Trial]:
    """Each of `presets`, or of all that authors report on, from so many seeds; the two programs take turns to be first.

    Raises ConfigError.
    """
    for name in presets:
        if name not in REPORTED:
            raise ConfigError(f"{name!r} is none of the tutorials' presets. They are: {', '.join(REPORTED)}.")
    if seeds < 1:
        raise ConfigError(f"seeds is {seeds}, but must be at least 1.")
    for preset in presets or REPORTED:
        for seed in range(seeds):
            programs = (PLAIN, OURS) if seed % 2 == 0 else (OURS, PLAIN)
            yield from (Trial(preset, program, seed) for program in programs)


def train(trial: Trial) -> Training:
    """Train and test in a process of its own. Raises TrainingFailed."""
    commands = {
        PLAIN: ["benchmarks/plain_keras.py", trial.preset, "--seed", str(trial.seed)],
        OURS: ["-m", "mnist_core", "train", trial.preset, "--set", f"seed={trial.seed}", "--json"],
    }
    command = [sys.executable, *commands[trial.program]]
    ended = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True)
    if ended.returncode:
        last = (ended.stderr.strip() or "no word").splitlines()[-1]
        raise TrainingFailed(f"{trial} failed: {last}")
    *_, epoch, result = [json.loads(line) for line in ended.stdout.splitlines()]
    found = {name: value for name, value in {**epoch, **result}.items() if name in ACCURACIES}
    return Training(found, result["seconds"], result["epochs"])


def tables(trainings: Trainings) -> str:
    """Accuracies, why some are not what was reported, and seconds, as Markdown."""
    presets = list(dict.fromkeys(trial.preset for trial in trainings))
    remarks = [f"{name}: {UNREACHED[name]}" for name in presets if name in UNREACHED]
    return "\n\n".join([_accuracies(presets, trainings), _REACHED, *remarks, _seconds(presets, trainings)])


def _accuracies(presets: list[str], trainings: Trainings) -> str:
    rows = [["preset", "accuracy on", "reported", PLAIN, OURS, "reached"]]
    for preset in presets:
        for name, reported in REPORTED[preset].items():
            plain, ours = ([t.accuracies[name] for t in _of(trainings, preset, p)] for p in (PLAIN, OURS))
            reached = "yes" if _mean(ours) >= _lowest_alike(preset, name, reported) else "no"
            found = (_with_spread(shares, ".2%") for shares in (plain, ours))
            rows.append([preset, f"{ACCURACIES[name]} digits", f"{reported:.2%}", *found, reached])
    return _table(rows)


def _seconds(presets: list[str], trainings: Trainings) -> str:
    rows = [["preset", "epochs", f"{PLAIN}, s", "an epoch", f"{OURS}, s", "an epoch", f"{OURS} / {PLAIN}"]]
    for preset in presets:
        plain, ours = ([t.seconds for t in _of(trainings, preset, program)] for program in (PLAIN, OURS))
        epochs = _of(trainings, preset, OURS)[0].epochs
        cells = (cell for s in (plain, ours) for cell in (_with_spread(s, ".1f"), f"{_mean(s) / epochs:.2f}"))
        rows.append([preset, str(epochs), *cells, f"{_mean(ours) / _mean(plain):.2f}"])
    return _table(rows)


def _of(trainings: Trainings, preset: str, program: str) -> list[Training]:
    return [training for trial, training in trainings.items() if trial[:2] == (preset, program)]


def _lowest_alike(preset: str, name: str, reported: float) -> float:
    """The lowest accuracy that so few digits cannot tell from the reported one."""
    config = PRESETS[preset]
    counts = {"accuracy": config.training_digits, "val_accuracy": config.validation_digits}
    return interval_of_accuracy(reported, counts.get(name, TEST_DIGITS))[0]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _with_spread(values: list[float], form: str) -> str:
    """The mean and, of several values, from where to where they go: `98.12% (98.05% to 98.21%)`."""
    mean = f"{_mean(values):{form}}"
    return f"{mean} ({min(values):{form}} to {max(values):{form}})" if len(values) > 1 else mean


def _table(rows: list[list[str]]) -> str:
    """Markdown whose columns stand under each other in a terminal too; the first row is the heading."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
