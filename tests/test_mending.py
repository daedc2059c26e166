"""What `to_mnist` mends that a pencil on paper never did."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.drawing import to_mnist


def three(size=280, pen=18, grey=255, speck=None) -> np.ndarray:
    """An angular 3 in white or grey on black, RGBA, with a dot at `speck`."""
    picture = Image.new("RGBA", (size, size), (0, 0, 0, 255))
    points = [(0.35, 0.25), (0.65, 0.25), (0.48, 0.45), (0.65, 0.6), (0.35, 0.78)]
    brush = ImageDraw.Draw(picture)
    brush.line([(x * size, y * size) for x, y in points], fill=(grey, grey, grey, 255), width=pen, joint="curve")
    if speck:
        x, y, radius = speck
        brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(grey, grey, grey, 255))
    return np.asarray(picture)


def test_a_negative_gives_exactly_the_same():
    negative = three()
    negative = np.dstack([255 - negative[..., :3], negative[..., 3]])
    assert (to_mnist(negative) == to_mnist(three())).all()


@pytest.mark.parametrize("speck", [(20, 20, 5), (260, 140, 5), (30, 270, 5), (30, 40, 9), (250, 200, 10)])
def test_a_speck_does_not_move_or_shrink_the_digit(speck):
    assert (to_mnist(three(speck=speck)) == to_mnist(three())).all()


@pytest.mark.parametrize("pen", [2, 5, 10])
def test_the_line_of_a_thin_pen_is_as_strong_as_mnists(pen):
    image = to_mnist(three(pen=pen))
    assert 50 < image.sum() < 110
    assert (image > 0.9).sum() > 20


def test_the_line_of_a_thick_pen_is_as_fine_as_mnists():
    """Of MNIST's own test digits, 5% have more ink than 164 pixels; as it is, this one would have 175."""
    assert 100 < to_mnist(three(pen=60)).sum() < 150


def test_faint_ink_is_as_good_as_white():
    assert np.abs(to_mnist(three(grey=80)) - to_mnist(three())).mean() < 0.01


def test_ink_at_the_edge_is_kept():
    canvas = three()
    cut = canvas[64:-56, 94:-88]
    assert to_mnist(cut).sum() == pytest.approx(to_mnist(canvas).sum(), rel=0.15)


def test_a_tap_of_the_pen_alone_is_a_drawing():
    canvas = np.zeros((280, 280, 4), np.uint8)
    canvas[100:110, 100:110] = 255
    assert to_mnist(canvas).any()
