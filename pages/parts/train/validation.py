"""What a run makes of its validation digits: eight of them live, and the confusion matrix after each epoch."""

from __future__ import annotations

import time

import numpy as np
import streamlit as st

from mnist_core.figures.pictures import answers
from mnist_core.idle_fields import value_with_use
from mnist_core.runs.run import Curves, Run
from pages.parts import confusion_table, read_results
from pages.parts.clicks import SECONDS_ON_THE_WAY

_LAGS = (
    " They may be read worse than the batches: early in a run the running averages of batch normalization, which "
    "stand in for a batch's own, lag behind the weights."
)


def show_watched(run: Run) -> None:
    """Up to eight validation digits with the network's probabilities now."""
    if run.is_active and not run.config.validation_digits:
        st.caption(
            "A run with a **Validation share** shows eight of its digits and a confusion matrix here as it learns."
        )
    percent = run.progress.watched
    digits = read_results.watched(run.id) if percent else None
    if digits:
        then = "as it is now" if run.is_active else "at the end of training"
        if value_with_use(run.config, "precise_statistics") and not run.is_active:
            then += ", before its batch statistics were measured anew"
        count = len(digits["labels"])
        st.markdown(f"**{count} validation digits, read by the network {then}**")
        st.html(answers(digits["images"], digits["labels"], np.array(percent)))
        lags = _LAGS if run.config.batch_normalization and not run.progress.epoch else ""
        st.caption(f"Bars: its probability of 0 to 9; solid bar: the true digit; bold label: read correctly.{lags}")


def show_confusion(run: Run, curves: Curves) -> None:
    """The confusion matrix of the validation digits after an epoch to be chosen; the newest until one is."""
    took = dict(zip(*curves.series.get("seconds", ([], [])), strict=True))
    epochs = [int(epoch) for epoch in curves.series.get("val_loss", ([], []))[0] if epoch in took]
    if not epochs:
        return
    # With a key that counts as a widget's, it stays open when the page around it changes, as at the run's end.
    title, key = "Confusion matrix of the validation digits, epoch by epoch", f"confusion_open_{run.id}"
    matrix = st.expander(title, key=key, on_change="rerun")
    if not matrix.open:
        return
    with matrix:
        chosen = _choose(run, epochs)
        counts = read_results.confusion(run.id, chosen, float(took[chosen]))
        if counts is None:
            st.caption(f"Nothing is kept of epoch {chosen}.")
            return
        st.caption(f"After epoch {chosen}: {counts.sum() - np.trace(counts):,} of {counts.sum():,} read wrong.")
        confusion_table.show(counts, "validation-confusion")


def _choose(run: Run, epochs: list[int]) -> int:
    """A slider over epochs that stays at the end while it stands there."""
    key, at_end = f"confusion_epoch_{run.id}", f"confusion_at_end_{run.id}"
    # The epochs at which it has stood at the end, and when last: a click elsewhere brings along what a browser had
    # then, which nobody has chosen.
    known: dict[int, float] = st.session_state.get(at_end, {})
    at, now = st.session_state.get(key), time.monotonic()
    is_late = at in known and now - known[at] < SECONDS_ON_THE_WAY
    # The run may have gone back to an epoch before the one that was chosen.
    if at not in epochs or at == max(known, default=at) or is_late:
        st.session_state[key] = epochs[-1]
        known = {epoch: when for epoch, when in known.items() if epoch < epochs[-1]} | {epochs[-1]: now}
    st.session_state[at_end] = known
    if len(epochs) == 1:
        return epochs[0]
    return st.select_slider("Epoch", epochs, key=key)
