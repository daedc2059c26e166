"""Digit by digit: precision, recall and F1, and one digit against the nine others in plain words."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.evaluation import one_against_rest
from mnist_core.wording import article
from pages.parts import download
from pages.parts.evaluate.evaluated import Evaluated


def show(evaluated: Evaluated) -> None:
    left, right = st.columns([1, 1.3], gap="large")
    with left:
        st.header("Digit by digit", anchor=False)
        _table(evaluated)
    with right:
        st.header("One digit against the rest", anchor=False)
        digit = st.segmented_control("Digit", range(10), default=0, required=True, wrap=True, key="one_digit")
        _against_the_rest(evaluated, digit)


def _table(evaluated: Evaluated) -> None:
    evaluation = evaluated.card.evaluation
    shares = {"precision": evaluation.precision, "recall": evaluation.recall, "F1": evaluation.f1}
    meanings = {
        "precision": "Of the digits read as this one, how many were.",
        "recall": "Of the real ones, how many were found.",
        "F1": "The harmonic mean of precision and recall.",
    }
    st.dataframe(
        {
            "digit": range(10),
            **{name: [100 * share for share in each] for name, each in shares.items()},
            "support": evaluation.support,
        },
        hide_index=True,
        height="content",
        column_config={
            **{name: st.column_config.NumberColumn(format="%.2f%%", help=text) for name, text in meanings.items()},
            "support": st.column_config.NumberColumn(
                format="localized", help="How many test digits are really this one."
            ),
        },
        alt="Precision, recall, F1 and support of each digit",
    )
    for weights, words in ((None, "macro average"), (evaluation.support, "weighted by their support")):
        means = ", ".join(f"{name} {np.average(each, weights=weights):.2%}" for name, each in shares.items())
        st.caption(f"On average over the ten digits, {words}: {means}.")
    if not evaluated.confusion.sum(axis=0).all():
        st.caption("In both a precision that is undefined counts as 0.")


def _against_the_rest(evaluated: Evaluated, digit: int) -> None:
    table = one_against_rest(evaluated.confusion, digit)
    tp, fp = table.true_positives, table.false_positives
    fn, tn = table.false_negatives, table.true_negatives
    one = f"{article(digit)} {digit}"
    st.markdown(
        f"Of the {tp + fn:,} real {digit}s, **{tp:,} were found**: recall {_share(tp, tp + fn)}. "
        f"Of the {tp + fp:,} digits read as {digit}, **{tp:,} were {digit}s**: precision {_share(tp, tp + fp)}. "
        f"Both together: F1 {_share(2 * tp, 2 * tp + fp + fn)}."
    )
    st.markdown(
        f"| true digit | read as {digit} | read as another digit |\n| --- | --- | --- |\n"
        f"| **is {one}** | **{tp:,}** true positives (TP): found | **{fn:,}** false negatives (FN): missed |\n"
        f"| **is another digit** | **{fp:,}** false positives (FP): taken for {one} "
        f"| **{tn:,}** true negatives (TN): not {one}, and not read as one |"
    )
    st.caption("Recall = TP / (TP + FN). Precision = TP / (TP + FP). F1 = 2 TP / (2 TP + FP + FN).")
    download.show(f"digit-{digit}-against-the-rest", {name: [count] for name, count in vars(table).items()})


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2%}" if whole else "undefined"
