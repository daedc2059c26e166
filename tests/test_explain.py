import numpy as np
import pytest

from mnist_core import artifacts
from mnist_core.explain import PATCH, STEP, nearest, occlusion, patch
from mnist_core.predictor import Predictor


@pytest.fixture(scope="module")
def predictor():
    return Predictor(artifacts.MODELS_FOLDER / "cnn" / artifacts.LITERT_FILE)


def test_occlusion_is_the_models_answer_to_the_digit_without_a_patch(predictor, digits):
    image = digits.x_test[1709].astype(np.float32) / 255
    found = occlusion(predictor, image)
    assert found.shape == (14, 14, 10)
    for row, column in ((0, 0), (6, 7), (13, 13)):
        hidden = image.copy()
        top, left = STEP * row - PATCH // 2, STEP * column - PATCH // 2
        hidden[max(0, top) : top + PATCH, max(0, left) : left + PATCH] = 0
        assert found[row, column] == pytest.approx(predictor.probabilities(hidden[None])[0], abs=1e-6)
    assert np.abs(found[0, 0] - predictor.probabilities(image[None])[0]).max() < 1e-5
    assert np.ptp(found[..., 3]) > 0.5


def test_patches_end_at_the_edge():
    assert patch(0, 14) == (slice(0, 4), slice(11, 18))


def test_the_nearest_come_first(predictor, digits):
    images = digits.x_test[:60].astype(np.float32) / 255
    features = predictor.layer(images, "norm_dense_1")
    expected = np.stack([predictor.activations(image)["norm_dense_1"] for image in images])
    assert features == pytest.approx(expected, abs=1e-4)
    found, distances = nearest(features, features[17], 5)
    assert found[0] == 17 and distances[0] == 0 and np.all(np.diff(distances) >= 0)
    others = np.sort(np.linalg.norm(features - features[17], axis=1))[:5]
    assert distances == pytest.approx(others, rel=1e-5)
