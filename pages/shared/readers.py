"""What pages read, cached: the store, the engine, models and test digits. Nothing here draws."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from mnist_core import artifacts, data_store, explain
from mnist_core.config import MNIST, TrainConfig
from mnist_core.data import Digits, Split, load_mnist, split
from mnist_core.data_store import Kept
from mnist_core.engine import Engine
from mnist_core.inside import features
from mnist_core.not_a_digit import KnownDigits
from mnist_core.own_digits import OwnDigits
from mnist_core.predictor import Predictor
from mnist_core.runs import (
    OWN_DIGITS_PATH,
    WATCHED_PATH,
    Curves,
    NoSuchRun,
    Run,
    Store,
    confusion_path,
)
from mnist_core.sweeps.studies import Studies, Study
from mnist_core.weights import Weights, read_weights
from pages.shared.drawn import Drawing

SECONDS_BETWEEN_POLLS = 0.5
# Of a model's training digits, how many are kept to look for those nearest to a test digit.
NEIGHBOURS = 2000
SOME = 2000

# Importing MLflow takes the interpreter from the page that is on its way to the first visitor.
_SECONDS_FOR_THE_FIRST_PAGE = 0.7

# A look at 500 runs costs MLflow most of a second, so most looks are at the newest ones only.
_SECONDS_BETWEEN_FULL_LOOKS = 300
_NEWEST = 40


@dataclass(frozen=True)
class Model:
    """A trained model that a page can show: one that comes with the project, or a run's."""

    id: str
    label: str
    folder: Path


@st.cache_resource(show_spinner=False)
def names() -> dict[str, str]:
    """Visitor -> the name they gave; kept while the server runs."""
    return {}


@st.cache_resource(show_spinner=False)
def drawings() -> dict[tuple[str, str], Drawing]:
    """(Visitor, canvas) -> what they drew there; kept while the server runs."""
    return {}


@st.cache_resource(show_spinner=False)
def trays() -> dict[str, OwnDigits]:
    """Visitor -> the digits they collected to teach a model; kept while the server runs."""
    return {}


@st.cache_resource(show_spinner=False)
def opening_store() -> Future[Store]:
    """The store, opened once in the background: importing MLflow takes seconds that no page should wait.

    pandas is imported here and now: two threads that import it at once may leave one with half of it.
    """
    import pandas  # noqa: F401

    return _in_background(Store, after=_SECONDS_FOR_THE_FIRST_PAGE)


@st.cache_resource(show_spinner=False)
def opening_studies() -> Future[Studies]:
    """The sweeps, opened once in the background, after the store: both import much of the same."""
    opening = opening_store()

    def make() -> Studies:
        opening.result()
        return Studies()

    return _in_background(make)


@st.cache_resource(show_spinner=False)
def opening_engine() -> Future[Engine]:
    """The engine, started once in the background when somebody first wants to train."""
    opening = opening_store()
    return _in_background(lambda: Engine(opening.result()))


def engine() -> Engine:
    """The engine, waited for, and started anew if it has died. Raises EngineError or StoreError."""
    opening = opening_engine()
    if opening.done() and (opening.exception() or not opening.result().is_alive):
        opening_engine.clear()
        opening = opening_engine()
    return opening.result()


def _in_background(make: Callable[[], Any], after: float = 0.0) -> Future:
    future: Future = Future()

    def work() -> None:
        time.sleep(after)
        try:
            future.set_result(make())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return future


@st.cache_data(ttl=SECONDS_BETWEEN_POLLS, max_entries=1, show_spinner=False)
def runs() -> list[Run]:
    """The newest runs. One look serves everybody who polls at the same time.

    What other programs do to old runs, such as deleting them in MLflow's own pages, is seen at the next full look.
    """
    known, newest = _all_runs(), opening_store().result().newest(_NEWEST)
    if len(newest) == _NEWEST and newest[-1].id not in {each.id for each in known}:
        _all_runs.clear()
        known = _all_runs()
    seen = {each.id for each in newest}
    # Among the newest there is none that was deleted: what is known in their place and not seen is gone.
    since = newest[-1].submitted if len(newest) == _NEWEST else 0.0
    older = [_as_now(each) for each in known if each.id not in seen and each.submitted < since]
    found = [*newest, *filter(None, older)]
    if any(run.is_active for run in found) and opening_engine().done():
        engine().settle(found)
    return found


@st.cache_resource(ttl=_SECONDS_BETWEEN_FULL_LOOKS, show_spinner=False)
def _all_runs() -> list[Run]:
    return opening_store().result().newest()


def _as_now(known: Run) -> Run | None:
    """An older run as it is now, None if it is gone: one that has ended stays as it is."""
    if not known.is_active:
        return known
    try:
        return run(known.id)
    except NoSuchRun:
        return None


@st.cache_data(ttl=SECONDS_BETWEEN_POLLS / 5, max_entries=100, show_spinner=False)
def run(run_id: str) -> Run:
    return opening_store().result().get(run_id)


@st.cache_data(ttl=SECONDS_BETWEEN_POLLS, max_entries=1, show_spinner=False)
def studies() -> list[Study]:
    """All sweeps, the newest first. Raises StudyError."""
    return opening_studies().result().all()


def forget_runs() -> None:
    """Look again at once: a person has just changed a run."""
    _all_runs.clear()
    runs.clear()
    run.clear()


@st.cache_data(ttl=SECONDS_BETWEEN_POLLS / 5, max_entries=100, show_spinner=False)
def curves(run_id: str) -> Curves:
    names = ("batch_loss", "batch_accuracy", "loss", "accuracy", "val_loss", "val_accuracy", "seconds", "dead_units")
    return opening_store().result().curves(run_id, names)


@st.cache_data(max_entries=100, show_spinner=False)
def _arrays(run_id: str, path: str, epoch_seconds: float) -> dict[str, np.ndarray] | None:
    return opening_store().result().arrays(run_id, path)


def watched(run_id: str) -> dict[str, np.ndarray] | None:
    """`images` (8, 28, 28) uint8 and `labels` (8,) of the digits that the run watches."""
    return _arrays(run_id, WATCHED_PATH, 0.0)


def lesson(run_id: str) -> dict[str, np.ndarray] | None:
    """`images` (N, 28, 28), `labels` (N,) and `base`, the model it began as, of a run that was taught own digits."""
    return _arrays(run_id, OWN_DIGITS_PATH, 0.0)


def confusion(run_id: str, epoch: int, epoch_seconds: float) -> np.ndarray | None:
    """(10, 10) counts of the validation digits after an epoch; what it took tells it from one trained again."""
    kept = _arrays(run_id, confusion_path(epoch), epoch_seconds)
    return kept["counts"] if kept else None


def built_in_models() -> list[Model]:
    labels = {"best": "Best: comes with Digit Lab", "cnn": "Simple CNN: comes with Digit Lab"}
    labels["dense"] = "Dense network: comes with Digit Lab"
    return [Model(name, labels[name], artifacts.MODELS_FOLDER / name) for name in artifacts.BUILT_IN]


def models() -> list[Model]:
    """The models that come with the project, and those of runs once the store is open."""
    opening = opening_store()
    if not opening.done() or opening.exception():
        return built_in_models()
    store = opening.result()
    trained = [
        Model(
            run.id, f"{run.name} · {run.metrics['test_accuracy']:.2%} · {run.owner} · {run.id[:4]}", store.folder(run)
        )
        for run in runs()
        if run.has_model
    ]
    return [*built_in_models(), *trained]


@st.cache_resource(max_entries=16, show_spinner=False)
def _predictor(path: Path, changed: float) -> Predictor:
    return Predictor(path)


def predictor(folder: Path) -> Predictor:
    """Raises ModelError. A file that was replaced is read again."""
    path = folder / artifacts.LITERT_FILE
    return _predictor(path, _changed(path))


def changed(folder: Path) -> float:
    """When the model in `folder` was written: tells it from one trained on."""
    return _changed(folder / artifacts.LITERT_FILE)


def _changed(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0.0


@st.cache_resource(show_spinner=False)
def known_digits() -> KnownDigits:
    return KnownDigits.load()


@st.cache_resource(max_entries=16, show_spinner=False)
def _card(folder: Path, written: float) -> artifacts.Card:
    return artifacts.read_card(folder)


def card(folder: Path) -> artifacts.Card:
    return _card(folder, _changed(folder / artifacts.CARD_FILE))


@st.cache_resource(max_entries=16, show_spinner=False)
def _probabilities(folder: Path, written: float) -> np.ndarray:
    return artifacts.read_probabilities(folder)


def probabilities(folder: Path) -> np.ndarray:
    return _probabilities(folder, _changed(folder / artifacts.PROBABILITIES_FILE))


@st.cache_resource(max_entries=4, show_spinner=False)
def _weights(folder: Path, written: float) -> Weights:
    return read_weights(folder, card(folder).config.layers())


def weights(folder: Path) -> Weights:
    """Raises ArtifactError. A file that was replaced is read again."""
    return _weights(folder, _changed(folder / artifacts.KERAS_FILE))


@st.cache_resource(max_entries=8, show_spinner="Showing it 2,000 digits…")
def _peaks(folder: Path, written: float) -> dict[str, np.ndarray]:
    images, _ = some_test_digits()
    return features.peaks(predictor(folder), card(folder).config.layers(), images.astype(np.float32) / 255)


def peaks(folder: Path) -> dict[str, np.ndarray]:
    """Layer name -> (2000, units), the largest answers to `some_test_digits`.

    Raises ArtifactError, ModelError and DataError.
    """
    return _peaks(folder, changed(folder))


def some_test_digits() -> tuple[np.ndarray, np.ndarray]:
    """The first 2,000 of `test_digits`, for what takes long. Raises DataError."""
    images, labels = test_digits()
    return images[:SOME], labels[:SOME]


@st.cache_resource(show_spinner=False)
def test_digits() -> tuple[np.ndarray, np.ndarray]:
    """Images (10000, 28, 28) and labels (10000,) of the test set; the rest is let go. Raises DataError."""
    digits = load_mnist()
    return digits.x_test, digits.y_test


def test_digit(index: int) -> np.ndarray:
    """A test digit as models get it: (28, 28) float32 in [0, 1]."""
    return test_digits()[0][index].astype(np.float32) / 255


@st.cache_data(max_entries=100, show_spinner=False)
def _occlusion(folder: Path, written: float, index: int) -> np.ndarray:
    return explain.occlusion(predictor(folder), test_digit(index))


def occlusion(folder: Path, index: int) -> np.ndarray:
    """What hiding parts of a test digit does, (14, 14, 10) as `explain.occlusion` has it. Raises ModelError."""
    return _occlusion(folder, changed(folder), index)


@dataclass(frozen=True)
class Neighbours:
    """Training digits (N, 28, 28) uint8, `labels` (N,), and what the layer before the scores says of each: (N, F)."""

    images: np.ndarray
    labels: np.ndarray
    features: np.ndarray
    layer: str


@st.cache_resource(max_entries=4, show_spinner=False)
def _neighbours(folder: Path, written: float) -> Neighbours:
    config = card(folder).config
    layer = config.layers()[-3].name
    part = _split(config)
    images, labels = part.x_train[:NEIGHBOURS].copy(), part.y_train[:NEIGHBOURS].copy()
    features = predictor(folder).layer(images.astype(np.float32) / 255, layer)
    return Neighbours(images, labels, features.reshape(len(images), -1).astype(np.float16), layer)


def neighbours(folder: Path) -> Neighbours:
    """The first of the digits that a model was trained on. Raises ArtifactError, DataError or ModelError."""
    return _neighbours(folder, changed(folder))


@st.cache_resource(max_entries=16, show_spinner=False)
def _validation_answers(folder: Path, written: float) -> tuple[np.ndarray, np.ndarray]:
    part = _split(card(folder).config)
    return part.y_val.copy(), predictor(folder).probabilities(part.x_val.astype(np.float32) / 255)


def validation_answers(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Labels (N,) of a model's validation digits and its probabilities (N, 10) for them; N may be 0.

    Raises ArtifactError, DataError or ModelError.
    """
    return _validation_answers(folder, changed(folder))


def _split(config: TrainConfig) -> Split:
    """As a run split the digits, but without generating more of them. Keep copies: this holds the whole data set."""
    digits = load_mnist() if config.data_set == MNIST else _uploaded_digits(config.data_set)
    return split(digits, replace(config, handwriting=0.0))


@st.cache_data(ttl=60, max_entries=1, show_spinner=False)
def _data_sets() -> list[Kept]:
    return data_store.kept(opening_store().result())


def data_sets() -> list[Kept]:
    """The uploaded data sets, the newest first; none while the store opens. Raises StoreError."""
    return _data_sets() if opening_store().done() else []


def forget_data_sets() -> None:
    """Look again at once: a person has just brought or deleted one."""
    _data_sets.clear()


@st.cache_resource(max_entries=2, show_spinner="Fetching the digits…")
def _uploaded_digits(id: str) -> Digits:
    return data_store.digits(opening_store().result(), id)


def uploaded_digits(id: str) -> Digits:
    """The digits of an uploaded data set. Raises DataError and StoreError."""
    return _uploaded_digits(id)


@st.cache_resource(max_entries=8, show_spinner="The model reads the digits…")
def _answers(folder: Path, written: float, data_set: str, part: str) -> np.ndarray:
    images = getattr(_uploaded_digits(data_set), f"x_{part}")
    return predictor(folder).probabilities(images.astype(np.float32) / 255)


def answers(folder: Path, data_set: str, part: str) -> np.ndarray:
    """A model's probabilities (N, 10) for the `train` or `test` digits of an uploaded data set.

    Raises DataError, ModelError and StoreError.
    """
    return _answers(folder, changed(folder), data_set, part)
