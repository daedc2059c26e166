"""What a training run leaves behind: a folder with a model, its answers to the test digits and a card.

The models that come with the project and the runs in the store are the same kind of folder.
Reading needs no TensorFlow; `mnist_core.export` writes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnist_core.architecture import NUM_CLASSES
from mnist_core.config import TrainConfig
from mnist_core.evaluation import Evaluation
from mnist_core.npz import NpzError, read_npz

MODELS_FOLDER = Path(__file__).parent.parent / "models"
BUILT_IN = ("best", "cnn", "dense")

KERAS_FILE = "model.keras"
LITERT_FILE = "model.tflite"
ONNX_FILE = "model.onnx"
CARD_FILE = "card.json"
PROBABILITIES_FILE = "test_probabilities.npz"
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


def read_card(folder: Path) -> Card:
    """Raises ArtifactError."""
    path = folder / CARD_FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        config = TrainConfig.from_dict(values.pop("config"))
        return Card(config=config, evaluation=Evaluation(**values.pop("evaluation")), **values)
    except FileNotFoundError:
        raise ArtifactError(f"{path.name} of this model is missing.") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ArtifactError(f"{path.name} of this model is damaged: {error}") from None


def read_probabilities(folder: Path) -> np.ndarray:
    """The model's answers to the test digits, (10000, 10) float32. Raises ArtifactError."""
    path = folder / PROBABILITIES_FILE
    try:
        proba = read_npz(path, "probabilities")["probabilities"]
    except FileNotFoundError:
        raise ArtifactError(f"{path.name} of this model is missing.") from None
    except NpzError as error:
        raise ArtifactError(f"{path.name} of this model is damaged: {error}") from None
    if proba.shape != (TEST_DIGITS, NUM_CLASSES) or proba.dtype.kind != "f":
        raise ArtifactError(f"{path.name} of this model is damaged: it holds {proba.shape} {proba.dtype}.")
    return proba.astype(np.float32)
