"""The picture of a network against its layers."""

import base64
import re

import pytest

from mnist_core.figures import diagram
from mnist_core.presets import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_the_diagram_shows_every_change_of_shape_in_words_and_in_size(name):
    html = diagram.draw(PRESETS[name].layers())
    figures = re.findall(r"base64,(.*?)\".*?<figcaption.*?<br>.*?>([\d×]+)</span>", html)
    shapes = [tuple(map(int, shape.split("×"))) for _, shape in figures]
    assert shapes[0] == (28, 28)
    expected = [layer.output_shape for layer in PRESETS[name].layers() if layer.kind in diagram.BOXES]
    assert shapes[1:] == expected
    heights = [float(re.search(r'height="([\d.]+)"', base64.b64decode(svg).decode())[1]) for svg, _ in figures]
    for volumes in (True, False):
        drawn = [
            (shape[0], height) for shape, height in zip(shapes, heights, strict=True) if (len(shape) > 1) == volumes
        ]
        assert [height for _, height in sorted(drawn)] == sorted(height for _, height in drawn)


def test_the_diagram_names_each_activation():
    html = diagram.draw(PRESETS["dense-sigmoid"].layers())
    assert [re.sub("<.*?>", " ", words).split() for words in re.findall("<figcaption.*?</figcaption>", html)] == [
        ["Digit", "28×28"],
        ["Flatten", "784"],
        ["Dense", "10", "Sigmoid"],
        ["Dense", "10", "Softmax"],
    ]
