"""What filters and units look for: their weights, their feature maps of a digit, the digits that excite them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st

from mnist_core.architecture import IMAGE_SIZE, Layer
from mnist_core.figures import heat, pictures
from mnist_core.figures.tables import cells
from mnist_core.inside import features
from mnist_core.predictor import ModelError
from pages.parts import download, read_digits, read_models
from pages.parts.inside import choose_layer, digit

_PER_PAGE = 64
_MOST_EXCITING = 12
_SIZE = 64


def show(folder: Path) -> None:
    """Raises ArtifactError and DataError."""
    layers = read_models.card(folder).config.layers()
    weighted = [layer for layer in layers if layer.kind in features.WITH_UNITS]
    try:
        _show_maps(folder, [layer for layer in layers if layer.kind == "Conv2D"])
        _show_most_exciting(folder, weighted)
    except ModelError as error:
        # The weights are in another file.
        st.error(str(error), title="Its answers cannot be shown")
    _show_weights(folder, weighted[0])


def _show_weights(folder: Path, layer: Layer) -> None:
    st.header("Weights of the first layer", anchor=False)
    kernel = read_models.weights(folder)[layer.name][0]
    kernel = kernel[:, :, 0] if layer.kind == "Conv2D" else kernel.reshape(IMAGE_SIZE, IMAGE_SIZE, -1)
    st.caption(
        f"Each picture is one {choose_layer.unit(layer)} of {layer.name}: where it is blue, ink speaks for it; "
        "where it is red, ink speaks against it. All on the same scale."
    )
    count, most = kernel.shape[-1], float(np.quantile(np.abs(kernel), 0.999))
    pages = -(-count // _PER_PAGE)
    page = st.pagination(pages, key="inside_weights_page") if pages > 1 else 1
    numbers = range((page - 1) * _PER_PAGE, min(count, page * _PER_PAGE))
    shades = [heat.signed(kernel[..., n], most) for n in numbers]
    st.html(heat.numbered(shades, [f"Weights of {choose_layer.unit(layer)} {n}" for n in numbers], numbers[0], _SIZE))
    download.show("weights", partial(cells, kernel, choose_layer.unit(layer), "weight"))


def _show_maps(folder: Path, convolutions: list[Layer]) -> None:
    if not convolutions:
        return
    st.header("Feature maps", anchor=False)
    chosen = digit.choose()
    layer = choose_layer.show(convolutions, "inside_maps_layer", "Layer whose maps are shown")
    maps = read_models.predictor(folder).activations(chosen.image)[layer.name]
    most, (shade, meaning) = float(np.abs(maps).max()), heat.colouring(maps)
    st.caption(
        f"What each filter of {layer.name} outputs for {chosen.name}, place by place: {meaning}. "
        f"The outputs go from {maps.min():.2f} to {maps.max():.2f}."
    )
    names = [f"Feature map of filter {n}" for n in range(maps.shape[-1])]
    st.html(heat.numbered([shade(maps[..., n], most) for n in range(len(names))], names, 0, _SIZE))
    download.show("feature-maps", partial(cells, maps, "filter", "value"))


def _show_most_exciting(folder: Path, weighted: list[Layer]) -> None:
    st.header("What excites a filter or unit most", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = choose_layer.show(weighted, "inside_excited_layer", "Layer to excite")
        last = layer.output_shape[-1] - 1
        label = f"{choose_layer.unit(layer).capitalize()}, 0 to {last}"
        unit = st.number_input(label, 0, last, key=f"inside_excited_{layer.name}", width=160)
    images, labels = read_digits.some_test_digits()
    peaks = read_models.peaks(folder)[layer.name][:, unit]
    order = np.argsort(-peaks, kind="stable")
    best = order[:_MOST_EXCITING]
    if peaks.max() == peaks.min():
        st.info(f"Its largest output is {peaks[0]:.2f} for every digit: none excites it more than another.")
        return
    st.caption(f"The first {len(images):,} test digits were shown to it; these gave it its largest outputs.")
    titles = [f"{labels[i]}: {peaks[i]:.2f}" for i in best]
    st.html(pictures.gallery(images[best], titles, [f"test digit {i}" for i in best], _SIZE))
    download.show("excites-most", {"test digit": order, "label": labels[order], "largest answer": peaks[order]})
