"""The tutorials' models in plain Keras, as their authors would write them: nothing of `mnist_core` is used.

    python benchmarks/plain_keras.py dense-512 --seed 0

Prints a line of JSON for each epoch and one at the end, as `python -m mnist_core train --json` does.
Seconds are those of training: compiling the graph is part of the first epoch, testing is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers

MNIST = Path(__file__).parent.parent / "data" / "mnist.npz"


def dense_20_15() -> tuple[keras.Sequential, dict]:
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Flatten(),
            layers.Dense(20, activation="relu", kernel_regularizer=keras.regularizers.L2(0.01)),
            layers.Dense(15, activation="relu", kernel_regularizer=keras.regularizers.L2(0.01)),
            layers.Dense(10, activation="softmax", kernel_regularizer=keras.regularizers.L2(0.01)),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model, {"batch_size": 128, "epochs": 50, "validation_split": 0.2}


def dense_sigmoid() -> tuple[keras.Sequential, dict]:
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Flatten(),
            layers.Dense(10, activation="sigmoid"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    return model, {"batch_size": 100, "epochs": 5}


def dense_512() -> tuple[keras.Sequential, dict]:
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    return model, {"batch_size": 128, "epochs": 5}


def cnn_5x5() -> tuple[keras.Sequential, dict]:
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model, {"batch_size": 256, "epochs": 1}


def cnn_3x3() -> tuple[keras.Sequential, dict]:
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adadelta(1.0), "categorical_crossentropy", metrics=["accuracy"])
    return model, {"batch_size": 128, "epochs": 12}


def keras_example() -> tuple[keras.Sequential, dict]:
    """The example in Keras' own documentation, there with 15 epochs: here it may go on until it is good enough."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model, {"batch_size": 128, "epochs": 40, "validation_split": 0.1}


MODELS = {
    "dense-20-15": dense_20_15,
    "dense-sigmoid": dense_sigmoid,
    "dense-512": dense_512,
    "cnn-5x5": cnn_5x5,
    "cnn-3x3": cnn_3x3,
    "keras-example": keras_example,
}


class Clock(keras.callbacks.Callback):
    """Prints each epoch with its seconds; with `until`, tests after each and stops at that test accuracy."""

    def __init__(self, test: tuple[np.ndarray, np.ndarray], until: float | None) -> None:
        super().__init__()
        self.test, self.until = test, until
        self.seconds: list[float] = []

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        self.seconds.append(time.perf_counter() - self.started)
        values = {"epoch": epoch + 1, **logs, "seconds": self.seconds[-1]}
        if self.until:
            values["test_accuracy"] = self.model.evaluate(*self.test, verbose=0)[1]
            self.model.stop_training = values["test_accuracy"] >= self.until
        print(json.dumps(values), flush=True)
        self.started = time.perf_counter()


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a tutorial's model in plain Keras and test it.")
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--until", type=float, metavar="ACCURACY", help="test after each epoch, stop when it is reached"
    )
    parser.add_argument("--epochs", type=int, help="train no longer than this")
    options = parser.parse_args()
    keras.utils.set_random_seed(options.seed)
    with np.load(MNIST) as digits:
        x_train, y_train = digits["x_train"].astype("float32"), keras.utils.to_categorical(digits["y_train"])
        x_test, y_test = digits["x_test"].astype("float32"), keras.utils.to_categorical(digits["y_test"])
    if options.model == "dense-20-15":
        # Its author had 42,000 digits and left the pixels raw.
        chosen = np.random.default_rng(options.seed).permutation(len(x_train))[:42_000]
        x_train, y_train = x_train[chosen], y_train[chosen]
    else:
        x_train, x_test = x_train / 255, x_test / 255
    model, settings = MODELS[options.model]()
    settings["epochs"] = min(settings["epochs"], options.epochs or settings["epochs"])
    clock = Clock((x_test, y_test), options.until)
    model.fit(x_train, y_train, verbose=0, callbacks=[clock], **settings)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    result = {"test_accuracy": accuracy, "test_loss": loss, "seconds": sum(clock.seconds)}
    result |= {"epochs": len(clock.seconds), "parameters": model.count_params()}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
