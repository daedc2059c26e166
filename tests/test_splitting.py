import numpy as np
import pytest

from mnist_core.artifacts import LITERT_FILE, MODELS_FOLDER
from mnist_core.drawing import prepare, to_ink
from mnist_core.predictor import Predictor
from mnist_core.splitting import split
from mnist_core.strokes import Stroke, draw

TWO = [[(0.1, 0.2), (0.3, 0), (0.75, 0.05), (0.8, 0.3), (0.1, 1), (0.9, 1)]]
ZERO = [[(0.5, 0), (0.15, 0.25), (0.1, 0.6), (0.4, 1), (0.75, 0.8), (0.85, 0.4), (0.5, 0)]]
SIX = [[(0.7, 0), (0.3, 0.3), (0.1, 0.7), (0.4, 1), (0.75, 0.85), (0.6, 0.6), (0.2, 0.7)]]
FIVE = [[(0.3, 0.05), (0.25, 0.45), (0.6, 0.4), (0.75, 0.7), (0.5, 1), (0.15, 0.9)], [(0.35, 0), (0.8, 0)]]


def number(*digits: list) -> np.ndarray:
    """Digits side by side on a board, as ink."""
    step = 280 / len(digits)
    strokes = [
        Stroke((np.array(stroke) * 0.7 + 0.15) * step + (i * step, 140 - step / 2), step / 10)
        for i, digit in enumerate(digits)
        for stroke in digit
    ]
    return to_ink(draw(strokes))


@pytest.mark.parametrize(("digits", "text"), [([TWO, ZERO, TWO, SIX], "2026"), ([FIVE, ZERO], "50"), ([SIX], "6")])
def test_a_number_is_split_into_its_digits_from_left_to_right(digits, text):
    predictor = Predictor(MODELS_FOLDER / "best" / LITERT_FILE)
    ink = number(*digits)
    parts = split(ink)
    assert np.array_equal(sum(parts), ink)
    answers = predictor.probabilities(np.stack([prepare(part) for part in parts])).argmax(axis=1)
    assert "".join(map(str, answers)) == text


def test_digits_that_stand_close_and_lean_over_each_other_are_told_apart():
    lean = np.array([[1, 0], [-0.5, 1]])
    strokes = [
        Stroke(np.array(stroke) @ lean * 100 + (60 + 62 * i, 80), 12)
        for i in range(3)
        for stroke in [[(0.5, 0), (0.5, 1)]]
    ]
    ink = to_ink(draw(strokes))
    columns = [np.flatnonzero(part.any(axis=0)) for part in split(ink)]
    assert len(columns) == 3 and columns[0][-1] >= columns[1][0] - 1
    wide = np.concatenate([number(TWO), number(SIX)] * 6, axis=1)
    assert len(split(wide)) == 12


def test_no_ink_is_lost_where_lines_have_hard_edges():
    rng = np.random.default_rng(0)
    for _ in range(20):
        ink = np.zeros((rng.integers(150, 500), rng.integers(300, 900)), np.float32)
        for left in (0.1, 0.4, 0.7):
            x, width = int((left + rng.uniform(0, 0.1)) * ink.shape[1]), rng.integers(2, 20)
            ink[rng.integers(5, 60) : ink.shape[0] - rng.integers(5, 60), x : x + width] = 1
        assert np.array_equal(sum(split(ink)), ink)


def test_blank_paper_has_no_digits():
    assert split(np.zeros((50, 80), np.float32)) == []
