import json

import numpy as np
import pytest

from mnist_core.artifacts import LITERT_FILE, MODELS_FOLDER
from mnist_core.drawing import to_mnist
from mnist_core.predictor import Predictor
from mnist_core.strokes import SIDE, Stroke, draw
from tests.conftest import PROJECT

# Each of the ten digits from two hands, as strokes of points on a board of side 1: recorded from what
# `mnist_core.handwriting` writes, as those of people may not be passed on.
RECORDED = json.loads((PROJECT / "tests" / "strokes.json").read_text())


def test_recorded_digits_are_read_right():
    pictures = [draw([Stroke(SIDE * np.array(stroke)) for stroke in recorded["strokes"]]) for recorded in RECORDED]
    best = Predictor(MODELS_FOLDER / "best" / LITERT_FILE)
    answers = best.probabilities(np.stack([to_mnist(picture) for picture in pictures])).argmax(axis=1)
    assert answers.tolist() == [recorded["label"] for recorded in RECORDED]


def test_a_tap_is_a_round_dot_where_it_was():
    ink = draw([Stroke(np.array([[140, 140]]))])[..., 0] / 255
    rows, columns = np.nonzero(ink)
    assert ink.sum() == pytest.approx(np.pi * 10**2, rel=0.1)
    assert (rows.mean(), columns.mean()) == pytest.approx((139.5, 139.5), abs=0.5)
