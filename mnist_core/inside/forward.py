"""The forward pass in NumPy: what each layer does with its inputs, as Keras does it at prediction.

Slower than LiteRT, but open to look at, and it can begin anywhere in the network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mnist_core.architecture import LEAKY_SLOPE, NORMALIZATION_EPSILON, Layer, padding
from mnist_core.weights import Weights


def _sigmoid(sums: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0, -sums))


def _gelu(sums: np.ndarray) -> np.ndarray:
    # Here, as SciPy takes a third of a second to import and no other function needs it.
    from scipy.special import erf

    return sums * (1 + erf(sums / sqrt(2))) / 2


ACTIVATION: dict[str, Callable[[Any], Any]] = {
    "linear": lambda sums: sums,
    "relu": lambda sums: np.maximum(sums, 0),
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "elu": lambda sums: np.where(sums > 0, sums, np.expm1(np.minimum(sums, 0))),
    "gelu": _gelu,
    "swish": lambda sums: sums * _sigmoid(sums),
    "leaky_relu": lambda sums: np.where(sums > 0, sums, LEAKY_SLOPE * sums),
}


def activation_of(layer: Layer) -> str:
    """The name of a layer's activation function, a key of ACTIVATION."""
    return layer.options.get("activation", "linear")


def run(layers: Sequence[Layer], weights: Weights, inputs: np.ndarray) -> np.ndarray:
    """Send `inputs` (N, ...) float32 through `layers` one after the other; what the last one answers, (N, ...)."""
    for layer in layers:
        inputs = apply(layer, weights.get(layer.name, ()), inputs)
    return inputs


def apply(layer: Layer, weights: tuple[np.ndarray, ...], inputs: np.ndarray) -> np.ndarray:
    """One layer: (N, ...) float32 -> (N, *layer.output_shape) float32."""
    if layer.kind in ("Reshape", "Flatten"):
        return inputs.reshape(len(inputs), *layer.output_shape)
    if layer.kind == "Rescaling":
        return inputs * np.float32(layer.options["scale"])
    if layer.kind == "Conv2D":
        return ACTIVATION[activation_of(layer)](_convolve(layer, weights, inputs))
    if layer.kind == "Dense":
        return ACTIVATION[activation_of(layer)](inputs @ weights[0] + weights[1])
    if layer.kind == "MaxPooling2D":
        return _largest(layer, inputs)
    if layer.kind == "BatchNormalization":
        scale, offset, mean, variance = weights
        return (inputs - mean) * (scale / np.sqrt(variance + NORMALIZATION_EPSILON)) + offset
    return softmax(inputs) if layer.kind == "Softmax" else inputs


def softmax(logits: np.ndarray) -> np.ndarray:
    """(..., 10) -> probabilities; the largest is taken off first so that no exponential overflows."""
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _convolve(layer: Layer, weights: tuple[np.ndarray, ...], inputs: np.ndarray) -> np.ndarray:
    """The sums, as one matrix product of all patches with all kernels."""
    kernel, bias = weights
    side = layer.options["kernel_size"]
    padded = np.pad(inputs, ((0, 0), padding(layer), padding(layer), (0, 0)))
    # The windows' axes come last: (N, rows, columns, channels, side, side).
    patches = sliding_window_view(padded, (side, side), axis=(1, 2))
    rows = patches.reshape(-1, inputs.shape[-1] * side * side)
    sums = rows @ kernel.transpose(2, 0, 1, 3).reshape(-1, kernel.shape[-1])
    return sums.reshape(len(inputs), *layer.output_shape) + bias


def _largest(layer: Layer, inputs: np.ndarray) -> np.ndarray:
    size, (rows, columns, channels) = layer.options["pool_size"], layer.output_shape
    whole = inputs[:, : rows * size, : columns * size]
    return whole.reshape(-1, rows, size, columns, size, channels).max(axis=(2, 4))
