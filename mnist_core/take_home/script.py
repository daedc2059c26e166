"""A configuration as a plain Keras program that trains as Digit Lab does."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent

from mnist_core.architecture import IMAGE_SIZE, Layer
from mnist_core.config import AUGMENTATION, MNIST, OPTIMIZERS, TrainConfig
from mnist_core.learning.schedules import SCHEDULES


@dataclass(frozen=True)
class Cell:
    """A step of the program: what it does, in words, and the code that does it."""

    text: str
    code: str


def script(config: TrainConfig, name: str) -> str:
    """The program as one file for `python`. It looks for `mnist.npz` beside itself, or has Keras download it."""
    parts = []
    for cell in cells(config, name):
        words = "\n".join(f"# {line.lstrip('# ')}".rstrip() for line in cell.text.splitlines())
        parts.append(f"{words}\n\n{cell.code}".rstrip())
    return "\n\n".join(parts) + "\n"


def cells(config: TrainConfig, name: str) -> list[Cell]:
    """The program step by step. `auto` precision becomes float32, which every processor has."""
    augments = config.augments
    return [
        Cell(
            f"# {name}\n\nA digit classifier in plain Keras, written by Digit Lab.\nIt needs: {_packages(config)}", ""
        ),
        _imports(augments),
        *([_handwriting(config)] if config.generated_digits else []),
        _data(config),
        *([_augmentation(config)] if augments else []),
        _model(config),
        _optimizer(config),
        _training(config, augments),
        *([_in_float32(config)] if config.precision == "bfloat16" else []),
        *([_precise_statistics(config)] if config.precise_statistics else []),
        _test(config),
    ]


def _packages(config: TrainConfig) -> str:
    return "pip install keras tensorflow" + (" pillow" if config.generated_digits else "")


def _imports(augments: bool) -> Cell:
    tensorflow = "import tensorflow as tf\n" if augments else ""
    code = f"from pathlib import Path\n\nimport keras\nimport numpy as np\n{tensorflow}from keras import layers"
    return Cell("## What is used", code)


def _data(config: TrainConfig) -> Cell:
    text = (
        "## Data\n\nMNIST: 60,000 handwritten digits to learn from and 10,000 to test with, 28 x 28 pixels each.\n"
        "Put Digit Lab's `data/mnist.npz` beside this file, or Keras downloads it."
    )
    code = """\
        # Where this file is; a notebook is run there.
        here = Path(__file__).parent if "__file__" in globals() else Path()
        if (here / "mnist.npz").exists():
            with np.load(here / "mnist.npz") as file:
                x_train, y_train, x_test, y_test = (file[n] for n in ("x_train", "y_train", "x_test", "y_test"))
        else:
            (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    """
    code = dedent(code) + _choice(config)
    if config.generated_digits:
        code += (
            f"\nx_more, y_more = generate({config.generated_digits}, {config.seed})\n"
            "x_train, y_train = np.concatenate([x_train, x_more]), np.concatenate([y_train, y_more])\n"
        )
    code += "\n# Brightness from 0 to 1, and a 1 in the place of the right one of ten answers.\n"
    for part in ("train", *(["val"] if config.validation_digits else []), "test"):
        code += f'x_{part}, y_{part} = x_{part}.astype("float32") / 255, keras.utils.to_categorical(y_{part}, 10)\n'
    return Cell(text, code.rstrip())


def _choice(config: TrainConfig) -> str:
    """Which digits are trained on, and which of them check the network."""
    code, others = "", config.data_set != MNIST
    if others:
        code += (
            "\n# The digits to learn from are others, as Digit Lab's Data page gives them.\n"
            f'with np.load(here / "{config.data_set}.npz") as file:\n'
            '    x_train, y_train = file["x_train"], file["y_train"]\n'
        )
    if config.train_size < 60_000 or others:
        code += (
            f"\n# Train on {config.train_size:,} of the {'' if others else '60,000 '}digits, chosen by the seed.\n"
            f"chosen = np.random.default_rng({config.seed}).permutation(len(x_train))[:{config.train_size}]\n"
            "x_train, y_train = x_train[chosen], y_train[chosen]\n"
        )
    if config.validation_digits:
        cut = config.training_digits
        code += (
            f"\n# The last {config.validation_digits:,} are not trained on: they check the network after each epoch.\n"
            f"x_val, y_val = x_train[{cut}:], y_train[{cut}:]\n"
            f"x_train, y_train = x_train[:{cut}], y_train[:{cut}]\n"
        )
    return code


def _handwriting(config: TrainConfig) -> Cell:
    text = (
        "## Handwriting of the world\n\nMNIST was written in America. These functions of Digit Lab generate more\n"
        f"digits, as people elsewhere write them; {config.generated_digits:,} of them are trained on too."
    )
    code = f"IMAGE_SIZE = {IMAGE_SIZE}\n\n" + "\n\n\n".join(
        map(_source, ("learning/glyphs", "drawing", "learning/handwriting"))
    )
    return Cell(text, code)


def _augmentation(config: TrainConfig) -> Cell:
    values = ", ".join(f"{name}={getattr(config, name)!r}" for name in AUGMENTATION)
    text = (
        "## Augmentation\n\nEach time a digit is seen it is moved, turned, slanted, stretched, thinned or\n"
        "thickened a little, by chance. These are Digit Lab's own functions."
    )
    amounts = f"# Pixels, degrees, shares.\namounts = SimpleNamespace({values})"
    source = _source("learning/augmentation").replace(": TrainConfig", ": SimpleNamespace")
    return Cell(text, f"from types import SimpleNamespace\n\n{source}\n\n\n{amounts}")


def _source(module: str) -> str:
    """The code of a file of this package, without its own docstring and what it imports from the package."""
    text = (Path(__file__).parent.parent / f"{module}.py").read_text(encoding="utf-8")
    lines = text.split('"""', 2)[2].strip().splitlines()
    return "\n".join(line for line in lines if not line.startswith(("from __future__", "from mnist_core"))).strip()


def _model(config: TrainConfig) -> Cell:
    policy = ""
    if config.precision == "bfloat16":
        policy = (
            "# Half as many bytes for each number: fast where a processor has instructions for it, slow elsewhere.\n"
            'keras.config.set_dtype_policy("mixed_bfloat16")\n'
        )
    rows = "".join(f"        {_layer(layer)},\n" for layer in config.layers())
    code = (
        f"keras.utils.set_random_seed({config.seed})\n{policy}model = keras.Sequential(\n    [\n"
        f'        keras.Input(({IMAGE_SIZE}, {IMAGE_SIZE}), name="digit"),\n{rows}    ]\n)\nmodel.summary()'
    )
    text = f"## Network\n\n{config.parameters:,} parameters. The seed decides what the weights are at first."
    return Cell(text, code)


def _layer(layer: Layer) -> str:
    options = {key: repr(value) for key, value in layer.options.items()}
    if "kernel_regularizer" in options:
        options["kernel_regularizer"] = f"keras.regularizers.L2({layer.options['kernel_regularizer']['config']['l2']})"
    written = "".join(f"{key}={value}, " for key, value in options.items())
    return f'layers.{layer.kind}({written}name="{layer.name}")'.replace("'", '"')


def _optimizer(config: TrainConfig) -> Cell:
    momentum = f", momentum={config.momentum}" if config.optimizer == "sgd" else ""
    optimizer = f"keras.optimizers.{OPTIMIZERS[config.optimizer]}(learning_rate={config.learning_rate}{momentum})"
    code = f'model.compile(\n    optimizer={optimizer},\n    loss="{config.loss}",\n    metrics=["accuracy"],\n)'
    if config.schedule != "constant":
        schedule = SCHEDULES[config.schedule]
        code += (
            f"\n\nSTEPS = {config.steps_per_epoch * config.epochs}\n\n\n{inspect.getsource(schedule)}\n\n"
            "class Schedule(keras.callbacks.Callback):\n"
            "    def on_train_batch_begin(self, batch, logs=None):\n"
            "        step = int(self.model.optimizer.iterations)\n"
            f"        factor = float({schedule.__name__}(np.array(step / STEPS)))\n"
            f"        self.model.optimizer.learning_rate = {config.learning_rate} * factor"
        )
    return Cell("## How it learns", code)


def _training(config: TrainConfig, augments: bool) -> Cell:
    code = f"history = []\n{_BEST if config.early_stopping else ''}for epoch in range({config.epochs}):\n"
    code += f"    order = np.random.default_rng(({config.seed}, epoch)).permutation(len(x_train))\n"
    if config.generated_digits:
        code += (
            "    # Generated digits in the order they are written: Digit Lab writes them while it already trains.\n"
            f"    order[order >= {config.training_digits}] = np.arange({config.training_digits}, len(x_train))\n"
        )
    code += indent(_one_epoch(config, augments), "    ")
    if config.target_accuracy:
        keep = "        best_weights = model.get_weights()\n" if config.early_stopping else ""
        code += f'    if history[-1]["val_accuracy"] >= {config.target_accuracy}:\n{keep}        break\n'
    if config.early_stopping:
        code += _STOP.format(patience=config.early_stopping)
    text = (
        "## Training\n\nEach epoch sees every digit once. The order comes from the seed and the epoch, so that a run\n"
        "can be repeated; for a new one, `model.fit(..., epochs=..., shuffle=True)` does as well."
    )
    return Cell(text, code.rstrip())


def _one_epoch(config: TrainConfig, augments: bool) -> str:
    """Fit the digits in their order, and keep what came of it."""
    data = ["x_train[order]", "y_train[order]", f"batch_size={config.batch_size}", "shuffle=False"]
    code = ""
    if augments:
        data = ["batches", "shuffle=False"]
        code = (
            "batches = tf.data.Dataset.from_tensor_slices((x_train[order], y_train[order]))\n"
            f"batches = batches.batch({config.batch_size})\n"
            f"first = epoch * {config.steps_per_epoch}\n"
            "batches = batches.enumerate(first).map(\n"
            f"    lambda step, batch: (augment(batch[0], amounts, tf.stack([{config.seed}, tf.cast(step, tf.int32)])), "
            "batch[1])\n)\n"
        )
    data += ["validation_data=(x_val, y_val)"] if config.validation_digits else []
    data += ["callbacks=[Schedule()]"] if config.schedule != "constant" else []
    rows = "".join(f"    {argument},\n" for argument in [*data, "verbose=2"])
    code += f"result = model.fit(\n{rows})\n"
    return code + "history.append({name: values[0] for name, values in result.history.items()})\n"


_BEST = 'lowest, best_epoch, best_weights = float("inf"), 0, model.get_weights()\n'
_STOP = """\
    if history[-1]["val_loss"] < lowest:
        lowest, best_epoch, best_weights = history[-1]["val_loss"], epoch, model.get_weights()
    if epoch - best_epoch >= {patience}:
        break
model.set_weights(best_weights)
"""


def _in_float32(config: TrainConfig) -> Cell:
    text = "## In full precision\n\nTrained in bfloat16, the network is tested and saved in float32."
    code = f"""\
        description = model.get_config()
        for layer in description["layers"]:
            layer["config"]["dtype"] = "float32"
        trained, model = model, keras.Sequential.from_config(description)
        model.set_weights(trained.get_weights())
        model.compile(loss="{config.loss}", metrics=["accuracy"])"""
    return Cell(text, dedent(code))


def _precise_statistics(config: TrainConfig) -> Cell:
    text = (
        "## Precise batch statistics\n\nWhat batch normalization subtracts and divides by, once more, on digits\n"
        "as they are. These are Digit Lab's own functions."
    )
    call = f"measure(model, x_train[:{config.training_digits}][:DIGITS])"
    return Cell(text, f"{_source('learning/precise_statistics')}\n\n\n{call}")


def _test(config: TrainConfig) -> Cell:
    code = (
        "loss, accuracy = model.evaluate(x_test, y_test, verbose=0)\n"
        'print(f"{accuracy:.2%} of the test digits are read right; the loss is {loss:.4f}.")\n'
        'model.save("trained.keras")'
    )
    seen = "On digits that nothing above has seen."
    if config.data_set != MNIST:
        seen = "On MNIST's test digits; some of them may be among the digits that the network has learnt from."
    return Cell(f"## Test\n\n{seen}", code)
