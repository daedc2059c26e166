"""What a run that has ended came to, and what can be done with it."""

from __future__ import annotations

import streamlit as st

from mnist_core import comparison
from mnist_core.config import MNIST
from mnist_core.idle_fields import value_with_use
from mnist_core.runs.run import FAILED, Curves, Run
from pages.parts import (
    accuracy,
    choose_model,
    data_sets,
    deletion,
    keyboard,
    note_and_tags,
    person,
    read_runs,
    take_along,
)
from pages.parts.as_written import as_written
from pages.parts.train import config_source, ended_controls, repeats, run_action, watched_run

# Where one goes with a trained model.
_NEXT = (
    ("pages/evaluate.py", "See its mistakes", ":material/grid_on:"),
    ("pages/inside.py", "Look inside", ":material/biotech:"),
    ("pages/draw.py", "Draw digits for it", ":material/draw:"),
)


def show(run: Run, points: Curves) -> None:
    """Why it ended, how good it is, where to go with it, and its buttons."""
    _show_end(run)
    note_and_tags.show(run)
    if run.has_model:
        _show_model(run)
    with st.container(horizontal=True, key=run_action.what_follows(run.id)):
        ended_controls.after_it_ended(run, points)
        with st.popover("Take it with you", icon=":material/download:"):
            take_along.show_run(run, "train")
        used = st.button(
            "Use its settings",
            icon=":material/tune:",
            help="As they were in the end: some were changed while it trained." if run.changes else None,
            on_click=config_source.take_over,
            args=[run.config_now],
        )
        repeats.offer(run)
        if person.may_touch(run):
            deletion.button("train", "Delete this run", "run", {run.id: run}, _forget)
    repeats.show(run)
    keyboard.focus(run_action.what_follows(run.id))
    # The sliders stand outside of this fragment.
    if used:
        st.rerun()


def _show_end(run: Run) -> None:
    """Why it ended, unless as it should, and what has become of its model."""
    if run.status == FAILED:
        st.error(as_written(run.reason), title="This run failed")
        if run.traceback:
            with st.expander("Details for a bug report"):
                st.code(run.traceback, language=None)
    elif run.reason not in run.note:
        # An imported run's note says it, too.
        st.caption(as_written(run.reason))
    if run.imported:
        st.caption("It came without its optimizer's state, so it cannot be trained on: “Use its settings” begins anew.")
    if run.awaits_test:
        st.caption("Its model is tested and kept as soon as nothing else is to be trained.")
    elif run.is_untested and run.test_problem:
        st.error(run.test_problem, title="Its model could not be tested")


def _show_model(run: Run) -> None:
    # Whoever has seen it learn wants to see what it learnt, by whatever way to the other pages.
    if watched_run.was_seen_training(run.id):
        choose_model.suggest(run.id)
        # For whoever looks elsewhere, and for screen readers, which are told of nothing else.
        whose = "the" if run.config.data_set == MNIST else "MNIST's"
        read = f"{run.metrics['test_accuracy']:.2%} on {whose} test digits"
        st.toast(f"{run.status_in_words}: {read}.", icon=":material/check:")
    with st.container(horizontal=True):
        accuracy.show(run.metrics["test_accuracy"], run)
        # An imported run may have one without digits.
        if run.val_accuracy is not None and run.config.validation_digits:
            accuracy.show_validation(run.val_accuracy, run.config, _unlike_the_curves(run))
        if "training_seconds" in run.metrics:
            help = "Training and validation, as the epochs took. Starting, pauses and the test at the end do not count."
            st.metric("Training time", f"{run.metrics['training_seconds']:.1f} s", help=help)
    if words := comparison.beside_reported(run):
        st.caption(words)
    has_own = run.config.data_set != MNIST
    is_there = has_own and not data_sets.is_gone(run.config.data_set)
    if has_own:
        link = " How it reads the digits of its own data set is one of the links below." if is_there else ""
        st.caption(
            "Every network is tested on MNIST's test digits, which may be drawn otherwise than those that this one has "
            f"learnt from.{link}"
        )
    with st.container(horizontal=True):
        for page, label, icon in _NEXT:
            st.page_link(page, label=label, icon=icon, query_params={"model": run.id})
        if is_there:
            query = {"data_set": run.config.data_set, "model": run.id}
            label = "See how it reads its data set"
            st.page_link("pages/data.py", label=label, icon=":material/dataset:", query_params=query)


def _unlike_the_curves(run: Run) -> str:
    """Why the model's validation accuracy is another one than the curves end with; empty where it is not."""
    if run.is_within_epoch:
        return "Of the network as it was stopped; the curves have that of whole epochs."
    if value_with_use(run.config, "precise_statistics"):
        return "With its batch statistics measured after training; curves and confusion matrix are from before that."
    return ""


def _forget(ids: list[str]) -> None:
    read_runs.forget_runs(ids)
    choose_model.forget(watched_run.watched())
    watched_run.watch(None)
