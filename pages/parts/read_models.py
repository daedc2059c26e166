"""What pages read of trained models, cached until the model is written again. Nothing here draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from mnist_core import artifacts, explain
from mnist_core.inside import features
from mnist_core.predictor import Predictor
from mnist_core.runs.run import Run
from mnist_core.runs.store_connection import StoreError
from mnist_core.weights import Weights, read_weights
from pages.parts import read_digits, read_runs, services


@dataclass(frozen=True)
class Model:
    """A trained model that a page can show: a `run`'s, or one that comes with the project."""

    id: str
    label: str
    run: Run | None = None

    @property
    def folder(self) -> Path:
        """Where its files are. Raises ArtifactError if they cannot be fetched."""
        if self.run is None:
            return artifacts.MODELS_FOLDER / self.id
        try:
            return services.opening_store().result().files.folder(self.run)
        except (StoreError, OSError) as error:
            raise artifacts.ArtifactError(f"This model's files cannot be fetched. {error}") from None

    @property
    def is_taught(self) -> bool:
        """Whether it began as another model and learnt a person's own digits."""
        return bool(self.run and self.run.taught)


def built_in_models() -> list[Model]:
    labels = {
        "best": "Best (preset best)",
        "cnn": "Simple CNN (preset fast)",
        "dense": "Dense network (preset dense-512)",
    }
    return [Model(name, f"{labels[name]}{_tested(name)} · comes with Digit Lab") for name in artifacts.BUILT_IN]


def _tested(name: str) -> str:
    """How well a model that comes with the project read the test digits; nothing while its card cannot be read."""
    try:
        return f" · {card(artifacts.MODELS_FOLDER / name).evaluation.accuracy:.2%}"
    except artifacts.ArtifactError:
        return ""


def models() -> list[Model]:
    """The models that come with the project, and those of runs once the store is open and while it can be read."""
    return [*built_in_models(), *(_of_run(run) for run in read_runs.runs_if_known() if run.has_model)]


def of_run(id: str) -> Model | None:
    """The model of one run, however old; None if it has none. Raises StoreError."""
    run = read_runs.run(id)
    return _of_run(run) if run.has_model else None


def _of_run(run: Run) -> Model:
    # The name last but one: names may be long, and alike.
    label = f"{run.short_id} · {run.metrics['test_accuracy']:.2%} · {run.name} · {run.owner}"
    return Model(run.id, label, run)


def version(folder: Path) -> tuple[str, ...]:
    """Tells the model in `folder` from the same one trained on: when its files were written."""
    return str(folder), *(_written(folder / name) for name in artifacts.MODEL_FILES)


def _written(file: Path) -> str:
    try:
        return str(file.stat().st_mtime_ns)
    except OSError:
        # Not there, or deleted just now: what is read next says so.
        return ""


# What is found out about a model is found out anew once it is another one.
BY_VERSION: dict[str | type[Any], Callable[[Any], Any]] = {type(Path()): version}


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_VERSION)
def predictor(folder: Path) -> Predictor:
    """Raises ModelError."""
    return Predictor(folder / artifacts.LITERT_FILE)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_VERSION)
def card(folder: Path) -> artifacts.Card:
    """Raises ArtifactError."""
    return artifacts.read_card(folder)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_VERSION)
def probabilities(folder: Path) -> np.ndarray:
    """Raises ArtifactError."""
    return artifacts.read_probabilities(folder)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_VERSION)
def weights(folder: Path) -> Weights:
    """Raises ArtifactError."""
    return read_weights(folder, card(folder).config.layers())


@st.cache_resource(max_entries=8, show_spinner="Showing it 2,000 digits…", hash_funcs=BY_VERSION)
def peaks(folder: Path) -> dict[str, np.ndarray]:
    """Layer name -> (2000, units), the largest answers to `some_test_digits`.

    Raises ArtifactError, ModelError and DataError.
    """
    images, _ = read_digits.some_test_digits()
    return features.peaks(predictor(folder), card(folder).config.layers(), images)


@st.cache_data(max_entries=100, show_spinner=False, hash_funcs=BY_VERSION)
def occlusion(folder: Path, index: int) -> np.ndarray:
    """What hiding parts of a test digit does, (14, 14, 10) as `explain.occlusion` has it. Raises ModelError."""
    return explain.occlusion(predictor(folder), read_digits.test_digit(index))


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_VERSION)
def validation_answers(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Labels (N,) of a model's validation digits and its probabilities (N, 10) for them; N may be 0.

    Raises ArtifactError, DataError, ModelError or StoreError.
    """
    part = read_digits.split_of(card(folder).config)
    return part.y_val.copy(), predictor(folder).probabilities(part.x_val)


@st.cache_resource(max_entries=8, show_spinner="The model reads the digits…", hash_funcs=BY_VERSION)
def answers(folder: Path, data_set: str, part: str) -> np.ndarray:
    """A model's probabilities (N, 10) for the `train` or `test` digits of an uploaded data set.

    Raises DataError, ModelError and StoreError.
    """
    images = getattr(read_digits.uploaded_digits(data_set), f"x_{part}")
    return predictor(folder).probabilities(images)
