"""The training loop against plain Keras, and against itself."""

import random
from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from mnist_core import summary
from mnist_core.architecture import ConvBlock
from mnist_core.config import SCHEDULES, TrainConfig
from mnist_core.data import split
from mnist_core.learning import models
from mnist_core.learning.schedules import learning_rates
from mnist_core.learning.training import Trainer
from mnist_core.learning.training_events import Batches, Diverged, Epoch
from mnist_core.presets import PRESETS
from tests.conftest import TINY

SMALL_CNN = TrainConfig(
    conv_blocks=(ConvBlock(4, 3, "same", 2),),
    dense_units=(16,),
    train_size=1000,
    validation_split=0.2,
    epochs=2,
    batch_size=50,
    batch_normalization=True,
    conv_dropout=0.2,
    precision="float32",
)


def epochs_of(trainer: Trainer) -> list[Epoch]:
    return [event for event in trainer.events() if isinstance(event, Epoch)]


@pytest.mark.parametrize("config", [*PRESETS.values(), SMALL_CNN], ids=[*PRESETS, "small"])
def test_the_arithmetic_of_layers_agrees_with_keras(config):
    model = models.build(config)
    assert model.count_params() == config.parameters
    rows = [(layer.name, str(tuple(layer.output.shape)), layer.count_params()) for layer in model.layers]
    assert rows == [(row["Name"], row["Output shape"], row["Parameters"]) for row in summary.table(config.layers())]
    trainable = sum(int(np.prod(weights.shape)) for weights in model.trainable_weights)
    assert sum(layer.trainable_parameters for layer in config.layers()) == trainable


def test_a_run_begins_as_plain_keras_does_whatever_other_threads_draw(digits, monkeypatch):
    config = replace(SMALL_CNN, dropout=0.5, seed=7)
    keras.utils.set_random_seed(config.seed)
    plain = models.build(config)
    # Dask's threads draw from these too, at any moment.
    monkeypatch.setattr(random, "randint", lambda low, high: pytest.fail("drawn from numbers that all share"))
    model = Trainer(config, split(digits, config)).model
    assert all(map(np.array_equal, model.get_weights(), plain.get_weights()))
    for name in ("conv_dropout", "dropout_1"):
        ours, theirs = (each.get_layer(name).seed_generator.state.numpy() for each in (model, plain))
        assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize(("preset", "epochs", "steps"), [("fast", 2, 18), ("cnn-5x5", 1, 4)])
def test_batch_normalization_has_settled_after_a_few_batches(digits, preset, epochs, steps):
    short = {"train_size": 1000, "validation_split": 0.2, "epochs": epochs, "batch_normalization": True}
    config = replace(PRESETS[preset], **short)
    last = epochs_of(Trainer(config, split(digits, config)))[-1]
    assert last.step == steps and last.val_accuracy > max(last.accuracy - 0.15, 0.3)


@pytest.mark.parametrize(
    ("changes", "optimizer"),
    [
        ({}, keras.optimizers.Adam(0.001)),
        ({"optimizer": "adamw", "learning_rate": 0.005}, keras.optimizers.AdamW(0.005)),
        ({"optimizer": "rmsprop"}, keras.optimizers.RMSprop(0.001)),
        ({"optimizer": "adadelta", "learning_rate": 1.0}, keras.optimizers.Adadelta(1.0)),
        ({"optimizer": "adagrad", "learning_rate": 0.05}, keras.optimizers.Adagrad(0.05)),
        ({"l2": 0.01, "optimizer": "sgd", "momentum": 0.9, "learning_rate": 0.1}, keras.optimizers.SGD(0.1, 0.9)),
        # Raw pixels: at first it is sure, and wrong.
        ({"input_scaling": "0-255"}, keras.optimizers.Adam(0.001)),
        # Its batch normalization is not the operations that Keras itself takes.
        (
            {"model": "cnn", "conv_blocks": (ConvBlock(4, 3),), "batch_normalization": True},
            keras.optimizers.Adam(0.001),
        ),
    ],
    ids=["adam", "adamw", "rmsprop", "adadelta", "adagrad", "sgd", "raw pixels", "normalized images"],
)
def test_training_agrees_with_plain_keras(digits, changes, optimizer):
    """The same start, the same order of digits: the same losses as `fit` and `evaluate`."""
    config = replace(TINY, batch_size=64, **changes)
    parts = split(digits, config)
    trainer = Trainer(config, parts)
    plain = models.build(config)
    plain.set_weights(trainer.model.get_weights())
    plain.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    for number, epoch in enumerate(epochs_of(trainer)):
        order = np.random.default_rng((config.seed, number)).permutation(config.training_digits)
        images, labels = parts.x_train[order] / 255.0, parts.y_train[order]
        fitted = plain.fit(images, labels, batch_size=64, shuffle=False, verbose=0).history
        val_loss, val_accuracy = plain.evaluate(parts.x_val / 255.0, parts.y_val, verbose=0)
        assert epoch.loss == pytest.approx(fitted["loss"][0], rel=1e-3)
        assert epoch.accuracy == pytest.approx(fitted["accuracy"][0], abs=2e-3)
        assert epoch.val_loss == pytest.approx(val_loss, rel=1e-3)
        assert epoch.val_accuracy == pytest.approx(val_accuracy, abs=6e-3)


def test_batch_losses_are_each_batches_own(digits):
    trainer = Trainer(TINY, split(digits, TINY))
    start = trainer.model.get_weights()
    first = next(trainer.events())
    assert isinstance(first, Batches) and len(first.losses) == 1
    order = np.random.default_rng((TINY.seed, 0)).permutation(TINY.training_digits)[: TINY.batch_size]
    untrained = models.build(TINY)
    untrained.set_weights(start)
    proba = untrained(trainer.split.x_train[order] / 255.0).numpy()
    right = proba[np.arange(len(order)), trainer.split.y_train[order]]
    assert first.losses[0] == pytest.approx(-np.log(right).mean(), rel=1e-4)


def test_the_same_seed_gives_the_same_curve_and_another_does_not(digits):
    config = replace(SMALL_CNN, rotation=10, stroke=0.5)
    first, again, other = (epochs_of(Trainer(c, split(digits, c))) for c in (config, config, replace(config, seed=1)))
    assert [e.loss for e in first] == [e.loss for e in again] != [e.loss for e in other]


def test_a_restored_checkpoint_goes_on_as_if_nothing_had_happened(digits, tmp_path):
    config = replace(SMALL_CNN, epochs=3, optimizer="adamw", schedule="one-cycle", shift=2.0)
    parts = split(digits, config)
    trainer = Trainer(config, parts)
    whole = []
    for event in trainer.events():
        if isinstance(event, Epoch):
            whole.append(event)
        elif isinstance(event, Batches) and event.step == 17:
            np.savez(tmp_path / "checkpoint.npz", **trainer.checkpoint())
    with np.load(tmp_path / "checkpoint.npz") as file:
        saved = dict(file)
    restored = Trainer(config, parts)
    restored.restore(saved)
    assert [e.val_loss for e in epochs_of(restored)] == [e.val_loss for e in whole[1:]]
    assert [e.epoch for e in restored.history] == [0, 1, 2]


def test_a_checkpoint_keeps_a_validation_loss_that_is_no_number(digits):
    trainer = Trainer(TINY, split(digits, TINY))
    trainer.history.append(Epoch(0, 16, 0.5, 0.9, float("nan"), 0.8, None, 0.001, 1.0, is_best=False))
    trainer.restore(trainer.checkpoint())
    assert np.isnan(trainer.kept.val_loss) and trainer.kept.val_confusion is None


def test_a_change_while_it_trains_counts_from_the_next_batch(digits):
    trainer = Trainer(SMALL_CNN, split(digits, SMALL_CNN))
    events = trainer.events()
    next(events)
    trainer.change("learning_rate", 0.02)
    trainer.change("conv_dropout", 0.0)
    assert next(events).learning_rate == pytest.approx(0.02)
    images = trainer.split.x_val[:8] / 255.0
    first, again = (trainer.model(images, training=True).numpy() for _ in range(2))
    assert (first == again).all()
    trainer.change("conv_dropout", 0.5)
    first, again = (trainer.model(images, training=True).numpy() for _ in range(2))
    assert (first != again).any()


def test_a_model_has_the_layers_of_its_configuration_whatever_was_changed_meanwhile(digits):
    config = replace(SMALL_CNN, dropout=0.3)
    trainer = Trainer(config, split(digits, config))
    trainer.change("dropout", 0.0)
    trainer.change("conv_dropout", 0.5)
    plain = models.build(config)
    assert [layer.get_config() for layer in trainer.float32_model().layers] == [e.get_config() for e in plain.layers]


def test_no_event_goes_beyond_where_to_pause(digits):
    trainer = Trainer(SMALL_CNN, split(digits, SMALL_CNN))
    trainer.pause_at = 11
    steps = [event.step for event in trainer.events() if isinstance(event, Batches)]
    assert 11 in steps and steps[-1] == 32


def test_going_back_to_the_best_epoch_goes_back_whole(digits):
    """What follows it is what followed it the first time."""
    config = replace(TINY, epochs=8, learning_rate=0.05, optimizer="rmsprop")
    trainer = Trainer(config, split(digits, config))
    history = epochs_of(trainer)
    best = min(history, key=lambda epoch: epoch.val_loss)
    assert best.epoch < 7
    trainer.go_back_to_best()
    assert (trainer.epoch, trainer.step, trainer.history[-1]) == (best.epoch + 1, best.step, best)
    assert trainer.seconds == pytest.approx(sum(epoch.seconds for epoch in history[: best.epoch + 1]))
    assert [e.loss for e in epochs_of(trainer)] == [e.loss for e in history[best.epoch + 1 :]]


def test_what_an_event_tells_of_the_validation_digits_is_the_models_own(digits):
    trainer = Trainer(SMALL_CNN, split(digits, SMALL_CNN))
    labels = trainer.split.y_val
    assert len(set(labels[trainer.watched])) == len(trainer.watched) == 8
    for event in trainer.events():
        if isinstance(event, Batches) and event.step > 1:
            expected = trainer.float32_model()(trainer.split.x_val[trainer.watched] / 255.0).numpy()
            assert event.watched == pytest.approx(expected, abs=1e-4)
        elif isinstance(event, Epoch):
            answers = trainer.float32_model()(trainer.split.x_val / 255.0).numpy().argmax(axis=1)
            assert event.val_confusion == confusion_matrix(labels, answers, labels=range(10)).tolist()


def test_a_target_accuracy_ends_the_run(digits):
    config = replace(TINY, epochs=30, target_accuracy=0.8)
    history = epochs_of(Trainer(config, split(digits, config)))
    assert history[-1].val_accuracy >= 0.8 > max(epoch.val_accuracy for epoch in history[:-1])


def test_the_weights_that_reach_the_target_are_kept_even_if_an_earlier_loss_was_lower(digits):
    config = replace(TINY, epochs=5, early_stopping=3, target_accuracy=1.0)
    trainer = Trainer(config, split(digits, config))
    best = next(event for event in trainer.events() if isinstance(event, Epoch))
    trainer.history.append(replace(best, epoch=1, val_loss=best.val_loss + 1, val_accuracy=1.0, is_best=False))
    trainer.kept, trainer.epoch = trainer.history[-1], 2
    trainer.model.set_weights([np.zeros_like(weights) for weights in trainer.model.get_weights()])
    assert list(trainer.events()) == [] and not np.any(trainer.model.get_weights()[0])
    assert (trainer.kept.epoch, trainer.ending) == (1, "Reached the target accuracy in epoch 2.")


def test_early_stopping_keeps_the_best_weights(digits):
    config = replace(TINY, epochs=30, early_stopping=2, learning_rate=0.05, optimizer="rmsprop")
    trainer = Trainer(config, split(digits, config))
    history = epochs_of(trainer)
    best = min(history, key=lambda epoch: epoch.val_loss)
    assert len(history) < 30 and history[-1].epoch == best.epoch + 2
    assert trainer.ending == f"No lower validation loss in 2 epochs. Kept: epoch {best.epoch + 1}."
    proba = trainer.float32_model()(trainer.split.x_val / 255.0).numpy()
    accuracy = (proba.argmax(axis=1) == trainer.split.y_val).mean()
    assert accuracy == pytest.approx(best.val_accuracy)


def test_a_run_that_keeps_an_earlier_epoch_than_its_last_says_so(digits):
    config = replace(TINY, epochs=6, early_stopping=50, learning_rate=0.05, optimizer="rmsprop")
    trainer = Trainer(config, split(digits, config))
    best = min(epochs_of(trainer), key=lambda epoch: epoch.val_loss).epoch + 1
    assert best < 6 and trainer.ending == f"The validation loss was lowest before the end. Kept: epoch {best}."


def test_what_was_kept_outlasts_a_checkpoint(digits):
    config = replace(TINY, epochs=30, early_stopping=1, learning_rate=0.05, optimizer="rmsprop")
    trainer = Trainer(config, split(digits, config))
    history = epochs_of(trainer)
    again = Trainer(config, split(digits, config))
    again.restore(trainer.checkpoint())
    assert again.kept == trainer.kept != history[-1]
    assert not any(name.startswith("best_") for name in Trainer(config, split(digits, config)).checkpoint())


def test_a_checkpoint_at_the_best_epoch_holds_it_once(digits):
    trainer = Trainer(TINY, split(digits, TINY))
    best = next(event for event in trainer.events() if isinstance(event, Epoch))
    saved = trainer.checkpoint()
    assert best.is_best and not any(name.startswith("best_") for name in saved)
    list(trainer.events())
    trainer.restore(saved)
    trainer.history.append(replace(best, epoch=1, is_best=False))
    trainer.model.set_weights([np.zeros_like(weights) for weights in trainer.model.get_weights()])
    trainer.go_back_to_best()
    assert trainer.epoch == 1 and np.any(trainer.model.get_weights()[0])


def test_a_first_loss_beyond_all_numbers_is_not_the_best_for_ever(digits):
    trainer = Trainer(TINY, split(digits, TINY))
    first = next(event for event in trainer.events() if isinstance(event, Epoch))
    trainer.history[0] = replace(first, val_loss=float("nan"), is_best=False)
    assert epochs_of(trainer)[-1].is_best


def test_a_loss_that_is_no_number_ends_the_run_with_a_reason(digits):
    config = replace(TINY, optimizer="sgd", learning_rate=10.0, l2=0.1, momentum=0.9, epochs=20)
    with pytest.raises(Diverged, match=r"learning rate of 10"):
        epochs_of(Trainer(config, split(digits, config)))


def test_schedules_begin_and_end_where_they_should():
    ends = {name: learning_rates(name, 0.1, np.array([0, 30, 100]), 100) for name in SCHEDULES}
    assert ends["constant"].tolist() == pytest.approx([0.1, 0.1, 0.1])
    assert ends["one-cycle"].tolist() == pytest.approx([0.004, 0.1, 1e-5])
    assert ends["cosine"][0] == pytest.approx(0.1) and ends["cosine"][2] == pytest.approx(0, abs=1e-9)
    assert ends["exponential"][2] == pytest.approx(0.001)


def test_bfloat16_trains_and_its_float32_copy_answers_alike(digits):
    config = replace(SMALL_CNN, precision="bfloat16")
    trainer = Trainer(config, split(digits, config))
    history = epochs_of(trainer)
    copy = trainer.float32_model()
    assert {v.dtype for v in copy.variables if "seed" not in v.path} == {"float32"}
    accuracy = (copy(trainer.split.x_val / 255.0).numpy().argmax(axis=1) == trainer.split.y_val).mean()
    assert accuracy == pytest.approx(history[-1].val_accuracy, abs=0.03)


def test_precise_statistics_are_those_of_the_training_digits_as_they_are(digits):
    config = replace(SMALL_CNN, precise_statistics=True, rotation=30, dropout=0.5, epochs=1)
    trainer = Trainer(config, split(digits, config))
    list(trainer.events())
    model, images = trainer.float32_model(), trainer.split.x_train / np.float32(255)
    normal = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in normal:
        answers = keras.Model(model.inputs, layer.input).predict(images, verbose=0)
        axes = tuple(range(answers.ndim - 1))
        assert layer.moving_mean.numpy() == pytest.approx(answers.mean(axis=axes), rel=1e-3, abs=1e-5)
        assert layer.moving_variance.numpy() == pytest.approx(answers.var(axis=axes), rel=1e-3, abs=1e-5)
    running = trainer.model.get_layer(normal[-1].name).moving_mean.numpy()
    assert np.abs(running - normal[-1].moving_mean.numpy()).max() > 1e-3
