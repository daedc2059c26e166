"""A trained network as an ONNX file, the format that most other tools read: written from its weights, without Keras.

ONNX has channels before rows and columns where Keras has them last: kernels are turned once, here, and what the
convolutions answer is turned back before it is flattened. The operators: https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mnist_core.architecture import IMAGE_SIZE, LEAKY_SLOPE, NORMALIZATION_EPSILON, NUM_CLASSES, Layer, padding
from mnist_core.artifacts import read_card
from mnist_core.weights import Weights, read_weights

# The first with Gelu, and the version of the file that came with it: older programs can read them too.
_OPERATORS, _FORMAT = 20, 9

_ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("Relu", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "elu": ("Elu", {"alpha": 1.0}),
    "gelu": ("Gelu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": LEAKY_SLOPE}),
}


def of_folder(folder: Path) -> bytes:
    """The content of an ONNX file with the model in `folder`. Raises ArtifactError."""
    card = read_card(folder)
    layers = card.config.layers()
    return to_onnx(layers, read_weights(folder, layers))


def to_onnx(layers: Sequence[Layer], weights: Weights) -> bytes:
    """The network for `digit` (N, 28, 28) float32 in [0, 1]; it answers `probabilities` (N, 10) float32."""
    # Only when somebody asks for it: it takes a second to import.
    from onnx import TensorProto, checker, helper, numpy_helper

    graph = _Graph()
    for layer in layers:
        _LAYERS[layer.kind](graph, layer, weights.get(layer.name, ()))
    digit = helper.make_tensor_value_info("digit", TensorProto.FLOAT, ["N", IMAGE_SIZE, IMAGE_SIZE])
    answer = helper.make_tensor_value_info(graph.last, TensorProto.FLOAT, ["N", NUM_CLASSES])
    model = helper.make_model(
        helper.make_graph(
            [helper.make_node(*node, **options) for node, options in graph.nodes],
            "digits",
            [digit],
            [answer],
            [numpy_helper.from_array(array, name) for name, array in graph.arrays.items()],
        ),
        producer_name="Digit Lab",
        opset_imports=[helper.make_opsetid("", _OPERATORS)],
        ir_version=_FORMAT,
    )
    checker.check_model(model)
    return model.SerializeToString()


class _Graph:
    """The operators so far; `last` is what the newest one answers, `is_image` whether that has channels."""

    def __init__(self) -> None:
        self.nodes: list[tuple[tuple[str, list[str], list[str]], dict[str, Any]]] = []
        self.arrays: dict[str, np.ndarray] = {}
        self.last = "digit"
        self.is_image = False

    def add(
        self, operator: str, output: str, arrays: Sequence[np.ndarray] = (), also: str = "", **options: Any
    ) -> None:
        """Apply an operator to what is there, to what is called `also`, and to constant arrays."""
        names = [f"{output}_{number}" for number in range(len(arrays))]
        self.arrays |= dict(zip(names, arrays, strict=True))
        inputs = [self.last, *([also] if also else []), *names]
        self.nodes.append(((operator, inputs, [output]), options))
        self.last = output

    def activate(self, layer: Layer) -> None:
        kind = layer.options.get("activation")
        if kind == "swish":
            sums = self.last
            self.add("Sigmoid", f"{layer.name}_sigmoid")
            self.add("Mul", layer.name, also=sums)
        elif kind:
            operator, options = _ACTIVATIONS[kind]
            self.add(operator, layer.name, **options)


def _reshape(graph: _Graph, layer: Layer, _: Sequence[np.ndarray]) -> None:
    rows, columns, channels = layer.output_shape
    graph.add("Reshape", layer.name, [np.array([-1, channels, rows, columns], np.int64)])
    graph.is_image = True


def _convolution(graph: _Graph, layer: Layer, weights: Sequence[np.ndarray]) -> None:
    kernel, bias = weights
    before, after = padding(layer)
    arrays = [np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)), bias]
    graph.add("Conv", f"{layer.name}_sums", arrays, pads=[before, before, after, after])
    graph.activate(layer)


def _pooling(graph: _Graph, layer: Layer, _: Sequence[np.ndarray]) -> None:
    size = [layer.options["pool_size"]] * 2
    graph.add("MaxPool", layer.name, kernel_shape=size, strides=size)


def _normalization(graph: _Graph, layer: Layer, weights: Sequence[np.ndarray]) -> None:
    graph.add("BatchNormalization", layer.name, weights, epsilon=NORMALIZATION_EPSILON)


def _flatten(graph: _Graph, layer: Layer, _: Sequence[np.ndarray]) -> None:
    if graph.is_image:
        graph.add("Transpose", f"{layer.name}_channels_last", perm=[0, 2, 3, 1])
    graph.add("Flatten", layer.name)


def _dense(graph: _Graph, layer: Layer, weights: Sequence[np.ndarray]) -> None:
    graph.add("Gemm", f"{layer.name}_sums", weights)
    graph.activate(layer)


def _dropout(graph: _Graph, layer: Layer, _: Sequence[np.ndarray]) -> None:
    """Only training switches anything off."""


def _rescaling(graph: _Graph, layer: Layer, _: Sequence[np.ndarray]) -> None:
    graph.add("Mul", layer.name, [np.array(layer.options["scale"], np.float32)])


def _softmax(graph: _Graph, layer: Layer, _: Sequence[np.ndarray]) -> None:
    graph.add("Softmax", layer.name)


_LAYERS: dict[str, Callable[[_Graph, Layer, Sequence[np.ndarray]], None]] = {
    "Reshape": _reshape,
    "Conv2D": _convolution,
    "MaxPooling2D": _pooling,
    "BatchNormalization": _normalization,
    "Flatten": _flatten,
    "Dense": _dense,
    "Dropout": _dropout,
    "Rescaling": _rescaling,
    "Softmax": _softmax,
}
