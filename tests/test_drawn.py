"""What the browser sends arrives late and in pieces; the drawing is what the person did."""

import numpy as np
import pytest

from pages.parts.drawn import Drawing
from tests.app_pages import png

BLANK, DRAWN = (png(np.full((280, 280, 4), value, np.uint8)) for value in (0, 255))
ONE, TWO, THREE = (
    {"path": [["M", 40, y], ["Q", 80, y, 120, y], ["L", 240, y]], "strokeWidth": 20, "stroke": "#ffffff"}
    for y in (50, 150, 250)
)


@pytest.fixture
def drawing() -> Drawing:
    drawing = Drawing()
    drawing.take_in([ONE, TWO], DRAWN)
    return drawing


def test_strokes_that_come_together_are_undone_one_by_one_and_brought_back(drawing):
    drawing.undo()
    assert drawing.strokes == [ONE]
    drawing.undo()
    assert drawing.strokes == [] and not drawing.past
    drawing.redo()
    drawing.redo()
    assert drawing.strokes == [ONE, TWO] and not drawing.future


def test_strokes_that_came_together_have_a_picture_each():
    """A browser that is still loading the canvas sends none of what it begins with."""
    drawing = Drawing()
    drawing.take_in([ONE], DRAWN)
    off_one, off_two = (line | {"stroke": "#000000"} for line in (ONE, TWO))
    drawing.take_in([ONE, off_one, off_two, TWO, {"path": "rubbish"}, THREE], DRAWN)
    for black in ([50], [50], [50, 150], [50]):
        drawing.undo()
        grey = drawing.pixels[..., 0]
        assert [y for y in (50, 150, 250) if not grey[y, 120]] == black
        assert 19 <= (grey[:100, 120] < 127).sum() <= 21 and grey[50, 20] == grey[50, 260] == 255
    drawing.undo()
    assert drawing.picture == DRAWN


def test_a_click_that_comes_too_late_does_nothing(drawing):
    drawing.redo()
    assert drawing.strokes == [ONE, TWO]
    blank = Drawing()
    blank.undo()
    assert blank == Drawing()


def test_what_was_there_before_an_undo_does_not_come_back_by_itself(drawing):
    drawing.undo()
    drawing.undo()
    drawing.take_in([ONE, TWO], DRAWN)
    drawing.take_in([ONE], DRAWN)
    assert drawing.strokes == []


def test_a_stroke_right_after_clear_counts(drawing):
    drawing.clear()
    drawing.take_in([THREE], DRAWN)
    assert drawing.strokes == [THREE] and not drawing.future
    drawing.undo()
    drawing.undo()
    assert drawing.strokes == [ONE, TWO]


def test_what_is_brought_back_is_read_before_the_browser_has_drawn_it(drawing):
    """A page that was just reloaded can be read, and cleared, while its canvas still loads."""
    drawing.clear()
    assert drawing.pixels is None
    drawing.undo()
    assert drawing.pixels.shape == (280, 280, 4) and drawing.pixels.all()
    drawing.take_in([ONE, TWO, THREE], BLANK)
    drawing.undo()
    assert drawing.pixels.all()
    drawing.redo()
    assert not drawing.pixels.any()


@pytest.mark.parametrize("harm", [b"rubbish", DRAWN[:300], png(np.zeros((50, 50, 4), np.uint8), "TIFF")])
def test_what_is_no_picture_of_the_canvas_is_not_kept(drawing, harm):
    drawing.take_in([ONE, TWO, THREE], harm)
    assert drawing.strokes == [ONE, TWO] and drawing.pixels.all()
