"""The training digits that look most like one digit to a model: of some of them at once, of all when asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from mnist_core.config import TrainConfig
from mnist_core.explain import nearest
from mnist_core.figures.pictures import row
from mnist_core.inside import features
from mnist_core.runs.run import Run
from pages.parts import download, read_digits, read_models
from pages.parts.evaluate.evaluated import Evaluated

SOME, SHOWN = 2000, 8
_PART = 1000
_ASKED = "evaluate_all_neighbours"


@dataclass(frozen=True)
class Near:
    """The nearest of `count` training digits, the nearest first: `numbers` (N,) among those that the model was
    trained on, `images` (N, 28, 28) uint8, `labels` (N,) and `distances` (N,)."""

    numbers: np.ndarray
    images: np.ndarray
    labels: np.ndarray
    distances: np.ndarray
    count: int


def show(evaluated: Evaluated, index: int) -> None:
    """Raises ArtifactError, DataError, ModelError and StoreError."""
    folder, config = evaluated.model.folder, evaluated.card.config
    run = evaluated.model.run
    # A lesson puts a person's own digits in the place of others, so that "all" would not be true; nor can it be known
    # of what was trained elsewhere.
    more = not (run and (run.taught or run.imported)) and config.training_digits > SOME
    asked: dict[tuple[tuple[str, ...], int], Near | None] = st.session_state.setdefault(_ASKED, {})
    this = read_models.version(folder), index
    if more and this in asked:
        near = asked[this] = asked[this] or _of_all(folder, index)
    else:
        near = _of_some(folder, index)
    st.markdown(f"Labels, the nearest first: **{', '.join(map(str, near.labels))}**.")
    st.html(row(near.images, [f"A training {label}" for label in near.labels], 76))
    layer = features.last_hidden(config.layers()).name
    st.caption(
        f"Nearest by the outputs of the layer {layer}, the last before the scores; {_out_of(near, config, run)}."
    )
    with st.container(horizontal=True):
        if more and near.count == SOME:
            label = f"Look among all {config.training_digits:,}"
            help = "The model reads each of them; a large model takes a minute."
            st.button(
                label, icon=":material/search:", help=help, on_click=asked.update, args=[{this: None}], key="near_all"
            )
        columns = {"training digit": near.numbers, "label": near.labels, "distance": near.distances}
        download.show("nearest", columns)


def _out_of(near: Near, config: TrainConfig, run: Run | None) -> str:
    """Among which digits the nearest were looked for."""
    some = f"{near.count:,} of the" if near.count < config.training_digits else "all"
    whose = "digits that the model was trained on"
    if run and run.is_of_unknown_training:
        whose = "training digits of MNIST; what the model was trained on is not known"
    elif run and run.imported:
        whose = "digits that the model was trained on, as its file says"
    elif run and not run.progress.epoch:
        whose = "digits of its training; it was stopped in its first epoch, before it had seen all of them"
    elif config.generated_digits:
        whose += f", the {config.generated_digits:,} generated ones left out"
    return f"out of {some} {config.training_digits:,} {whose}"


def _of_some(folder: Path, index: int) -> Near:
    with st.spinner("Reading training digits…"):
        hidden, images, labels, start = _some(folder)
    found, distances = nearest(hidden, _wanted(folder, index), SHOWN)
    return Near(start + found, images[found], labels[found], distances, len(labels))


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=read_models.BY_VERSION)
def _some(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Of the last digits that a model was trained on: what it makes of them, images and labels, and the first's number.

    The last ones: a lesson puts a person's own digits in the place of the first. Not in float16: it ends at 65,504,
    and an unbounded activation does not.
    """
    config = read_models.card(folder).config
    part = read_digits.split_of(config)
    images, labels = part.x_train[-SOME:].copy(), part.y_train[-SOME:].copy()
    return _read(folder)(images), images, labels, len(part.y_train) - len(labels)


def _of_all(folder: Path, index: int) -> Near:
    """A part at a time: what a model makes of all of them need not fit into memory."""
    part = read_digits.split_of(read_models.card(folder).config)
    total, wanted, progress = len(part.y_train), _wanted(folder, index), st.empty()
    numbers, distances = np.zeros(0, int), np.zeros(0)
    for start in range(0, total, _PART):
        progress.progress(start / total, f"Reading training digits, {start:,} of {total:,}…")
        images = part.x_train[start : start + _PART]
        found, far = _nearest_in(folder, index, start, images, wanted)
        numbers, distances = np.append(numbers, start + found), np.append(distances, far)
        closest = np.argsort(distances, kind="stable")[:SHOWN]
        numbers, distances = numbers[closest], distances[closest]
    progress.empty()
    return Near(numbers, part.x_train[numbers], part.y_train[numbers], distances, total)


@st.cache_data(max_entries=5000, show_spinner=False, hash_funcs=read_models.BY_VERSION)
def _nearest_in(
    folder: Path, index: int, start: int, _images: np.ndarray, _wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where in one part, the training digits from `start` on, the nearest are, and how far."""
    return nearest(_read(folder)(_images), _wanted, SHOWN)


def _read(folder: Path) -> Callable[[np.ndarray], np.ndarray]:
    """What the layer before the scores makes of images (N, 28, 28) uint8: (N, numbers)."""
    predictor, layers = read_models.predictor(folder), read_models.card(folder).config.layers()
    return lambda images: features.hidden_features(predictor, layers, images)


def _wanted(folder: Path, index: int) -> np.ndarray:
    return _read(folder)(read_digits.test_digits()[0][index : index + 1]).ravel()
