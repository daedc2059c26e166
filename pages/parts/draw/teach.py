"""Teach a model your handwriting: collect your own digits, train on them, and see what came of it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core import own_digits
from mnist_core.artifacts import KERAS_FILE, TEST_DIGITS, ArtifactError
from mnist_core.data import DataError
from mnist_core.evaluation import article
from mnist_core.figures.pictures import gallery
from mnist_core.own_digits import OwnDigits
from mnist_core.predictor import ModelError
from mnist_core.runs.run import QUEUED, Run
from mnist_core.runs.store_connection import NoSuchRun, ServiceError, StoreError
from pages.parts import (
    canvas,
    choose_model,
    frame,
    once,
    person,
    read_digits,
    read_models,
    read_runs,
    services,
    visitors,
)
from pages.parts.as_written import as_written

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
        tray = _tray()
        _show_tray(tray)
        _train(tray, model)
    if run_id := st.session_state.get("draw_lesson") or _latest_lesson():
        _result(run_id)


def _latest_lesson() -> str | None:
    """The latest run that this browser's person has taught, after a reload."""
    taught = [run for run in read_runs.runs_if_known() if run.taught and person.is_own(run)]
    return max(taught, key=lambda run: run.submitted).id if taught else None


def _tray() -> OwnDigits:
    """What this browser has collected; of a person without a cookie, this session."""
    return visitors.known(person.visitor()).tray if person.visitor() else st.session_state.get("draw_tray", OwnDigits())


def _keep(tray: OwnDigits) -> None:
    if person.visitor():
        visitors.known(person.visitor()).tray = tray
    else:
        st.session_state["draw_tray"] = tray


def collect(image: np.ndarray | None, is_drawn: bool, several: str | None) -> None:
    """What the digit is that is brought now, (28, 28), and a button that adds it to the tray; to be near the board.

    One that `is_drawn` makes room for the next one. A number's digits are not one: `several` says so.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.segmented_control("Which digit is this?", range(10), wrap=True, key="draw_label")
        missing = "Draw one digit and choose which it is." if image is None or label is None else ""
        if len(_tray()) >= own_digits.MOST:
            missing = f"The tray is full: it holds {own_digits.MOST:,} digits. Remove some of them below."
        st.button(
            "Collect",
            icon=":material/add:",
            disabled=bool(missing),
            help=missing or None,
            on_click=_add,
            args=[image, label, is_drawn],
            key="draw_collect",
        )
        st.caption(f"{len(_tray())} collected", width="content")
    # No toast: that would lie on the board, and take the next stroke.
    if st.session_state.pop("draw_known", False):
        st.caption("You had collected this one before: it is kept once, with the label chosen last.")
    # Below: a stroke must not move what one is about to press.
    if several:
        st.caption(f"{several} Collect one digit at a time.")


def _add(image: np.ndarray, label: int, is_drawn: bool) -> None:
    """The next one is to have a label of its own. What is collected twice is one digit."""
    before = _tray()
    _keep(before.collected(image, label))
    st.session_state["draw_known"] = len(_tray()) == len(before)
    if is_drawn:
        canvas.clear("draw")
    st.session_state["draw_label"] = None


def _show_tray(tray: OwnDigits) -> None:
    if len(tray):
        held_out = tray.is_held_out
        names = [
            f"{i + 1}: {article(label)} {label}{', kept for testing' if kept else ''}"
            for i, (label, kept) in enumerate(zip(tray.labels, held_out, strict=True))
        ]
        kinds = ["for testing" if kept else "" for kept in held_out]
        st.html(gallery(tray.images, list(map(str, tray.labels)), kinds, 36))
        gone = st.multiselect("Remove", range(len(tray)), format_func=lambda i: names[i], key="draw_gone")
        with st.container(horizontal=True):
            st.button(
                "Remove these",
                icon=":material/delete:",
                disabled=not gone,
                on_click=_remove,
                # By what they are: another tab may have changed the tray meanwhile.
                args=([tray.images[i].tobytes() for i in gone],),
                key="draw_remove",
            )
            icon = ":material/download:"
            st.download_button("Download", tray.to_npz, "own-digits.npz", icon=icon, on_click="ignore")
    file = st.file_uploader("Digits that you downloaded before", "npz", key="draw_upload", on_change=_take_upload)
    if file and (problem := st.session_state.get("draw_upload_problem")):
        st.error(problem)


def _remove(gone: list[bytes]) -> None:
    _keep(_tray().without(gone))
    st.session_state["draw_gone"] = []


def _take_upload() -> None:
    st.session_state["draw_upload_problem"] = None
    if file := st.session_state["draw_upload"]:
        try:
            brought = own_digits.from_npz(file.getvalue())
            if brought.are_in({image.tobytes() for image in read_digits.test_digits()[0]}).any():
                raise own_digits.OwnDigitsError("Some of these are MNIST's test digits, which nothing may be taught.")
            _keep(_tray().joined(brought))
        except (own_digits.OwnDigitsError, DataError) as error:
            st.session_state["draw_upload_problem"] = str(error)


def _train(tray: OwnDigits, model: read_models.Model) -> None:
    if len(tray):
        # Whoever collects will train: then it is there, and the board need not wait for it.
        services.opening_engine()
    to_train = len(tray.for_training)
    few = len(tray) < own_digits.LEAST or to_train < own_digits.LEAST_TO_TRAIN
    if len(tray) < own_digits.LEAST:
        st.info(f"{len(tray)} of {own_digits.LEAST} digits collected.")
    elif few:
        st.info(
            f"{to_train} of {own_digits.LEAST_TO_TRAIN} digits to train on collected. "
            "Those kept for testing do not count: collect more."
        )
    else:
        st.caption(f"{len(tray)} digits collected, {len(tray.held_out)} of them kept for testing.")
    go = st.button("Train on them", type="primary", icon=":material/school:", disabled=few, key="draw_train")
    owner, visitor = person.who()

    def teach() -> str:
        config, start = own_digits.lesson(read_models.card(model.folder)), model.folder / KERAS_FILE
        # Several lessons of one person are told apart by it.
        name = f"{owner}'s handwriting, {len(tray)} digits"
        return services.engine().teach(tray, start, model.id, config, name, owner, visitor)

    def show_it(run_id: str) -> None:
        read_runs.forget_runs([run_id])
        st.session_state["draw_lesson"] = run_id

    try:
        once.start("draw_train", go, teach, services.STARTING, show_it)
    except (ServiceError, ArtifactError, OSError) as error:
        st.error(str(error), title="The run could not be started")


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
    taught = read_runs.lesson(run.id)
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
