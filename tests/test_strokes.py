import numpy as np
import pytest

from mnist_core.strokes import Stroke, draw


def test_a_tap_is_a_round_dot_where_it_was():
    ink = draw([Stroke(np.array([[140, 140]]))])[..., 0] / 255
    rows, columns = np.nonzero(ink)
    assert ink.sum() == pytest.approx(np.pi * 10**2, rel=0.1)
    assert (rows.mean(), columns.mean()) == pytest.approx((139.5, 139.5), abs=0.5)
