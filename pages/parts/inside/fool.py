"""Try to fool a model: sliders that change a digit, its answer live, and what each change does to many digits."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from mnist_core.figures import robustness
from mnist_core.figures.pictures import picture
from mnist_core.inside.perturb import PERTURBATIONS, perturb
from pages.parts import answer, browser, figure, read_digits, read_models
from pages.parts.inside import digit

# Of a slider, in pixels.
_WIDTH = 138


def show(folder: Path) -> None:
    """Raises ModelError and DataError."""
    chosen = digit.choose()
    seen, second, third = st.columns([0.8, 1.2, 1.3], gap="medium")
    # Under one another: whoever moves a slider sees what it does, and the bars are too high to lie between.
    is_narrow = browser.is_on_a_phone()
    reading, sliders = (third, second) if is_narrow else (second, third)
    with sliders:
        # Two in a row, so that the picture stays in view.
        with st.container(horizontal=True):
            amounts = {name: _slider(name) for name in PERTURBATIONS}
        unchanged = all(amount == PERTURBATIONS[name].neutral for name, amount in amounts.items())
        st.button("Back to the digit as it is", icon=":material/undo:", on_click=_reset, disabled=unchanged)
    image = perturb(chosen.image[None], amounts)[0]
    with reading:
        proba = answer.probabilities(image, folder)
        read = answer.show(proba)
        answer.offer_numbers(proba)
    with seen:
        st.markdown("**What the model gets**")
        st.html(picture(image, f"{chosen.name}, changed", 168))
        if is_narrow:
            st.markdown(f"**{read}**")
        if chosen.label is not None:
            st.caption(f"True digit: {chosen.label}.")
    _show_curve(folder)


def _slider(name: str) -> float:
    each = PERTURBATIONS[name]
    kind = int if all(isinstance(value, int) for value in (each.lowest, each.highest, each.step)) else float
    lowest, highest, step, neutral = map(kind, (each.lowest, each.highest, each.step, each.neutral))
    options: Any = {"key": _key(name), "help": each.help, "persist_state": "session", "width": _WIDTH}
    return st.slider(each.label, lowest, highest, neutral, step, **options)


def _key(name: str) -> str:
    return f"inside_fool_{name}"


def _reset() -> None:
    for name, each in PERTURBATIONS.items():
        st.session_state[_key(name)] = type(st.session_state[_key(name)])(each.neutral)


def _show_curve(folder: Path) -> None:
    st.header("How much can it take?", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Kind of change",
            list(PERTURBATIONS),
            format_func=lambda name: PERTURBATIONS[name].name,
            key="inside_fool_curve",
            persist_state="session",
            width=240,
        )
        wanted = st.button("Try it on all 10,000 test digits", icon=":material/play_arrow:")
    st.caption(
        "Only this kind of change, from one end of its slider to the other: the sliders above are not applied here."
    )
    done = st.session_state.setdefault("inside_fool_done", set())
    if wanted:
        done.add((folder, name))
    if (folder, name) in done:
        each = PERTURBATIONS[name]
        right, total = _right_answers(folder, name)
        curve = robustness.accuracy_by_level(each.levels, right, total, each.label)
        numbers = "; ".join(f"{level:g}: {count / total:.1%}" for level, count in zip(each.levels, right, strict=True))
        alt = f"Accuracy by {each.name.lower()}. {numbers}."
        columns = partial(robustness.columns, each.levels, right, total)
        figure.show(curve, "inside_fool_figure", alt, "accuracy-by-change", columns)
        st.caption(f"Accuracy on {total:,} test digits. {each.name}: {each.help} The bars are 95% intervals.")


def _right_answers(folder: Path, name: str) -> tuple[list[int], int]:
    """At each level the number of test digits read right, and how many there are."""
    levels, right = PERTURBATIONS[name].levels, []
    progress, begun = st.empty(), time.monotonic()
    for place, level in enumerate(levels):
        left = (time.monotonic() - begun) * (len(levels) - place) / place if place else 0.0
        text = f"Reading all test digits, {place + 1} of {len(levels)} times…"
        progress.progress(place / len(levels), f"{text} about {left:.0f} s left" if left >= 1 else text)
        right.append(_right_at(folder, name, float(level)))
    progress.empty()
    return right, len(read_digits.test_digits()[0])


@st.cache_data(max_entries=1000, show_spinner=False, hash_funcs=read_models.BY_VERSION)
def _right_at(folder: Path, name: str, level: float) -> int:
    """How many of all test digits are read right when they are changed so much."""
    images, labels = read_digits.test_digits()
    predictor, correct = read_models.predictor(folder), 0
    # In parts: all digits as floating point are more than the server should hold.
    for start in range(0, len(images), 1000):
        part = slice(start, start + 1000)
        harder = perturb(images[part].astype(np.float32) / 255, {name: level})
        correct += int((predictor.probabilities(harder).argmax(axis=1) == labels[part]).sum())
    return correct
