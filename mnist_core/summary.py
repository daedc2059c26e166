"""A network's layers in words and numbers, as Keras' `summary()` gives them; from the `Layer` list alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mnist_core.architecture import Layer

BATCH = "None in an output shape stands for the batch: any number of digits at once."


def in_words(layer: Layer) -> str:
    """What a layer is, such as `Convolution 5×5`."""
    options = layer.options
    if layer.kind == "Conv2D":
        return f"Convolution {options['kernel_size']}×{options['kernel_size']}"
    if layer.kind == "MaxPooling2D":
        return f"Max pooling {options['pool_size']}×{options['pool_size']}"
    if layer.kind == "Dropout":
        return f"Dropout {options['rate']:.0%}"
    if layer.kind == "Rescaling":
        return f"Pixels times {options['scale']:g}"
    return {"BatchNormalization": "Normalization"}.get(layer.kind, layer.kind)


def shape(layer: Layer) -> str:
    """The output shape for one digit, such as `24×24×32`."""
    return "×".join(map(str, layer.output_shape))


def table(layers: Sequence[Layer]) -> list[dict[str, Any]]:
    """One row a layer, from the input on. The first axis of an output shape, None, counts the digits of a batch."""
    return [
        {
            "Layer": in_words(layer),
            "Output shape": str((None, *layer.output_shape)),
            "Parameters": layer.parameters,
            "Multiplications": layer.multiplications,
            "Name": layer.name,
        }
        for layer in layers
    ]


def total(layers: Sequence[Layer]) -> str:
    """How many parameters all layers have, and how many of them training does not change."""
    parameters = sum(layer.parameters for layer in layers)
    fixed = parameters - sum(layer.trainable_parameters for layer in layers)
    if not fixed:
        return f"{parameters:,} parameters, all of them trained."
    return (
        f"{parameters:,} parameters: {parameters - fixed:,} are trained, "
        f"and {fixed:,} are the running averages of batch normalization."
    )
