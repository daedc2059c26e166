"""Which fields of a configuration make no difference to a network, such as filters to one without convolutions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mnist_core.config import TrainConfig


def _has_hidden_layers(config: TrainConfig) -> bool:
    return bool(config.dense_units) or (config.model == "cnn" and bool(config.conv_blocks))


_HIDDEN_LAYERS = ("model", "conv_blocks", "dense_units")
# Fields that not every network has a use for: the fields that decide about it, and whether this one has.
_HAS_USE: dict[str, tuple[tuple[str, ...], Callable[[TrainConfig], bool]]] = {
    "conv_blocks": (("model",), lambda config: config.model == "cnn"),
    "conv_dropout": (("model",), lambda config: config.model == "cnn"),
    "dropout": (("dense_units",), lambda config: bool(config.dense_units)),
    "activation": (_HIDDEN_LAYERS, _has_hidden_layers),
    "batch_normalization": (_HIDDEN_LAYERS, _has_hidden_layers),
    "momentum": (("optimizer",), lambda config: config.optimizer == "sgd"),
    "precise_statistics": (
        ("batch_normalization",),
        lambda config: config.batch_normalization or not config.precise_statistics,
    ),
}


def has_use(config: TrainConfig, name: str) -> bool:
    """Whether the field makes any difference to what is built and how it is trained."""
    return name not in _HAS_USE or _HAS_USE[name][1](config)


def value_with_use(config: TrainConfig, name: str) -> Any:
    """What the field holds; None where that makes no difference."""
    return getattr(config, name) if has_use(config, name) else None


def is_idle(config: TrainConfig, name: str, varying: Sequence[str]) -> bool:
    """Whether the field makes no difference here, whatever becomes of the others of `varying`."""
    return not has_use(config, name) and not set(_HAS_USE[name][0]) & set(varying)
