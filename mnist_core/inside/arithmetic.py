"""How one number inside a network comes about: its inputs, weights, products, sum and activation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mnist_core.architecture import Layer, padding
from mnist_core.inside.forward import ACTIVATION, activation_of
from mnist_core.weights import Weights


@dataclass(frozen=True)
class WeightedSum:
    """An output of a convolution or dense layer; `inputs` and `kernel` have one shape.

    Convolution: (height, width, channels). Dense: (inputs,).
    """

    inputs: np.ndarray
    kernel: np.ndarray
    bias: float
    activation: str

    @property
    def products(self) -> np.ndarray:
        return self.inputs * self.kernel

    @property
    def total(self) -> float:
        """The sum of all products and the bias: what the activation function gets."""
        return float(self.products.sum(dtype=np.float64)) + self.bias

    @property
    def answer(self) -> float:
        return float(ACTIVATION[self.activation](np.float64(self.total)))


def inputs_of(layers: Sequence[Layer], activations: Mapping[str, np.ndarray], image: np.ndarray) -> Mapping:
    """Layer name -> what that layer gets, from what all layers answered to `image` (28, 28)."""
    found, before = {}, image
    for layer in layers:
        found[layer.name] = before
        before = activations.get(layer.name, before)
    return found


def conv_output(layer: Layer, weights: Weights, inputs: np.ndarray, row: int, column: int, filter: int) -> WeightedSum:
    """Output (row, column) of a filter; `inputs` is what the layer gets, (H, W, channels)."""
    kernel, bias = weights[layer.name]
    side = layer.options["kernel_size"]
    padded = np.pad(inputs, (padding(layer), padding(layer), (0, 0)))
    patch = padded[row : row + side, column : column + side]
    return WeightedSum(patch, kernel[..., filter], float(bias[filter]), activation_of(layer))


def dense_output(layer: Layer, weights: Weights, inputs: np.ndarray, unit: int) -> WeightedSum:
    """The output of a unit; `inputs` is (n,)."""
    kernel, bias = weights[layer.name]
    return WeightedSum(inputs, kernel[:, unit], float(bias[unit]), activation_of(layer))


def pooled_cells(layer: Layer, inputs: np.ndarray, row: int, column: int, channel: int) -> np.ndarray:
    """The square of inputs whose largest is output (row, column) of a channel: (size, size)."""
    size = layer.options["pool_size"]
    return inputs[row * size : (row + 1) * size, column * size : (column + 1) * size, channel]
