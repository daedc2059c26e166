"""The exported programs run by themselves and do what Digit Lab does."""

import json
import os
import runpy
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mnist_core.architecture import ConvBlock
from mnist_core.config import TrainConfig
from mnist_core.data import MNIST_PATH, split
from mnist_core.learning.training import Trainer
from mnist_core.learning.training_events import Epoch
from mnist_core.presets import PRESETS
from mnist_core.take_home.notebook import notebook
from mnist_core.take_home.script import script
from tests.conftest import TINY

SHORT = {"train_size": 500, "epochs": 1, "batch_size": 64, "precision": "float32"}
# Normalized batches at a high rate make much of rounding: the first gradients of `best` agree to 0.003% of the
# largest, and eight batches at its own rate end 0.9% apart. At this rate they end 0.002% apart.
SLOW = {"learning_rate": 1e-4}
CONFIGS = {
    name: replace(config, **SHORT, **(SLOW if config.batch_normalization else {})) for name, config in PRESETS.items()
} | {
    "cosine, tanh, sgd": replace(TINY, schedule="cosine", activation="tanh", optimizer="sgd", momentum=0.9, epochs=1),
    # The order, the moves and the rate are all of the epoch, or of the step since the beginning.
    "three epochs": replace(TINY, schedule="one-cycle", epochs=3, shift=2, rotation=10, handwriting=0.2),
    "exponential, squares": replace(TINY, schedule="exponential", loss="mean_squared_error", dropout=0.2, epochs=1),
    "bfloat16": replace(
        TINY, conv_blocks=(ConvBlock(2, 3),), model="cnn", batch_normalization=True, epochs=1, precision="bfloat16"
    ),
    "no hidden layer": replace(TINY, dense_units=(), conv_blocks=(ConvBlock(2, 3),), model="cnn", epochs=1),
}


@pytest.fixture(scope="module")
def few_to_test(digits, tmp_path_factory) -> Path:
    """MNIST with 200 test digits: what is compared here is the training."""
    path = tmp_path_factory.mktemp("data") / "mnist.npz"
    np.savez(path, **vars(digits) | {"x_test": digits.x_test[:200], "y_test": digits.y_test[:200]})
    return path


def run_script(config: TrainConfig, folder: Path, mnist: Path) -> dict:
    """What the names in the exported script stand for once it has run."""
    (folder / "train.py").write_text(script(config, "exported"), encoding="utf-8")
    return run_beside_mnist(folder / "train.py", mnist)


def run_beside_mnist(path: Path, mnist: Path = MNIST_PATH) -> dict:
    """What the names in this script stand for once it has run, as a person would run it from another folder."""
    shutil.copy(mnist, path.parent / "mnist.npz")
    before, elsewhere = os.getcwd(), path.parent / "elsewhere"  # noqa: PTH109
    elsewhere.mkdir()
    os.chdir(elsewhere)
    try:
        return runpy.run_path(str(path))
    finally:
        os.chdir(before)


@pytest.mark.parametrize("name", CONFIGS)
def test_the_script_trains_as_digit_lab_does(name, digits, few_to_test, tmp_path):
    config = CONFIGS[name]
    found = run_script(config, tmp_path, few_to_test)
    trainer = Trainer(config, split(digits, config))
    epochs = [event for event in trainer.events() if isinstance(event, Epoch)]
    model = found["model"]
    assert model.count_params() == config.parameters
    for ours, theirs in zip(epochs, found["history"], strict=True):
        assert theirs["loss"] == pytest.approx(ours.loss, rel=1e-3)
        if config.validation_digits:
            assert theirs["val_accuracy"] == pytest.approx(ours.val_accuracy, abs=0.011)
    own = trainer.float32_model()
    images = digits.x_test[:200].astype("float32") / 255
    # Statistics that were measured after training are in it too.
    assert model.predict(images, verbose=0) == pytest.approx(own(images).numpy(), abs=0.02)
    model.set_weights(own.get_weights())
    assert model.predict(images, verbose=0) == pytest.approx(own(images).numpy(), abs=1e-5)


def test_the_script_stops_early_and_keeps_the_best(few_to_test, tmp_path):
    config = replace(TINY, epochs=30, early_stopping=2, learning_rate=0.05, optimizer="rmsprop")
    found = run_script(config, tmp_path, few_to_test)
    losses = [epoch["val_loss"] for epoch in found["history"]]
    assert len(losses) < 30 and len(losses) - 1 == np.argmin(losses) + 2
    assert found["model"].evaluate(found["x_val"], found["y_val"], verbose=0)[0] == pytest.approx(min(losses), rel=1e-4)


def test_the_script_keeps_what_reaches_the_target(few_to_test, tmp_path):
    config = replace(TINY, early_stopping=2, target_accuracy=0.2)
    found = run_script(config, tmp_path, few_to_test)
    assert len(found["history"]) == 1
    accuracy = found["model"].evaluate(found["x_val"], found["y_val"], verbose=0)[1]
    assert accuracy == pytest.approx(found["history"][0]["val_accuracy"]) and accuracy >= 0.2


def test_a_notebook_holds_the_same_program():
    config = PRESETS["best"]
    cells = json.loads(notebook(config, "best"))["cells"]
    *code, curves, mistakes = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    for source in code:
        compile(source, "cell", "exec")
        assert source in script(config, "best")
    assert "matplotlib" not in script(config, "best") and "imshow" in mistakes and "history" in curves
    assert len({cell["id"] for cell in cells}) == len(cells)


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_a_notebook_draws_what_came_of_it(share, few_to_test, tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    cells = json.loads(notebook(replace(TINY, epochs=2, validation_split=share), "tiny"))["cells"]
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    (tmp_path / "cells.py").write_text("\n".join(code), encoding="utf-8")
    found = run_beside_mnist(tmp_path / "cells.py", few_to_test)
    assert found["confusion"].trace() == round(200 * found["accuracy"]) and len(found["axes"].flat) == 20
