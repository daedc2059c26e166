import numpy as np
import pytest

from mnist_core.artifacts import LITERT_FILE, MODELS_FOLDER
from mnist_core.drawing import prepare, to_ink
from mnist_core.not_a_digit import FEATURES, KNOWN_PATH, KnownDigits, reason, unit
from mnist_core.predictor import Predictor
from mnist_core.strokes import Stroke, draw


@pytest.fixture(scope="module")
def best() -> Predictor:
    return Predictor(MODELS_FOLDER / "best" / LITERT_FILE)


@pytest.fixture(scope="module")
def known() -> KnownDigits:
    return KnownDigits.load()


def test_digits_nobody_compared_it_with_are_seldom_refused(best, known, digits):
    images = digits.x_test[:300].astype(np.float32) / 255
    refused = [reason(image, image, best.activations(image), known) for image in images]
    assert sum(why is not None for why in refused) <= 10


@pytest.mark.parametrize(
    "strokes",
    {
        "M": [[(60, 220), (60, 60), (140, 160), (220, 60), (220, 220)]],
        "E": [[(200, 60), (80, 60), (80, 220), (200, 220)], [(80, 140), (180, 140)]],
        "hash": [[(100, 50), (90, 230)], [(190, 50), (180, 230)], [(50, 110), (230, 100)], [(50, 180), (230, 170)]],
    }.values(),
)
def test_letters_and_shapes_are_flagged_with_the_digit_they_were_read_as(strokes, best, known):
    ink = to_ink(draw([Stroke(np.array(points)) for points in strokes]))
    image = prepare(ink)
    answers = best.activations(image)
    assert str(answers["probabilities"].argmax()) in reason(ink, image, answers, known)


def test_the_features_are_those_that_best_finds_today(best):
    """A model that was trained again needs `benchmarks/not_a_digit.py --known`, and its constants set again."""
    with np.load(KNOWN_PATH) as file:
        images, features = file["images"][:20].astype(np.float32) / 255, file["features"][:20]
    assert unit(best.layer(images, FEATURES)) == pytest.approx(features.astype(np.float32), abs=1e-2)
