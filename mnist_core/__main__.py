"""The same work from a terminal, without web or engine: python -m mnist_core --help"""

from __future__ import annotations

import argparse
import json
import math
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_core import reproduce
from mnist_core.artifacts import LITERT_FILE, MODELS_FOLDER
from mnist_core.config import FIELDS, MNIST, TrainConfig
from mnist_core.data import DataError, Digits, load_mnist, split
from mnist_core.drawing import prepare, without_specks
from mnist_core.evaluation import Evaluation, evaluate
from mnist_core.fields import ConfigError
from mnist_core.photo import PhotoError, photo_to_ink, read
from mnist_core.predictor import ModelError, Predictor
from mnist_core.presets import NOTES, PRESETS
from mnist_core.runs import data_store
from mnist_core.runs.store import Store
from mnist_core.runs.store_connection import StoreError
from mnist_core.wording import interval_in_words, sure_in_words

if TYPE_CHECKING:
    from mnist_core.learning.training import Trainer


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it worked, 2 for input that cannot be used, 141 when nobody reads on."""
    options = _parser().parse_args(arguments)
    try:
        code = options.command(options) or 0
        # Here, where it can still be caught.
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever reads has seen enough, as `head` has. Python would try once more, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13  # as of SIGPIPE, by which others end
    except (ConfigError, DataError, ModelError, PhotoError, StoreError, reproduce.TrainingFailed, OSError) as error:
        print(f"mnist_core: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("mnist_core: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mnist_core", description="Train digit classifiers and use them.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    presets = commands.add_parser("presets", help="list the named configurations")
    presets.set_defaults(command=_presets)

    train = commands.add_parser(
        "train",
        usage="%(prog)s PRESET [--set KEY=VALUE [KEY=VALUE ...]] [--json] [--save FOLDER]",
        help="train a preset and test it",
    )
    train.add_argument("preset", metavar="PRESET", help=f"one of {', '.join(PRESETS)}")
    fields = f"change a field: {', '.join(FIELDS)}"
    train.add_argument("--set", metavar="KEY=VALUE", nargs="+", action="extend", default=[], help=fields)
    train.add_argument("--json", action="store_true", help="one line of JSON an epoch, and one at the end")
    train.add_argument("--save", metavar="FOLDER", type=Path, help="write model, LiteRT file and card there")
    train.set_defaults(command=_train)

    predict = commands.add_parser("predict", help="read pictures of one digit each")
    kinds = "a picture or photo of any size, dark on light or light on dark"
    predict.add_argument("images", metavar="IMAGE", nargs="+", type=Path, help=kinds)
    folder = f"a folder with {LITERT_FILE}, such as `train --save` writes; models/best if left out"
    predict.add_argument("--model", metavar="FOLDER", type=Path, default=MODELS_FOLDER / "best", help=folder)
    predict.set_defaults(command=_predict)

    again = commands.add_parser(
        "reproduce", help="train the tutorials' presets beside plain Keras; print what came out"
    )
    again.add_argument("presets", metavar="PRESET", nargs="*", help="all that a tutorial stands behind if left out")
    again.add_argument("--seeds", metavar="N", type=int, default=1, help="train each so often, from another start")
    again.set_defaults(command=_reproduce)
    return parser


def _presets(options: argparse.Namespace) -> None:
    for name, config in PRESETS.items():
        epochs = f"{config.epochs} epoch{'s' * (config.epochs > 1)}"
        print(f"{name:14} {config.parameters:>9,} parameters, {epochs}. {NOTES[name]}")


def _train(options: argparse.Namespace) -> None:
    config = _configured(options.preset, options.set)
    if options.save:
        # Now: after a long training it would be too late to hear that this cannot be.
        options.save.mkdir(parents=True, exist_ok=True)
    digits = load_mnist()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from mnist_core.learning.training import Trainer
    from mnist_core.learning.training_events import Diverged, Epoch

    to_learn_from = digits if config.data_set == MNIST else data_store.digits(Store(), config.data_set)
    trainer = Trainer(config, split(to_learn_from, config))
    try:
        for event in trainer.events():
            if isinstance(event, Epoch):
                _report_epoch(event, config, options.json)
    except Diverged as error:
        raise ConfigError(str(error)) from None
    try:
        evaluation = _tested(trainer, digits, options)
    except ValueError as error:
        raise ConfigError(f"What was trained cannot be tested. {error}") from None
    result = {
        "test_accuracy": evaluation.accuracy,
        "test_loss": evaluation.loss,
        "seconds": round(trainer.seconds, 2),
        "epochs": trainer.epoch,
        "parameters": config.parameters,
    }
    interval = interval_in_words(evaluation.accuracy_interval)
    text = f"{trainer.ending} Test accuracy {evaluation.accuracy:.2%} ({interval}) in {trainer.seconds:.1f} s"
    print(_json(result) if options.json else text.strip(), flush=True)


def _tested(trainer: Trainer, digits: Digits, options: argparse.Namespace) -> Evaluation:
    """What the trained model does on MNIST's test digits; it is saved as well, if it is to be."""
    from mnist_core import export

    model = trainer.float32_model()
    if not options.save:
        return evaluate(digits.y_test, export.probabilities(model, digits.x_test))
    changes = [word for setting in options.set for word in ("--set", setting)]
    command = ["python", "-m", "mnist_core", "train", options.preset, *changes, "--save", str(options.save)]
    card = export.save(
        options.save,
        model,
        trainer.config,
        digits,
        epochs=trainer.epoch,
        seconds=trainer.seconds,
        environment=export.environment(trainer.precision, trainer.precision_reason),
        command=shlex.join(command),
    )
    return card.evaluation


def _configured(preset: str, settings: list[str]) -> TrainConfig:
    if preset not in PRESETS:
        raise ConfigError(f"There is no preset {preset!r}. The presets are: {', '.join(PRESETS)}.")
    return PRESETS[preset].changed(settings)


def _report_epoch(epoch: object, config: TrainConfig, as_json: bool) -> None:
    values = {name: value for name, value in vars(epoch).items() if value is not None}
    values["epoch"] += 1
    if as_json:
        print(_json(values), flush=True)
        return
    checked = f", validation accuracy {values['val_accuracy']:.2%}" if "val_accuracy" in values else ""
    print(
        f"Epoch {values['epoch']} of {config.epochs}: loss {values['loss']:.4f}, "
        f"accuracy {values['accuracy']:.2%}{checked}, {values['seconds']:.1f} s",
        flush=True,
    )


def _json(values: dict[str, Any]) -> str:
    """In a line; JSON has no word for a loss that is beyond all numbers."""
    known = {name: None if isinstance(v, float) and not math.isfinite(v) else v for name, v in values.items()}
    return json.dumps(known, allow_nan=False)


def _predict(options: argparse.Namespace) -> int:
    """Say what is in each picture, and which cannot be read; 2 if there are such."""
    predictor = Predictor(options.model / LITERT_FILE)
    unread = 0
    for path in options.images:
        try:
            print(f"{path}: {_answer(predictor, path)}", flush=True)
        except PhotoError as error:
            print(f"mnist_core: {path}: {error}", file=sys.stderr)
            unread += 1
    return 2 if unread else 0


def _answer(predictor: Predictor, path: Path) -> str:
    """The digit in a picture, and how sure that is. Raises PhotoError, also where no file can be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PhotoError(f"It cannot be read: {error.strerror}.") from None
    image = prepare(without_specks(photo_to_ink(read(content))))
    if not image.any():
        return "blank"
    proba = predictor.probabilities(image[None])[0]
    return f"{proba.argmax()} ({sure_in_words(proba.max())})"


def _reproduce(options: argparse.Namespace) -> None:
    trainings = {}
    for trial in reproduce.plan(options.presets, options.seeds):
        trainings[trial] = reproduce.train(trial)
        print(f"{trial}: {trainings[trial]}", file=sys.stderr, flush=True)
    print(reproduce.tables(trainings))


if __name__ == "__main__":
    sys.exit(main())
