"""How well a model reads the digits of an uploaded data set; without labels, what it reads."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.data_set import PARTS
from mnist_core.evaluation import evaluate
from mnist_core.figures.pictures import gallery
from mnist_core.runs.data_store import Kept
from mnist_core.wording import in_percent, interval_in_words
from pages.parts import choose_model, confusion_table, download, learnt_from, read_digits, read_models

# As many as MNIST has to test with.
_MOST_UNASKED = 10_000
_MOST_SHOWN = 40


def show(kept: Kept) -> None:
    """Raises ArtifactError, DataError, ModelError or StoreError."""
    st.header("How well a model reads them", anchor=False)
    model = choose_model.show()
    parts = [part for part in ("test", "train") if getattr(kept, part)]
    part = parts[0]
    if len(parts) > 1:
        part = st.segmented_control(
            "Digits", parts, default="test", required=True, format_func=lambda p: PARTS[p].capitalize(), key="data_part"
        )
    count, wanted = getattr(kept, part), st.session_state.setdefault("data_wanted", set())
    asked = (kept.id, part, model.id)
    if count > _MOST_UNASKED and asked not in wanted:
        st.caption(f"To read all {count:,} takes a while, and everybody's pages are slower meanwhile.")
        st.button("Read them", icon=":material/play_arrow:", on_click=wanted.add, args=[asked], key="data_read")
        return
    labels = getattr(read_digits.uploaded_digits(kept.id), f"y_{part}")
    proba = read_models.answers(model.folder, kept.id, part)
    if len(labels):
        if caution := learnt_from.about_digits_of(kept, part, model):
            st.warning(caution)
        _show_accuracy(labels, proba)
        _show_mistakes(getattr(read_digits.uploaded_digits(kept.id), f"x_{part}"), labels, proba)
    else:
        st.caption("These digits have no labels, so nobody knows which answers are right.")
    _offer(labels, proba)


def _show_accuracy(labels: np.ndarray, proba: np.ndarray) -> None:
    found = evaluate(labels, proba)
    counts = np.array(found.confusion_matrix)
    with st.container(horizontal=True):
        interval = interval_in_words(found.accuracy_interval)
        st.metric("Accuracy on them", f"{found.accuracy:.2%}", interval, delta_arrow="off", delta_color="off")
        st.metric("Misclassified", f"{len(labels) - int(counts.trace()):,} of {len(labels):,}")
    confusion_table.show(counts, "confusion-matrix")


def _show_mistakes(images: np.ndarray, labels: np.ndarray, proba: np.ndarray) -> None:
    """The digits that are misread, up to a number; those of which the model is surest first."""
    answers = proba.argmax(axis=1)
    every = np.flatnonzero(answers != labels)
    if not len(every):
        return
    wrong = every[np.argsort(-proba[every, answers[every]], kind="stable")][:_MOST_SHOWN]
    titles = [f"{labels[number]} read as {answers[number]}" for number in wrong]
    captions = [f"no. {number:,}, {in_percent(proba[number, answers[number]])}" for number in wrong]
    st.html(gallery(images[wrong], titles, captions, 56))
    which = "All mistakes" if len(wrong) == len(every) else f"{len(wrong)} of {len(every):,} mistakes"
    st.caption(f"{which}, the surest first. Under each: its number in the file, from 0, and how sure the model is.")


def _offer(labels: np.ndarray, proba: np.ndarray) -> None:
    """The answers as files: all that is known of them, and as Kaggle wants them."""
    answers = proba.argmax(axis=1)
    columns = {"digit": np.arange(len(proba))} | ({"label": labels} if len(labels) else {})
    with st.container(horizontal=True):
        download.show("predictions", columns | {"read as": answers, "probability": proba.max(axis=1)})
        if not len(labels):
            submission = {"ImageId": np.arange(1, len(proba) + 1), "Label": answers}
            download.show("submission", submission, "Download for Kaggle")
