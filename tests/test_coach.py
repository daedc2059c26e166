"""Each rule of the coach on a real run that has the fault, and on the run that its advice leads to."""

from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from mnist_core.coach.ending import reads_less
from mnist_core.coach.rules import advise
from mnist_core.config import OPTIMIZERS, TrainConfig, holds
from mnist_core.data import split
from mnist_core.learning.training import Trainer
from mnist_core.learning.training_events import Batches
from mnist_core.presets import PRESETS
from mnist_core.runs.run import FAILED, FINISHED, RUNNING, Curves, Progress
from tests.conftest import TINY
from tests.seen_run import SeenRun

SMALL = replace(TINY, dense_units=(64,), train_size=2000, epochs=5)
HEALTHY = replace(SMALL, learning_rate=0.002, epochs=12, dropout=0.5)

FAULTS: dict[str, TrainConfig] = {
    "The loss is no longer a number": replace(SMALL, optimizer="sgd", momentum=0.9, learning_rate=10.0, l2=0.1),
    "Raw pixels make learning hard": replace(SMALL, dense_units=(20, 15), input_scaling="0-255", l2=0.01, epochs=12),
    "The learning rate is too high, for raw": replace(
        SMALL, dense_units=(20, 15), input_scaling="0-255", l2=0.01, learning_rate=10.0
    ),
    "The loss rose": replace(SMALL, activation="tanh", learning_rate=1.0),
    "Many ReLU units are dead": replace(SMALL, dense_units=(64, 64), learning_rate=0.1),
    "Sigmoid units learn slowly": replace(SMALL, activation="sigmoid", optimizer="sgd", learning_rate=0.01),
    "Sigmoid units learn slowly here": replace(
        PRESETS["cnn-5x5"], activation="sigmoid", optimizer="sgd", train_size=3000, validation_split=0.2, epochs=3
    ),
    "The loss hardly moves": replace(SMALL, optimizer="sgd", learning_rate=0.0001),
    "It has hardly begun": replace(PRESETS["fast"], train_size=190, validation_split=0.2),
    "It learns slowly": replace(SMALL, optimizer="sgd", learning_rate=0.005),
    "It learns poorly": replace(SMALL, activation="tanh", learning_rate=0.1, train_size=3000, epochs=8),
    "The L2 penalty holds it back": replace(SMALL, dense_units=(20, 15), l2=0.1),
    "It overfits: the validation loss": replace(SMALL, dense_units=(256,), learning_rate=0.005, epochs=20),
    "It overfits: it reads": replace(SMALL, dense_units=(256,), train_size=1200, epochs=25),
    "The accuracy was still climbing": replace(SMALL, epochs=2),
}


@pytest.mark.parametrize("title", FAULTS)
def test_a_fault_is_seen_and_its_remedy_helps(digits, title):
    ill = SeenRun(FAULTS[title], digits)
    advice = next(advice for advice in ill.advice() if advice.title.startswith(title))
    well = SeenRun(replace(ill.config, **advice.changes), digits)
    assert well.best_accuracy > ill.best_accuracy
    if "epochs" not in advice.changes:
        assert not [other for other in well.titles() if other.startswith(title)]


def test_a_run_without_validation_digits_that_knows_all_others_is_told_to_keep_some(digits):
    config = replace(SMALL, train_size=300, validation_split=0.0, epochs=30)
    (advice,) = SeenRun(config, digits).advice()
    assert advice.title.startswith("It may overfit") and advice.changes == {"validation_split": 0.2}
    assert not any(title.startswith("It may overfit") for title in SeenRun(replace(config, epochs=8), digits).titles())


def test_a_run_that_does_well_hears_nothing_at_any_time(digits):
    run = SeenRun(HEALTHY, digits)
    assert run.best_accuracy > 0.85 and run.titles() == []
    steps = run.config.steps_per_epoch
    for epoch in range(run.config.epochs):
        cut = {name: points[: epoch * (steps if name == "batch_loss" else 1)] for name, points in run.points.items()}
        seen = Curves({name: tuple(map(np.array, zip(*p, strict=True))) for name, p in cut.items() if p})
        assert advise(run.config, seen, RUNNING) == []


def test_a_rate_is_not_blamed_for_what_came_before_it():
    losses = np.repeat([2.3, 40.0, 20.0, 3.0], [10, 140, 50, 100])
    curves = Curves({"batch_loss": (np.arange(1, 301), losses), "loss": (np.array([1]), np.array([90.0]))})
    (advice,) = advise(SMALL, curves)
    assert advice.title.startswith("The loss rose") and "went up to 90" in advice.reason
    assert advise(SMALL, curves, since=150) == []
    # One that breaks what had been learnt is, from its first batch on.
    learnt = np.repeat([2.3, 0.3, 300.0, 2.4], [50, 250, 20, 180])
    (advice,) = advise(SMALL, Curves({"batch_loss": (np.arange(1, 501), learnt)}), since=300)
    assert advice.title.startswith("The loss rose") and "began at 2.3" in advice.reason


def test_sigmoid_units_are_not_blamed_for_a_low_rate():
    config = replace(SMALL, activation="sigmoid", learning_rate=1e-5)
    (advice,) = advise(config, Curves({"batch_loss": (np.arange(1, 201), np.full(200, 2.3))}))
    assert advice.title.startswith("The loss hardly moves") and advice.changes == {"learning_rate": 0.001}


def test_a_run_of_a_few_tiny_steps_is_told_to_take_more_and_larger_ones():
    config = replace(SMALL, optimizer="sgd", learning_rate=1e-5, train_size=100, validation_split=0, batch_size=128)
    curves = Curves({"batch_loss": (np.array([1]), np.array([2.3])), "accuracy": (np.array([1]), np.array([0.1]))})
    (advice,) = advise(replace(config, epochs=1), curves, FINISHED)
    assert "all its 100 training digits at a time, and so changed its weights only once" in advice.reason
    assert advice.changes == {"batch_size": 16, "epochs": 29, "learning_rate": 0.1}


def test_sigmoid_units_on_raw_pixels_are_not_to_take_larger_steps():
    slow = Curves({"batch_loss": (np.arange(1, 201), np.linspace(2.3, 1.5, 200))})
    for scaling, changed in (("0-1", ["learning_rate"]), ("0-255", ["activation", "optimizer", "learning_rate"])):
        config = replace(SMALL, activation="sigmoid", optimizer="sgd", learning_rate=0.01, input_scaling=scaling)
        (advice,) = advise(config, slow)
        assert list(advice.changes) == changed


def test_dead_units_are_not_promised_to_recover_at_another_rate():
    dead = {"batch_loss": (np.arange(1, 201), np.linspace(2.3, 9, 200)), "dead_units": (np.array([1]), np.ones(1))}
    (advice,) = advise(replace(SMALL, learning_rate=10.0), Curves(dead))
    assert advice.title == "Many ReLU units are dead" and len(advice.changes) == 2
    flat = dead | {"batch_loss": (np.arange(1, 401), np.full(400, 2.3))}
    (advice,) = advise(SMALL, Curves(flat), since=200)
    assert "at the rate before" in advice.reason and not advice.changes


def test_a_rate_that_was_raised_in_the_middle_of_a_run_is_blamed_and_not_its_pixels():
    config = replace(SMALL, dense_units=(20, 15), input_scaling="0-255", learning_rate=10.0)
    learnt = Curves({"batch_loss": (np.arange(1, 501), np.repeat([2.3, 0.3, 300.0, 2.4], [50, 250, 20, 180]))})
    (advice,) = advise(config, learnt, since=300)
    assert advice.title.startswith("The loss rose") and list(advice.changes) == ["learning_rate"]


def test_a_slow_start_is_blamed_on_no_later_rate_and_raw_pixels_on_none():
    batches = np.arange(1, 901), np.full(900, 0.5)
    slow = Curves({"batch_loss": batches, "accuracy": (np.arange(1, 19), np.full(18, 0.6))})
    config = replace(SMALL, optimizer="sgd", learning_rate=0.01, epochs=18)
    assert config.steps_per_epoch * 18 <= 1000
    assert [each.title.partition(":")[0] for each in advise(config, slow)] == ["It learns slowly"]
    assert advise(config, slow, since=config.steps_per_epoch * 16) == []
    assert not [a for a in advise(replace(config, input_scaling="0-255"), slow) if a.title.startswith("It learns")]


def test_a_run_that_went_back_to_its_best_epoch_was_not_cut_short():
    climbing = Curves({"accuracy": (np.array([1, 2]), np.array([0.5, 0.9]))})
    config = replace(SMALL, epochs=2)
    assert [each.title for each in advise(config, climbing, FINISHED)] == ["The accuracy was still climbing at the end"]
    assert advise(config, climbing, FINISHED, "Went back to epoch 2, its best.") == []


@pytest.mark.parametrize("last", [0.95, 0.98])
def test_a_rising_loss_is_not_said_to_be_a_falling_accuracy(last):
    losses = {"loss": [0.2, 0.1, 0.05, 0.02, 0.01, 0.01], "val_loss": [0.12, 0.08, 0.09, 0.12, 0.12, 0.13]}
    series = losses | {"val_accuracy": [0.96, 0.97, 0.95, last, last, last]}
    curves = Curves({name: (np.arange(1, 7), np.array(values)) for name, values in series.items()})
    (advice,) = advise(replace(SMALL, epochs=6), curves, FINISHED)
    assert advice.title.startswith("It overfits") and ("no fewer validation digits right" in advice.reason) == (
        last == 0.98
    )


def test_a_network_without_hidden_units_hears_nothing_of_their_activation():
    config = replace(SMALL, dense_units=(), activation="sigmoid", optimizer="sgd", learning_rate=0.0001)
    flat = Curves({"batch_loss": (np.arange(1, 201), np.full(200, 2.3))})
    (advice,) = advise(config, flat, FINISHED)
    assert advice.title.startswith("The loss hardly moves") and list(advice.changes) == ["learning_rate"]


@pytest.mark.parametrize("precise", [False, True])
def test_a_network_whose_running_averages_lag_behind_is_told_why_it_reads_less(digits, precise):
    config = replace(PRESETS["fast"], precise_statistics=precise)
    trainer, accuracies = Trainer(config, split(digits, config)), []
    for event in trainer.events():
        accuracies.extend(event.accuracies)
        if trainer.step >= 60:
            break
    answers = trainer.float32_model().predict(trainer.split.x_val / np.float32(255), verbose=0).argmax(axis=1)
    accuracy = float((answers == trainer.split.y_val).mean())
    progress = Progress("saving", 0, trainer.step)
    run = SimpleNamespace(config=config, progress=progress, is_within_epoch=True, val_accuracy=accuracy)
    said = reads_less(run, Curves({"batch_accuracy": (np.arange(len(accuracies)), np.array(accuracies))}))
    assert said is None if precise else said.changes == {"precise_statistics": True}


@pytest.mark.parametrize("batch_size", [128, 126])
def test_a_network_that_a_last_batch_of_few_digits_threw_off_is_told_of_a_better_size(digits, batch_size):
    config = replace(PRESETS["dense-512"], train_size=5000, epochs=2, seed=2, batch_size=batch_size)
    trainer = Trainer(config, split(digits, config))
    accuracies = [each for event in trainer.events() if isinstance(event, Batches) for each in event.accuracies]
    answers = trainer.float32_model().predict(digits.x_test / np.float32(255), verbose=0).argmax(axis=1)
    metrics = {"test_accuracy": float((answers == digits.y_test).mean())}
    run = SimpleNamespace(config=config, val_accuracy=None, is_within_epoch=False, metrics=metrics)
    said = reads_less(run, Curves({"batch_accuracy": (np.arange(len(accuracies)), np.array(accuracies))}))
    assert said is None if batch_size == 126 else said.changes == {"batch_size": 126}


@pytest.mark.parametrize(("last", "val", "speaks"), [(0.84, 0.78, False), (0.3, 0.5, True)])
def test_what_was_read_of_a_last_batch_of_few_digits_is_no_measure(last, val, speaks):
    config = replace(PRESETS["dense-512"], train_size=1000, validation_split=0.2, batch_size=256, epochs=1)
    run = SimpleNamespace(config=config, val_accuracy=val, is_within_epoch=False, metrics={})
    course = Curves({"batch_accuracy": (np.arange(4), np.array([0.2, 0.5, 0.7, last]))})
    assert bool(reads_less(run, course)) == speaks


def test_a_run_that_has_only_begun_hears_nothing():
    assert advise(SMALL, Curves({})) == []
    high = Curves({"batch_loss": (np.arange(1, 20), np.full(19, 99.0))})
    assert advise(SMALL, high, RUNNING) == []


@pytest.mark.parametrize("rate", [1e-5, 0.0003, 0.1, 10.0])
def test_advice_is_always_a_valid_configuration_with_a_rate_on_the_slider(rate):
    steps, epochs = np.arange(1, 201), np.arange(1, 6)
    courses = {
        "flat": {"batch_loss": (steps, np.full(200, 2.3))},
        "high": {"batch_loss": (steps, np.linspace(2.3, 9, 200)), "dead_units": (epochs, np.ones(5))},
        "leaving": {"val_loss": (epochs, np.array([1.0, 0.5, 0.8, 0.8, 0.9])), "loss": (epochs, np.linspace(1, 0, 5))},
    }
    for preset, optimizer in product(PRESETS.values(), OPTIMIZERS):
        config = replace(preset, optimizer=optimizer, learning_rate=rate, momentum=0.9, schedule="constant")
        found = advise(config, Curves({}), FAILED, diverged="epoch 1, batch 2")
        found += [advice for course in courses.values() for advice in advise(config, Curves(course), RUNNING)]
        assert len(found) >= 3
        for advice in found:
            changed = replace(config, **advice.changes)
            assert not advice.changes or changed != config
            if "learning_rate" in advice.changes:
                assert changed.learning_rate in holds("learning_rate").stops
