"""The network that a stranger's `.keras` file describes, as one of our own, found without Keras.

Its `config.json` names Python classes and their arguments. None of them is looked up: the layers are read as
plain text, and one of our architectures is found that has the same layers, or none.
"""

from __future__ import annotations

import json
from typing import Any

from mnist_core.architecture import IMAGE_SIZE, NORMALIZATION_EPSILON, NUM_CLASSES, Architecture, ConvBlock
from mnist_core.config import TrainConfig
from mnist_core.fields import ConfigError

_LONGEST = 200_000
_MODULES = ("keras", "keras.layers", "keras.initializers", "keras.regularizers", "keras.constraints")
_INPUTS = ([None, IMAGE_SIZE, IMAGE_SIZE], [None, IMAGE_SIZE, IMAGE_SIZE, 1], [None, IMAGE_SIZE**2])
# What Keras writes for `swish` and for the activation of a layer that has none.
_ACTIVATIONS = {"silu": "swish", None: "linear"}
# Where a layer could do something else than ours do, what makes it do the same.
_FIXED: dict[str, dict[str, list[Any]]] = {
    "Conv2D": {
        "strides": [[1, 1], 1],
        "dilation_rate": [[1, 1], 1],
        "groups": [1],
        "use_bias": [True],
        "data_format": ["channels_last"],
    },
    "MaxPooling2D": {"padding": ["valid"], "data_format": ["channels_last"]},
    "BatchNormalization": {"axis": [-1, [-1]], "epsilon": [NORMALIZATION_EPSILON], "center": [True], "scale": [True]},
    "Flatten": {"data_format": ["channels_last"]},
    "Dense": {"use_bias": [True]},
    "Softmax": {"axis": [-1]},
    "Rescaling": {"offset": [0, 0.0]},
}
_KINDS = (
    "InputLayer",
    "Rescaling",
    "Reshape",
    "Conv2D",
    "MaxPooling2D",
    "BatchNormalization",
    "Dropout",
    "Flatten",
    "Dense",
    "Softmax",
)

# A layer in short: its class and what matters of its arguments for the answers.
_Short = tuple[str, dict[str, Any]]
# The layer with which tutorials bring raw pixels to 0 to 1, which ours are from the start.
_TO_UNIT: _Short = ("Rescaling", {"scale": round(1 / 255, 6)})


class ForeignNetworkError(ValueError):
    """A network that is not one of ours; the message says why in a sentence."""


def read(text: bytes, input_scaling: str = "0-1") -> TrainConfig:
    """A configuration whose network has the layers that a `config.json` lists; the rest of it is the defaults'.

    `input_scaling` says which pixels the network was trained with, unless its first layer does: one that divides
    by 255 gives all others pixels from 0 to 1, as ours get them. There is no validation: no digits may be called
    held out that the network was perhaps trained on. Raises ForeignNetworkError.
    """
    listed = _layers(text)
    found = _alike(listed)
    try:
        config = _config(found, "0-1" if _TO_UNIT in listed else input_scaling)
    except ConfigError as error:
        raise ForeignNetworkError(f"This network cannot be built here: {error}") from None
    expected = _in_short(config)
    _compare(found, expected[1:] if expected[0][0] == "Rescaling" != found[0][0] else expected)
    return config


def check(text: bytes, architecture: Architecture) -> None:
    """Raise ForeignNetworkError unless a `config.json` lists the layers of this architecture."""
    _compare(_alike(_layers(text)), _in_short(architecture))


def _in_short(architecture: Architecture) -> list[_Short]:
    """What `_layers` finds in the file of such a network, made alike."""
    return _alike([_short(layer.kind, layer.options) for layer in architecture.layers()])


def _compare(found: list[_Short], expected: list[_Short]) -> None:
    for number, (is_there, should_be) in enumerate(zip(found, expected, strict=False), start=1):
        if is_there != should_be:
            raise ForeignNetworkError(
                f"Layer {number} of this network is {_in_words(is_there)}, "
                f"where Digit Lab's have {_in_words(should_be)}."
            )
    if len(found) != len(expected):
        raise ForeignNetworkError(
            f"This network has {len(found)} layers that count, where Digit Lab's has {len(expected)}."
        )


def _in_words(layer: _Short) -> str:
    kind, options = layer
    return f"{kind} ({', '.join(f'{name} {value!s:.40}' for name, value in options.items())})" if options else kind


def _layers(text: bytes) -> list[_Short]:
    """The layers from the input on, checked one by one."""
    if len(text) > _LONGEST:
        raise ForeignNetworkError("config.json of this model is too long for one of its kind.")
    try:
        model = json.loads(text)
        if model["class_name"] != "Sequential":
            raise ForeignNetworkError(f"This model is {model['class_name']!r:.60}; only keras.Sequential can be read.")
        layers = model["config"]["layers"]
        _check_modules({**model, "compile_config": None})
        return [_checked(layer["class_name"], layer["config"]) for layer in layers]
    except ForeignNetworkError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise ForeignNetworkError("config.json of this model is damaged.") from None


def _check_modules(value: Any) -> None:
    """Nothing but Keras' own classes may be named anywhere."""
    if isinstance(value, dict):
        module = value.get("module", "keras")
        if module not in _MODULES:
            raise ForeignNetworkError(f"This model names the module {module!r:.60}, which is not Keras' own.")
        if (name := value.get("registered_name")) and "class_name" in value and name != value["class_name"]:
            raise ForeignNetworkError(f"This model has a class of its own, {name!r:.60}.")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_modules(inner)


def _checked(kind: str, config: dict[str, Any]) -> _Short:
    if kind not in _KINDS:
        raise ForeignNetworkError(f"This model has a {kind!r:.60} layer, which Digit Lab's networks never have.")
    if kind == "InputLayer" and config["batch_shape"] not in _INPUTS:
        raise ForeignNetworkError(f"This model reads {config['batch_shape']!r:.60}, not pictures of 28×28.")
    for name, allowed in _FIXED.get(kind, {}).items():
        if config.get(name, allowed[0]) not in allowed:
            raise ForeignNetworkError(f"A {kind} layer has {name} {config[name]!r:.60}, where Digit Lab's never do.")
    if kind == "MaxPooling2D" and config["strides"] not in (None, config["pool_size"]):
        raise ForeignNetworkError("A MaxPooling2D layer has other strides than its size, where Digit Lab's never do.")
    return _short(kind, config)


def _short(kind: str, options: dict[str, Any]) -> _Short:
    """A layer from the arguments that Keras writes or that ours are built with."""
    if kind == "InputLayer":
        return kind, {"flat": len(options["batch_shape"]) == 2}
    if kind == "Reshape":
        return kind, {"shape": list(options["target_shape"])}
    if kind == "MaxPooling2D":
        return kind, {"size": _square(options["pool_size"])}
    if kind == "Dropout":
        return kind, {"rate": round(options["rate"], 6)}
    if kind == "Rescaling":
        return kind, {"scale": round(options["scale"], 6)}
    if kind not in ("Conv2D", "Dense"):
        return kind, {}
    short = {"units": options.get("units", options.get("filters"))}
    if kind == "Conv2D":
        short |= {"kernel": _square(options["kernel_size"]), "padding": options["padding"]}
    activation = options.get("activation")
    return kind, short | {"activation": _ACTIVATIONS.get(activation, activation), "L2": _l2(options)}


def _square(size: Any) -> Any:
    first, second = size if isinstance(size, list) else (size, size)
    if first != second:
        raise ForeignNetworkError(f"A layer has the size {size!r:.60}, where Digit Lab's are square.")
    return first


def _l2(options: dict[str, Any]) -> float:
    regularizer = options.get("kernel_regularizer")
    if regularizer is None:
        return 0.0
    if regularizer["class_name"] != "L2":
        raise ForeignNetworkError(f"A layer has the penalty {regularizer['class_name']!r:.60}; only L2 is known here.")
    return round(regularizer["config"]["l2"], 7)


def _alike(layers: list[_Short]) -> list[_Short]:
    """Different ways to write the same network made one: what brings the picture into shape is left out."""
    alike: list[_Short] = []
    for number, (kind, options) in enumerate(layers):
        if kind == "InputLayer" and not options["flat"]:
            continue
        if kind == "Reshape" and options["shape"] == [IMAGE_SIZE, IMAGE_SIZE, 1]:
            continue
        if kind == "InputLayer" or (kind == "Reshape" and options["shape"] in ([-1], [IMAGE_SIZE**2])):
            kind, options = "Flatten", {}
        is_first = all(before == "Flatten" for before, _ in alike) and _TO_UNIT not in layers[:number]
        if (kind, options) == _TO_UNIT and is_first:
            continue
        if kind == "Dropout" and alike and alike[-1][0] == "Flatten":
            alike.insert(-1, (kind, options))
        elif kind == "Dense" and options["activation"] == "softmax":
            alike += [(kind, options | {"activation": "linear"}), ("Softmax", {})]
        else:
            alike.append((kind, options))
    return alike


def _config(layers: list[_Short], input_scaling: str) -> TrainConfig:
    """One that may have these layers; whether it has is for `_compare` to say. Raises ConfigError."""
    of_kind = {kind: [options for each, options in layers if each == kind] for kind in _KINDS}
    cut = [kind for kind, _ in layers].index("Flatten") if of_kind["Flatten"] else 0
    weighted = of_kind["Conv2D"] + of_kind["Dense"]
    if not weighted or weighted[-1]["units"] != NUM_CLASSES or not of_kind["Dense"]:
        raise ForeignNetworkError("This network does not end in a dense layer of ten units, one for each digit.")
    before = [options["rate"] for kind, options in layers[:cut] if kind == "Dropout"]
    after = [options["rate"] for kind, options in layers[cut:] if kind == "Dropout"]
    is_cnn = bool(of_kind["Conv2D"] or before)
    return TrainConfig(
        validation_split=0.0,
        model="cnn" if is_cnn else "dense",
        conv_blocks=tuple(_blocks(layers)) if is_cnn else TrainConfig().conv_blocks,
        dense_units=tuple(options["units"] for options in of_kind["Dense"][:-1]),
        activation=weighted[0]["activation"] if len(weighted) > 1 else "relu",
        conv_dropout=before[0] if before else 0.0,
        dropout=after[0] if after else 0.0,
        l2=weighted[0]["L2"],
        batch_normalization=bool(of_kind["BatchNormalization"]),
        input_scaling="0-255" if of_kind["Rescaling"] else input_scaling,
    )


def _blocks(layers: list[_Short]) -> list[ConvBlock]:
    """A convolution and the pooling that follows it at once."""
    following = [*layers[1:], ("", {})]
    return [
        ConvBlock(
            options["units"], options["kernel"], options["padding"], after["size"] if next == "MaxPooling2D" else 1
        )
        for (kind, options), (next, after) in zip(layers, following, strict=True)
        if kind == "Conv2D"
    ]
