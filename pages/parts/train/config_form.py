"""The widgets of a configuration, made from the fields' own descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import Field
from typing import Any

import streamlit as st

from mnist_core.architecture import Architecture, LayerError
from mnist_core.config import AUGMENTATION, FIELDS, TrainConfig
from mnist_core.fields import ConfigError
from mnist_core.figures.pictures import row
from mnist_core.learning.handwriting import generate
from pages.parts import data_sets
from pages.parts.train import field_widget, layer_editor, layer_lists

_EXAMPLES = 24

_GROUPS = {
    "Network": ("dropout", "activation", "batch_normalization", "l2"),
    "Training": ("optimizer", "learning_rate", "schedule", "batch_size", "epochs", "early_stopping", "target_accuracy"),
    "Data": ("data_set", "train_size", "validation_split", "input_scaling", "seed"),
    "Augmentation": (*AUGMENTATION, "handwriting"),
    "Expert": ("momentum", "loss", "precise_statistics", "precision"),
}


def in_plain_words(error: ConfigError, fields: Mapping[str, Field] = FIELDS) -> str:
    """What is wrong, with the one of `fields` that it begins with, and others it names, called as widgets are."""
    if isinstance(error, LayerError):
        return layer_lists.said(error)
    first, _, rest = str(error).partition(" ")
    name, _, index = first.rstrip("]").partition("[")
    if name not in fields:
        return str(error)

    def called(field: str) -> str:
        return fields[field].metadata["label"]

    others = re.sub(r"\w+_\w+", lambda found: called(found[0]).lower() if found[0] in fields else found[0], rest)
    number = f", number {int(index) + 1}," if index else ""
    return f"{called(name)}{number} {others}"


def read() -> TrainConfig:
    """What the widgets say. Raises ConfigError if that cannot be trained, here and now."""
    config = as_set()
    if data_sets.is_gone(config.data_set):
        raise ConfigError(f"data_set {config.data_set} is not here any more. Choose another one below, under Data.")
    return config


def as_set() -> TrainConfig:
    """What the widgets say, wherever it may be trained. Raises ConfigError."""
    layer_lists.check()
    values = _values(FIELDS)
    values["train_size"] = min(values["train_size"], data_sets.training_digits(values["data_set"]))
    return TrainConfig(**values)


def architecture() -> Architecture | None:
    """The network that the widgets describe, perhaps one that cannot be built; None if a size is not allowed."""
    try:
        layer_lists.check()
        return Architecture(**_values(Architecture.__dataclass_fields__))
    except ConfigError:
        return None


def _values(names: Iterable[str]) -> dict[str, Any]:
    lists = {"conv_blocks": layer_lists.conv_blocks, "dense_units": layer_lists.dense_units}
    return {name: lists[name]() if name in lists else st.session_state[key(name)] for name in names}


def show(folded: bool) -> None:
    """All widgets, in groups: the most used one open, or all `folded` to leave room for something else."""
    for group, names in _GROUPS.items():
        with st.expander(group, expanded=group == "Training" and not folded):
            if group == "Network":
                _network()
            for name in names:
                _widget(name)
            if group == "Augmentation":
                _generated_digits(st.session_state[key("handwriting")])


@st.cache_data(show_spinner=False)
def _generated() -> str:
    """The same for everybody: the page is drawn at every click."""
    images, labels = generate(_EXAMPLES, seed=0)
    return row(images, [f"A generated {label}" for label in labels])


def _generated_digits(share: float) -> None:
    """Some of what "handwriting of the world" adds."""
    st.html(_generated())
    mixed_in = "as this run would train on" if share else "of which a share above 0 is mixed into training"
    st.caption(f"Generated digits, {mixed_in}.")


def _network() -> None:
    network = architecture()
    _widget("model")
    layer_editor.show(network)
    if st.session_state[key("model")] == "cnn":
        _widget("conv_dropout")


def put(config: TrainConfig) -> None:
    """Set every widget to this configuration."""
    for name in FIELDS:
        st.session_state[key(name)] = getattr(config, name)
    layer_lists.put(config)


def change_along(before: TrainConfig, after: TrainConfig) -> None:
    """Where a widget says what `before` does, have it say what `after` does."""
    for name in FIELDS:
        was, becomes = getattr(before, name), getattr(after, name)
        if was != becomes and st.session_state.get(key(name)) == was:
            st.session_state[key(name)] = becomes


def key(name: str) -> str:
    """Under which a field's widget is kept."""
    return f"train_{name}"


def _widget(name: str) -> Any:
    if name == "data_set":
        return data_sets.to_train_on(key(name), FIELDS[name])
    return field_widget.show(key(name), FIELDS[name])
