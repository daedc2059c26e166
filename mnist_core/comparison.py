"""What sets runs apart, and whether their accuracies differ by more than chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from math import sqrt
from operator import itemgetter
from typing import Any

import numpy as np

from mnist_core.artifacts import TEST_DIGITS
from mnist_core.config import FIELDS, TrainConfig, in_words, label
from mnist_core.evaluation import interval_of_accuracy, mcnemar
from mnist_core.idle_fields import has_use
from mnist_core.presets import ACCURACIES, PRESETS, REPORTED, UNREACHED
from mnist_core.runs.run import FINISHED, STOPPED, Run
from mnist_core.runs.run_names import changes_in_short, in_short, is_automatic, nearest

# Differences that chance alone makes less often than this are called real.
LEVEL = 0.05

# With three runs a difference would have to be 13 times its standard error; with four it is 4 times.
FEWEST_SEEDS = 4

# Of the values that a setting had one after the other.
_MOST_SAID = 3


def overview(run: Run) -> dict[str, Any]:
    """What a table says about a run, by column; None where there is no such number. Sizes are in MB."""
    accuracy, size = run.metrics.get("test_accuracy"), run.metrics.get("model_bytes")
    based_on, parameters = _of_config(run.config)
    # Of each setting that was changed on the way, what it came to.
    came_to = {change.name: change.value for change in run.changes}
    return {
        "Name": run.name,
        "Settings": ", then ".join([based_on, *(in_short(name, value) for name, value in came_to.items())]),
        "Test accuracy": accuracy,
        "Test interval": _interval(accuracy, TEST_DIGITS),
        "Validation accuracy": run.val_accuracy,
        "Training accuracy": run.accuracy,
        "Validation interval": _interval(run.val_accuracy, run.config.validation_digits),
        "Parameters": parameters,
        "Epochs": run.progress.epoch or (None if run.imported else 0),
        "Seconds": run.metrics.get("training_seconds"),
        "Model size": size / 1e6 if size else None,
    }


@lru_cache(maxsize=2000)
def _of_config(config: TrainConfig) -> tuple[str, int]:
    preset = nearest(config)
    return ", ".join([preset, *changes_in_short(config, preset)]), config.parameters


def _interval(accuracy: float | None, digits: int) -> str:
    """The 95% interval of an accuracy on so many digits, in percent; nothing without any."""
    if accuracy is None or not digits:
        return ""
    low, high = interval_of_accuracy(accuracy, digits)
    return f"{100 * low:.2f} – {100 * high:.2f}"


def config_with_epochs_done(run: Run) -> TrainConfig:
    """What a run was really trained with: as changed on its way, and with the epochs that it came to, at least one."""
    return run.config_now if run.is_of_unknown_training else replace(run.config_now, epochs=max(1, run.progress.epoch))


def differing(runs: Sequence[Run]) -> dict[str, list[str]]:
    """The fields in which runs differ, by label, each with one text a run.

    A field that a network has no use for says nothing: it is a dash. One that was changed on the way says so.
    """
    said = {name: [_said(run, name) for run in runs] for name in FIELDS}
    return {label(name): texts for name, texts in said.items() if len(set(texts)) > 1}


def distinct_names(runs: Sequence[Run], named: Callable[[str], str] = str) -> dict[str, str]:
    """What to call each of a few runs, by id: where it differs from the others, or the name that it has or was given.

    `named` puts the names of data sets in the place of their ids.
    """
    if len(runs) == 1:
        return {run.id: run.id_and_name for run in runs}
    presets = {run.id: nearest(run.config) for run in runs}
    uses = {run.id: {name for name in FIELDS if has_use(run.config, name)} for run in runs}
    vary = [n for n in FIELDS if len({_in_short_as_changed(run, n) if n in uses[run.id] else "" for run in runs}) > 1]
    called = {}
    for run in runs:
        preset, config = presets[run.id], run.config
        own = [n for n in vary if n in uses[run.id] and _is_own(run, n, preset)]
        first = [] if own and len(set(presets.values())) == 1 else [preset]
        words = ", ".join([*first, *(_in_short_as_changed(run, name) for name in own)])
        is_given = not is_automatic(run.name, config, named)
        called[run.id] = run.id_and_name if is_given else f"{run.short_id} · {named(words)}"
    return called


def _is_own(run: Run, name: str, preset: str) -> bool:
    """Whether a run has something of its own in this field, not what its preset has."""
    theirs = getattr(PRESETS[preset], name)
    return getattr(run.config, name) != theirs or getattr(run.config_now, name) != theirs


def _in_short_as_changed(run: Run, name: str) -> str:
    before, now = (getattr(config, name) for config in (run.config, run.config_now))
    return in_short(name, before) + (f", then {in_words(name, now)}" if now != before else "")


def _said(run: Run, name: str) -> str:
    if not has_use(run.config, name):
        return "–"
    values = [(getattr(run.config, name), 0), *((each.value, each.step) for each in run.changes if each.name == name)]
    stopped = f", stopped after {run.progress.epoch}" if name == "epochs" and run.status == STOPPED else ""
    (first, _), *changed = [next(group) for _, group in groupby(values, itemgetter(0))]
    # What was changed after the last batch belongs to the last epoch.
    epochs = [min(step // run.config.steps_per_epoch + 1, run.config.epochs) for _, step in changed]
    then = [f"{in_words(name, value)} in epoch {epoch}" for (value, _), epoch in zip(changed, epochs, strict=True)]
    words = [in_words(name, first), *then]
    if len(words) > _MOST_SAID:
        words = [words[0], f"{len(words) - 2} more", words[-1]]
    return ", then ".join(words) + stopped


def is_repeat(first: Run, second: Run) -> bool:
    """Whether both trained in the same way to their end; their seeds may differ."""
    used = [name for name in FIELDS if name != "seed" and any(has_use(run.config, name) for run in (first, second))]
    same = all(getattr(first.config, name) == getattr(second.config, name) for name in used)
    return same and is_clean(first) and is_clean(second)


def repeats(run: Run, runs: Sequence[Run]) -> list[Run]:
    """`run`, and for each other seed one of `runs` that `is_repeat`; none at all where `run` itself is not clean."""
    found = {run.config.seed: run} if is_clean(run) else {}
    for other in runs:
        if other.config.seed not in found and is_repeat(run, other):
            found[other.config.seed] = other
    return list(found.values())


def is_clean(run: Run) -> bool:
    """Whether the run is what its configuration says, from its beginning to its end."""
    return run.status == FINISHED and run.has_model and is_as_configured(run)


def is_as_configured(run: Run) -> bool:
    """Whether it is trained here, in one go, with no setting changed so far and on no digits of a person's own."""
    return not (run.changes or run.imported or run.taught or run.trained_on)


def beside_reported(run: Run) -> str:
    """How a run of a classic tutorial stands to what its author reports; empty for any other run."""
    preset = nearest(run.config)
    if preset not in REPORTED or not is_clean(run) or replace(run.config, seed=PRESETS[preset].seed) != PRESETS[preset]:
        return ""
    accuracy, digits, on = run.metrics.get("test_accuracy"), TEST_DIGITS, "test_accuracy"
    if on not in REPORTED[preset]:
        accuracy, digits, on = run.val_accuracy, run.config.validation_digits, "val_accuracy"
    if accuracy is None:
        return ""
    theirs, (low, high) = REPORTED[preset][on], interval_of_accuracy(accuracy, digits)
    side = "less than" if theirs < low else "more than" if theirs > high else "within"
    why = UNREACHED.get(preset, "Another seed may come nearer.") if theirs > high else ""
    reported = f"The author of this classic tutorial reports {theirs:.2%} on {ACCURACIES[on]} digits"
    return f"{reported}, {side} the interval of this run. {why}".strip()


@dataclass(frozen=True)
class Difference:
    """By how much a second accuracy is above a first, in [-1, 1], and how likely chance alone differs as much.

    `method` says in words what the difference is measured against, `digits` by how many test digits it is.
    """

    gain: float
    chance: float
    method: str

    @property
    def digits(self) -> int:
        """The gain in test digits, of 10,000."""
        return round(self.gain * TEST_DIGITS)


def between_seeds(first: Sequence[float], second: Sequence[float]) -> Difference:
    """Student's t test of two groups of accuracies that differ in their seeds; FEWEST_SEEDS in all are needed.

    The spread is pooled, so that one of the groups may hold a single run. Raises ValueError for fewer, and where
    the runs of each group are alike: that is no spread to measure anything against.
    """
    count = len(first) + len(second)
    if not first or not second or count < FEWEST_SEEDS:
        raise ValueError(f"Noise between seeds needs a run on each side and {FEWEST_SEEDS} in all.")
    if all(len(set(group)) == 1 for group in (first, second)):
        raise ValueError("There is no noise between these seeds.")
    # Only this part of SciPy: its statistics take half a second to import.
    from scipy.special import stdtr

    gain = float(np.mean(second) - np.mean(first))
    squares = sum(((np.array(group) - np.mean(group)) ** 2).sum() for group in (first, second))
    error = sqrt(squares / (count - 2) * (1 / len(first) + 1 / len(second)))
    chance = float(2 * stdtr(count - 2, -abs(gain) / error))
    spread = 100 * sqrt(squares / (count - 2))
    method = f"From seed to seed they vary by {spread:.2f} points (pooled standard deviation; Student's t test"
    if 1 in (len(first), len(second)):
        method += ", in which the single run is taken to vary as the others do"
    return Difference(gain, chance, f"{method})")


def between_models(labels: np.ndarray, first: np.ndarray, second: np.ndarray) -> Difference:
    """McNemar's exact test on the digits that only one of two models reads right.

    Labels (N,) and both models' probabilities (N, 10).
    """
    right = [proba.argmax(axis=1) == labels for proba in (first, second)]
    lost, won = int((right[0] & ~right[1]).sum()), int((~right[0] & right[1]).sum())
    method = f"{won:,} test digits are read right by this run alone, {lost:,} by the other one alone"
    return Difference((won - lost) / len(labels), mcnemar(lost, won), f"{method} (McNemar's test)")
