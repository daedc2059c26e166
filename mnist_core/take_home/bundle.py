"""A run as one zip to take home: its model in three formats, its configuration, card, metrics and program."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from mnist_core.artifacts import CARD_FILE, KERAS_FILE, LITERT_FILE, ONNX_FILE
from mnist_core.bundle_files import CONFIG_FILE, METRICS_FILE, README_FILE, STORY_FILE
from mnist_core.config import TrainConfig
from mnist_core.figures.tables import to_csv
from mnist_core.runs.run import KEPT, STOPPED, Curves, Run
from mnist_core.take_home import onnx_file
from mnist_core.take_home.notebook import notebook
from mnist_core.take_home.script import script

# How each file is used, as a program that runs: `digit.png` stands for any picture of 28 x 28 pixels.
_PICTURE = """\
import numpy as np
from PIL import Image

# Bright ink on black, 28 x 28 pixels, from 0 to 1.
digit = np.asarray(Image.open("digit.png").convert("L"), "float32")[None] / 255
"""
USES = {
    KERAS_FILE: f"""\
# pip install keras tensorflow pillow
import keras
{_PICTURE}
model = keras.models.load_model("{KERAS_FILE}")
print(model.predict(digit).argmax())

# The file holds the network alone: before `evaluate` and `fit` it is compiled.
# In train.py is what this one was trained with.
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
""",
    LITERT_FILE: f"""\
# pip install ai-edge-litert pillow
from ai_edge_litert.interpreter import Interpreter
{_PICTURE}
answer = Interpreter("{LITERT_FILE}").get_signature_runner()
print(answer(digit=digit)["probabilities"].argmax())
""",
    ONNX_FILE: f"""\
# pip install onnxruntime pillow
from onnxruntime import InferenceSession
{_PICTURE}
(probabilities,) = InferenceSession("{ONNX_FILE}").run(None, {{"digit": digit}})
print(probabilities.argmax())
""",
}


def differences(run: Run) -> list[str]:
    """What the run's program does otherwise than the run did, a sentence each."""
    said = {
        "How it was trained is not known: the program trains such a network its own way.": run.is_of_unknown_training,
        "It was stopped before its last epoch; the program trains all of them.": _was_stopped(run),
        "Settings were changed while it trained; the program trains with the last ones throughout.": bool(run.changes),
        "It was trained on after it had ended; the program trains all epochs in one go.": run.trained_on,
        "It was taught digits drawn by hand; the program knows only MNIST's, and begins untrained.": bool(run.taught),
    }
    return [sentence for sentence, holds in said.items() if holds]


def _was_stopped(run: Run) -> bool:
    """An imported run has ended as others do: too early only if nothing else explains that."""
    config = run.config
    has_ended_itself = bool(config.early_stopping or config.target_accuracy) or run.is_of_unknown_training
    return run.status == STOPPED or (run.imported and run.progress.epoch < config.epochs and not has_ended_itself)


def config_with_precision_used(run: Run) -> TrainConfig:
    """The run's configuration with what `auto` came to on the machine that trained it, and changes meanwhile.

    What was imported was trained elsewhere, and tested here in float32 whatever it was trained in.
    """
    precision = run.environment.get("precision", "").partition(":")[0]
    return replace(run.config_now, precision=precision) if precision and not run.imported else run.config_now


def metrics_csv(curves: Curves) -> str:
    """Every recorded point as `metric,step,value`; a step is an epoch from 1, or a batch from 1."""
    names = [name for name, (steps, _) in curves.series.items() for _ in steps]
    steps = [int(step) for steps, _ in curves.series.values() for step in steps]
    values = [float(value) for _, values in curves.series.values() for value in values]
    return to_csv({"metric": names, "step": steps, "value": values})


def bundle(run: Run, curves: Curves, folder: Path) -> bytes:
    """The zip; `folder` holds the run's artifacts. Raises OSError or ArtifactError if a file of it is bad."""
    config = config_with_precision_used(run)
    texts = {
        README_FILE: _readme(run),
        CONFIG_FILE: run.config.to_json(),
        METRICS_FILE: metrics_csv(curves),
        STORY_FILE: _story(run),
        "train.py": script(config, run.name),
        "train.ipynb": notebook(config, run.name),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
        for name in (KERAS_FILE, LITERT_FILE, CARD_FILE):
            archive.write(folder / name, name)
        archive.writestr(ONNX_FILE, onnx_file.of_folder(folder))
    return packed.getvalue()


def _story(run: Run) -> str:
    """What was changed while it trained, how good the kept model was, what came after, and what people say about it."""
    said = {
        "changes": [[change.step, change.name, change.value] for change in run.changes],
        **{name: run.metrics.get(name) for name in KEPT},
        "trained_on": run.trained_on,
        "taught": bool(run.taught),
        "note": run.note,
        "tags": run.tags,
    }
    return json.dumps(said, ensure_ascii=False, indent=2)


def _readme(run: Run) -> str:
    values: dict[str, Any] = {
        CONFIG_FILE: "its settings, without changes while it trained",
        STORY_FILE: "what was changed while it trained, after how many batches; note and tags",
        CARD_FILE: "test results, versions, machine and time",
        METRICS_FILE: "loss and accuracy, by batch and by epoch",
        "train.py, train.ipynb": "a plain Keras program that trains such a network, as a script and as a notebook",
    }
    files = "\n".join(f"- `{name}`: {about}." for name, about in values.items())
    uses = "\n".join(f"## {name}\n\n```python\n{code}```\n" for name, code in USES.items())
    origin = f"{'Imported into' if run.imported else 'Trained with'} Digit Lab by {run.owner}."
    return "\n\n".join([f"# {run.name}", origin, files, *differences(run), uses])
