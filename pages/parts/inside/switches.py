"""Switch filters or units off and see what becomes of accuracy and confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st

from mnist_core.architecture import Layer
from mnist_core.evaluation import evaluate
from mnist_core.figures import heat
from mnist_core.inside import ablation, features
from mnist_core.wording import in_percent
from pages.parts import clickable, confusion_table, read_digits, read_models
from pages.parts.inside import choose_layer, digit


def show(folder: Path) -> None:
    """Raises ArtifactError, ModelError and DataError."""
    layers = read_models.card(folder).config.layers()
    hidden = [layer for layer in layers if layer.kind in features.WITH_UNITS and layer.name != "scores"]
    if not hidden:
        st.info("This model has no hidden layers: there is nothing to switch off.")
        return
    chosen = digit.choose()
    layer = choose_layer.show(hidden, "inside_off_layer")
    answers = read_models.predictor(folder).activations(chosen.image)
    off = _choose(layer, answers[layer.name], chosen.name)
    _show_answer_without(folder, layer, off, chosen)
    _show_without(folder, layer, off)


def _choose(layer: Layer, answers: np.ndarray, name: str) -> list[int]:
    """The units or filters that are to be off: by a click on what they answer to a digit, or at random."""
    count = layer.output_shape[-1]
    key = f"inside_off_{layer.name}_{count}"
    off = st.session_state.setdefault(key, [])
    shade, meaning = heat.colouring(answers)
    st.caption(
        f"What each {choose_layer.unit(layer)} of {layer.name} outputs for {name}: {meaning}. "
        "A click switches it off, another on again."
    )
    maps, most = np.moveaxis(answers if answers.ndim == 3 else answers[None, None], -1, 0), float(np.abs(answers).max())
    shown = heat.switches([shade(each, most) for each in maps], choose_layer.unit(layer), off)
    clickable.show(shown, f"{key}_maps", partial(_switch, key))
    with st.container(horizontal=True):
        for share in (0.1, 0.5):
            number = max(1, round(share * count))
            st.button(
                f"{number} more at random",
                key=f"{key}_{share}",
                on_click=_more,
                args=[key, number, count],
                disabled=len(off) == count,
            )
        st.button("All on again", icon=":material/undo:", on_click=_all_on, args=[key], disabled=not off)
    return off


def _show_answer_without(folder: Path, layer: Layer, off: list[int], chosen: digit.Digit) -> None:
    """What the network reads in the digit that is looked at, with all on and with those off."""
    whole, left = (_without(folder, layer.name, each, chosen.image[None])[0] for each in ((), off))
    said = f"The model reads **{whole.argmax()}** ({in_percent(whole.max())}) in {chosen.name}"
    st.markdown(f"{said}; without what is off, **{left.argmax()}** ({in_percent(left.max())})." if off else f"{said}.")


def _show_without(folder: Path, layer: Layer, off: list[int]) -> None:
    """What the network reads then."""
    with st.container(horizontal=True):
        accuracy = st.empty()
        st.metric("Switched off", f"{len(off)} of {layer.output_shape[-1]}")
    _, labels = read_digits.some_test_digits()
    # What was found before is not true any more while this is computed.
    with accuracy:
        whole = evaluate(labels, _answers(folder, layer.name, ()))
        left = evaluate(labels, _answers(folder, layer.name, tuple(sorted(off))))
    change = round(100 * (left.accuracy - whole.accuracy), 2) + 0
    accuracy.metric("Accuracy", f"{left.accuracy:.2%}", f"{change:+.2f} points" if off else None)
    tested = read_models.card(folder).evaluation.accuracy
    harder = ": the first ones are harder than the rest" if whole.accuracy < tested else ""
    st.caption(
        f"On the first {len(labels):,} test digits: with all on, {whole.accuracy:.2%} of them are read right. "
        f"On all test digits it is {tested:.2%}{harder}."
    )
    confusion_table.show(np.array(left.confusion_matrix), "switched-off-confusion")


def _more(key: str, number: int, count: int) -> None:
    """Switch `number` more off, or all that are left."""
    off = list(st.session_state[key])
    others = np.setdiff1d(np.arange(count), off)
    chosen = np.random.default_rng().permutation(others)[:number]
    st.session_state[key] = sorted([*off, *map(int, chosen)])


def _switch(key: str, clicked: str) -> None:
    """Off what is on, on what is off."""
    st.session_state[key] = sorted({*st.session_state[key]} ^ {int(clicked)})


def _all_on(key: str) -> None:
    st.session_state[key] = []


@st.cache_data(max_entries=100, show_spinner="Reading 2,000 digits…", hash_funcs=read_models.BY_VERSION)
def _answers(folder: Path, name: str, off: tuple[int, ...]) -> np.ndarray:
    return _without(folder, name, off, read_digits.some_test_digits()[0])


def _without(folder: Path, name: str, off: Sequence[int], images: np.ndarray) -> np.ndarray:
    layers = read_models.card(folder).config.layers()
    return ablation.without(read_models.predictor(folder), layers, read_models.weights(folder), name, off, images)
