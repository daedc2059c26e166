from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from mnist_core import artifacts, export
from mnist_core.config import TrainConfig
from mnist_core.evaluation import evaluate
from mnist_core.learning import models
from mnist_core.predictor import ModelError, Predictor
from mnist_core.presets import PRESETS


@pytest.mark.parametrize("name", artifacts.BUILT_IN)
def test_a_model_that_comes_with_the_project_does_what_its_card_says(name, digits):
    folder = artifacts.MODELS_FOLDER / name
    card = artifacts.read_card(folder)
    predictor = Predictor(folder / artifacts.LITERT_FILE)
    proba = predictor.probabilities(digits.x_test.astype(np.float32) / 255)
    assert proba.shape == (10_000, 10) and proba.dtype == np.float32
    assert evaluate(digits.y_test, proba).accuracy == pytest.approx(card.evaluation.accuracy, abs=2e-4)
    assert np.abs(proba - artifacts.read_probabilities(folder)).max() < 1e-3
    assert f"--save models/{name}" in card.command
    assert card.config in PRESETS.values()


def test_best_is_as_good_as_promised():
    assert artifacts.read_card(artifacts.MODELS_FOLDER / "best").evaluation.accuracy >= 0.9965


def test_all_models_together_are_small():
    assert sum(path.stat().st_size for path in artifacts.MODELS_FOLDER.rglob("*")) < 20_000_000


@pytest.mark.parametrize("changes", [{}, {"input_scaling": "0-255", "activation": "gelu"}, {"model": "dense"}])
def test_litert_answers_as_keras_does_layer_by_layer(tmp_path, digits, changes):
    config = TrainConfig(dense_units=(12,), batch_normalization=True, dropout=0.5, **changes)
    model = models.build(config, seed=1)
    export.write_litert(model, tmp_path / "model.tflite")
    predictor = Predictor(tmp_path / "model.tflite")
    images = digits.x_test[:3].astype(np.float32) / 255
    assert np.abs(predictor.probabilities(images) - model(images).numpy()).max() < 1e-5
    found = predictor.activations(images[0])
    answer = images[:1]
    for layer in model.layers:
        answer = layer(answer)
        if layer.name in found:
            scale = max(1.0, float(np.abs(answer).max()))
            assert np.abs(found[layer.name] - np.asarray(answer)[0]).max() < 1e-4 * scale
    assert "scores" in found and ("conv_1" in found) == (config.model == "cnn")
    assert np.abs(first_output(tmp_path / "model.tflite", images[:1]) - model(images[:1]).numpy()).max() < 1e-5


def first_output(path: Path, images: np.ndarray) -> np.ndarray:
    """What a program reads that knows nothing of signatures."""
    interpreter = Interpreter(str(path))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], images)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def test_a_damaged_or_foreign_file_is_refused(tmp_path):
    path = tmp_path / "model.tflite"
    with pytest.raises(ModelError, match="missing"):
        Predictor(path)
    whole = (artifacts.MODELS_FOLDER / "dense" / artifacts.LITERT_FILE).read_bytes()
    for content in (b"", b"no model", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(ModelError, match="damaged"):
            Predictor(path)


def test_wrong_shapes_and_values_are_refused_and_none_is_an_answer(digits):
    predictor = Predictor(artifacts.MODELS_FOLDER / "dense" / artifacts.LITERT_FILE)
    with pytest.raises(ValueError, match="28"):
        predictor.probabilities(np.zeros((2, 27, 28), np.float32))
    for wrong in (digits.x_test[:2].astype(np.float32), np.full((1, 28, 28), np.nan)):
        with pytest.raises(ValueError, match="from 0 to 1"):
            predictor.probabilities(wrong)
    assert predictor.probabilities(np.zeros((0, 28, 28), np.float32)).shape == (0, 10)


def test_pixels_from_0_to_255_are_read_as_the_same_in_0_to_1(digits):
    predictor = Predictor(artifacts.MODELS_FOLDER / "cnn" / artifacts.LITERT_FILE)
    images = digits.x_test[:12]
    assert np.array_equal(predictor.probabilities(images), predictor.probabilities(images.astype(np.float32) / 255))


def test_threads_can_share_a_predictor(digits):
    predictor = Predictor(artifacts.MODELS_FOLDER / "cnn" / artifacts.LITERT_FILE)
    images = digits.x_test[:40].astype(np.float32) / 255
    alone = predictor.probabilities(images)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda i: predictor.probabilities(images[i : i + 1])[0], range(40)))
    assert np.allclose(alone, together, atol=1e-5)


def test_missing_and_damaged_artifacts_say_which(tmp_path):
    for read, name in ((artifacts.read_card, "card.json"), (artifacts.read_probabilities, "test_probabilities.npz")):
        with pytest.raises(artifacts.ArtifactError, match=f"{name} .* missing"):
            read(tmp_path)
        (tmp_path / name).write_bytes(b"{")
        with pytest.raises(artifacts.ArtifactError, match=f"{name} .* damaged"):
            read(tmp_path)


@pytest.mark.parametrize("shape", [(10,), (3, 10), (10_000, 9)])
def test_probabilities_of_another_shape_are_damaged(tmp_path, shape):
    np.savez(tmp_path / artifacts.PROBABILITIES_FILE, probabilities=np.zeros(shape, np.float32))
    with pytest.raises(artifacts.ArtifactError, match="damaged"):
        artifacts.read_probabilities(tmp_path)


def test_a_model_that_fails_at_its_work_is_damaged():
    predictor = Predictor(artifacts.MODELS_FOLDER / "dense" / artifacts.LITERT_FILE)

    def fail(digit):
        raise RuntimeError("Node number 3 failed to invoke.")

    predictor._run = fail
    with pytest.raises(ModelError, match="Node number 3"):
        predictor.probabilities(np.zeros((1, 28, 28), np.float32))
