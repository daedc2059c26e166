"""From a trained Keras model to the folder that `artifacts` reads. Only workers and the terminal import this."""

from __future__ import annotations

import json
import os
import platform
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema

from mnist_core import artifacts, processor
from mnist_core.architecture import IMAGE_SIZE
from mnist_core.config import TrainConfig
from mnist_core.data import Digits
from mnist_core.evaluation import evaluate

_BATCH = 1000


def environment(precision: str, reason: str) -> dict[str, str]:
    """Versions, machine and precision of a run, in plain words."""
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "processor": f"{processor.name()}, {os.cpu_count()} cores",
        "precision": f"{precision}: {reason}",
    }


def probabilities(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """(N, 28, 28) uint8 -> (N, 10) float32. Raises ValueError for a model whose answers are not numbers."""
    predict = tf.function(lambda part: model(tf.cast(part, tf.float32) / 255.0, training=False), reduce_retracing=True)
    parts = (images[start : start + _BATCH] for start in range(0, len(images), _BATCH))
    proba = np.concatenate([predict(tf.constant(part)).numpy() for part in parts])
    if not np.isfinite(proba).all():
        raise ValueError("The network's answers are not numbers: its weights are far too large, or damaged.")
    return proba


def save(
    folder: Path,
    model: keras.Sequential,
    config: TrainConfig,
    digits: Digits,
    *,
    epochs: int,
    seconds: float,
    environment: dict[str, str],
    command: str,
) -> artifacts.Card:
    """Write model, LiteRT file, test probabilities and card of a float32 model into `folder`.

    Raises OSError, and ValueError for a model whose answers are not numbers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    proba = probabilities(model, digits.x_test)
    card = artifacts.Card(
        config=config,
        evaluation=evaluate(digits.y_test, proba),
        parameters=model.count_params(),
        epochs=epochs,
        seconds=round(seconds, 1),
        date=date.today().isoformat(),
        environment=environment,
        command=command,
    )
    model.save(folder / artifacts.KERAS_FILE)
    write_litert(model, folder / artifacts.LITERT_FILE)
    np.savez_compressed(folder / artifacts.PROBABILITIES_FILE, probabilities=proba)
    (folder / artifacts.CARD_FILE).write_text(json.dumps(card.to_dict(), indent=2) + "\n", encoding="utf-8")
    return card


def write_litert(model: keras.Sequential, path: Path) -> None:
    """A LiteRT file that answers the probabilities and, under its name, what every layer answered."""
    answers = keras.Model(model.inputs, {layer.name: layer.output for layer in model.layers})
    image = tf.TensorSpec((None, IMAGE_SIZE, IMAGE_SIZE), tf.float32, name="digit")
    serve = tf.function(lambda digit: answers(digit, training=False), input_signature=[image])
    # Keras' own export writes more than is read here, and takes twice as long.
    exported = tf.Module()
    exported.variables_of_it = [variable.value for variable in answers.variables]
    with TemporaryDirectory() as folder:
        tf.saved_model.save(exported, folder, signatures=serve.get_concrete_function())
        path.write_bytes(answer_first(tf.lite.TFLiteConverter.from_saved_model(folder).convert()))


def answer_first(content: bytes) -> bytes:
    """A LiteRT file whose first output are the probabilities: many programs ask for that one, and not for a name."""
    changed = bytearray(content)
    model = schema.Model.GetRootAsModel(changed)
    signature = model.SignatureDefs(0)
    named = [signature.Outputs(place) for place in range(signature.OutputsLength())]
    answer = next(each.TensorIndex() for each in named if each.Name() == b"probabilities")
    # The file's own bytes: what reads it by names does so by these numbers, in whatever order they are.
    outputs = model.Subgraphs(0).OutputsAsNumpy()
    place = int(np.flatnonzero(outputs == answer)[0])
    outputs[[0, place]] = outputs[[place, 0]]
    return bytes(changed)
