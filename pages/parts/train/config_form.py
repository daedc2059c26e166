"""The widgets of a configuration, made from the fields' own descriptions."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import Field, replace
from typing import Any, NoReturn

import streamlit as st

from mnist_core.architecture import Architecture
from mnist_core.config import AUGMENTATION, FIELDS, MNIST, TrainConfig
from mnist_core.fields import ConfigError
from mnist_core.figures.pictures import row
from mnist_core.learning.handwriting import generate
from mnist_core.presets import IN_SHORT, PRESETS
from mnist_core.runs.run import Run
from mnist_core.runs.run_names import nearest
from mnist_core.runs.store_connection import StoreError
from pages.parts import data_sets, read_runs, services
from pages.parts.as_written import as_written
from pages.parts.train import field_widget, layer_editor, watched_run

# What one finds who comes without a link.
_START = "fast"

# What the address says besides fields: the preset they differ from, and the run that is watched.
_NOT_FIELDS = ("preset", "run")

# What is wrong with the link that somebody followed: titles and texts.
_PROBLEMS, _AS_LINKED = "train_link_problems", "train_as_linked"

# The settings in the address as they were last seen here, when they were last written, and how long the browser may
# take to know of that.
_ADDRESS, _WRITTEN = "train_address", "train_address_written"
_SECONDS_ON_ITS_WAY = 2.0

# The run whose settings are still to be taken over.
_RUN_TO_FOLLOW = "train_run_to_follow"

_EXAMPLES = 24

_GROUPS = {
    "Network": ("dropout", "activation", "batch_normalization", "l2"),
    "Training": ("optimizer", "learning_rate", "schedule", "batch_size", "epochs", "early_stopping", "target_accuracy"),
    "Data": ("data_set", "train_size", "validation_split", "input_scaling", "seed"),
    "Augmentation": (*AUGMENTATION, "handwriting"),
    "Expert": ("momentum", "loss", "precise_statistics", "precision"),
}


def choose_preset() -> str:
    """The box of presets, at the address' or `fast` when there is nothing yet; choosing one moves every widget."""
    is_new = "train_preset" not in st.session_state
    if is_new:
        st.session_state["train_preset"] = _START
        put(PRESETS[_START])
    if is_new or _has_gone_back():
        _read_address()
    if is_new and not _settings_in_address():
        st.session_state[_RUN_TO_FOLLOW] = watched_run.watched()
    _take_over_linked()
    # Until settings are chosen: the page may be drawn again at once, as when the engine is up.
    for title, text in st.session_state.get(_PROBLEMS, ()):
        st.warning(as_written(text), title=title)
    st.selectbox(
        "Start from",
        list(PRESETS),
        format_func=lambda preset: f"{preset}: {IN_SHORT[preset]}",
        key="train_preset",
        persist_state="session",
        on_change=_take_preset,
        help="A preset moves everything below but the data set. Change what you like.",
    )
    return st.session_state["train_preset"]


def _take_over_linked() -> None:
    """Set every widget as the run has it that somebody was sent, where the link says nothing else."""
    run_id = st.session_state.get(_RUN_TO_FOLLOW)
    # Who has set something meanwhile is not to lose it.
    if not run_id or not services.opening_store().done() or not _is_untouched():
        return
    st.session_state[_RUN_TO_FOLLOW] = None
    run = _run(run_id)
    # Of a lesson, of a network from elsewhere and without its data set, settings are none to begin with.
    if run and not (run.taught or run.is_of_unknown_training or data_sets.is_gone(run.config.data_set)):
        take_over(run.config_now)


def _is_untouched() -> bool:
    with suppress(ConfigError):
        return _as_set() == PRESETS[_START]
    return False


def _run(run_id: str) -> Run | None:
    """None for one that cannot be read; its own panel says why."""
    with suppress(StoreError):
        return read_runs.run(read_runs.whole_id(run_id))
    return None


def offer_reset(preset: str, config: TrainConfig | None) -> None:
    """Back to the preset as it is, where something else is set; `config` is None for what cannot be trained."""
    data_set = st.session_state[_key("data_set")]
    # As `read` would have it: of fewer digits no more can be trained on.
    size = min(PRESETS[preset].train_size, data_sets.training_digits(data_set))
    if config is None or config != replace(PRESETS[preset], data_set=data_set, train_size=size):
        st.button(f"Reset to {preset}", icon=":material/undo:", on_click=_take_preset, key="train_reset")


def _take_preset() -> None:
    """Move every widget but that of a data set that is there: a person's own digits are not to be left unseen."""
    st.session_state.pop(_PROBLEMS, None)
    data_set = st.session_state[_key("data_set")]
    put(replace(PRESETS[st.session_state["train_preset"]], data_set=MNIST if data_sets.is_gone(data_set) else data_set))


def write_address(preset: str, config: TrainConfig) -> None:
    """Make the page's address a link to this configuration: the preset and what differs from it."""
    wanted = _address(preset, config)
    # What is wrong with a link is said until something else is set than it said.
    if st.session_state.setdefault(_AS_LINKED, config) != config:
        st.session_state.pop(_PROBLEMS, None)
    run_id = st.query_params.get("run")
    if run_id and services.opening_store().done():
        # Without settings it stands for those of its run, and each change of it is a step for the browser's Back.
        watched = _run(run_id)
        is_its = watched is not None and watched.config_now == config
        wanted = {} if is_its and not _settings_in_address() else wanted or {"preset": preset}
    if _settings_in_address() != wanted:
        run = {"run": st.query_params["run"]} if "run" in st.query_params else {}
        st.query_params.from_dict(wanted | run)
        st.session_state[_WRITTEN] = time.monotonic()
    st.session_state[_ADDRESS] = wanted


def _address(preset: str, config: TrainConfig) -> dict[str, str]:
    """What the address says of a configuration."""
    changes = config.changes_from(PRESETS[preset])
    # Nothing is said of what one finds anyway: each change of the address is a step for the browser's Back.
    return {"preset": preset, **changes} if changes or preset != _START else {}


def open_page() -> NoReturn:
    """Open the Train page with the settings that were put here and the run that it watches.

    Both are in its address at once: Back leads straight to the page before.
    """
    wanted, run = _address(st.session_state["train_preset"], _as_set()), watched_run.watched()
    st.session_state[_ADDRESS] = wanted
    st.switch_page("pages/train.py", query_params=wanted | ({"run": run} if run else {}))


def _settings_in_address() -> dict[str, str]:
    return {name: text for name, text in st.query_params.to_dict().items() if name != "run"}


def _has_gone_back() -> bool:
    """Whether the browser's Back or Forward, or a link, has brought other settings than those that were set last.

    An address without any is where a person came in; and just after a change a click may come with the one before.
    """
    found = _settings_in_address()
    is_old = time.monotonic() - st.session_state.get(_WRITTEN, 0.0) > _SECONDS_ON_ITS_WAY
    return bool(found) and found != st.session_state.get(_ADDRESS, found) and is_old


def _read_address() -> None:
    """Set every widget as the link says that somebody followed, and keep what is wrong with it."""
    problems = st.session_state[_PROBLEMS] = []
    st.session_state.pop(_AS_LINKED, None)
    preset = st.query_params.get("preset", _START)
    unknown = [name for name in st.query_params if name not in (*FIELDS, *_NOT_FIELDS)]
    if unknown:
        problems.append(("A part of this link was ignored", f"No setting is called {' or '.join(map(repr, unknown))}."))
    settings = [f"{name}={st.query_params[name]}" for name in FIELDS if name in st.query_params]
    wrong = [] if preset in PRESETS else [ConfigError(f"There is no preset {preset!r}.")]
    wrong += _faults(settings)
    try:
        if not wrong:
            put(PRESETS[preset].changed(settings))
            st.session_state["train_preset"] = preset
    except ConfigError as error:
        # Each setting is possible, but not all of them together.
        wrong = [error]
    if wrong:
        text = "\n\n".join([*map(in_plain_words, wrong), "The settings are left as they were."])
        problems.append(("This link cannot be used as it is", text))


def _faults(settings: list[str]) -> Iterator[ConfigError]:
    """What is wrong with each of these settings by itself."""
    for setting in settings:
        try:
            PRESETS[_START].changed([setting])
        except ConfigError as error:
            yield error


def in_plain_words(error: ConfigError, fields: Mapping[str, Field] = FIELDS) -> str:
    """What is wrong, with the one of `fields` that it begins with, and others it names, called as widgets are."""
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
    config = _as_set()
    if data_sets.is_gone(config.data_set):
        raise ConfigError(f"data_set {config.data_set} is not here any more. Choose another one below, under Data.")
    return config


def _as_set() -> TrainConfig:
    layer_editor.check()
    values = _values(FIELDS)
    values["train_size"] = min(values["train_size"], data_sets.training_digits(values["data_set"]))
    return TrainConfig(**values)


def architecture() -> Architecture | None:
    """The network that the widgets describe, perhaps one that cannot be built; None if a size is not allowed."""
    try:
        layer_editor.check()
        return Architecture(**_values(Architecture.__dataclass_fields__))
    except ConfigError:
        return None


def _values(names: Iterable[str]) -> dict[str, Any]:
    lists = {"conv_blocks": layer_editor.conv_blocks, "dense_units": layer_editor.dense_units}
    return {name: lists[name]() if name in lists else st.session_state[_key(name)] for name in names}


def show(folded: bool) -> None:
    """All widgets, in groups: the most used one open, or all `folded` to leave room for something else."""
    for group, names in _GROUPS.items():
        with st.expander(group, expanded=group == "Training" and not folded):
            if group == "Network":
                _network()
            for name in names:
                _widget(name)
            if group == "Augmentation" and st.session_state[_key("handwriting")]:
                _generated_digits()


def _generated_digits() -> None:
    """Some of what "handwriting of the world" adds."""
    images, labels = generate(_EXAMPLES, seed=0)
    st.html(row(images, [f"A generated {label}" for label in labels]))
    st.caption("Generated digits, as this run would train on.")


def _network() -> None:
    network = architecture()
    _widget("model")
    layer_editor.show(network)
    if st.session_state[_key("model")] == "cnn":
        _widget("conv_dropout")


def take_over(config: TrainConfig) -> None:
    """Set every widget, and the preset to the one that is closest."""
    st.session_state.pop(_PROBLEMS, None)
    st.session_state["train_preset"] = nearest(config)
    put(config)


def put(config: TrainConfig) -> None:
    """Set every widget to this configuration."""
    for name in FIELDS:
        st.session_state[_key(name)] = getattr(config, name)
    layer_editor.put(config)


def _key(name: str) -> str:
    return f"train_{name}"


def _widget(name: str) -> Any:
    if name == "data_set":
        return data_sets.to_train_on(_key(name), FIELDS[name])
    return field_widget.show(_key(name), FIELDS[name])
