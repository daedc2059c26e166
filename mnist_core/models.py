"""From a TrainConfig to a Keras model. Only workers and the terminal import this: it needs TensorFlow."""

from __future__ import annotations

from pathlib import Path

import keras

from mnist_core.architecture import IMAGE_SIZE, Architecture
from mnist_core.config import OPTIMIZERS, TrainConfig

_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}


def build(architecture: Architecture, precision: str = "float32") -> keras.Sequential:
    """The network for (N, 28, 28) float in [0, 1]; the answer is (N, 10) probabilities, float32.

    `precision` is float32 or bfloat16 (weights stay float32, the arithmetic is bfloat16).
    """
    dtype = "mixed_bfloat16" if precision == "bfloat16" else "float32"
    layers = [
        getattr(keras.layers, layer.kind)(name=layer.name, **{"dtype": dtype, **layer.options})
        for layer in architecture.layers()
    ]
    return keras.Sequential([keras.Input((IMAGE_SIZE, IMAGE_SIZE), name="digit"), *layers], name=architecture.model)


def build_optimizer(config: TrainConfig) -> keras.optimizers.Optimizer:
    options = {"momentum": config.momentum} if config.optimizer == "sgd" else {}
    return getattr(keras.optimizers, OPTIMIZERS[config.optimizer])(learning_rate=config.learning_rate, **options)


def in_float32(model: keras.Sequential, architecture: Architecture) -> keras.Sequential:
    """The same network with the same weights in float32: what is saved, exported and evaluated."""
    copy = build(architecture)
    copy.set_weights(model.get_weights())
    return copy


def choose_precision(config: TrainConfig) -> tuple[str, str]:
    """What `auto` means on this machine, and the reason in plain words."""
    if config.precision != "auto":
        return config.precision, "as configured"
    if config.model == "dense":
        return "float32", "dense layers gain nothing from bfloat16"
    if _processor_flags() & _BFLOAT16_FLAGS:
        return "bfloat16", "this processor has bfloat16 instructions"
    return "float32", "this processor has no bfloat16 instructions that we know how to find"


def _processor_flags() -> set[str]:
    """What Linux says of the processor; elsewhere nothing, so that `auto` stays with float32."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())
