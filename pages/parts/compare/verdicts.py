"""A sentence on each of some runs: whether it is better than the first one, or worse, by more than chance."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import streamlit as st

from mnist_core import comparison
from mnist_core.artifacts import ArtifactError
from mnist_core.comparison import LEVEL, Difference
from mnist_core.data import DataError
from mnist_core.runs.run import Run
from mnist_core.runs.store_connection import StoreError
from pages.parts import learnt_from, read_digits, read_models, read_runs, services
from pages.parts.as_written import as_written

_SAME, _UNKNOWN = ":material/drag_handle:", ":material/help:"
# Of so many runs not every accuracy is said.
_MANY = 6


def show(runs: list[Run]) -> None:
    """About each but the first of two or more runs, oldest first; repeats are judged together, by one sentence."""
    first, others = runs[0], runs[1:]
    repeats = [run for run in others if comparison.is_repeat(first, run)]
    if repeats:
        _say_repeats([first, *repeats])
    judged = [run for place, run in enumerate(others) if run not in repeats and not _is_repeat_of(run, others[:place])]
    level = LEVEL / max(1, len(judged))
    cautions = [_judge(first, run, level) for run in judged]
    # Once, though it is said of several.
    for caution in dict.fromkeys(filter(None, cautions)):
        st.caption(caution)
    if len(judged) > 1:
        st.caption(
            f"With {len(judged)} comparisons a chance difference is more likely, so more is asked of each: "
            f"p below {level:.2g} (Bonferroni)."
        )


def _is_repeat_of(run: Run, others: list[Run]) -> bool:
    return any(comparison.is_repeat(other, run) for other in others)


def _say_repeats(runs: list[Run]) -> None:
    """Runs with the same settings are several models, but one choice: none of them is better."""
    shares = [run.metrics["test_accuracy"] for run in runs]
    ends = " to ".join(dict.fromkeys(f"{share:.2%}" for share in (min(shares), max(shares))))
    named = _listed([_named(runs[0]), *(run.short_id for run in runs[1:])])
    said = f"{_SAME} {named}: **the same settings**. Test accuracy {ends}"
    seeds = len({run.config.seed for run in runs})
    if seeds == 1:
        st.markdown(f"{said}, with the same seed.")
        return
    a_part = f", of which {seeds} seeds show only a part" if seeds < comparison.FEWEST_SEEDS else ""
    st.markdown(f"{said}: only the seeds differ. Any other difference has to beat this noise{a_part}.")


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _judge(first: Run, second: Run, level: float) -> str:
    """Say whether `second` is better or worse than `first`, or that one cannot tell, and why; returns what that leaves
    open, if anything."""
    if without := next((run for run in (second, first) if not run.has_model), None):
        yet = " yet" if without.is_active or without.awaits_test else ""
        st.markdown(f"{_UNKNOWN} {_against([second], [first])}: {without.short_id} has no test accuracy{yet}.")
        return ""
    known = read_runs.runs()
    ours, theirs = (comparison.repeats(run, known) for run in (first, second))
    try:
        # Too few seeds, or no noise between them, are no measure.
        with suppress(ValueError):
            return _judge_settings(ours, theirs, level)
        return _judge_models(first, second, level)
    except (ArtifactError, DataError, StoreError, OSError) as error:
        st.markdown(f"{_UNKNOWN} {_against([second], [first])}: this cannot be said. {error}")
        return ""


def _judge_settings(first: list[Run], second: list[Run], level: float) -> str:
    """By the noise between seeds. Raises ValueError where there is none that is known."""
    shares = [[run.metrics["test_accuracy"] for run in group] for group in (first, second)]
    found = comparison.between_seeds(*shares)
    # As they are written: whoever subtracts them comes to the same.
    before, after = (round(sum(group) / len(group), 4) for group in shares)
    means = f"{after:.2%}{_of(shares[1])} against {before:.2%}{_of(shares[0])}"
    _say(first, second, replace(found, gain=after - before), level, f"{means}. {found.method}")
    alone = [group[0].short_id for group in (first, second) if len(group) == 1]
    return f"Of {alone[0]} there is a single run: **Repeat** it on Train for a surer answer." if alone else ""


def _of(shares: list[float]) -> str:
    """What a mean is of, where it is one."""
    if len(shares) == 1:
        return ""
    few = _listed([f"{100 * share:.2f}" for share in sorted(shares)])
    return f" (the mean of {few if len(shares) < _MANY else f'{len(shares)} runs'})"


def _judge_models(first: Run, second: Run, level: float) -> str:
    store, (_, labels) = services.opening_store().result(), read_digits.test_digits()
    proba = [read_models.probabilities(store.files.folder(run)) for run in (first, second)]
    found = comparison.between_models(labels, *proba)
    _say([first], [second], found, level, f"{found.digits:+,} of 10,000 test digits. {found.method}".replace("-", "−"))
    return (
        "This compares two models, not their settings: with other seeds they may come out otherwise. To judge the "
        "settings, train each with several seeds: **Repeat** does that on Train, for runs that went to their end with "
        "nothing changed on the way."
    )


def _say(first: list[Run], second: list[Run], found: Difference, level: float, how: str) -> None:
    icon, verdict = _verdict(found, found.chance < level)
    points = f"{round(100 * found.gain, 2) + 0:+.2f} percentage points".replace("-", "−")
    chance = "less than 0.001" if found.chance < 0.001 else f"{found.chance:.2g}"
    doubts = [
        f" **{run.short_id} may know these test digits:** {doubt}"
        for run in (first[0], second[0])
        if (doubt := learnt_from.doubt(run))
    ]
    st.markdown(
        f"{icon} {_against(second, first)}: **{verdict}**. {points}: {how}; p is {chance}.{''.join(doubts)}",
        help="p is how often chance alone makes so large a difference between two that are really alike.",
    )


def _against(second: list[Run], first: list[Run]) -> str:
    return f"**{_group(second)}** against {_group(first)}"


def _group(runs: list[Run]) -> str:
    """A run, or several that differ in the seed only."""
    named = _named(runs[0])
    return named if len(runs) == 1 else f"{named} and {len(runs) - 1} with other seeds"


def _named(run: Run) -> str:
    return f"{as_written(run.name)} · {run.short_id}"


def _verdict(found: Difference, is_real: bool) -> tuple[str, str]:
    """An icon, and what is to be said of the second of two."""
    if not is_real:
        return _SAME, "no clear difference"
    if found.gain > 0:
        return ":material/trending_up:", "better, by more than chance"
    return ":material/trending_down:", "worse, by more than chance"
