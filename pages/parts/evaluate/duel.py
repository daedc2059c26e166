"""Two models on the same test digits: which digits only one of them reads right, and whether that means anything."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core import comparison
from mnist_core.artifacts import ArtifactError
from mnist_core.comparison import LEVEL, Difference
from mnist_core.figures.pictures import buttons
from mnist_core.wording import article, in_percent
from pages.parts import choose_model, clickable, download, learnt_from, read_models
from pages.parts.as_written import as_written
from pages.parts.evaluate import opened_digit
from pages.parts.evaluate.evaluated import Evaluated, Listed

MOST_SHOWN = 50
# Below LEVEL a difference is unlikely to be chance, below this one very.
_VERY_UNLIKELY = 0.001


def show(evaluated: Evaluated) -> None:
    """A model to compare with, the score, what it means, and the digits behind it.

    Raises ArtifactError or DataError.
    """
    models = _others(evaluated)
    choose_model.stay(_key(evaluated), models)
    box = st.selectbox("Compare with", list(models), format_func=lambda id: models[id].label, key=_key(evaluated))
    try:
        other_proba = read_models.probabilities(models[box].folder)
    except ArtifactError as error:
        st.error(str(error), title="That model cannot be compared")
        return
    labels, answers, theirs = evaluated.labels, evaluated.proba.argmax(axis=1), other_proba.argmax(axis=1)
    sides = _sides(evaluated, theirs)
    found = comparison.between_models(labels, other_proba, evaluated.proba)
    for name, run in (("This", evaluated.model.run), ("The other", models[box].run)):
        if doubt := learnt_from.doubt(run):
            st.warning(doubt, title=f"{name} model may know these test digits")
    _score(found, sides, int(((answers == labels) & (theirs == labels)).sum()), len(labels))
    for column, (name, side) in zip(st.columns(2, gap="large"), sides.items(), strict=True):
        with column:
            _digits(evaluated, name, side, theirs)
    every = np.concatenate(list(sides.values()))
    columns = {"test digit": every, "true": labels[every], "this model": answers[every], "other": theirs[every]}
    download.show("only-one-is-right", columns)


def listed(evaluated: Evaluated) -> Listed:
    """The digits that only one of the two reads right: those of this model first. Raises ArtifactError or DataError."""
    other = _others(evaluated)[st.session_state[_key(evaluated)]]
    proba = read_models.probabilities(other.folder)
    sides = _sides(evaluated, proba.argmax(axis=1))

    def said(index: int) -> str:
        side = next((f"{name}. " for name, side in sides.items() if index in side), "")
        answer = proba[index].argmax()
        return f"{side}The other, {as_written(other.label)}, answers **{answer}** ({in_percent(proba[index, answer])})."

    return Listed(np.concatenate(list(sides.values())), said)


def _others(evaluated: Evaluated) -> dict[str, read_models.Model]:
    return {model.id: model for model in read_models.models() if model.id != evaluated.model.id}


def _key(evaluated: Evaluated) -> str:
    """It names the first model: the box of another one has other models in it."""
    return f"duel_{evaluated.model.id}"


def _sides(evaluated: Evaluated, theirs: np.ndarray) -> dict[str, np.ndarray]:
    """The indices of the digits that only one of the two reads right; `theirs` are the other's answers."""
    right, other_right = evaluated.proba.argmax(axis=1) == evaluated.labels, theirs == evaluated.labels
    return {
        "Only this model is right": np.flatnonzero(right & ~other_right),
        "Only the other is right": np.flatnonzero(~right & other_right),
    }


def _score(found: Difference, sides: dict[str, np.ndarray], both: int, total: int) -> None:
    ahead, behind = (len(side) for side in sides.values())
    with st.container(horizontal=True):
        st.metric("Both are right", f"{both:,}")
        for name, side in sides.items():
            st.metric(name, f"{len(side):,}")
        st.metric("Both are wrong", f"{total - both - ahead - behind:,}")
    st.markdown(verdict(found, ahead, behind))
    st.caption(
        "McNemar's exact test, on the digits that only one of them reads right. It tells these two models apart; "
        "the same settings trained again, with another seed, may give another result."
    )


def verdict(found: Difference, ahead: int, behind: int) -> str:
    """Whether it means anything that this model alone is right `ahead` times and the other one `behind` times.

    `found` is the difference that this model makes to the other.
    """
    if not ahead + behind:
        return "Both read the same digits right: there is no difference between them on these."
    chance = "less than 0.01%" if found.chance < 0.0001 else f"{100 * found.chance:.{2 if found.chance < 0.1 else 3}g}%"
    score = f"{max(ahead, behind):,} to {min(ahead, behind):,}"
    if found.chance >= LEVEL:
        start = "**The difference may well be chance.**"
    else:
        better = "This model" if ahead > behind else "The other model"
        rarely = "hardly ever" if found.chance < _VERY_UNLIKELY else "seldom"
        start = f"**{better} is better: chance alone {rarely} makes such a difference.**"
    return f"{start} If both were equally good, one would be ahead by {score} or more in {chance} of such comparisons."


def _digits(evaluated: Evaluated, name: str, side: np.ndarray, theirs: np.ndarray) -> None:
    st.header(name, anchor=False)
    if not len(side):
        st.caption("No digit.")
        return
    shown = side[:MOST_SHOWN]
    labels, answers = evaluated.labels[shown], evaluated.proba[shown].argmax(axis=1)
    titles = [f"{article(label).capitalize()} {label}" for label in labels]
    captions = [f"this: {a}, other: {b}" for a, b in zip(answers, theirs[shown], strict=True)]
    html = buttons(evaluated.images[shown], [str(index) for index in shown], titles, captions, size=64)
    clickable.show(html, f"duel {name}", opened_digit.open_digit)
    if len(side) > MOST_SHOWN:
        st.caption(f"The first {MOST_SHOWN} of {len(side):,}; all of them are in the download.")
