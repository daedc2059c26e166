import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.drawing import to_mnist


def seven(size=280, ink=(255, 255, 255, 255), paper=(0, 0, 0, 255), at=(0.5, 0.5), scale=0.6, pen=0.07) -> np.ndarray:
    """A plain 7 as a person would draw it, RGBA."""
    picture = Image.new("RGBA", (size, size), paper)
    points = np.array([(-0.3, -0.5), (0.3, -0.5), (-0.1, 0.5)]) * scale + at
    ImageDraw.Draw(picture).line([tuple(p * size) for p in points], fill=ink, width=int(pen * size), joint="curve")
    return np.asarray(picture)


def test_the_result_is_like_mnists_digits():
    image = to_mnist(seven())
    assert image.shape == (28, 28) and image.dtype == np.float32
    assert image.min() >= 0 and 0.9 < image.max() <= 1
    inked = np.flatnonzero((image > 0.05).any(axis=1))
    assert inked[-1] - inked[0] + 1 == pytest.approx(20, abs=1)
    mass = [np.average(np.arange(28), weights=image.sum(axis=axis)) for axis in (1, 0)]
    assert mass == pytest.approx([13.5, 13.5], abs=0.6)


def test_a_blank_canvas_is_all_zeros():
    for colour in ((0, 0, 0, 255), (255, 255, 255, 255), (0, 0, 0, 0), (120, 60, 30, 255)):
        canvas = np.empty((280, 280, 4), np.uint8)
        canvas[:] = colour
        assert not to_mnist(canvas).any()


@pytest.mark.parametrize("size", [280, 1200])
def test_dark_on_light_light_on_dark_and_transparent_paper_are_the_same(size):
    white_on_black = to_mnist(seven(size=size))
    black_on_white = to_mnist(seven(size=size, ink=(0, 0, 0, 255), paper=(255, 255, 255, 255)))
    on_nothing = to_mnist(seven(size=size, ink=(0, 0, 0, 255), paper=(0, 0, 0, 0)))
    assert np.array_equal(white_on_black, black_on_white)
    assert np.abs(white_on_black - on_nothing).max() < 1e-5


@pytest.mark.parametrize("size", [100, 500, 2000])
def test_place_and_size_on_the_canvas_do_not_matter(size):
    reference = to_mnist(seven())
    assert np.abs(to_mnist(seven(size=size)) - reference).mean() < 0.03
    assert np.abs(to_mnist(seven(size=size, at=(0.36, 0.62))) - reference).mean() < 0.03


def test_a_surface_with_holes_is_not_thinned_to_nothing():
    surface = np.zeros((280, 280, 4), np.uint8)
    surface[40:240, 40:240] = 255
    for row, column in np.ndindex(5, 5):
        surface[60 + 40 * row : 66 + 40 * row, 60 + 40 * column : 66 + 40 * column] = 0
    assert to_mnist(surface).max() > 0.5


def test_what_is_not_a_drawing_is_refused():
    for wrong in (np.zeros((28, 28)), np.zeros((5, 5, 3), np.uint8), np.zeros((5, 5, 4), np.float32)):
        with pytest.raises(ValueError, match="uint8"):
            to_mnist(wrong)
