"""Calibration: is the model right as often as it is sure, and what if it only answers when it is sure?"""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from mnist_core.artifacts import ArtifactError
from mnist_core.calibration import (
    HIGHEST,
    Reliability,
    coverage,
    error_by_chance,
    fit_temperature,
    reliability,
    with_temperature,
)
from mnist_core.data import DataError
from mnist_core.evaluation import LEAST_PROBABILITY, cross_entropy
from mnist_core.figures.calibration_charts import confidence_histogram, coverage_curve, reliability_diagram
from mnist_core.own_digits import ABOUT_VALIDATION
from mnist_core.predictor import ModelError
from mnist_core.runs.store_connection import StoreError
from mnist_core.wording import in_percent
from pages.parts import download, figure, read_models
from pages.parts.evaluate.evaluated import Evaluated

# Close together near 1, where nearly all confidences are.
THRESHOLDS = [0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999]


def show(evaluated: Evaluated) -> None:
    """Raises ArtifactError or DataError."""
    labels = evaluated.labels
    scaled = _scaled(evaluated) if _asks_for_temperature(evaluated) else None
    found = {"This model": evaluated.proba}
    if scaled is not None:
        found = {"Uncorrected": evaluated.proba, "With temperature": scaled}
    binned = {name: reliability(labels, proba) for name, proba in found.items()}
    with st.container(horizontal=True):
        for name, proba in found.items():
            which = "" if scaled is None else f", {name.lower()}"
            st.metric(
                f"Calibration error{which}",
                f"{binned[name].error:.2%}",
                f"by chance alone {_error_by_chance(proba):.2%} on average",
                delta_arrow="off",
                delta_color="off",
                help="Expected calibration error: how far accuracy and confidence are apart, on average over the "
                "test digits, in 15 bins (Guo and others, 2017). Even of a model that is right as often as it is "
                "sure, chance alone makes as much as stands below.",
            )
            st.metric(f"Test loss{which}", f"{cross_entropy(labels, proba):.4f}")
    _diagrams(binned)
    _answer_only_above(labels, list(found.values())[-1], "" if scaled is None else ", with temperature")


@st.cache_data(max_entries=20, show_spinner=False)
def _error_by_chance(proba: np.ndarray) -> float:
    return error_by_chance(proba)


def _asks_for_temperature(evaluated: Evaluated) -> bool:
    run = evaluated.model.run
    is_unknown = run is not None and run.is_of_unknown_training
    if is_unknown or not evaluated.card.config.validation_digits:
        unknown = "nobody here knows on which digits this one was not trained"
        why = unknown if is_unknown else "this one has none"
        st.caption(f"Temperature scaling, which corrects how sure a model is, needs validation digits, and {why}.")
        return False
    return st.toggle(
        "Correct with temperature scaling",
        key="calibration_scaled",
        help="Divides the scores before the softmax by one number, fitted on the validation digits. It changes how "
        "sure the model is, never what it answers.",
    )


def _scaled(evaluated: Evaluated) -> np.ndarray | None:
    """The probabilities with the temperature that fits the validation digits best; None if these cannot be read."""
    try:
        with st.spinner("Reading the validation digits…"):
            labels, proba = read_models.validation_answers(evaluated.model.folder)
    except (ArtifactError, DataError, ModelError, StoreError) as error:
        st.error(str(error))
        return None
    temperature = fit_temperature(labels, proba)
    scaled = with_temperature(evaluated.proba, temperature)
    both = (evaluated.proba, scaled)
    before, after = (cross_entropy(evaluated.labels, proba) for proba in both)
    apart, corrected = (reliability(evaluated.labels, proba).error for proba in both)
    st.markdown(
        f"Temperature **{temperature:.3f}**, from {len(labels):,} validation digits: above 1 makes the model less "
        f"sure, below 1 more sure. On the test digits, that {_effect(before, after)}. "
        f"The calibration error goes from {apart:.2%} to {corrected:.2%}."
    )
    if beyond := int((proba[np.arange(len(labels)), labels] <= LEAST_PROBABILITY).sum()):
        st.caption(
            f"Of {beyond:,} of these digits the model gave the right answer a probability too small for its kind of "
            "number. How small is not known, so this temperature may be far too low."
        )
    if temperature > 0.99 * HIGHEST:
        st.caption("None higher is tried: all ten digits are about equally likely, and this model knows nothing.")
    if evaluated.model.is_taught:
        st.caption(f"{ABOUT_VALIDATION} This temperature, fitted to them, may be too low.")
    return scaled


def _effect(before: float, after: float) -> str:
    """What a temperature does to the test loss, at the four decimals that the page shows."""
    if round(before, 4) == round(after, 4):
        return "hardly changes the loss"
    return "lowers the loss" if after < before else "raises the loss: it does not help this model here"


def _diagrams(binned: dict[str, Reliability]) -> None:
    first = next(iter(binned.values()))
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Is it right as often as it is confident?", anchor=False)
        errors = ", ".join(f"{name.lower()} {each.error:.2%}" for name, each in binned.items())
        alt = f"Accuracy by confidence, in 15 bins. Expected calibration error: {errors}."
        figure.show(reliability_diagram(binned), "reliability", alt, height=320)
        st.caption("Below the dashed line it is too sure; above, not sure enough. A bin with few digits says little.")
    with right:
        st.header("How sure it is", anchor=False)
        alt = f"Digits by confidence: {first.counts[-1]:,} of {first.counts.sum():,} are in the highest bin."
        figure.show(confidence_histogram(binned), "confidences", alt, height=320)
        st.caption("The confidence is the largest of the ten probabilities. The scale is logarithmic.")
    columns = {"from": first.edges[:-1], "to": first.edges[1:]}
    for name, each in binned.items():
        columns |= {f"digits, {name}": each.counts, f"accuracy, {name}": each.accuracy}
        columns |= {f"confidence, {name}": each.confidence}
    download.show("calibration", columns)


def _answer_only_above(labels: np.ndarray, proba: np.ndarray, which: str) -> None:
    st.header(f"Answer only above a confidence{which}", anchor=False)
    chosen = st.select_slider(
        "Confidence needed",
        THRESHOLDS,
        value=0.9,
        format_func=lambda threshold: f"{100 * threshold:g}%",
        key="calibration_threshold",
        help="Below this, the model says nothing: what if a person read those digits instead?",
    )
    answered, correct = coverage(labels, proba, np.array(THRESHOLDS))
    at, total = THRESHOLDS.index(chosen), len(labels)
    left = int(answered[at] - correct[at])
    mistakes = f"{left:,} {'mistake is' if left == 1 else 'mistakes are'} left"
    if not answered[at]:
        st.markdown(f"It is never {chosen:.2%} sure: it would answer nothing.")
        return
    few = f"{answered[at] / total:.2%}" if answered[at] < total / 100 else in_percent(answered[at] / total)
    share = "all" if answered[at] == total else few
    st.markdown(
        f"It answers **{answered[at]:,} of {total:,}** digits ({share}) and reads "
        f"**{correct[at] / answered[at]:.2%}** of them right: {mistakes}."
    )
    some = answered > 0
    covered, accuracy = answered[some] / total, correct[some] / answered[some]
    alt = f"Accuracy of what is answered: {accuracy[0]:.2%} when all is, {accuracy[-1]:.2%} when {covered[-1]:.0%} is."
    option = coverage_curve(covered, accuracy, (answered[at] / total, correct[at] / answered[at]))
    columns: dict[str, Any] = {"threshold": THRESHOLDS, "answered": answered, "right": correct}
    figure.show(option, "coverage", alt, "coverage", columns, height=260)
