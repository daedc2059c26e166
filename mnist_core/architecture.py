"""From an architecture to its list of layers, in plain arithmetic: no Keras needed.

The list is what the model builder builds, the diagram draws and the export writes.
An architecture that cannot be built is refused here, before anything starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from mnist_core.fields import Choice, ConfigError, Flag, Number, Sequence, check_fields, described

IMAGE_SIZE = 28
NUM_CLASSES = 10

MODELS = {"dense": "Dense", "cnn": "Convolutional"}
ACTIVATIONS = {
    "relu": "ReLU",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "elu": "ELU",
    "gelu": "GELU",
    "swish": "Swish",
    "leaky_relu": "Leaky ReLU",
}
PADDINGS = {"valid": "Valid", "same": "Same"}
# Training keeps three numbers for each in memory and twice as many on disk.
MOST_PARAMETERS = 25_000_000
# Keras' own constants.
NORMALIZATION_EPSILON = 1e-3
LEAKY_SLOPE = 0.2
_ABOUT_ACTIVATIONS = (
    "What each hidden layer does to its sums; without it, many layers could do no more than one. ReLU makes 0 of what "
    "is below 0, Leaky ReLU a fifth; ELU, GELU and Swish are smooth relatives. Sigmoid squeezes sums between 0 and 1, "
    "tanh between −1 and 1: far from 0 both hardly change."
)
INPUT_SCALINGS = {"0-1": "0 to 1", "0-255": "Raw, 0 to 255"}


@dataclass(frozen=True)
class ConvBlock:
    """One convolution, its activation and, with `pooling` above 1, max pooling of that size and stride."""

    filters: int = described(32, Number(1, 256, integer=True), "Filters", "How many patterns this layer looks for.")
    kernel_size: int = described(
        3,
        Number(1, 11, integer=True),
        "Kernel",
        "Side of the square that a filter sees: in pixels in the first block, in others in cells of the maps before.",
    )
    padding: str = described(
        "valid",
        Choice(PADDINGS),
        "Padding",
        "Same fills the border with zeros and keeps the size; valid loses a border.",
    )
    pooling: int = described(
        2, Number(1, 4, integer=True), "Pooling", "Keep the largest of each square of this side; 1 is no pooling."
    )

    def __post_init__(self) -> None:
        check_fields(self)

    def __str__(self) -> str:
        return f"{self.filters}-{self.kernel_size}-{self.padding}-{self.pooling}"

    def in_words(self) -> str:
        """As a page shows it: `32 of 5×5 same, pool 2`."""
        same = " same" if self.padding == "same" else ""
        pool = f", pool {self.pooling}" if self.pooling > 1 else ""
        return f"{self.filters} of {self.kernel_size}×{self.kernel_size}{same}{pool}"


class _Blocks:
    """An entry of a Sequence: a ConvBlock, a mapping of its fields, or text such as `32-5-same-2`."""

    def check(self, name: str, value: Any) -> ConvBlock:
        if isinstance(value, ConvBlock):
            return value
        try:
            return ConvBlock(**value)
        except (TypeError, ConfigError) as error:
            raise ConfigError(
                f"{name} is {value!r:.60}, but needs filters, kernel_size, padding, pooling. {error!s:.200}"
            ) from None

    def parse(self, text: str) -> ConvBlock:
        filters, kernel_size, padding, pooling = text.strip().split("-")
        return ConvBlock(int(filters), int(kernel_size), padding, int(pooling))


class LayerError(ConfigError):
    """A layer that cannot be built: its name, and why."""

    def __init__(self, layer: str, why: str) -> None:
        super().__init__(layer, why)
        self.layer = layer
        self.why = why

    def __str__(self) -> str:
        return f"{self.layer} cannot be built: {self.why}"


@dataclass(frozen=True)
class Layer:
    """One layer: its Keras class, constructor arguments, output shape (no batch axis), trainable and other weights."""

    kind: str
    name: str
    options: dict[str, Any]
    output_shape: tuple[int, ...]
    parameters: int

    @property
    def trainable_parameters(self) -> int:
        """The weights that training changes; half of batch normalization's are running averages."""
        return self.parameters // 2 if self.kind == "BatchNormalization" else self.parameters

    @property
    def multiplications(self) -> int:
        """How many for one digit; those by the zeros of padding count, divisions and exponentials do not.

        Normalization counts as one factor a number: at prediction its four weights are known in advance.
        """
        if self.kind in ("Conv2D", "Dense"):
            return (self.parameters - self.output_shape[-1]) * prod(self.output_shape[:-1])
        return prod(self.output_shape) if self.kind in ("BatchNormalization", "Rescaling") else 0


def padding(layer: Layer) -> tuple[int, int]:
    """The zeros before and after each row and column of a convolution's input."""
    extra = layer.options["kernel_size"] - 1 if layer.options["padding"] == "same" else 0
    # Of an even kernel's border, the larger half is at the end, as in TensorFlow.
    return extra // 2, extra - extra // 2


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The shape of a network for one 28x28 digit in, ten probabilities out."""

    model: str = described("cnn", Choice(MODELS), "Kind of network", "Dense layers only, or convolutions before them.")
    conv_blocks: tuple[ConvBlock, ...] = described(
        (ConvBlock(32, 5), ConvBlock(64, 5)),
        Sequence(_Blocks(), most=6, example="32-5-same-2,64-5-same-2"),
        "Convolution blocks",
        "Only convolutional networks use these. As text: filters-kernel-padding-pooling, such as 32-5-same-2.",
    )
    dense_units: tuple[int, ...] = described(
        (128,),
        Sequence(Number(1, 2048, integer=True), most=6, example="128,64"),
        "Hidden dense layers",
        "Units of each dense layer before the ten outputs.",
    )
    activation: str = described("relu", Choice(ACTIVATIONS), "Activation", _ABOUT_ACTIVATIONS)
    conv_dropout: float = described(
        0.0, Number(0, 0.9, step=0.05), "Dropout after the convolutions", "Share of features switched off at random."
    )
    dropout: float = described(
        0.0,
        Number(0, 0.9, step=0.05),
        "Dropout after each dense layer",
        "Share of units switched off in training, at random for each digit.",
    )
    l2: float = described(
        0.0,
        Number(0, 0.1, step=0.0001),
        "L2 penalty",
        "The sum of all squared weights of convolution and dense layers times this, added to the loss; biases are left "
        "out.",
    )
    batch_normalization: bool = described(
        False,
        Flag(),
        "Batch normalization",
        "Normalizes what each hidden layer puts out, after its pooling: mostly, fewer epochs are needed. It takes "
        "batches of some dozen digits; with one digit a batch, dense layers learn nothing.",
    )
    input_scaling: str = described(
        "0-1", Choice(INPUT_SCALINGS), "Pixel values", "Raw pixels make training start rough; see it for yourself."
    )

    @property
    def batch_norm_momentum(self) -> float:
        """How much of their running averages normalization layers keep in each batch; Keras' default."""
        return 0.99

    def layers(self) -> tuple[Layer, ...]:
        """The layers from input to output. Raises LayerError for the first that cannot be built."""
        layers, problem = self.possible_layers()
        if problem:
            raise problem
        return layers

    def possible_layers(self) -> tuple[tuple[Layer, ...], LayerError | None]:
        """The layers from the input to the first that cannot be built, and why it cannot; None if all can."""
        stack = _Stack(self)
        try:
            self._build(stack)
        except LayerError as problem:
            return tuple(stack.layers), problem
        return tuple(stack.layers), None

    def _build(self, stack: _Stack) -> None:
        if self.input_scaling == "0-255":
            stack.add("Rescaling", "raw_pixels", {"scale": 255.0})
        if self.model == "cnn":
            stack.add("Reshape", "as_image", {"target_shape": (IMAGE_SIZE, IMAGE_SIZE, 1)}, (IMAGE_SIZE, IMAGE_SIZE, 1))
            for number, block in enumerate(self.conv_blocks, start=1):
                stack.convolution(number, block)
            stack.dropout("conv_dropout", self.conv_dropout)
        stack.add("Flatten", "flatten", {}, (prod(stack.shape),))
        for number, units in enumerate(self.dense_units, start=1):
            stack.dense(f"dense_{number}", units)
            stack.dropout(f"dropout_{number}", self.dropout)
        stack.weighted("Dense", "scores", {"units": NUM_CLASSES}, (NUM_CLASSES,), fan_in=stack.shape[-1])
        stack.add("Softmax", "probabilities", {"dtype": "float32"})

    @property
    def parameters(self) -> int:
        """How many weights the network has, batch normalization's running averages included."""
        return sum(layer.parameters for layer in self.layers())


class _Stack:
    """The layers so far, and the shape that the next one gets."""

    def __init__(self, architecture: Architecture) -> None:
        self.architecture = architecture
        self.shape: tuple[int, ...] = (IMAGE_SIZE, IMAGE_SIZE)
        self.layers: list[Layer] = []

    def add(
        self, kind: str, name: str, options: dict[str, Any], shape: tuple[int, ...] | None = None, parameters: int = 0
    ) -> None:
        total = parameters + sum(layer.parameters for layer in self.layers)
        if total > MOST_PARAMETERS:
            raise LayerError(
                name,
                f"with it the network has {total:,} parameters; more than {MOST_PARAMETERS:,} are too many to train "
                "here. Pool more before it, or use fewer filters or units.",
            )
        self.shape = shape or self.shape
        self.layers.append(Layer(kind, name, options, self.shape, parameters))

    def weighted(self, kind: str, name: str, options: dict, shape: tuple[int, ...], fan_in: int) -> None:
        if self.architecture.l2:
            l2 = {"class_name": "L2", "config": {"l2": self.architecture.l2}}
            options = options | {"kernel_regularizer": l2}
        self.add(kind, name, options, shape, (fan_in + 1) * shape[-1])

    def normalization(self, name: str) -> None:
        """After activation and pooling, where there are fewest numbers to normalize."""
        if self.architecture.batch_normalization:
            options = {"momentum": self.architecture.batch_norm_momentum}
            self.add("BatchNormalization", name, options, parameters=4 * self.shape[-1])

    def convolution(self, number: int, block: ConvBlock) -> None:
        size, _, channels = self.shape
        name = f"conv_{number}"
        out = size if block.padding == "same" else size - block.kernel_size + 1
        if out < 1:
            raise LayerError(
                name,
                f"a {block.kernel_size}×{block.kernel_size} kernel with padding Valid does not fit "
                f"on {size}×{size} pixels. Use a smaller kernel, padding Same, or pool less before it.",
            )
        options = {
            "filters": block.filters,
            "kernel_size": block.kernel_size,
            "padding": block.padding,
            "activation": self.architecture.activation,
        }
        self.weighted("Conv2D", name, options, (out, out, block.filters), block.kernel_size**2 * channels)
        if block.pooling > 1:
            pooled = out // block.pooling
            if pooled < 1:
                raise LayerError(
                    f"pool_{number}",
                    f"pooling by {block.pooling} of {out}×{out} pixels leaves less than 1×1. "
                    "Pool less, or use padding Same before it.",
                )
            self.add("MaxPooling2D", f"pool_{number}", {"pool_size": block.pooling}, (pooled, pooled, block.filters))
        self.normalization(f"norm_{name}")

    def dense(self, name: str, units: int) -> None:
        options = {"units": units, "activation": self.architecture.activation}
        self.weighted("Dense", name, options, (units,), self.shape[-1])
        self.normalization(f"norm_{name}")

    def dropout(self, name: str, rate: float) -> None:
        if rate:
            self.add("Dropout", name, {"rate": rate})
