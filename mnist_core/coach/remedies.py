"""What the coach has people change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mnist_core.config import TrainConfig, holds
from mnist_core.idle_fields import has_use

# Rates with which these optimizers learn this data with the networks of the presets. SGD: without momentum.
USUAL_RATES = {"adam": 0.001, "adamw": 0.001, "rmsprop": 0.001, "sgd": 0.1, "adagrad": 0.05, "adadelta": 1.0}

# With sigmoid units in dense layers plain SGD needs a higher rate. Of five such networks on 2,000 to 5,000 digits, in 3
# to 5 epochs, 0.1 came to 32 to 81% of the validation digits, 0.5 to 78 to 87%, 1 to 79 to 89% and 2 no further
# (`python -m mnist_core train dense-sigmoid --set train_size=5000 --set epochs=3 --set learning_rate=1`, and so on).
# With convolutions none of these rates helped. With three hidden layers other units come further: on 3,000 digits in 8
# epochs, 32, 32, 32 units came to 71% of MNIST's test digits with a rate of 1, to 89% with ReLU and Adam (the first:
# `python -m mnist_core train dense-512 --set dense_units=32,32,32 --set activation=sigmoid --set optimizer=sgd
# --set learning_rate=1 --set train_size=3000 --set validation_split=0.2 --set batch_size=64 --set epochs=8`).
_RATE_OF_SIGMOIDS, _FEW_HIDDEN_LAYERS = 1.0, 2

# A run of fewer batches has hardly begun. On 152 digits of 190, the preset fast came to 47% of MNIST's test digits
# after its 2 batches, to 86% after 40 and to 88% after 200 (`python -m mnist_core train fast --set train_size=190
# --set validation_split=0.2 --set epochs=1`, 20 and 100).
_ENOUGH_BATCHES = 200
# Batches are made smaller where an epoch has few.
_SMALL_BATCH, _FEW_IN_AN_EPOCH = 16, 10


def slower(config: TrainConfig) -> dict[str, Any]:
    """A tenth of the learning rate, or the usual one where that is lower still; what else helps at the lowest."""
    rate = _stop_at_most(min(config.learning_rate / 10, usual_rate(config)))
    if rate < config.learning_rate:
        return {"learning_rate": rate}
    has_layers = has_use(config, "batch_normalization")
    return {"batch_normalization": True} if has_layers and not config.batch_normalization else {}


def usual_rate(config: TrainConfig) -> float:
    """The learning rate that this optimizer is used with here, a stop of the slider.

    Momentum m adds up past steps, to 1 / (1 - m) times a step that repeats itself.
    """
    momentum = config.momentum if config.optimizer == "sgd" else 0.0
    return _stop_at_most(USUAL_RATES[config.optimizer] * (1 - momentum))


def faster_sigmoids(config: TrainConfig) -> dict[str, Any]:
    """A higher rate for sigmoid units, where that alone helps; otherwise other units, and Adam at its usual rate."""
    # With raw pixels each step is far larger as it is.
    is_shallow = config.model == "dense" and len(config.dense_units) <= _FEW_HIDDEN_LAYERS
    if config.optimizer == "sgd" and is_shallow and config.input_scaling == "0-1":
        rate = _stop_at_most(_RATE_OF_SIGMOIDS * (1 - config.momentum))
        if rate > config.learning_rate:
            return {"learning_rate": rate}
    wanted = {"activation": "relu", "optimizer": "adam", "learning_rate": USUAL_RATES["adam"]}
    return {name: value for name, value in wanted.items() if getattr(config, name) != value}


def _stop_at_most(rate: float) -> float:
    """The highest stop of the slider that is not above `rate`; the lowest one if all are."""
    stops = holds("learning_rate").stops
    return max((stop for stop in stops if stop <= rate * (1 + 1e-9)), default=stops[0])


def with_enough_batches(config: TrainConfig) -> TrainConfig:
    """With smaller batches and more epochs, where there are so few digits that the run would hardly have begun."""
    if config.steps_per_epoch < _FEW_IN_AN_EPOCH:
        config = replace(config, batch_size=min(config.batch_size, _SMALL_BATCH))
    epochs = min(-(-_ENOUGH_BATCHES // config.steps_per_epoch), int(holds("epochs").high))
    return replace(config, epochs=max(config.epochs, epochs))


def against_overfitting(config: TrainConfig) -> tuple[str, dict[str, Any]]:
    """The remedy that helped most and is not in use yet, in words and as changes.

    On 2,000 digits and 30 epochs, dense 256: moved and turned digits took the validation loss at the end from
    0.376 to 0.242, dropout 0.5 to 0.316. A CNN, 20 epochs: from 0.228 to 0.146, and to 0.155.
    """
    if not config.shift and not config.rotation:
        always_new = "Digits that are shifted and rotated anew in each epoch cannot be learnt by heart."
        return always_new, {"shift": 2.0, "rotation": 10.0}
    if config.dense_units and config.dropout < 0.5:
        return "Dropout makes that harder: units switched off at random cannot rely on each other.", {"dropout": 0.5}
    return "Early stopping keeps the weights of the best epoch.", {"early_stopping": 3}
