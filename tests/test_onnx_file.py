"""An ONNX file answers as the model does, by ONNX's own evaluator."""

import keras
import numpy as np
import pytest
from onnx import load_from_string
from onnx.reference import ReferenceEvaluator

from mnist_core import artifacts
from mnist_core.architecture import ACTIVATIONS, LEAKY_SLOPE, NORMALIZATION_EPSILON
from mnist_core.predictor import Predictor
from mnist_core.take_home.onnx_file import of_folder, to_onnx
from tests.test_weights import saved


def answers(content: bytes, images: np.ndarray) -> np.ndarray:
    return ReferenceEvaluator(load_from_string(content)).run(None, {"digit": images})[0]


@pytest.mark.parametrize("name", artifacts.BUILT_IN)
def test_it_answers_as_litert_does(name, digits):
    images = digits.x_test[:10].astype(np.float32) / 255
    folder = artifacts.MODELS_FOLDER / name
    expected = Predictor(folder / artifacts.LITERT_FILE).probabilities(images)
    assert np.abs(answers(of_folder(folder), images) - expected).max() < 1e-5


def test_keras_own_constants_are_these():
    assert keras.layers.BatchNormalization().epsilon == NORMALIZATION_EPSILON
    assert float(keras.activations.leaky_relu(-1.0)) == pytest.approx(-LEAKY_SLOPE)


CHANGES = [{"activation": activation} for activation in ACTIVATIONS]


@pytest.mark.parametrize("changes", [*CHANGES, {"input_scaling": "0-255"}, {"model": "dense"}], ids=str)
def test_every_layer_answers_as_keras_does(changes, tmp_path, digits):
    layers, weights, model = saved(tmp_path, **changes)
    images = digits.x_test[:3].astype(np.float32) / 255
    assert np.abs(answers(to_onnx(layers, weights), images) - model(images).numpy()).max() < 1e-5
