"""The space a model has learnt: 2,000 test digits by the answers of the last hidden layer, on a plane."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from mnist_core.architecture import NUM_CLASSES
from mnist_core.figures.pictures import picture
from mnist_core.inside import embedding, features
from pages.shared import read_digits, read_models

_METHODS = {"pca": "PCA", "tsne": "t-SNE"}
# Ten colours that can be told apart on light and dark; those of Matplotlib's tab10 are in every Plotly.
_COLOURS = [
    "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf",
]  # fmt: skip


def show(folder: Path) -> None:
    """Raises ArtifactError, ModelError and DataError."""
    hidden = features.last_hidden(read_models.card(folder).config.layers())
    method = st.segmented_control(
        "Map",
        list(_METHODS),
        default="pca",
        required=True,
        format_func=lambda name: _METHODS[name],
        key="inside_space_method",
        persist_state="session",
        help="PCA is the flattest view of the space; t-SNE keeps neighbours together and bends all else.",
    )
    mapped = _mapped(folder, method)
    if mapped is None:
        st.caption("It takes some seconds.")
        return
    points, read_as, about = mapped
    images, labels = read_digits.some_test_digits()
    wrong = int((read_as != labels).sum())
    st.caption(
        f"The first {len(labels):,} test digits by the {hidden.output_shape[-1]:,} outputs of {hidden.name}. {about} "
        f"The {wrong} read wrong are crosses. Choose a point to see its digit."
    )
    event = st.plotly_chart(
        _figure(points, labels, read_as),
        key=f"inside_space_{method}",
        on_select="rerun",
        selection_mode="points",
        alt=f"{_METHODS[method]} of {len(labels):,} test digits",
    )
    _show_chosen(event["selection"]["points"], images, labels, read_as)


def _mapped(folder: Path, method: str) -> tuple[np.ndarray, np.ndarray, str] | None:
    """Each digit's place (N, 2), what it is read as (N,), and what the map shows; None until it is asked for."""
    written = read_models.changed(folder)
    if method == "pca":
        points, read_as, kept = _map(folder, written, "pca")
        return points, read_as, f"Two directions that keep {kept:.0%} of the variance."
    done = st.session_state.setdefault("inside_space_done", set())
    if folder not in done and not st.button("Compute t-SNE", icon=":material/play_arrow:"):
        return None
    done.add(folder)
    points, read_as, _ = _map(folder, written, "tsne")
    return points, read_as, "Neighbours are alike to the model; distances between groups mean little."


@st.cache_data(max_entries=16, show_spinner="Laying out 2,000 digits…")
def _map(folder: Path, written: float, method: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Points (N, 2), what the model reads (N,) and the share of variance kept; 0 for t-SNE."""
    images, _ = read_digits.some_test_digits()
    inputs = images.astype(np.float32) / 255
    predictor = read_models.predictor(folder)
    found = features.hidden_features(predictor, read_models.card(folder).config.layers(), inputs)
    points, kept = embedding.pca(found) if method == "pca" else (embedding.tsne(found), 0.0)
    return points, predictor.probabilities(inputs).argmax(axis=1), kept


def _figure(points: np.ndarray, labels: np.ndarray, read_as: np.ndarray) -> go.Figure:
    """A point for each digit in the colour of its true digit; customdata is its number, label and answer."""
    figure = go.Figure()
    for label in range(NUM_CLASSES):
        chosen = np.flatnonzero(labels == label)
        wrong = read_as[chosen] != label
        figure.add_scatter(
            x=points[chosen, 0],
            y=points[chosen, 1],
            mode="markers",
            name=str(label),
            customdata=np.stack([chosen, labels[chosen], read_as[chosen]], axis=1).tolist(),
            hovertemplate="test digit %{customdata[0]}: %{customdata[1]} read as %{customdata[2]}<extra></extra>",
            marker={
                "color": _COLOURS[label],
                "size": np.where(wrong, 11, 5),
                "symbol": np.where(wrong, "x", "circle"),
                "opacity": np.where(wrong, 1.0, 0.65),
            },
        )
    for axis in (figure.update_xaxes, figure.update_yaxes):
        axis(showticklabels=False, zeroline=False, showgrid=False)
    figure.update_layout(height=560, margin={"l": 10, "r": 10, "t": 10, "b": 10}, legend={"title": "True digit"})
    return figure


def _show_chosen(points: list, images: np.ndarray, labels: np.ndarray, read_as: np.ndarray) -> None:
    if not points:
        return
    number = int(points[0]["customdata"][0])
    words = f"Test digit {number}: {labels[number]} read as {read_as[number]}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(picture(images[number], words, 84), width=84)
        st.markdown(words)
        st.button("Use this digit in the other tabs", on_click=_look_at, args=[number])


def _look_at(number: int) -> None:
    st.session_state["digit"] = number
    st.session_state["part"] = "One value, step by step"
