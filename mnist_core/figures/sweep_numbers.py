"""The numbers of a sweep, in columns and in words."""

from __future__ import annotations

from typing import Any

from mnist_core.config import in_words, label_within
from mnist_core.figures.sweep_charts import SHOWN_STATES, lowest_shown
from mnist_core.sweeps.studies import FINISHED, PRUNED, Study, Trial


def columns(study: Study) -> dict[str, list[Any]]:
    """A line for each trial: how it ended, what it came to, and its settings; None where it has no such number."""
    trials = study.trials
    known: dict[str, list[Any]] = {"trial": [t.number for t in trials], "state": [t.state for t in trials]}
    known |= {"epochs": [len(t.accuracies) for t in trials], "validation accuracy": [t.accuracy for t in trials]}
    return known | {name: [t.params.get(name) for t in trials] for name in study.sweep.ranges}


def in_order(study: Study) -> str:
    """How many trials there are, what they reach, and which is the best."""
    known = [trial.accuracy for trial in study.trials if trial.accuracy is not None]
    finished = sum(trial.state == FINISHED for trial in study.trials)
    text = f"Validation accuracy of {len(study.trials)} trials in turn, {finished} of them finished."
    if known:
        text += f" They reach {min(known):.2%} to {max(known):.2%}."
    return f"{text} The best finished one is {_named(study.best)}." if study.best else text


def slices(study: Study, name: str) -> str:
    """The accuracy of the best trial and of the worst, each with its value of the field `name`."""
    setting = label_within(name)
    known = [(trial.accuracy or 0.0, trial.params[name]) for trial in _shown(study)]
    if not known:
        return f"Validation accuracy by {setting}: no trial has one yet."
    (best, there), (worst, here) = (choose(known, key=lambda each: each[0]) for choose in (max, min))
    text = f"best {best:.2%} at {in_words(name, there)}, worst {worst:.2%} at {in_words(name, here)}"
    return f"Validation accuracy of {len(known)} trials by {setting}: {text}."


def importance(shares: dict[str, float]) -> str:
    """The share of each field in what sets good trials apart."""
    said = ", ".join(f"{label_within(name)} {share:.0%}" for name, share in shares.items())
    return f"How much each setting mattered: {said}."


def below(study: Study) -> str:
    """What the triangles at the lower end stand for, and where the pruned stand; nothing where there are none."""
    low = lowest_shown(study.trials)
    pruned = "Pruned trials stand where they were ended, after fewer epochs than the others. "
    pruned *= any(trial.state == PRUNED for trial in _shown(study))
    found = [trial for trial in _shown(study) if 100 * (trial.accuracy or 0) < low]
    if not found:
        return pruned.strip()
    said = ", ".join(map(_named, found[:_MOST_NAMED])) + (" and others" if len(found) > _MOST_NAMED else "")
    return f"{pruned}A triangle (▲) stands at the lower end for a trial below {low:g}%: {said}."


_MOST_NAMED = 4


def _shown(study: Study) -> list[Trial]:
    """The trials that have a point in charts."""
    return [trial for trial in study.trials if trial.state in SHOWN_STATES and trial.accuracy is not None]


def _named(trial: Trial) -> str:
    return f"trial {trial.number} with {trial.accuracy:.2%}"
