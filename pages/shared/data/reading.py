"""How well a model reads the digits of an uploaded data set; without labels, what it reads."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import numpy as np
import streamlit as st

from mnist_core.data_set import PARTS
from mnist_core.data_store import Kept
from mnist_core.evaluation import evaluate, interval_in_words
from mnist_core.figures import confusion
from mnist_core.store_connection import StoreError
from pages.shared import choose_model, download, read_digits, read_models, read_runs

# As many as MNIST has to test with.
_MOST_UNASKED = 10_000


def show(kept: Kept) -> None:
    """Raises ArtifactError, DataError, ModelError or StoreError."""
    st.subheader("How well a model reads them")
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
        if part == "train" and kept.id in _learnt_from(model):
            st.warning("This model has learnt from these digits: it reads them better than new ones.")
        _show_accuracy(labels, proba)
    else:
        st.caption("These digits have no labels, so nobody knows which answers are right.")
    _offer(labels, proba)


def _learnt_from(model: read_models.Model) -> set[str]:
    """The ids of the data sets that it has learnt from, as far as is known. A lesson itself is learnt from MNIST."""
    known = {read_models.card(model.folder).config.data_set}
    # The run that a lesson began with may have been deleted.
    with suppress(StoreError):
        known |= {read_runs.first_of(model.run).config.data_set} if model.run else set()
    return known


def _show_accuracy(labels: np.ndarray, proba: np.ndarray) -> None:
    found = evaluate(labels, proba)
    counts = np.array(found.confusion_matrix)
    with st.container(horizontal=True):
        interval = interval_in_words(found.accuracy_interval)
        st.metric("Accuracy on them", f"{found.accuracy:.2%}", interval, delta_arrow="off", delta_color="off")
        st.metric("Misclassified", f"{len(labels) - int(counts.trace()):,} of {len(labels):,}")
    st.html(confusion.table(counts))
    download.show("confusion-matrix", partial(confusion.columns, counts))


def _offer(labels: np.ndarray, proba: np.ndarray) -> None:
    """The answers as files: all that is known of them, and as Kaggle wants them."""
    answers = proba.argmax(axis=1)
    columns = {"digit": np.arange(len(proba))} | ({"label": labels} if len(labels) else {})
    with st.container(horizontal=True):
        download.show("predictions", columns | {"read as": answers, "probability": proba.max(axis=1)})
        if not len(labels):
            submission = {"ImageId": np.arange(1, len(proba) + 1), "Label": answers}
            download.show("submission", submission, "Download for Kaggle")
