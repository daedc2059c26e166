import numpy as np
import pytest

from mnist_core import artifacts
from mnist_core.artifacts import ArtifactError
from mnist_core.predictor import Predictor
from mnist_core.queue.ask import gradients


@pytest.mark.parametrize(("name", "digit"), [("dense", 0), ("best", 0), ("dense", 500), ("best", 152)])
def test_a_workers_gradients_explain_the_score_and_fool_the_model(engine, digits, name, digit):
    folder = artifacts.MODELS_FOLDER / name
    predictor = Predictor(folder / artifacts.LITERT_FILE)
    image, label = digits.x_test[digit].astype(np.float32) / 255, int(digits.y_test[digit])
    pixels, direction = gradients(engine.client, folder, image, label)
    scores = [predictor.activations(each)["scores"][label] for each in (image, 0 * image)]
    assert pixels.sum() == pytest.approx(scores[0] - scores[1], rel=0.05)
    assert set(np.unique(direction)) <= {-1.0, 0.0, 1.0}
    # Of the last two digits the models are so sure that rounding spoils the cross-entropy's gradient.
    attacked = predictor.probabilities(np.clip([image + 0.25 * direction], 0, 1))[0]
    assert attacked.argmax() != label


def test_a_model_that_cannot_be_read_is_said(engine, tmp_path, digits):
    image = digits.x_test[0].astype(np.float32) / 255
    with pytest.raises(ArtifactError, match="missing"):
        gradients(engine.client, tmp_path, image, 7)
    whole = (artifacts.MODELS_FOLDER / "dense" / artifacts.KERAS_FILE).read_bytes()
    middle = len(whole) // 2
    for content in (b"no model", whole[:middle] + bytes(100) + whole[middle + 100 :]):
        (tmp_path / artifacts.KERAS_FILE).write_bytes(content)
        with pytest.raises(ArtifactError, match="damaged"):
            gradients(engine.client, tmp_path, image, 7)
