"""The layers of a network as two lists that can be changed: convolutions and dense layers.

Each row of a list has a number, which its widgets keep when it moves: `train_conv_rows` is the order of the
rows, and `train_conv_{row}_{field}` are a row's sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from mnist_core.architecture import Architecture, ConvBlock, LayerError
from mnist_core.config import holds
from mnist_core.fields import ConfigError, described

_MOST = {name: holds(name).most for name in ("conv_blocks", "dense_units")}
_UNITS = described(128, holds("dense_units").entry, "Units", "Number of units in this layer.")


@dataclass(frozen=True)
class LayerList:
    """One of the two lists: what its rows hold, what a new row is, and the layers that row 1, 2, … becomes."""

    name: str
    title: str
    label_to_add: str
    most: int
    fields: dict[str, Any]
    new: dict[str, Any]
    layer_names: tuple[str, ...]

    @property
    def rows(self) -> list[int]:
        """The rows' numbers in their order."""
        return st.session_state[f"train_{self.name}_rows"]

    def arrange(self, rows: list[int]) -> None:
        """Have these rows, in this order."""
        st.session_state[f"train_{self.name}_rows"] = rows

    def key(self, row: int, what: str) -> str:
        """Of a row's widget: a size, by its field, or a button."""
        return f"train_{self.name}_{row}_{what}"

    def sizes(self, row: int) -> dict[str, Any]:
        """A row's sizes as its widgets have them: any whole number, or none."""
        return {field: st.session_state[self.key(row, field)] for field in self.fields}

    def wrong_size(self, row: int) -> str:
        """Which size of a row is not allowed, and what is; nothing if all are."""
        try:
            for name, value in self.sizes(row).items():
                self.fields[name].metadata["holds"].check(self.fields[name].metadata["label"], value)
        except ConfigError as error:
            return str(error)
        return ""

    def add(self, sizes: dict[str, Any]) -> None:
        """A last row with these sizes; nothing where there are as many as may be."""
        if len(self.rows) >= self.most:
            return
        row = max(self.rows, default=-1) + 1
        for field, value in sizes.items():
            st.session_state[self.key(row, field)] = value
        self.arrange([*self.rows, row])

    def move(self, row: int, by: int) -> None:
        """By the row and not its place: with a second click just after the first it has another one."""
        rows = list(self.rows)
        if row not in rows:
            return
        place = rows.index(row)
        if 0 <= place + by < len(rows):
            rows[place], rows[place + by] = rows[place + by], rows[place]
            self.arrange(rows)

    def remove(self, row: int) -> None:
        self.arrange([other for other in self.rows if other != row])


CONVOLUTIONS = LayerList(
    "conv",
    "Convolution",
    "Add a convolution",
    _MOST["conv_blocks"],
    ConvBlock.__dataclass_fields__,
    vars(ConvBlock(32, 3, "same", pooling=1)),  # keeps the size, and so fits everywhere
    ("conv_{}", "pool_{}", "norm_conv_{}"),
)
DENSE = LayerList(
    "dense",
    "Dense",
    "Add a dense layer",
    _MOST["dense_units"],
    {"units": _UNITS},
    {"units": _UNITS.default},
    ("dense_{}", "norm_dense_{}"),
)


def said(problem: LayerError) -> str:
    """Which layer cannot be built, called as in the editor, and why."""
    kind, _, number = problem.layer.rpartition("_")
    title = next((edited.title for edited in (CONVOLUTIONS, DENSE) if f"{kind}_{{}}" in edited.layer_names), "")
    return f"{title} {number} cannot be built: {problem.why}" if title else str(problem)


def put(architecture: Architecture) -> None:
    """Set both lists to those of this architecture."""
    dense = [{"units": units} for units in architecture.dense_units]
    for layers, entries in ((CONVOLUTIONS, map(vars, architecture.conv_blocks)), (DENSE, dense)):
        layers.arrange([])
        for sizes in entries:
            layers.add(sizes)


def check() -> None:
    """Raises ConfigError for a size that somebody typed and that is not allowed."""
    if wrong := wrong_size():
        raise ConfigError(wrong)


def wrong_size() -> str:
    """The first size that is not allowed, with its layer; nothing if all are."""
    lists = [DENSE] if st.session_state["train_model"] == "dense" else [CONVOLUTIONS, DENSE]
    for edited in lists:
        for place, row in enumerate(edited.rows):
            if problem := edited.wrong_size(row):
                return f"{edited.title} {place + 1}: {problem}"
    return ""


def conv_blocks() -> tuple[ConvBlock, ...]:
    """What the rows say; without those of a size that is not allowed where a dense network hides them."""
    rows = CONVOLUTIONS.rows
    if st.session_state["train_model"] == "dense":
        rows = [row for row in rows if not CONVOLUTIONS.wrong_size(row)]
    return tuple(ConvBlock(**CONVOLUTIONS.sizes(row)) for row in rows)


def dense_units() -> tuple[int, ...]:
    return tuple(DENSE.sizes(row)["units"] for row in DENSE.rows)
