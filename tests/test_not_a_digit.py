import numpy as np
import pytest

from mnist_core.artifacts import LITERT_FILE, MODELS_FOLDER
from mnist_core.data import DataError
from mnist_core.drawing import prepare, to_ink
from mnist_core.not_a_digit import JUDGE_PATH, Judge, features, leaning, reason
from mnist_core.predictor import Predictor
from mnist_core.strokes import Stroke, draw


@pytest.fixture(scope="module")
def best() -> Predictor:
    return Predictor(MODELS_FOLDER / "best" / LITERT_FILE)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge.load()


def test_digits_nobody_compared_it_with_are_seldom_refused(best, judge, digits):
    images = digits.x_test[:300].astype(np.float32) / 255
    refused = [reason(image, image, best.activations(image), judge) for image in images]
    assert sum(why is not None for why in refused) <= 10


@pytest.mark.parametrize(
    "strokes",
    {
        "M": [[(60, 220), (60, 60), (140, 160), (220, 60), (220, 220)]],
        "E": [[(200, 60), (80, 60), (80, 220), (200, 220)], [(80, 140), (180, 140)]],
        "hash": [[(100, 50), (90, 230)], [(190, 50), (180, 230)], [(50, 110), (230, 100)], [(50, 180), (230, 170)]],
    }.values(),
)
def test_letters_and_shapes_are_flagged(strokes, best, judge):
    ink = to_ink(draw([Stroke(np.array(points)) for points in strokes]))
    image = prepare(ink)
    assert "unlike all digits" in reason(ink, image, best.activations(image), judge)


def test_what_a_model_would_say_is_what_its_bars_say():
    proba = np.zeros(10)
    proba[[7, 4]] = 0.95, 0.05
    assert leaning(proba).startswith("The model would say 7:")
    proba[[7, 4]] = 0.4, 0.6
    assert leaning(proba).startswith("The model would say 4 or 7:")


@pytest.mark.parametrize("points", [[(140, 140), (141, 141)], [(100, y) for y in range(60, 220, 8)]], ids=["dot", "1"])
def test_a_dot_has_no_lines_and_a_thick_1_has(points, best, judge):
    ink = to_ink(draw([Stroke(np.array(points), width=40)]))
    why = reason(ink, prepare(ink), best.activations(prepare(ink)), judge)
    assert why == ("It has no lines: it is a dot or a blot." if len(points) == 2 else None)


def test_a_missing_or_damaged_file_is_said(tmp_path):
    with pytest.raises(DataError, match="missing or damaged"):
        Judge.load(tmp_path / "none.npz")
    (tmp_path / "half.npz").write_bytes(JUDGE_PATH.read_bytes()[:5000])
    with pytest.raises(DataError, match="missing or damaged"):
        Judge.load(tmp_path / "half.npz")


def test_the_features_are_those_that_best_finds_today(best, digits):
    """A model that was trained again needs `benchmarks/not_a_digit.py --train`."""
    with np.load(JUDGE_PATH) as file:
        known = file["known"].astype(np.float32)
    images = digits.x_train[: len(known)].astype(np.float32) / 255
    assert np.stack([features(image, best.activations(image)) for image in images]) == pytest.approx(known, abs=2e-2)
