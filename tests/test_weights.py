"""What is read from a `.keras` file and computed in NumPy, against Keras and LiteRT."""

import numpy as np
import pytest

from mnist_core import artifacts, export
from mnist_core.architecture import ACTIVATIONS, ConvBlock
from mnist_core.config import TrainConfig
from mnist_core.inside import ablation, arithmetic, forward
from mnist_core.learning import models
from mnist_core.predictor import Predictor
from mnist_core.presets import PRESETS
from mnist_core.weights import read_weights

BLOCKS = (ConvBlock(4, 4, "same", 3), ConvBlock(5, 3, "valid", 1))


def saved(folder, **changes):
    """The layers and weights of an untrained model in `folder`, and the model; nothing in it is zero or one."""
    config = TrainConfig(conv_blocks=BLOCKS, dense_units=(7,), batch_normalization=True, dropout=0.5, **changes)
    model = models.build(config)
    random = np.random.default_rng(1)
    model.set_weights([random.uniform(0.1, 0.4, array.shape) - 0.2 * (array.ndim > 1) for array in model.get_weights()])
    model.save(folder / artifacts.KERAS_FILE)
    return config.layers(), read_weights(folder, config.layers()), model


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_numpy_answers_as_keras_does(tmp_path, digits, activation):
    layers, weights, model = saved(tmp_path, activation=activation)
    images = digits.x_test[:3].astype(np.float32) / 255
    assert np.abs(forward.run(layers, weights, images) - model(images).numpy()).max() < 1e-5


@pytest.mark.parametrize("name", artifacts.BUILT_IN)
def test_numpy_answers_as_litert_does_from_every_layer_on(name, digits):
    folder = artifacts.MODELS_FOLDER / name
    layers = artifacts.read_card(folder).config.layers()
    weights = read_weights(folder, layers)
    images = digits.x_test[:20].astype(np.float32) / 255
    answers = next(Predictor(folder / artifacts.LITERT_FILE).in_parts(images))
    for place, layer in enumerate(layers):
        onward = forward.run(layers[place + 1 :], weights, answers[layer.name])
        assert np.abs(onward - answers["probabilities"]).max() < 1e-4


@pytest.mark.parametrize("changes", [{"activation": "gelu"}, {"input_scaling": "0-255"}, {"model": "dense"}])
def test_the_sum_shown_is_the_models_own_number(tmp_path, digits, changes):
    layers, weights, model = saved(tmp_path, **changes)
    export.write_litert(model, tmp_path / "model.tflite")
    image = digits.x_test[7].astype(np.float32) / 255
    answers = Predictor(tmp_path / "model.tflite").activations(image)
    inputs = arithmetic.inputs_of(layers, answers, image)
    for layer in layers:
        got = inputs[layer.name]
        for place in np.ndindex(layer.output_shape):
            own = answers[layer.name][place]
            if layer.kind == "Conv2D":
                shown = arithmetic.conv_output(layer, weights, got, *place).answer
            elif layer.kind == "Dense":
                shown = arithmetic.dense_output(layer, weights, got, *place).answer
            elif layer.kind == "MaxPooling2D":
                shown = arithmetic.pooled_cells(layer, got, *place).max()
            else:
                break
            assert shown == pytest.approx(own, rel=1e-4, abs=1e-4)


def test_multiplications_are_those_of_known_networks(tmp_path):
    # 24 * 24 * 32 * 5 * 5 + 8 * 8 * 64 * 5 * 5 * 32 + 1024 * 128 + 128 * 10
    assert sum(layer.multiplications for layer in PRESETS["cnn-5x5"].layers()) == 3_869_952
    assert [layer.multiplications for layer in PRESETS["dense-512"].layers()] == [0, 401_408, 5_120, 0]
    fast = {layer.name: layer.multiplications for layer in PRESETS["fast"].layers()}
    assert fast["norm_conv_1"] == 8 * 8 * 24


def test_a_keras_file_that_is_missing_damaged_or_anothers_is_refused(tmp_path):
    layers = PRESETS["dense-512"].layers()
    path = tmp_path / artifacts.KERAS_FILE
    with pytest.raises(artifacts.ArtifactError, match=r"model.keras .* missing"):
        read_weights(tmp_path, layers)
    whole = (artifacts.MODELS_FOLDER / "dense" / artifacts.KERAS_FILE).read_bytes()
    for content in (b"", whole[:1000], whole[:90_000] + bytes(1000) + whole[91_000:]):
        path.write_bytes(content)
        with pytest.raises(artifacts.ArtifactError, match=r"model.keras .* damaged"):
            read_weights(tmp_path, layers)
    path.write_bytes(whole)
    with pytest.raises(artifacts.ArtifactError, match="dense_1 has other weights"):
        read_weights(tmp_path, PRESETS["dense-sigmoid"].layers())


@pytest.mark.parametrize("name", ["conv_1", "conv_2", "dense_1"])
def test_a_model_with_units_switched_off_answers_as_keras_without_them(tmp_path, digits, name):
    layers, weights, model = saved(tmp_path)
    export.write_litert(model, tmp_path / "model.tflite")
    images, off = digits.x_test[:4].astype(np.float32) / 255, [0, 3]
    found = ablation.without(Predictor(tmp_path / "model.tflite"), layers, weights, name, off, images)
    # A ReLU unit without weights and bias answers zero.
    arrays = [array.copy() for array in model.get_layer(name).get_weights()]
    for array in arrays:
        array[..., off] = 0
    before = model(images).numpy()
    model.get_layer(name).set_weights(arrays)
    after = model(images).numpy()
    assert np.abs(found - after).max() < 1e-5 < np.abs(after - before).max()
