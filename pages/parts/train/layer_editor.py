"""The editor of a network's layers: add, remove, reorder, and set the sizes; what each becomes beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from mnist_core import summary
from mnist_core.architecture import Architecture, Layer, LayerError
from mnist_core.fields import Choice
from pages.parts import keyboard
from pages.parts.train import layer_lists
from pages.parts.train.layer_lists import CONVOLUTIONS, DENSE, LayerList


def show(architecture: Architecture | None) -> None:
    """Both lists, or the dense one alone; beside each row its output and parameters, or why it cannot be built.

    None is a network with sizes that are not allowed.
    """
    layers, problem = architecture.possible_layers() if architecture else ((), None)
    if st.session_state["train_model"] == "cnn":
        _show_list(CONVOLUTIONS, layers, problem)
    _show_list(DENSE, layers, problem)
    scores = [layer for layer in layers if layer.name == "scores"]
    st.caption(f"Then the scores of the ten digits: {_about(scores)}")


def _show_list(edited: LayerList, layers: tuple[Layer, ...], problem: LayerError | None) -> None:
    for place, row in enumerate(edited.rows):
        names = [name.format(place + 1) for name in edited.layer_names]
        with st.container(gap="xsmall"):
            _show_row(edited, place, row)
            if wrong := edited.wrong_size(row):
                st.error(wrong)
            elif problem and problem.layer in names:
                st.error(layer_lists.said(problem))
            else:
                st.caption(_about([layer for layer in layers if layer.name in names]))
    st.button(
        edited.label_to_add,
        icon=":material/add:",
        key=f"train_{edited.name}_add",
        on_click=edited.add,
        args=(edited.new,),
        disabled=len(edited.rows) == edited.most,
    )


def _about(layers: list[Layer]) -> str:
    """The output of one row, which may be several layers, and its parameters.

    Where an earlier layer cannot be built a dash keeps the place, so that nothing moves.
    """
    if not layers:
        return "–"
    parameters = sum(layer.parameters for layer in layers)
    with_norm = ", normalization included" if any(layer.kind == "BatchNormalization" for layer in layers) else ""
    return f"{summary.shape(layers[-1])}, with {parameters:,} parameters{with_norm}"


def _show_row(edited: LayerList, place: int, row: int) -> None:
    """A title, the sizes and the buttons; a single size stands beside the title."""
    head = st.container(horizontal=True, vertical_alignment="center", gap="xsmall")
    help = "\n\n".join("**{label}**: {help}".format(**field.metadata) for field in edited.fields.values())
    head.markdown(f"**{edited.title} {place + 1}**", help=help, width="stretch")
    alone = len(edited.fields) == 1
    with head if alone else st.container(horizontal=True, gap="xxsmall"):
        for name, field in edited.fields.items():
            _size(edited.key(row, name), field, "collapsed" if alone else "visible")
    which = f"{edited.title} {place + 1}"
    with head, keyboard.icons_alone(edited.key(row, "buttons")):
        last = place == len(edited.rows) - 1
        _button(edited.key(row, "up"), "arrow_upward", "Move up", which, place == 0, edited.move, row, -1)
        _button(edited.key(row, "down"), "arrow_downward", "Move down", which, last, edited.move, row, 1)
        _button(edited.key(row, "remove"), "delete", "Remove", which, False, edited.remove, row)


def _button(key: str, icon: str, help: str, which: str, disabled: bool, act: Callable[..., None], *args: Any) -> None:
    label, icon = f"{help}: {which}", f":material/{icon}:"
    st.button(label, key=key, help=help, icon=icon, type="tertiary", on_click=act, args=args, disabled=disabled)


def _size(key: str, field: Any, label_visibility: Any) -> None:
    """A small widget for one size."""
    holds, label = field.metadata["holds"], field.metadata["label"]
    common = {"key": key, "label_visibility": label_visibility, "persist_state": "session"}
    if isinstance(holds, Choice):
        st.selectbox(label, list(holds.options), format_func=lambda option: holds.options[option], width=92, **common)
        return
    width = 60 if label_visibility == "visible" else 110
    # Without bounds: Streamlit would drop what is beyond them and say nothing.
    st.number_input(label, step=1, width=width, **common)
