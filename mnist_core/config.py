"""TrainConfig: one frozen, checked value that says everything about a training run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from mnist_core.architecture import Architecture, ConvBlock
from mnist_core.fields import Choice, ConfigError, Flag, Name, Number, check_fields, described

VERSION = 1

MNIST = "mnist"
# A regular expression: by what an uploaded data set is known.
DATA_SET_ID = "[0-9a-f]{12}"

OPTIMIZERS = {
    "adam": "Adam",
    "sgd": "SGD",
    "rmsprop": "RMSprop",
    "adadelta": "Adadelta",
    "adagrad": "Adagrad",
    "adamw": "AdamW",
}
SCHEDULES = {"constant": "Constant", "one-cycle": "One cycle", "cosine": "Cosine", "exponential": "Exponential"}
LOSSES = {"categorical_crossentropy": "Cross-entropy", "mean_squared_error": "Mean squared error"}
_ABOUT_LOSSES = (
    "What training makes small. Cross-entropy says how little probability the right answers get; mean squared error, "
    "how far all ten probabilities are from 1 for the right answer and 0 for the others."
)
# What changes digits at random.
AUGMENTATION = ("shift", "rotation", "zoom", "shear", "stroke")
PRECISIONS = {"auto": "Automatic", "float32": "float32", "bfloat16": "bfloat16"}


class NoValidation(ConfigError):
    """Something needs validation digits, and there are none."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig(Architecture):
    """A training run: the architecture and how it is trained.

    Raises ConfigError, on construction, for a value out of range, fields that contradict each
    other, and an architecture that cannot be built.
    """

    optimizer: str = described(
        "adam",
        Choice(OPTIMIZERS),
        "Optimizer",
        "How a gradient, the direction in which the loss grows, becomes a change of weights. SGD goes against it, the "
        "farther the higher the rate; the others give each weight steps of its own, by the size of its latest "
        "gradients, Adagrad by all so far. Adam averages their direction, too. AdamW is Adam that also shrinks all "
        "weights in each step, by 0.004 times the rate.",
    )
    momentum: float = described(
        0.0,
        Number(0, 0.99, step=0.01),
        "Momentum",
        "How much of its last step SGD keeps. Adam and AdamW have a momentum of their own, always 0.9.",
    )
    learning_rate: float = described(
        0.001,
        Number(1e-5, 10, logarithmic=True),
        "Learning rate",
        "How far one step goes: the highest rate of the run.",
    )
    schedule: str = described(
        "constant",
        Choice(SCHEDULES),
        "Learning rate schedule",
        "How the learning rate changes during the run: one cycle climbs to the rate set above and falls again, cosine "
        "and exponential only fall.",
    )
    batch_size: int = described(
        128,
        Number(1, 4096, integer=True, step=1, logarithmic=True),
        "Batch size",
        "Digits seen before each change of weights.",
    )
    epochs: int = described(
        5, Number(1, 200, integer=True), "Epochs", "How often the network sees all digits that it learns from."
    )
    validation_split: float = described(
        0.1,
        Number(0, 0.5, step=0.05),
        "Validation share",
        "The last part of the training digits, kept out of training to check on it.",
    )
    data_set: str = described(
        MNIST,
        Name(f"{MNIST}|{DATA_SET_ID}", f"{MNIST} or the 12 characters by which an uploaded data set is known"),
        "Data set",
        "The digits to learn from. The Data page shows them and takes in your own.",
    )
    train_size: int = described(
        60_000,
        Number(100, 60_000, integer=True, logarithmic=True),
        "Training digits",
        "Fewer digits train faster and overfit sooner. Validation digits are part of them.",
    )
    loss: str = described("categorical_crossentropy", Choice(LOSSES), "Loss", _ABOUT_LOSSES)
    seed: int = described(
        0,
        Number(0, 2**31 - 1, integer=True),
        "Seed",
        "The same seed repeats the run: the same weights to begin with, the same order, and the same digits where not "
        "all are taken.",
    )
    early_stopping: int = described(
        0,
        Number(0, 50, integer=True),
        "Early stopping",
        "Stop after so many epochs without a lower validation loss and keep the best weights; 0 is off.",
    )
    target_accuracy: float = described(
        0.0,
        Number(0, 1, step=0.001),
        "Target accuracy",
        "Stop once the network reads this share of the validation digits right; 0 is off.",
    )
    shift: float = described(
        0.0,
        Number(0, 6, step=0.5, unit=" pixels"),
        "Shift",
        "Move each digit by up to so many pixels along each axis, before it is turned and stretched.",
    )
    rotation: float = described(
        0.0, Number(0, 45, step=1, unit="°"), "Rotation", "Turn each digit by up to so many degrees."
    )
    zoom: float = described(
        0.0,
        Number(0, 0.5, step=0.05),
        "Zoom",
        "Stretch by up to this share, or shrink by as large a factor, each axis independently.",
    )
    shear: float = described(
        0.0, Number(0, 45, step=1, unit="°"), "Shear", "Slant each digit by up to so many degrees."
    )
    stroke: float = described(
        0.0,
        Number(0, 1, step=0.1, unit=" pixels"),
        "Stroke thickness",
        "Thin or thicken the strokes by up to so much on each side.",
    )
    handwriting: float = described(
        0.0,
        Number(0, 1, step=0.05),
        "Handwriting of the world",
        "Train also on generated digits, written as people around the world write them: "
        "as many as this share of the training digits.",
    )
    precise_statistics: bool = described(
        False,
        Flag(),
        "Precise batch statistics",
        "At the end, measure what batch normalization subtracts and divides by once more, on digits as they are: "
        "in training it averages the latest batches, with digits changed and units dropped where the run does that.",
    )
    precision: str = described(
        "auto",
        Choice(PRECISIONS),
        "Numeric precision",
        "Automatic trains convolutions in bfloat16 where the processor has instructions for it.",
    )

    def __post_init__(self) -> None:
        check_fields(self)
        self.layers()
        held_out = self.validation_digits
        if self.validation_split and not held_out:
            raise ConfigError(
                f"validation_split is {self.validation_split}, but of {self.train_size} digits that is not even one."
            )
        for name in ("early_stopping", "target_accuracy"):
            if getattr(self, name) and not held_out:
                raise NoValidation(
                    f"{name} is {getattr(self, name)}, but needs validation digits: set validation_split above 0."
                )

    @property
    def validation_digits(self) -> int:
        """How many digits are held out, rounded as Keras does."""
        return self.train_size - int(self.train_size * (1 - self.validation_split))

    @property
    def augments(self) -> bool:
        """Whether digits are changed at random each time they are seen."""
        return any(getattr(self, name) for name in AUGMENTATION)

    @property
    def training_digits(self) -> int:
        return self.train_size - self.validation_digits

    @property
    def generated_digits(self) -> int:
        """How many digits of `handwriting` each epoch adds to the training digits."""
        return round(self.training_digits * self.handwriting)

    @property
    def digits_per_epoch(self) -> int:
        return self.training_digits + self.generated_digits

    @property
    def steps_per_epoch(self) -> int:
        return -(-self.digits_per_epoch // self.batch_size)

    @property
    def batch_norm_momentum(self) -> float:
        """Such that running averages span a fifteenth of an epoch, but at least ten batches and at most a sixth of all.

        With Keras' 0.99 the averages of a short run are still those of the untrained network when it is validated, and
        those of ten batches trail behind a network that has trained for twenty: the preset fast on 1,000 digits, two
        epochs, read 94% of its training digits and 11% of the validation digits; with a sixth, 89%. Nor may a run of
        four batches keep half in each: cnn-5x5 normalized, on 800 digits, then read 14% and 40% of 3,000 test digits
        (two seeds), 78% and 81% where it keeps a tenth.
        """
        total = self.steps_per_epoch * self.epochs
        return round(1 - min(0.9, max(6 / total, min(0.1, 15 / self.steps_per_epoch))), 4)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, texts, lists and mappings, with the version of this format."""
        return {"version": VERSION, **asdict(self)}

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """The inverse of `to_dict`. Raises ConfigError for unknown fields and other versions."""
        if not isinstance(values, dict):
            raise ConfigError("A configuration is a JSON object with a version and fields.")
        values = dict(values)
        version = values.pop("version", None)
        if version != VERSION:
            raise ConfigError(f"This configuration has version {version!r:.60}; this program reads version {VERSION}.")
        unknown = sorted(set(values) - set(FIELDS))
        if unknown:
            raise ConfigError(f"Unknown field {unknown[0]!r:.60}. The fields are: {', '.join(FIELDS)}.")
        return cls(**values)

    @classmethod
    def from_json(cls, text: str) -> TrainConfig:
        """The inverse of `to_json`. Raises ConfigError for anything that is not a configuration."""
        try:
            return cls.from_dict(json.loads(text))
        except ConfigError:
            raise
        except (TypeError, ValueError) as error:
            raise ConfigError(f"This is not JSON: {error}.") from None
        except RecursionError:
            raise ConfigError("This JSON is nested too deeply for a configuration.") from None

    def changes_from(self, other: TrainConfig) -> dict[str, str]:
        """The fields that differ from `other`, as texts that `changed` reads: {"epochs": "3"}."""
        names = (name for name in FIELDS if getattr(self, name) != getattr(other, name))
        return {name: _text(getattr(self, name)) for name in names}

    def changed(self, settings: list[str]) -> TrainConfig:
        """This configuration with texts such as `epochs=3` or `dense_units=64,32` applied. Raises ConfigError."""
        values = {}
        for setting in settings:
            name, _, text = setting.partition("=")
            if name not in FIELDS:
                raise ConfigError(f"Unknown field {name!r:.60}. The fields are: {', '.join(FIELDS)}.")
            try:
                values[name] = holds(name).parse(text)
            except (ValueError, KeyError) as error:
                if isinstance(error, ConfigError):
                    raise ConfigError(f"{name} is {text!r:.60}: {error}") from None
                # It says what is allowed.
                holds(name).check(name, text)
                raise ConfigError(f"{name} is {text!r:.60}, which cannot be read.") from None
        return replace(self, **values)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


FIELDS = {entry.name: entry for entry in fields(TrainConfig)}


def label(name: str) -> str:
    """What a page calls the field `name`: `Learning rate`."""
    return FIELDS[name].metadata["label"]


def holds(name: str) -> Any:
    """What the field `name` may hold: one of the classes of `fields`."""
    return FIELDS[name].metadata["holds"]


def in_words(name: str, value: Any) -> str:
    """The value of the field `name` as a page shows it: `Leaky ReLU`, `on`, `0.001`, `60,000`, `64 → 32`."""
    kind = holds(name)
    if isinstance(kind, Choice):
        return kind.options[value]
    if isinstance(kind, Flag):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return " → ".join(entry.in_words() if isinstance(entry, ConvBlock) else str(entry) for entry in value) or "none"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}{kind.unit}" if isinstance(value, float) else str(value)


def label_within(name: str) -> str:
    """A field's label as it stands within a sentence: `learning rate`, but `L2 penalty`."""
    said = label(name)
    return said if said[1:2].isdigit() else said.lower()


def setting_in_words(name: str, value: Any) -> str:
    """A field and its value within a sentence: `learning rate 0.001`, `activation Leaky ReLU`."""
    return f"{label_within(name)} {in_words(name, value)}"


# What may change while a run goes on; a dropout only where the network has one.
LIVE_FIELDS = ("learning_rate", "conv_dropout", "dropout")


def live_fields(config: TrainConfig) -> list[str]:
    """Those of LIVE_FIELDS that this run has."""
    kinds = {layer.name for layer in config.layers() if layer.kind == "Dropout"}
    has = {"learning_rate": True, "conv_dropout": "conv_dropout" in kinds, "dropout": "dropout_1" in kinds}
    return [name for name in LIVE_FIELDS if has[name]]
