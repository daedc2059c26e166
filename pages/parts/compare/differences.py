"""Where the chosen runs differ, what that did, and whether it is more than chance."""

from __future__ import annotations

from contextlib import suppress

import pandas as pd
import streamlit as st

from mnist_core import comparison, own_digits
from mnist_core.artifacts import BUILT_IN, ArtifactError
from mnist_core.comparison import LEVEL, Difference
from mnist_core.data import DataError
from mnist_core.runs.run import Run, short_id
from mnist_core.runs.store_connection import StoreError
from pages.parts import browser, data_sets, learnt_from, read_digits, read_models, read_results, read_runs, services
from pages.parts.as_written import as_written

# What each line of the table is about; results as they are written, and where there is none.
_LINE, _NONE = "Setting or result", "–"
# In pixels: what a run's column needs at least, and what all have together on a page of the usual width.
_LEAST_WIDTH, _ALL_WIDTHS = 200, 720
# On a phone two runs stand beside their settings.
_LINE_ON_A_PHONE, _RUN_ON_A_PHONE = 140, 108
_STYLES = {
    "Test accuracy": "{:.2%}",
    "Test interval": "{}%",
    "Validation accuracy": "{:.2%}",
    "Training accuracy": "{:.2%}",
    "Seconds": "{:.1f}",
    "Parameters": "{:,}",
    "Model size": "{:.2f} MB",
}


def show(runs: list[Run]) -> None:
    """A sentence about each but the first of two or more runs, oldest first, and a column for each."""
    # Repeats are judged together: one sentence is about all of them.
    others = [run for place, run in enumerate(runs) if place and not _is_repeat_of(run, runs[1:place])]
    comparisons = max(1, len([run for run in others if not _is_repeat_of(run, runs[:1])]))
    cautions = [_judge(runs[0], run, LEVEL / comparisons) for run in others]
    # Once, though it is said of several.
    for caution in dict.fromkeys(filter(None, cautions)):
        st.caption(caution)
    if comparisons > 1:
        st.caption(
            f"With {comparisons} comparisons a chance difference is more likely, so more is asked of each: "
            f"p below {LEVEL / comparisons:.2g} (Bonferroni)."
        )
    settings = {name: [data_sets.named(text) for text in texts] for name, texts in comparison.differing(runs).items()}
    settings |= _lessons(runs)
    results = [_results(run) for run in runs]
    lines = settings | {name: [result[name] for result in results] for name in results[0]}
    # By their whole ids: two columns of one name would be an error.
    names = {run.id: run.id_and_name for run in runs}
    is_narrow = browser.is_on_a_phone()
    width = _RUN_ON_A_PHONE if is_narrow else max(_LEAST_WIDTH, _ALL_WIDTHS // len(runs))
    browser.leave_room_for_tools()
    st.dataframe(
        pd.DataFrame([[line, *texts] for line, texts in lines.items()], columns=[_LINE, *names]),
        hide_index=True,
        height="content",
        column_config={
            _LINE: st.column_config.Column(pinned=True, width=_LINE_ON_A_PHONE if is_narrow else None),
            **{id: st.column_config.Column(name, width=width, help=as_written(name)) for id, name in names.items()},
        },
        alt="The settings in which the chosen runs differ, and their results",
    )
    if not settings:
        st.caption("These runs have the same settings.")


def _is_repeat_of(run: Run, others: list[Run]) -> bool:
    return any(comparison.is_repeat(other, run) for other in others)


def _lessons(runs: list[Run]) -> dict[str, list[str]]:
    """What is no setting: how many digits of a person's own each was taught, if any was, and what it was before."""
    if not any(run.taught for run in runs):
        return {}
    return {"Own digits taught": [_lesson(run) for run in runs]}


def _lesson(run: Run) -> str:
    if not run.taught:
        return _NONE
    with suppress(StoreError):
        if (lesson := read_results.lesson(run.id)) is not None:
            to = run.taught if run.taught in BUILT_IN else short_id(run.taught)
            return f"{len(own_digits.from_arrays(lesson).for_training)}, to {to}"
    return "not known"


def _results(run: Run) -> dict[str, str]:
    """What a run came to, in words."""
    seen = comparison.overview(run)
    return {name: _NONE if seen[name] in (None, "") else style.format(seen[name]) for name, style in _STYLES.items()}


def _judge(first: Run, second: Run, level: float) -> str:
    """Say whether `second` is better or worse than `first`, or that one cannot tell, and why; returns what that leaves
    open, if anything."""
    names = f"**{as_written(second.name)} · {second.short_id}** against {as_written(first.name)} · {first.short_id}"
    if without := next((run for run in (second, first) if not run.has_model), None):
        yet = " yet" if without.is_active or without.awaits_test else ""
        st.markdown(f":material/help: {names}: {without.short_id} has no test accuracy{yet}.")
        return ""
    alike = comparison.is_repeat(first, second)
    try:
        found, caution = _difference(first, second, alike)
    except (ArtifactError, DataError, StoreError, OSError) as error:
        st.markdown(f":material/help: {names}: this cannot be said. {error}")
        return ""
    icon, verdict = _verdict(found, found.chance < level, alike)
    points = f"{round(100 * found.gain, 2) + 0:+.2f} percentage points ({found.digits:+,} of 10,000 test digits)"
    points = points.replace("-", "−")
    chance = "less than 0.001" if found.chance < 0.001 else f"{found.chance:.2g}"
    doubts = [
        f" **{run.short_id} may know these test digits:** {doubt}"
        for run in (first, second)
        if (doubt := learnt_from.doubt(run))
    ]
    st.markdown(f"{icon} {names}: **{verdict}**. {points}. {found.method}; p is {chance}.{''.join(doubts)}")
    return caution


def _verdict(found: Difference, is_real: bool, alike: bool) -> tuple[str, str]:
    """An icon, and what is to be said of two runs; two that are `alike` are two models, but one choice."""
    if alike:
        return ":material/drag_handle:", "the same settings"
    if not is_real:
        return ":material/drag_handle:", "no clear difference"
    if found.gain > 0:
        return ":material/trending_up:", "better, by more than chance"
    return ":material/trending_down:", "worse, by more than chance"


def _difference(first: Run, second: Run, alike: bool) -> tuple[Difference, str]:
    """Against the noise between seeds where runs that differ only in them are known, else between the two models."""
    known = read_runs.runs()
    groups = [comparison.repeats(run, known) for run in (first, second)]
    # Too few seeds, or no noise between them, are no measure.
    with suppress(ValueError):
        if not alike:
            found = comparison.between_seeds(*([run.metrics["test_accuracy"] for run in group] for group in groups))
            alone = [group[0].short_id for group in groups if len(group) == 1]
            more = f"Of {alone[0]} there is a single run: **Repeat** it on Train for a surer answer." if alone else ""
            return found, more
    store, (_, labels) = services.opening_store().result(), read_digits.test_digits()
    proba = [read_models.probabilities(store.files.folder(run)) for run in (first, second)]
    return comparison.between_models(labels, *proba), _caution(first, second, alike)


def _caution(first: Run, second: Run, alike: bool) -> str:
    if not alike:
        return (
            "This compares two models, not their settings: with other seeds they may come out otherwise. "
            "To judge the settings, train each with several seeds: **Repeat** does that on Train, for runs that went "
            "to their end with nothing changed on the way."
        )
    if first.config.seed == second.config.seed:
        return f"{second.short_id} has the settings of {first.short_id}, and its seed."
    return (
        f"{second.short_id} differs from {first.short_id} in the seed only: "
        "this is the noise that any other difference has to beat."
    )
