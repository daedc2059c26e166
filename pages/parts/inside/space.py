"""The space a model has learnt: 2,000 test digits by the answers of the last hidden layer, on a plane."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from mnist_core.architecture import Layer
from mnist_core.figures.digit_map import HEIGHT, POINTS, digit_map
from mnist_core.figures.pictures import picture
from mnist_core.inside import embedding, features
from pages.parts import browser, figure, read_digits, read_models

_METHODS = {"pca": "PCA", "tsne": "t-SNE"}
# The digit; the one that a new map has a ring around; and how many maps there were.
_CHOSEN, _RINGED, _MAPS = "inside_space_digit", "inside_space_ringed", "inside_space_maps"


def show(folder: Path) -> None:
    """Raises ArtifactError, ModelError and DataError."""
    layers = read_models.card(folder).config.layers()
    method = st.segmented_control(
        "Map",
        list(_METHODS),
        default="pca",
        required=True,
        format_func=lambda name: _METHODS[name],
        key="inside_space_method",
        persist_state="session",
        help="PCA keeps as much of the variance as a flat map can; t-SNE keeps most neighbours and bends all else.",
    )
    mapped = _mapped(folder, method)
    if mapped is None:
        st.caption("It takes some seconds, and longer on a busy server.")
        return
    points, read_as, about = mapped
    images, labels = read_digits.some_test_digits()
    wrong = int((read_as != labels).sum())
    st.caption(f"The first {len(labels):,} test digits. {_laid_out(layers)} {about} Crosses: read wrong ({wrong:,}).")
    # On a phone the chosen digit comes before the map, where one sees it.
    if browser.is_on_a_phone():
        beside, map_ = st.container(), st.container()
    else:
        map_, beside = st.columns([4, 1.6], gap="medium")
    with map_:
        _show_map(folder, method, points, labels, read_as)
    with beside:
        _show_chosen(images, labels, read_as)


def _laid_out(layers: Sequence[Layer]) -> str:
    """What it is of each digit that has a place on the map."""
    if not any(layer.kind in features.WITH_UNITS and layer.name != "scores" for layer in layers):
        return "This model has no hidden layer: laid out are the pixels themselves, of which nothing is learnt."
    hidden = features.last_hidden(layers)
    numbers = f"{hidden.output_shape[-1]:,} numbers"
    return f"The last hidden layer ({hidden.name}) answers each with {numbers}; similar answers lie close together."


def _show_map(folder: Path, method: str, points: np.ndarray, labels: np.ndarray, read_as: np.ndarray) -> None:
    """The map; a click on one of its points chooses that digit."""
    # Another key is another map: in this one, the ring stays around the digit that was clicked.
    key = f"inside_space_{method}_{st.session_state.get(_MAPS, 0)}"
    if key not in st.session_state:
        st.session_state[_RINGED] = st.session_state.get(_CHOSEN)
    alt = f"{_METHODS[method]} of {len(labels):,} test digits: {_most_mistaken(labels, read_as)}."
    numbers = {"test digit": range(len(labels)), "x": points[:, 0], "y": points[:, 1]}
    columns = numbers | {"label": labels, "read as": read_as}
    answers = figure.when_selected(partial(_choose, key))
    option = _drawn(folder, method, st.session_state[_RINGED])
    figure.show(option, key, alt, "digit-map", columns, height=HEIGHT, **answers)


def _choose(key: str) -> None:
    st.session_state[_CHOSEN] = next(iter(figure.selection(key).get(POINTS, [])), None)


def _draw_anew() -> None:
    """Another map, with a ring around the digit that was typed."""
    st.session_state[_MAPS] = st.session_state.get(_MAPS, 0) + 1


def _most_mistaken(labels: np.ndarray, read_as: np.ndarray) -> str:
    """How many are read wrong, and which digit most often."""
    wrong = np.bincount(labels[read_as != labels], minlength=10)
    if not wrong.any():
        return "none is read wrong"
    most = int(wrong.argmax())
    return f"{wrong.sum():,} are read wrong, most of them {most}s ({wrong[most]} of {(labels == most).sum()})"


def _mapped(folder: Path, method: str) -> tuple[np.ndarray, np.ndarray, str] | None:
    """Each digit's place (N, 2), what it is read as (N,), and what the map shows; None until it is asked for."""
    if method == "pca":
        points, read_as, kept = _map(folder, "pca")
        about = f"Two directions that keep {kept:.0%} of the variance: not all that lies close is similar."
        return points, read_as, about
    done = st.session_state.setdefault("inside_space_done", set())
    if folder not in done:
        if not st.button("Compute t-SNE", icon=":material/play_arrow:"):
            return None
        done.add(folder)
    points, read_as, _ = _map(folder, "tsne")
    about = "Most neighbours on the map are neighbours in there, too; distances between groups mean little."
    return points, read_as, about


@st.cache_data(max_entries=16, show_spinner="Laying out 2,000 digits…", hash_funcs=read_models.BY_VERSION)
def _map(folder: Path, method: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Points (N, 2), what the model reads (N,) and the share of variance kept; 0 for t-SNE."""
    images, _ = read_digits.some_test_digits()
    predictor = read_models.predictor(folder)
    found = features.hidden_features(predictor, read_models.card(folder).config.layers(), images)
    points, kept = embedding.pca(found) if method == "pca" else (embedding.tsne(found), 0.0)
    return points, predictor.probabilities(images).argmax(axis=1), kept


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=read_models.BY_VERSION)
def _drawn(folder: Path, method: str, ringed: int | None) -> dict[str, Any]:
    """The map, which a click on one of its points leaves as it is."""
    points, read_as, _ = _map(folder, method)
    return digit_map(points, *read_digits.some_test_digits(), read_as, ringed)


def _show_chosen(images: np.ndarray, labels: np.ndarray, read_as: np.ndarray) -> None:
    number = st.number_input(
        "Test digit",
        0,
        len(labels) - 1,
        None,
        key=_CHOSEN,
        persist_state="session",
        placeholder="Choose a point" if figure.CAN_SELECT else "Its number",
        on_change=_draw_anew,
    )
    if number is None:
        return
    words = f"Test digit {number}: {labels[number]} read as {read_as[number]}"
    st.html(picture(images[number], words, 140))
    st.markdown(words)
    # The tabs are not in this part of the page.
    if st.button("Use this digit in the other tabs", on_click=_look_at, args=[number]):
        st.rerun()


def _look_at(number: int) -> None:
    st.session_state["digit"] = number
    st.session_state["part"] = "One value, step by step"
