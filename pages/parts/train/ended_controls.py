"""What the person who started a run can do with it after it has ended."""

from __future__ import annotations

import streamlit as st

from mnist_core.config import holds
from mnist_core.runs.run import STOPPED, Curves, Run
from pages.parts import person, problem
from pages.parts.train import config_form, run_action


def after_it_ended(run: Run, curves: Curves) -> None:
    """Test it, train on, or go back to the best epoch; what was imported has no optimizer's state to go on from."""
    if not person.may_touch(run):
        return
    if run.is_untested:
        run_action.button("Test it now", "test", run, icon="grid_on", help="Then Evaluate and Draw have its model.")
    if not run.may_go_on:
        return
    best = curves.best_epoch
    is_behind = best is not None and best < run.progress.epoch
    _train_longer(run, best if is_behind and run.keeps_best else None)
    if best and is_behind and not run.keeps_best:
        _go_back(run, best, curves)


def _go_back(run: Run, best: int, curves: Curves) -> None:
    """To the epoch with the lowest validation loss, once it is said what that costs."""
    with st.popover(f"Go back to epoch {best}", icon=":material/history:"):
        st.markdown(f"The validation loss was lowest after epoch {best}: the model becomes what it was then.")
        read = dict(zip(*curves.series.get("val_accuracy", ((), ())), strict=True))
        if best in read and run.progress.epoch in read:
            then, now = read[best], read[run.progress.epoch]
            st.markdown(f"It read {then:.2%} of the validation digits then, and reads {now:.2%} now.")
        left = range(best + 1, run.progress.epoch + 1)
        lost = f"epoch {left[0]}" if len(left) == 1 else f"epochs {left[0]} to {left[-1]}"
        st.markdown(f"What it learnt, and what was changed, in {lost} is forgotten. That cannot be undone.")
        icon, key = ":material/history:", f"go_back_{run.id}"
        gone = st.button("Go back", icon=icon, type="primary", on_click=_to_best, args=[run, best], key=key)
    # The sliders stand outside of this fragment.
    if gone:
        st.rerun()


def _to_best(run: Run, best: int) -> None:
    """The sliders that are as the run has come to be go back with it."""
    run_action.act("go_on", run, epochs=0, back_to_best=True)
    if not problem.of(run.id):
        config_form.change_along(run.config_now, run.config_at(best * run.config.steps_per_epoch))


def _train_longer(run: Run, kept: int | None) -> None:
    """`kept` is the epoch from which it goes on, None for the last."""
    most = int(holds("epochs").high) - run.progress.epoch
    if most < 1:
        return
    with st.popover("Train longer", icon=":material/playlist_play:"):
        # Those that it was stopped before, or as many again, as the coach proposes.
        more = (run.config.epochs - run.progress.epoch) or run.config.epochs
        key = f"more_{run.id}"
        st.number_input("More epochs", 1, most, min(max(more, 1), most), key=key)
        if kept:
            st.caption(f"It goes on from epoch {kept}, which it has kept. What came after is forgotten.")
        if run.status == STOPPED and run.is_within_epoch:
            st.caption(f"It was stopped within epoch {run.progress.epoch + 1}: finishing that one counts as the first.")
        if any(change.name == "learning_rate" for change in run.changes):
            rate = run.config_now.learning_rate
            st.caption(f"The learning rate stays at {rate:g}, to which it was set by hand.")
        elif run.config.schedule != "constant":
            st.caption("The learning rate's schedule is stretched over all epochs.")
        if run.config.early_stopping or run.config.target_accuracy:
            st.caption("It goes on for all of these epochs: what would have ended it early is off from here on.")
        if run.has_model:
            safe = "" if run.config.validation_digits else " Nothing leads back to it: take it with you first."
            st.caption(f"The result replaces the model that this run has now.{safe}")
        icon = ":material/play_arrow:"
        st.button("Train longer", icon=icon, type="primary", on_click=_go_on, args=[run, key], key=f"longer_{run.id}")


def _go_on(run: Run, key: str) -> None:
    """For as many epochs as the widget says by now: it may have been left with the click."""
    run_action.act("go_on", run, epochs=st.session_state[key])
