"""The same work from a terminal, as a person would type it."""

import json
import os
import shlex
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from mnist_core.presets import PRESETS
from tests.conftest import PROJECT


def run(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "mnist_core", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=180)


def test_presets_are_listed():
    found = run("presets")
    assert found.returncode == 0 and [line.split()[0] for line in found.stdout.splitlines()] == list(PRESETS)


def test_a_reader_who_has_seen_enough_is_no_error_to_tell_of():
    command = [sys.executable, "-m", "mnist_core", "presets"]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as process:
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 141)


def test_training_speaks_json_and_saves_a_model(tmp_path):
    settings = ["--set", "epochs=2", "train_size=2000", "--set", "validation_split=0.1"]
    tmp_path = tmp_path / "of two words"
    found = run("train", "dense-512", *settings, "--json", "--save", str(tmp_path))
    *epochs, result = [json.loads(line) for line in found.stdout.splitlines()]
    assert [epoch["epoch"] for epoch in epochs] == [1, 2] and epochs[1]["val_accuracy"] > 0.5
    assert set(result) == {"test_accuracy", "test_loss", "seconds", "epochs", "parameters"}
    assert result["epochs"] == 2 and result["parameters"] == 407_050
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["evaluation"]["accuracy"] == result["test_accuracy"] and "--set epochs=2" in card["command"]
    assert shlex.split(card["command"])[-1] == str(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} >= {"model.keras", "model.tflite", "test_probabilities.npz"}


def test_pictures_are_read(tmp_path, digits):
    for index, inverted in ((0, False), (1, True)):
        pixels = np.kron(digits.x_test[index], np.ones((10, 10), np.uint8))
        Image.fromarray(255 - pixels if inverted else pixels).save(tmp_path / f"{index}.png")
    Image.new("L", (50, 50)).save(tmp_path / "blank.png")
    found = run("predict", *(str(tmp_path / name) for name in ("0.png", "nowhere.png", "1.png", "blank.png")))
    # The others are read all the same.
    assert found.returncode == 2 and "nowhere.png: It cannot be read: No such file" in found.stderr
    answers = [line.rpartition(": ")[2] for line in found.stdout.splitlines()]
    assert answers[0].startswith("7") and answers[1].startswith("2") and answers[2] == "blank"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "nope"), "no preset 'nope'. The presets are: dense-20-15"),
        (("train", "fast", "--set", "epochs=0"), "epochs is 0, but must be a whole number from 1 to 200"),
        (("train", "best", "--save", "README.md"), "README.md"),
        (("reproduce", "fast"), "'fast' is none of the tutorials' presets. They are: dense-20-15"),
        (("reproduce", "--seeds", "0"), "seeds is 0"),
        (("predict", "nowhere.png"), "nowhere.png"),
        (("predict", "README.md"), "README.md: This file is not an image"),
        (("predict", "x.png", "--model", "nowhere"), "is missing"),
    ],
)
def test_bad_input_is_refused_in_one_line(arguments, message):
    found = run(*arguments)
    assert found.returncode == 2 and message in found.stderr and "Traceback" not in found.stderr
