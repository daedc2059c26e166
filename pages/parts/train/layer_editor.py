"""The layers of a network as two lists, convolutions and dense layers: add, remove, reorder, and set the sizes.

Each row of a list has a number, which its widgets keep when it moves: `train_conv_rows` is the order of the
rows, and `train_conv_{row}_{field}` are a row's sizes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from mnist_core import summary
from mnist_core.architecture import Architecture, ConvBlock, Layer, LayerError
from mnist_core.config import holds
from mnist_core.fields import Choice, ConfigError, described

_MOST = {name: holds(name).most for name in ("conv_blocks", "dense_units")}
_UNITS = described(128, holds("dense_units").entry, "Units", "Number of units in this layer.")


@dataclass(frozen=True)
class _List:
    """One of the two lists: what its rows hold, what a new row is, and the layers that row 1, 2, … becomes."""

    name: str
    title: str
    add: str
    most: int
    fields: dict[str, Any]
    new: dict[str, Any]
    layers: tuple[str, ...]

    @property
    def rows(self) -> list[int]:
        return st.session_state[f"train_{self.name}_rows"]

    def arrange(self, rows: list[int]) -> None:
        st.session_state[f"train_{self.name}_rows"] = rows

    def key(self, row: int, what: str) -> str:
        return f"train_{self.name}_{row}_{what}"

    def sizes(self, row: int) -> dict[str, Any]:
        return {field: st.session_state[self.key(row, field)] for field in self.fields}

    def put(self, row: int, sizes: dict[str, Any]) -> None:
        for field, value in sizes.items():
            st.session_state[self.key(row, field)] = value


_CONVOLUTIONS = _List(
    "conv",
    "Convolution",
    "Add a convolution",
    _MOST["conv_blocks"],
    ConvBlock.__dataclass_fields__,
    vars(ConvBlock(32, 3, "same", pooling=1)),  # keeps the size, and so fits everywhere
    ("conv_{}", "pool_{}", "norm_conv_{}"),
)
_DENSE = _List(
    "dense",
    "Dense",
    "Add a dense layer",
    _MOST["dense_units"],
    {"units": _UNITS},
    {"units": _UNITS.default},
    ("dense_{}", "norm_dense_{}"),
)


def put(architecture: Architecture) -> None:
    """Set both lists to those of this architecture."""
    dense = [{"units": units} for units in architecture.dense_units]
    for layers, entries in ((_CONVOLUTIONS, map(vars, architecture.conv_blocks)), (_DENSE, dense)):
        layers.arrange([])
        for sizes in entries:
            _add(layers, sizes)


def check() -> None:
    """Raises ConfigError for a size that somebody typed and that is not allowed."""
    lists = [_DENSE] if st.session_state["train_model"] == "dense" else [_CONVOLUTIONS, _DENSE]
    for edited in lists:
        for place, row in enumerate(edited.rows):
            if problem := _wrong_size(edited, row):
                raise ConfigError(f"{edited.title} {place + 1}: {problem}")


def _wrong_size(edited: _List, row: int) -> str:
    """Which size of a row is not allowed, and what is; nothing if all are."""
    try:
        for name, value in edited.sizes(row).items():
            edited.fields[name].metadata["holds"].check(edited.fields[name].metadata["label"], value)
    except ConfigError as error:
        return str(error)
    return ""


def conv_blocks() -> tuple[ConvBlock, ...]:
    """What the rows say; without those of a size that is not allowed where a dense network hides them."""
    rows = _CONVOLUTIONS.rows
    if st.session_state["train_model"] == "dense":
        rows = [row for row in rows if not _wrong_size(_CONVOLUTIONS, row)]
    return tuple(ConvBlock(**_CONVOLUTIONS.sizes(row)) for row in rows)


def dense_units() -> tuple[int, ...]:
    return tuple(_DENSE.sizes(row)["units"] for row in _DENSE.rows)


def show(architecture: Architecture | None) -> None:
    """Both lists, or the dense one alone; beside each row its output and parameters, or why it cannot be built.

    None is a network with sizes that are not allowed.
    """
    layers, problem = architecture.possible_layers() if architecture else ((), None)
    if st.session_state["train_model"] == "cnn":
        _show_list(_CONVOLUTIONS, layers, problem)
    _show_list(_DENSE, layers, problem)
    scores = [layer for layer in layers if layer.name == "scores"]
    st.caption(f"Then the scores of the ten digits: {_about(scores)}")


def _show_list(edited: _List, layers: tuple[Layer, ...], problem: LayerError | None) -> None:
    for place, row in enumerate(edited.rows):
        names = [name.format(place + 1) for name in edited.layers]
        with st.container(gap="xsmall"):
            _show_row(edited, place, row)
            if wrong := _wrong_size(edited, row):
                st.error(wrong)
            elif problem and problem.layer in names:
                st.error(str(problem))
            else:
                st.caption(_about([layer for layer in layers if layer.name in names]))
    st.button(
        edited.add,
        icon=":material/add:",
        key=f"train_{edited.name}_add",
        on_click=_add,
        args=(edited, edited.new),
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


def _show_row(edited: _List, place: int, row: int) -> None:
    """A title, the sizes and the buttons; a single size stands beside the title."""
    head = st.container(horizontal=True, vertical_alignment="center", gap="xsmall")
    help = "\n\n".join("**{label}**: {help}".format(**field.metadata) for field in edited.fields.values())
    head.markdown(f"**{edited.title} {place + 1}**", help=help, width="stretch")
    alone = len(edited.fields) == 1
    with head if alone else st.container(horizontal=True, gap="xxsmall"):
        for name, field in edited.fields.items():
            _size(edited.key(row, name), field, "collapsed" if alone else "visible")
    with head:
        last = place == len(edited.rows) - 1
        _button(edited.key(row, "up"), "arrow_upward", "Move up", place == 0, _move, edited, row, -1)
        _button(edited.key(row, "down"), "arrow_downward", "Move down", last, _move, edited, row, 1)
        _button(edited.key(row, "remove"), "delete", "Remove", False, _remove, edited, row)


def _button(key: str, icon: str, help: str, disabled: bool, act: Callable[..., None], *args: Any) -> None:
    label = f":material/{icon}:"
    st.button(label, key=key, help=help, type="tertiary", on_click=act, args=args, disabled=disabled)


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


def _add(edited: _List, sizes: dict[str, Any]) -> None:
    if len(edited.rows) >= edited.most:
        return
    row = max(edited.rows, default=-1) + 1
    edited.put(row, sizes)
    edited.arrange([*edited.rows, row])


def _move(edited: _List, row: int, by: int) -> None:
    """By the row and not its place: with a second click just after the first it has another one."""
    rows = list(edited.rows)
    if row not in rows:
        return
    place = rows.index(row)
    if 0 <= place + by < len(rows):
        rows[place], rows[place + by] = rows[place + by], rows[place]
        edited.arrange(rows)


def _remove(edited: _List, row: int) -> None:
    edited.arrange([other for other in edited.rows if other != row])
