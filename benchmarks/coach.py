"""How often the coach's advice helps, and what it leaves unsaid.

    python benchmarks/coach.py

Small networks of several kinds are trained with settings that suit them and with such that do not. Where the coach
has something to say the network is trained again as it says, and MNIST's test digits tell which one reads better.
Two rules (a high rate without dead units, raw pixels at the end of a run) and the remedy for three sigmoid layers were
made after a first look at these runs. Runs of few batches tell what comes of the advice for those that read fewer
digits at their end than in training. The result replaces its own section of benchmarks/RESULTS.md.
"""

from __future__ import annotations

import os
import statistics
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from benchmarks.results import table, write_section  # noqa: E402
from mnist_core.architecture import ConvBlock  # noqa: E402
from mnist_core.config import TrainConfig, setting_in_words  # noqa: E402
from mnist_core.data import Digits, load_mnist  # noqa: E402
from mnist_core.export import probabilities  # noqa: E402
from mnist_core.runs.run import FAILED  # noqa: E402
from tests.seen_run import SeenRun  # noqa: E402

COMMON = TrainConfig(model="dense", train_size=3000, validation_split=0.2, batch_size=64, epochs=8, precision="float32")
CONV = replace(COMMON, model="cnn", conv_blocks=(ConvBlock(8, 3), ConvBlock(16, 3)), dense_units=(32,))
NETWORKS = {
    "dense 64": replace(COMMON, dense_units=(64,)),
    "dense 20, 15": replace(COMMON, dense_units=(20, 15)),
    "dense 256, 128": replace(COMMON, dense_units=(256, 128)),
    "dense 32, four times": replace(COMMON, dense_units=(32,) * 4),
    "dense 64, tanh": replace(COMMON, dense_units=(64,), activation="tanh"),
    "convolutions": CONV,
    "convolutions, batch normalization": replace(CONV, batch_normalization=True),
}
# What each network is trained with instead of Adam at 0.001; the first four suit most of them.
SETTINGS: list[dict[str, Any]] = [
    {},
    {"optimizer": "sgd", "learning_rate": 0.1},
    {"optimizer": "rmsprop", "epochs": 15},
    {"dropout": 0.3, "epochs": 15},
    {"learning_rate": 0.1},
    {"learning_rate": 0.00001},
    {"optimizer": "sgd", "learning_rate": 0.001},
    {"optimizer": "sgd", "learning_rate": 5.0},
    {"optimizer": "sgd", "learning_rate": 0.01, "activation": "sigmoid"},
    {"input_scaling": "0-255"},
    {"input_scaling": "0-255", "learning_rate": 0.1},
    {"l2": 0.1},
    {"batch_size": 1024, "epochs": 2},
    {"train_size": 1000, "epochs": 30},
]
# Of few batches, the last of them with four or eight digits: then the last batch may have thrown the weights off, and
# running averages may lag behind.
SHORT = [
    {"train_size": size, "batch_size": batch, "epochs": epochs}
    for size in (805, 1285, 2090)
    for batch in (64, 128)
    for epochs in (1, 2)
]
SHORT_NETWORKS = {
    **NETWORKS,
    "dense 64, batch normalization": replace(NETWORKS["dense 64"], batch_normalization=True),
    "dense 256, 128, batch normalization": replace(NETWORKS["dense 256, 128"], batch_normalization=True),
}
# Test digits read right, as shares: as much apart as two runs of one network with other seeds seldom are.
APART = 0.01
# So far below the best of its network, a run that the coach says nothing of has something to be said.
FAR_BELOW = 0.05


@dataclass(frozen=True)
class Case:
    """One network with one setting: what it came to, what was said first, and what came of that."""

    network: str
    settings: dict[str, Any]
    accuracy: float
    title: str
    improved: float | None


def main() -> None:
    digits = load_mnist()
    cases = [case(network, settings, digits) for network in NETWORKS for settings in SETTINGS]
    short = [case(network, settings, digits, at_its_end=True) for network in SHORT_NETWORKS for settings in SHORT]
    about = (
        f"{len(cases)} runs: {len(NETWORKS)} networks, each with {len(SETTINGS)} settings, on 3,000 digits or fewer. "
        f"Accuracy on MNIST's test digits; better and worse: by more than {100 * APART:.0f} percentage point. "
        "A run whose loss became no number counts as 0%."
    )
    about_short = (
        f"{len(short)} runs of few batches: {len(SHORT_NETWORKS)} networks, each with {len(SHORT)} sizes, in one epoch "
        "or two. The last batch of an epoch has four digits or eight. What is said of those that read fewer digits at "
        "their end than in training:"
    )
    parts = [about, helped(cases), hurt(cases), silent(cases), about_short, helped(short), hurt(short)]
    measured = "\n\n".join(parts)
    print(measured)
    write_section("The coach", measured, "python benchmarks/coach.py")


def case(network: str, settings: dict[str, Any], digits: Digits, at_its_end: bool = False) -> Case:
    """Train it, and train it again as the first piece of advice says, or that on a run `at_its_end`."""
    run = SeenRun(replace(SHORT_NETWORKS[network], **settings), digits)
    advice = run.advice_at_its_end() if at_its_end else next(iter(run.advice()), None)
    improved = None
    if advice and advice.changes:
        improved = tested(SeenRun(replace(run.config, **advice.changes), digits), digits)
    found = Case(network, settings, tested(run, digits), advice.title if advice else "", improved)
    print(f"{network} | {in_words(settings)} | {found.accuracy:.1%} | {found.title} | {improved}", flush=True)
    return found


def tested(run: SeenRun, digits: Digits) -> float:
    """The share of the test digits that a run's network reads; 0 where it has none, as its loss was no number."""
    if run.status == FAILED:
        return 0.0
    answers = probabilities(run.trainer.float32_model(), digits.x_test).argmax(axis=1)
    return float(np.mean(answers == digits.y_test))


def helped(cases: list[Case]) -> str:
    """For each thing that the coach says: how often, and what following it did to the accuracy."""
    rows = ["said first | runs | better | alike | worse | median before | median after"]
    for title in sorted({case.title.partition(":")[0] for case in cases if case.improved is not None}):
        found = [c for c in cases if c.title.partition(":")[0] == title and c.improved is not None]
        gains = [(c.improved or 0.0) - c.accuracy for c in found]
        better, worse = sum(gain > APART for gain in gains), sum(gain < -APART for gain in gains)
        before = statistics.median(c.accuracy for c in found)
        after = statistics.median(c.improved or 0.0 for c in found)
        counts = f"{len(found)} | {better} | {len(found) - better - worse} | {worse}"
        rows.append(f"{title} | {counts} | {before:.1%} | {after:.1%}")
    return table(rows)


def hurt(cases: list[Case]) -> str:
    """The runs that read fewer digits after the advice."""
    worse = [c for c in cases if c.improved is not None and c.improved < c.accuracy - APART]
    if not worse:
        return "No run read fewer digits after the advice."
    rows = [
        f"{c.network} | {in_words(c.settings)} | {c.title} | {c.accuracy:.1%} | {c.improved or 0:.1%}" for c in worse
    ]
    return f"Worse after the advice:\n\n{table(['network | set | said | before | after', *rows])}"


def silent(cases: list[Case]) -> str:
    """Of how many runs nothing was said, and which of those read far fewer digits than the best of their network."""
    best = {network: max(c.accuracy for c in cases if c.network == network) for network in NETWORKS}
    quiet = [c for c in cases if not c.title]
    missed = [c for c in quiet if c.accuracy < best[c.network] - FAR_BELOW]
    said = f"Nothing was said of {len(quiet)} runs; {len(missed)} of them came to an accuracy that is "
    said += f"{100 * FAR_BELOW:.0f} percentage points or more below that of the best run of their network."
    if not missed:
        return said
    rows = [f"{c.network} | {in_words(c.settings)} | {c.accuracy:.1%} | {best[c.network]:.1%}" for c in missed]
    return f"{said}\n\n{table(['network | set | accuracy | best', *rows])}"


def in_words(settings: dict[str, Any]) -> str:
    return ", ".join(setting_in_words(name, value) for name, value in settings.items()) or "nothing"


if __name__ == "__main__":
    main()
