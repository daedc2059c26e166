"""The learning curves of a run, with earlier runs' under them to compare."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from mnist_core.config import TrainConfig
from mnist_core.figures import compared_curves
from mnist_core.figures.learning_curve import SCALES, learning_curve
from mnist_core.own_digits import ABOUT_VALIDATION
from mnist_core.runs.run import Curves, Run
from mnist_core.runs.store_connection import StoreError
from pages.parts import figure, read_results, read_runs

_MOST = 4


def show(run: Run, curves: Curves) -> None:
    """Loss and accuracy, batch by batch and epoch by epoch."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        others = _compared(run)
        scale = st.selectbox(
            "Loss axis",
            list(SCALES),
            format_func=SCALES.__getitem__,
            key="train_scale",
            persist_state="session",
            width=150,
        )
    drawn = {run.name: (run, curves)} | others
    for quantity in ("loss", "accuracy"):
        option = learning_curve(run, curves, quantity, {name: theirs for name, (_, theirs) in others.items()}, scale)
        alt, numbers = compared_curves.alt(drawn, quantity), partial(compared_curves.columns, drawn, quantity)
        figure.show(option, f"curve_{quantity}", alt, quantity, numbers, height=260)
    st.caption(_how_to_read(run.config_now, curves))
    if caution := compared_curves.unlike(each.config for each, _ in drawn.values()):
        st.caption(caution)
    if run.config.loss == "mean_squared_error":
        st.caption("These losses are mean squared errors; the test loss is the cross-entropy.")
    if run.config.l2:
        st.caption("These losses include the L2 penalty on the weights; the test loss does not.")
    if run.taught:
        st.caption(ABOUT_VALIDATION)


def _how_to_read(config: TrainConfig, curves: Curves) -> str:
    """What a stranger to such curves may wonder at."""
    beyond = _of_batches(curves)
    if not curves.epochs:
        return f"Thin line: single batches. The curves by epoch begin when the first epoch ends. {beyond}"
    average = "Training: the average over an epoch, in which the network still learns"
    if not config.validation_digits:
        return f"{average}. {beyond} This run keeps no digits for validation."
    average += _what_validation_has_not(config)
    best = " Best: the epoch with the lowest validation loss." if curves.marked_epoch else ""
    return f"{average}. Validation: measured when the epoch ends, so it can look better. {beyond}{best}"


def _of_batches(curves: Curves) -> str:
    """What the line of the batches leaves out: of a long run, most of them."""
    steps, _ = curves.series.get("batch_loss", (np.zeros(0, int), None))
    # Those that a person asked for one by one come besides.
    apart = int(np.median(np.diff(steps))) if len(steps) > 1 else 1
    if apart <= 1:
        return "A few extreme batches may lie outside the axes."
    return f"One batch of every {apart} is drawn; a few extreme ones may lie outside the axes."


def _what_validation_has_not(config: TrainConfig) -> str:
    """What makes training harder than validation, which may be most of what sets the curves apart."""
    harder = ["dropout"] * any(layer.kind == "Dropout" for layer in config.layers())
    harder += ["changed digits"] * config.augments + ["generated ones"] * bool(config.handwriting)
    return f", with {' and '.join(harder)}, which validation is without" if harder else ""


def _compared(run: Run) -> dict[str, tuple[Run, Curves]]:
    """The runs that the person has chosen, with their curves, by name."""
    try:
        known = {r.id: r for r in read_runs.runs() if r.id != run.id and r.progress.epoch}
        begun = {run_id: r.id_and_name for run_id, r in known.items()}
        if not begun:
            return {}
        chosen = st.multiselect(
            "Compare with",
            list(begun),
            format_func=lambda run_id: begun.get(run_id, "deleted"),
            max_selections=_MOST,
            key="train_compared",
            persist_state="session",
            placeholder=f"Up to {_MOST} earlier runs",
            help="Drawn dashed: their validation, or their training where no digits were kept for it.",
        )
        return {begun[id]: (known[id], read_results.curves(known[id])) for id in chosen if id in known}
    except StoreError:
        return {}
