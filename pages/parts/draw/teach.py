"""Teach a model your handwriting: train on the digits in the tray, and see what came of it."""

from __future__ import annotations

import streamlit as st

from mnist_core import own_digits
from mnist_core.artifacts import KERAS_FILE, TEST_DIGITS, ArtifactError
from mnist_core.own_digits import OwnDigits
from mnist_core.predictor import ModelError
from mnist_core.runs.run import QUEUED, Run
from mnist_core.runs.store_connection import NoSuchRun, ServiceError, StoreError
from pages.parts import (
    choose_model,
    frame,
    once,
    person,
    read_models,
    read_results,
    read_runs,
    services,
)
from pages.parts.as_written import as_written
from pages.parts.draw import tray

# Digits kept for testing: with fewer, one more or less is chance.
_FEW = 20


def show(model: read_models.Model) -> None:
    """The tray, and training of `model` on it."""
    st.caption(
        "Draw digits on [the board](#draw-for-a-model), say under it what they are and collect them; "
        f"{own_digits.LEAST} are enough to start. "
        "One in five is kept for testing, so two or more of each digit are better. "
        "Download them to use them another day."
    )
    # So that the result keeps its place: see `more`.
    with st.container():
        _train(tray.show(), model)
    if run_id := st.session_state.get("draw_lesson") or _latest_lesson():
        _result(run_id)


def _latest_lesson() -> str | None:
    """The latest run that this browser's person has taught, after a reload."""
    taught = [run for run in read_runs.runs_if_known() if run.taught and person.is_own(run)]
    return max(taught, key=lambda run: run.submitted).id if taught else None


def _train(own: OwnDigits, model: read_models.Model) -> None:
    if len(own):
        # Whoever collects will train: then it is there, and the board need not wait for it.
        services.opening_engine()
    to_train = len(own.for_training)
    few = len(own) < own_digits.LEAST or to_train < own_digits.LEAST_TO_TRAIN
    if len(own) < own_digits.LEAST:
        st.info(f"{len(own)} of {own_digits.LEAST} digits collected.")
    elif few:
        st.info(
            f"{to_train} of {own_digits.LEAST_TO_TRAIN} digits to train on collected. "
            "Those kept for testing do not count: collect more."
        )
    else:
        st.caption(f"{len(own)} digits collected, {len(own.held_out)} of them kept for testing.{_not_taught(own)}")
    go = st.button("Train on them", type="primary", icon=":material/school:", disabled=few, key="draw_train")
    owner, visitor = person.who()

    def teach() -> str:
        config, start = own_digits.lesson(read_models.card(model.folder)), model.folder / KERAS_FILE
        # Several lessons of one person are told apart by it.
        name = f"{owner}'s handwriting, {len(own)} digits"
        return services.engine().teach(own, start, model.id, config, name, owner, visitor)

    def show_it(run_id: str) -> None:
        read_runs.forget_runs([run_id])
        st.session_state["draw_lesson"] = run_id

    try:
        once.start("draw_train", go, teach, services.STARTING, show_it)
    except (ServiceError, ArtifactError, OSError) as error:
        st.error(str(error), title="The run could not be started")


def _not_taught(own: OwnDigits) -> str:
    """That all there are of some digits are kept for testing; empty if there are others of each."""
    untaught = sorted(set(own.held_out.labels.tolist()) - set(own.for_training.labels.tolist()))
    if not untaught:
        return ""
    names = " and ".join(f"{digit}s" for digit in untaught)
    return f" All your {names} are among these, so the model would not be taught any: collect more of them."


def _result(run_id: str) -> None:
    """How the run stands; when it has ended, the model before and after."""
    try:
        run = read_runs.run(run_id)
        if run.is_active:
            return _wait(run_id)
        if not run.has_model:
            st.warning(as_written(run.reason) or "The run left no model.")
            return
        _compare(run)
    except NoSuchRun as error:
        st.error(str(error))
        # From the next look on an earlier lesson is the latest.
        st.session_state.pop("draw_lesson", None)
    except (StoreError, ModelError, ArtifactError) as error:
        st.error(str(error))


@st.fragment(run_every=read_runs.SECONDS_BETWEEN_POLLS)
def _wait(run_id: str) -> None:
    try:
        run = read_runs.run(run_id)
    except StoreError:
        # The whole page says why.
        st.rerun()
    if not run.is_active:
        st.rerun()
    share = run.progress.step / (run.config.steps_per_epoch * run.config.epochs)
    phase = "In the queue" if run.status == QUEUED else run.progress.phase.capitalize()
    st.progress(min(1.0, share), f"{phase}…")
    st.page_link("pages/train.py", label="Watch it train", icon=":material/show_chart:", query_params={"run": run_id})


def _compare(run: Run) -> None:
    models = {model.id: model for model in read_models.models()}
    taught = read_results.lesson(run.id)
    if taught is None or run.id not in models:
        return
    own = own_digits.from_arrays(taught).held_out
    rows, accuracies = [], []
    for when, id in {"before": run.taught, "after": run.id}.items():
        if id in models:
            folder = models[id].folder
            answers = read_models.predictor(folder).probabilities(own.images).argmax(axis=1)
            right = f"{(answers == own.labels).sum()} of {len(own)}"
            test = read_models.card(folder).evaluation
            accuracies.append(test.accuracy)
            rows.append(
                {"model": when, "your digits kept for testing": right, "MNIST's test digits": f"{test.accuracy:.2%}"}
            )
    st.table(rows, border="horizontal", width="content", hide_index=True)
    if more := round((accuracies[0] - accuracies[-1]) * TEST_DIGITS):
        how_many = f"{more:,} more" if more > 0 else f"{-more:,} fewer"
        st.markdown(f"It misreads {how_many} of MNIST's {TEST_DIGITS:,} test digits than before.")
    few = ", too few to judge by: draw, and see whether it reads you better" if len(own) < _FEW else ""
    st.caption(f"{len(own)} digits of yours were kept for testing{few}. The taught model is a run like any other.")
    label = "Draw for the taught model"
    # The box of models stands outside of this fragment.
    if st.button(label, icon=":material/draw:", key="draw_taught", on_click=_draw_for, args=[run.id]):
        st.rerun()


def _draw_for(run_id: str) -> None:
    choose_model.choose_next(run_id)
    frame.scroll_up_next()
