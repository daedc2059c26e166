"""What a training run leaves behind: a folder with a model, its answers to the test digits and a card.

The models that come with the project and the runs in the store are the same kind of folder.
Reading needs no TensorFlow; `mnist_core.export` writes it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from mnist_core.architecture import NUM_CLASSES
from mnist_core.config import TrainConfig
from mnist_core.evaluation import Evaluation
from mnist_core.npz import read_npz

MODELS_FOLDER = Path(__file__).parent.parent / "models"
BUILT_IN = ("best", "cnn", "dense")

KERAS_FILE = "model.keras"
LITERT_FILE = "model.tflite"
ONNX_FILE = "model.onnx"
CARD_FILE = "card.json"
PROBABILITIES_FILE = "test_probabilities.npz"
MODEL_FILES = (KERAS_FILE, LITERT_FILE, CARD_FILE, PROBABILITIES_FILE)
TEST_DIGITS = 10_000


class ArtifactError(ValueError):
    """A model's file is missing or damaged; the message says which."""


@dataclass(frozen=True)
class Card:
    """What a model is, how well it did, and how to train it again."""

    config: TrainConfig
    evaluation: Evaluation
    parameters: int
    epochs: int
    seconds: float
    date: str
    environment: dict[str, str]
    command: str

    def to_dict(self) -> dict[str, Any]:
        return vars(self) | {"config": self.config.to_dict(), "evaluation": self.evaluation.to_dict()}


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """While a model's file is read: whatever goes wrong, an ArtifactError says of which file it is and what."""
    try:
        yield
    except FileNotFoundError:
        raise ArtifactError(f"{path.name} of this model is missing.") from None
    except (OSError, ValueError, LookupError, TypeError, EOFError, RecursionError, BadZipFile, zlib.error) as error:
        raise ArtifactError(f"{path.name} of this model is damaged: {error}") from None


def read_card(folder: Path) -> Card:
    """Raises ArtifactError."""
    path = folder / CARD_FILE
    with reading(path):
        values = dict(json.loads(path.read_text(encoding="utf-8")))
        config = TrainConfig.from_dict(values.pop("config"))
        return Card(config=config, evaluation=Evaluation(**values.pop("evaluation")), **values)


def read_probabilities(folder: Path) -> np.ndarray:
    """The model's answers to the test digits, (10000, 10) float32. Raises ArtifactError."""
    path = folder / PROBABILITIES_FILE
    with reading(path):
        proba = read_npz(path, "probabilities")["probabilities"]
        if proba.shape != (TEST_DIGITS, NUM_CLASSES) or proba.dtype.kind != "f":
            raise ValueError(f"it holds {proba.shape} {proba.dtype}.")
    return proba.astype(np.float32)
