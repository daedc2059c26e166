"""Dead units are counted where they are known."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_core.architecture import ConvBlock
from mnist_core.config import TrainConfig
from mnist_core.learning import models
from mnist_core.learning.dead_units import DeadUnits
from tests.conftest import TINY


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_units_that_cannot_answer_are_dead_and_others_are_not(digits, precision):
    config = TrainConfig(conv_blocks=(ConvBlock(6, 3), ConvBlock(4, 3)), dense_units=(10,), batch_normalization=True)
    model = models.build(config, precision)
    # Without weights that could take away what the bias gives.
    for name, bias in (("conv_1", [-1] * 2 + [1] * 4), ("conv_2", [1] * 4), ("dense_1", [-1] * 3 + [1] * 7)):
        layer = model.get_layer(name)
        layer.set_weights([np.zeros_like(layer.get_weights()[0]), np.array(bias, float)])
    assert DeadUnits(model, digits.x_test[:600]).share() == pytest.approx(5 / 20)


def test_one_digit_that_wakes_a_unit_is_enough(digits):
    model = models.build(replace(TINY, dense_units=(1,)))
    layer = model.get_layer("dense_1")
    layer.set_weights([np.ones_like(layer.get_weights()[0]), np.array([-1.0])])
    blank = np.zeros((300, 28, 28), np.uint8)
    assert DeadUnits(model, blank).share() == 1
    assert DeadUnits(model, np.concatenate([blank, digits.x_test[:1]])).share() == 0


@pytest.mark.parametrize("changes", [{"activation": "tanh"}, {"dense_units": ()}])
def test_a_network_without_relu_has_no_such_share(digits, changes):
    assert DeadUnits(models.build(replace(TINY, **changes)), digits.x_test[:10]).share() is None
