"""A model that somebody imports: the zip of a run, or a `.keras` file of one of our two kinds of network.

It is read as numbers and text only. Nothing in it is run, unpickled or given to Keras.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

import numpy as np

from mnist_core.artifacts import CARD_FILE, KERAS_FILE
from mnist_core.bundle_files import CONFIG_FILE, METRICS, METRICS_FILE, README_FILE, STORY_FILE
from mnist_core.config import LIVE_FIELDS, TrainConfig, holds
from mnist_core.fields import ConfigError, Number
from mnist_core.runs.run import KEPT, Change, Curves
from mnist_core.uploads import foreign_network, foreign_weights
from mnist_core.uploads.archive import Archive, ArchiveError
from mnist_core.uploads.foreign_network import ForeignNetworkError
from mnist_core.uploads.foreign_weights import ForeignWeightsError
from mnist_core.weights import CONFIG_ENTRY, WEIGHTS_ENTRY, Weights

MOST_MEGABYTES = 100

_ZIP = b"PK"
_MOST_ENTRIES, _MOST_BYTES = 50, 200_000_000
_LONGEST_TEXT, _LONGEST_NAME = 2_000_000, 100
_MOST_POINTS, _MOST_CHANGES = 10_000, 1_000
_STEP, _SINCE = Number(1, 10**9, integer=True), Number(0, 10**9, integer=True)
# What a run records of each epoch, and of each epoch with validation digits.
_EACH_EPOCH, _VALIDATION = ("loss", "accuracy", "seconds"), ("val_loss", "val_accuracy")
_EPOCHS, _SECONDS, _SHARE = Number(0, 200, integer=True), Number(0, 1e8), Number(0, 1)
# Losses are computed in float32.
_LOSS = Number(0, float(np.finfo(np.float32).max))
_VALUES = {name: _SHARE if name.endswith("accuracy") else _LOSS for name in METRICS}
# A schedule takes the rate below the lowest that can be set.
_VALUES |= {"seconds": _SECONDS, "learning_rate": replace(holds("learning_rate"), low=0)}

A_RUN = "Imported from a file: settings and curves are what the file says, the test results were measured here."
# What its file may say of it besides.
_LATER = {
    "trained_on": "It was trained on after it had ended.",
    "taught": "It was taught digits drawn by hand.",
}
A_MODEL = "Imported from a file that does not say how it was trained: only the settings of the network are its own."


class RunImportError(ValueError):
    """A file that is not accepted; the message says why in a sentence."""


@dataclass(frozen=True)
class ImportedRun:
    """A trained network, and what its file says of how it was trained; `seconds` is None if it does not.

    `kept` are the metrics KEPT of the model, as far as they are known. `note` and `tags` are what people said.
    """

    name: str
    config: TrainConfig
    weights: Weights
    about: str
    curves: Curves = field(default_factory=lambda: Curves({}))
    epochs: int = 0
    seconds: float | None = None
    kept: dict[str, float] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    note: str = ""
    tags: tuple[str, ...] = ()


def read(file_name: str, content: bytes, input_scaling: str = "0-1") -> ImportedRun:
    """What an uploaded file holds; `input_scaling` (of INPUT_SCALINGS) is for a `.keras` file that does not say.

    Raises RunImportError.
    """
    if not content.startswith(_ZIP):
        raise RunImportError(
            "This is neither a .keras file nor the zip of a run, or it is damaged: both are ZIP archives."
        )
    try:
        archive = Archive(content, _MOST_ENTRIES, _MOST_BYTES)
        if WEIGHTS_ENTRY in archive.names:
            return _read_model(PurePath(file_name).stem[:_LONGEST_NAME], archive, input_scaling)
        if KERAS_FILE in archive.names:
            return _read_run(archive)
    except ArchiveError as error:
        raise RunImportError(f"This is no .keras file and no zip of a run that can be used. {error}") from None
    except (ConfigError, ForeignNetworkError, ForeignWeightsError) as error:
        raise RunImportError(str(error)) from None
    raise RunImportError(f"This is neither a .keras file nor the zip of a run, which has a {KERAS_FILE}.")


def _read_model(name: str, archive: Archive, input_scaling: str) -> ImportedRun:
    config = foreign_network.read(archive.read(CONFIG_ENTRY), input_scaling)
    return ImportedRun(name, config, foreign_weights.read(archive.read(WEIGHTS_ENTRY), config), A_MODEL)


def _read_run(archive: Archive) -> ImportedRun:
    config = TrainConfig.from_json(_text(archive, CONFIG_FILE))
    model = Archive(archive.read(KERAS_FILE), _MOST_ENTRIES, _MOST_BYTES)
    foreign_network.check(model.read(CONFIG_ENTRY), config)
    weights = foreign_weights.read(model.read(WEIGHTS_ENTRY), config)
    first = _text(archive, README_FILE).partition("\n")[0].removeprefix("# ")
    title = "".join(filter(str.isprintable, first)).strip()
    epochs, seconds = _training(_text(archive, CARD_FILE))
    curves = _curves(_text(archive, METRICS_FILE))
    name = f"{title[:_LONGEST_NAME] or 'a run'} (imported)"
    run = ImportedRun(name, config, weights, A_RUN, curves, epochs, seconds)
    # Earlier versions wrote no such file.
    return replace(run, **_story(_text(archive, STORY_FILE), config)) if STORY_FILE in archive.names else run


def _text(archive: Archive, name: str) -> str:
    content = archive.read(name)
    if len(content) > _LONGEST_TEXT:
        raise RunImportError(f"{name} of this run is too long for what it is.")
    return content.decode("utf-8", "replace")


def _training(card: str) -> tuple[int, float]:
    """How many epochs and seconds a run says that it took."""
    try:
        values = json.loads(card)
        return int(_EPOCHS.check("epochs", values["epochs"])), _SECONDS.check("seconds", values["seconds"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RunImportError(f"{CARD_FILE} of this run is damaged: {error!s:.200}") from None


def _story(text: str, config: TrainConfig) -> dict[str, Any]:
    """What `bundle` says of a run beside its numbers, by the fields of ImportedRun."""
    try:
        values = json.loads(text)
        if len(values["changes"]) > _MOST_CHANGES:
            raise ValueError(f"it has more than {_MOST_CHANGES:,} changes")
        changes = [
            Change(int(_SINCE.check("step", s)), str(name), float(value)) for s, name, value in values["changes"]
        ]
        for change in changes:
            if change.name not in LIVE_FIELDS:
                raise ValueError(f"{change.name} cannot be changed while a run trains")
            changed: dict[str, Any] = {change.name: change.value}
            replace(config, **changed)
        # What cannot be printed would turn round what is written beside it, or could not be kept.
        note = "".join(sign for sign in str(values["note"]) if sign.isprintable() or sign == "\n")
        said: dict[str, Any] = {"note": note, "tags": tuple(map(str, values["tags"]))}
        # Earlier versions wrote neither these nor what came later.
        known = {name: values[name] for name in KEPT if values.get(name) is not None}
        said["kept"] = {name: _SHARE.check(name, value) for name, value in known.items()}
        later = [sentence for name, sentence in _LATER.items() if values.get(name)]
        return {"changes": tuple(changes), "about": " ".join([A_RUN, *later]), **said}
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise RunImportError(f"{STORY_FILE} of this run is damaged: {error!s:.200}.") from None


def _curves(text: str) -> Curves:
    """What `bundle.metrics_csv` wrote."""
    points: dict[str, dict[int, float]] = {}
    rows = csv.reader(text.splitlines())
    try:
        if next(rows, None) != ["metric", "step", "value"]:
            raise ValueError("its first line is another one")
        for number, (name, step, value) in enumerate(rows, start=1):
            if name not in METRICS or number > _MOST_POINTS:
                raise ValueError(f"line {number + 1} is not a point of a curve")
            # A validation loss may have grown beyond all numbers in a run that went well otherwise.
            if name != "val_loss" or math.isfinite(float(value)):
                _VALUES[name].check(name, float(value))
            points.setdefault(name, {})[int(_STEP.check("step", int(step)))] = float(value)
        _check_epochs(points)
    except (ValueError, csv.Error) as error:
        raise RunImportError(f"{METRICS_FILE} of this run is damaged: {error!s:.200}.") from None
    series = {name: sorted(found.items()) for name, found in points.items()}
    return Curves({name: (np.array([s for s, _ in p]), np.array([v for _, v in p])) for name, p in series.items()})


def _check_epochs(points: Mapping[str, Mapping[int, float]]) -> None:
    """Raises ValueError unless all curves by epoch that belong together are there, for the same epochs."""
    epochs = {name: set(values) for name, values in points.items() if not name.startswith("batch_")}
    needed = _EACH_EPOCH + (_VALIDATION if epochs.keys() & set(_VALIDATION) else ()) if epochs else ()
    for name in needed:
        if name not in epochs:
            raise ValueError(f"there is no {name} in it")
    for name, found in epochs.items():
        if found != epochs["loss"]:
            raise ValueError(f"{name} is not of the same epochs as loss")
