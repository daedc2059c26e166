"""What people download works outside of Digit Lab."""

import io
import sys
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from onnx.reference import ReferenceEvaluator
from PIL import Image

from mnist_core import export
from mnist_core.artifacts import KERAS_FILE, LITERT_FILE, ONNX_FILE
from mnist_core.config import TrainConfig
from mnist_core.data import split
from mnist_core.learning.training import Trainer
from mnist_core.runs.run import FINISHED, STOPPED, Change, Curves
from mnist_core.runs.store import Store
from mnist_core.take_home.bundle import USES, bundle, config_with_precision_used, differences, metrics_csv
from tests.conftest import TINY

CURVES = Curves({"loss": (np.array([1, 2]), np.array([0.5, 0.25])), "val_loss": (np.array([1]), np.array([0.4]))})


@pytest.fixture(scope="module")
def unpacked(store: Store, digits, tmp_path_factory):
    """The zip of a run, unpacked, beside a picture of a digit; and what its model answers."""
    folder, target = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("home")
    trainer = Trainer(TINY, split(digits, TINY))
    for _ in trainer.events():
        pass
    model = trainer.float32_model()
    export.save(folder, model, TINY, digits, epochs=2, seconds=1.0, environment={}, command="")
    run = store.get(store.create(TINY, "take me", "Ada"))
    with zipfile.ZipFile(io.BytesIO(bundle(run, CURVES, folder))) as archive:
        archive.extractall(target)
    store.end(run.id, FINISHED)
    Image.fromarray(digits.x_test[0]).save(target / "digit.png")
    return target, int(model(digits.x_test[:1] / 255.0).numpy().argmax())


@pytest.mark.parametrize("file", [KERAS_FILE, LITERT_FILE, ONNX_FILE])
def test_the_lines_that_show_how_to_use_a_model_run(unpacked, file, monkeypatch, capsys):
    folder, expected = unpacked
    # In its place ONNX's own evaluator, which is called in the same way.
    monkeypatch.setitem(sys.modules, "onnxruntime", SimpleNamespace(InferenceSession=ReferenceEvaluator))
    monkeypatch.chdir(folder)
    exec(USES[file], {})
    assert capsys.readouterr().out.split()[-1] == str(expected)


def test_the_zip_holds_everything_of_the_run(unpacked):
    folder, _ = unpacked
    assert TrainConfig.from_json((folder / "config.json").read_text()) == TINY
    lines = (folder / "metrics.csv").read_text().splitlines()
    assert lines == ["metric,step,value", "loss,1,0.5", "loss,2,0.25", "val_loss,1,0.4"] == metrics_csv(CURVES).split()
    files = {path.name for path in folder.iterdir()}
    assert {"README.md", "model.onnx", "card.json", "train.py", "train.ipynb"} <= files


def test_what_the_program_does_otherwise_than_the_run_is_said(store):
    run = store.get(store.create(TINY, "straight on", "Ada"))
    assert differences(run) == []
    other = replace(run, status=STOPPED, changes=[Change(3, "learning_rate", 0.1)], trained_on=True)
    assert [sentence.partition(";")[0] for sentence in differences(other)] == [
        "It was stopped before its last epoch",
        "Settings were changed while it trained",
        "It was trained on after it had ended",
    ]
    for epoch in (0, 1):
        back = replace(run, imported=True, progress=replace(run.progress, epoch=epoch))
        back = replace(back, metrics={"training_seconds": 3.0})
        assert ["It was stopped" in sentence for sentence in differences(back)] == [True]
    assert ["not known" in sentence for sentence in differences(replace(back, metrics={}))] == [True]
    assert differences(replace(back, config=replace(TINY, early_stopping=1))) == []
    store.end(run.id, FINISHED)


def test_the_program_of_a_run_has_the_precision_it_was_trained_in(store):
    run = store.get(store.create(replace(TINY, precision="auto"), "auto", "Ada"))
    assert config_with_precision_used(run).precision == "auto"
    store.write(run.id, environment={"precision": "bfloat16: this processor has bfloat16 instructions"})
    assert config_with_precision_used(store.get(run.id)).precision == "bfloat16"
    # It is tested here in another one than it was trained in.
    assert config_with_precision_used(replace(store.get(run.id), imported=True)).precision == "auto"
    store.end(run.id, FINISHED)
