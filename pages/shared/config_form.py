"""The widgets of a configuration, made from the fields' own descriptions."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mnist_core.architecture import ConvBlock
from mnist_core.config import FIELDS, TrainConfig
from mnist_core.fields import Choice, ConfigError, Flag, Number
from mnist_core.presets import PRESETS

_GROUPS = {
    "Network": ("activation", "batch_normalization", "dropout", "l2"),
    "Training": ("optimizer", "learning_rate", "schedule", "batch_size", "epochs", "early_stopping"),
    "Data": ("train_size", "validation_split", "input_scaling", "seed"),
    "Augmentation": ("shift", "rotation", "zoom", "shear", "stroke", "handwriting"),
    "Expert": ("momentum", "loss", "precision"),
}


def choose_preset(start: str) -> str:
    """The box of presets, at the address' or `start` when there is nothing yet; choosing one moves every widget."""
    if "train_preset" not in st.session_state:
        st.session_state["train_preset"] = start
        put(PRESETS[start])
        _read_address(start)
    st.selectbox(
        "Start from",
        list(PRESETS),
        key="train_preset",
        persist_state="session",
        on_change=lambda: put(PRESETS[st.session_state["train_preset"]]),
        help="A preset moves everything below. Change what you like.",
    )
    return st.session_state["train_preset"]


def write_address(preset: str, config: TrainConfig) -> None:
    """Make the page's address a link to this configuration: the preset and what differs from it."""
    wanted = {"preset": preset, **config.changes_from(PRESETS[preset])}
    kept = {name: st.query_params[name] for name in st.query_params if name not in (*FIELDS, "preset")}
    if st.query_params.to_dict() != wanted | kept:
        st.query_params.from_dict(wanted | kept)


def _read_address(start: str) -> None:
    """Set every widget as the link says that somebody followed, or say what is wrong with it."""
    preset = st.query_params.get("preset", start)
    settings = [f"{name}={st.query_params[name]}" for name in FIELDS if name in st.query_params]
    try:
        if preset not in PRESETS:
            raise ConfigError(f"There is no preset {preset!r}.")
        put(PRESETS[preset].changed(settings))
        st.session_state["train_preset"] = preset
    except ConfigError as error:
        st.warning(str(error), title="This link cannot be used as it is")


def show() -> TrainConfig:
    """All widgets. Raises ConfigError if what they say cannot be trained."""
    values: dict[str, Any] = {"model": _widget("model")}
    values |= _layers(values["model"])
    for group, names in _GROUPS.items():
        with st.expander(group, expanded=group == "Training"):
            values |= {name: _widget(name) for name in names}
            if group == "Network" and values["model"] == "cnn":
                values["conv_dropout"] = _widget("conv_dropout")
    return TrainConfig(**values)


def put(config: TrainConfig) -> None:
    """Set every widget to this configuration."""
    for name in FIELDS:
        st.session_state[_key(name)] = getattr(config, name)
    st.session_state["train_conv_layers"] = len(config.conv_blocks)
    st.session_state["train_dense_layers"] = len(config.dense_units)
    for number, block in enumerate(config.conv_blocks):
        for name, value in vars(block).items():
            st.session_state[f"train_conv_{number}_{name}"] = value
    for number, units in enumerate(config.dense_units):
        st.session_state[f"train_dense_{number}"] = units


def _layers(model: str) -> dict[str, Any]:
    """How many layers of each kind, and their sizes."""
    values: dict[str, Any] = {}
    with st.expander("Layers"):
        if model == "cnn":
            count = st.slider("Convolution blocks", 0, 6, key="train_conv_layers", persist_state="session")
            values["conv_blocks"] = tuple(_block(number) for number in range(count))
        count = st.slider("Hidden dense layers", 0, 6, key="train_dense_layers", persist_state="session")
        values["dense_units"] = tuple(_units(number) for number in range(count))
    return values


def _block(number: int) -> ConvBlock:
    """The widgets of one convolution block."""
    with st.container(border=True):
        st.markdown(f"**Convolution {number + 1}**")
        values = {}
        for place, (name, entry) in enumerate(ConvBlock.__dataclass_fields__.items()):
            if place % 2 == 0:
                columns = st.columns(2)
            with columns[place % 2]:
                values[name] = _described(f"train_conv_{number}_{name}", entry)
        return ConvBlock(**values)


def _units(number: int) -> int:
    key = f"train_dense_{number}"
    st.session_state.setdefault(key, 128)
    return st.number_input(f"Units of dense layer {number + 1}", 1, 2048, key=key, persist_state="session")


def _key(name: str) -> str:
    return f"train_{name}"


def _widget(name: str) -> Any:
    return _described(_key(name), FIELDS[name])


def _described(key: str, entry: Any) -> Any:
    """The widget that fits what the field holds."""
    holds, label, help = (entry.metadata[name] for name in ("holds", "label", "help"))
    common = {"key": key, "help": help, "persist_state": "session"}
    st.session_state.setdefault(key, entry.default)
    if isinstance(holds, Flag):
        return st.toggle(label, **common)
    if isinstance(holds, Choice):
        options: list[str] = list(holds.options)
        if len(options) <= 3:
            return st.segmented_control(
                label, options, format_func=lambda option: holds.options[option], required=True, **common
            )
        return st.selectbox(label, options, format_func=lambda option: holds.options[option], **common)
    assert isinstance(holds, Number)
    if holds.logarithmic:
        return st.select_slider(label, holds.stops, format_func=lambda rate: f"{rate:g}", **common)
    if holds.integer and holds.high > 200 and not holds.step:
        return st.number_input(label, int(holds.low), int(holds.high), **common)
    kind = int if holds.integer else float
    step = kind(holds.step or 1)
    return st.slider(label, kind(holds.low), kind(holds.high), step=step, format=_format(step), **common)


def _format(step: float) -> str:
    decimals = len(f"{step:g}".partition(".")[2]) if "e" not in f"{step:g}" else 4
    return f"%.{decimals}f" if isinstance(step, float) else "%d"
