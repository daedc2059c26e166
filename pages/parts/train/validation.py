"""What a run makes of its validation digits: eight of them live, and the confusion matrix after each epoch."""

from __future__ import annotations

import math
import time

import numpy as np
import streamlit as st

from mnist_core.figures.pictures import answers
from mnist_core.idle_fields import value_with_use
from mnist_core.runs.run import FAILED, Curves, Run
from pages.parts import confusion_table, read_results

# Longer, and whoever wants the epoch before the newest would have to wait for it.
_SECONDS_ON_THE_WAY = 1.0
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
        ended = "before the run failed" if run.status == FAILED else "at the end of training"
        then = "as it is now" if run.is_active else ended
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
    key, looked = f"confusion_epoch_{run.id}", f"confusion_looked_{run.id}"
    # The end at the last look, and when the slider was last put to each end: a click elsewhere may bring along where
    # a browser had it a moment ago, which nobody has chosen.
    end, put = st.session_state.get(looked, (0, {}))
    at, now = st.session_state.get(key), time.monotonic()
    is_late = at != end and now - put.get(at, -math.inf) < _SECONDS_ON_THE_WAY
    # The run may have gone back to an epoch before the one that was chosen.
    if at not in epochs or at == end or is_late:
        st.session_state[key] = epochs[-1]
        put = {epoch: when for epoch, when in put.items() if now - when < _SECONDS_ON_THE_WAY} | {epochs[-1]: now}
    st.session_state[looked] = epochs[-1], put
    if len(epochs) == 1:
        return epochs[0]
    return st.select_slider("Epoch", epochs, key=key, persist_state="session")
