import numpy as np
import pytest

from mnist_core.strokes import draw, parse

DOT = {"points": [[140, 140]], "width": 20, "erases": False}


def test_a_tap_is_a_round_dot_where_it_was():
    ink = draw(parse([DOT]))[..., 0] / 255
    rows, columns = np.nonzero(ink)
    assert ink.sum() == pytest.approx(np.pi * 10**2, rel=0.1)
    assert (rows.mean(), columns.mean()) == pytest.approx((139.5, 139.5), abs=0.5)


def test_the_eraser_takes_away_what_was_drawn_before_it_and_only_that():
    line = {"points": [[20, 140], [260, 140]], "width": 20, "erases": False}
    eraser = {**DOT, "width": 40, "erases": True}
    assert not draw(parse([line, eraser]))[140, 140, :3].any()
    assert draw(parse([line, eraser]))[140, 40, :3].all()
    assert draw(parse([eraser, line]))[140, 140, :3].all()


@pytest.mark.parametrize("wrong", [{}, {**DOT, "points": []}, {**DOT, "points": [["a", 1]]}, {**DOT, "width": 0}, 7])
def test_what_is_no_stroke_is_refused(wrong):
    with pytest.raises(ValueError):
        parse([wrong])
