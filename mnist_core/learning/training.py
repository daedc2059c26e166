"""Training as a stream of events. Knows no page, no queue and no store.

`Trainer.events()` trains a few batches each time the next event is asked for. Whoever asks is in
control: not asking is a pause, no longer asking is a stop, and the weights so far are a usable model.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from sklearn.metrics import confusion_matrix

from mnist_core.architecture import IMAGE_SIZE, NUM_CLASSES
from mnist_core.config import TrainConfig
from mnist_core.data import Split
from mnist_core.learning import augmentation, models, precise_statistics
from mnist_core.learning.dead_units import DeadUnits
from mnist_core.learning.schedules import learning_rates
from mnist_core.learning.training_digits import TrainingDigits
from mnist_core.learning.training_events import Batches, Diverged, Epoch, Event, Validating

# The curve should move four times a second and Stop act within half a second.
SECONDS_PER_EVENT = 0.125
VALIDATION_BATCH = 1000
WATCHED_DIGITS = 8
DIGITS_FOR_DEAD_UNITS = 1000


class Trainer:
    """One run: the model, the optimizer and where they stand; `seconds` is what it took to get there, pauses left out.

    `pause_at` is a step that no event goes beyond, so that whoever asks can pause right there.
    `watched` are the indices of a few validation digits, whose probabilities come with every event.
    `kept` is the last epoch that went into the weights, None before the end of the first.
    """

    def __init__(self, config: TrainConfig, split: Split) -> None:
        keras.backend.clear_session()
        self.config = self._as_built = config
        self.split = split
        self.precision, self.precision_reason = models.choose_precision(config)
        self.model = models.build(config, self.precision, live=True, seed=config.seed)
        self.optimizer = models.build_optimizer(config)
        self.optimizer.build(self.model.trainable_variables)
        self.epoch = 0
        self.step = 0
        self.seconds = 0.0
        self.history: list[Epoch] = []
        self.kept: Epoch | None = None
        self.pause_at: int | None = None
        self.watched = _watched(split.y_val)
        self._best: list[np.ndarray] | None = None
        self._begin_epoch()
        looked_at = split.x_val if len(split.x_val) else split.x_train
        self._dead_units = DeadUnits(self.model, looked_at[:DIGITS_FOR_DEAD_UNITS])
        self.digits = TrainingDigits(split, config)
        # The scores too: from probabilities alone the loss of a digit that is surely misread has lost its digits.
        self._answers = keras.Model(self.model.inputs, [self.model.get_layer("scores").output, *self.model.outputs])
        batch = tf.TensorSpec((None,), tf.int32), tf.TensorSpec((None,), tf.float32), tf.TensorSpec((), tf.int32)
        self._train = tf.function(self._train_batches, input_signature=batch)
        self._predict = tf.function(
            lambda images: self._answers(tf.cast(images, tf.float32) / 255.0, training=False),
            input_signature=[tf.TensorSpec((None, IMAGE_SIZE, IMAGE_SIZE), tf.uint8)],
        )

    def events(self) -> Iterator[Event]:
        """Train to the end of the run, or until early stopping ends it. Raises Diverged."""
        while self.epoch < self.config.epochs and not self._has_stalled() and not self._has_reached_target():
            yield from self._train_epoch()
            validated = (yield from self._validate()) if len(self.split.x_val) else (None, None, None)
            yield self._end_epoch(*validated)
        # Whoever names a target wants the weights that reach it.
        if self.config.early_stopping and self._best is not None and not self._has_reached_target():
            self._assign(self.model.variables, self._best)
            self.kept = next(epoch for epoch in reversed(self.history) if epoch.is_best)

    @property
    def ending(self) -> str:
        """Why the run ended before its last epoch, and which one it kept, in plain words; empty if neither is so."""
        if self.kept is None:
            return ""
        if self.epoch < self.config.epochs and self._has_reached_target():
            return f"Reached the target accuracy in epoch {self.epoch}."
        kept = f"Kept: epoch {self.kept.epoch + 1}."
        if self.epoch < self.config.epochs:
            patience = self.config.early_stopping
            return f"No lower validation loss in {patience} epoch{'s' * (patience > 1)}. {kept}"
        return f"The validation loss was lowest before the end. {kept}" if self.kept.epoch + 1 < self.epoch else ""

    @property
    def is_ending_epoch(self) -> bool:
        """Whether the epoch's last batch is trained and its validation is not over."""
        return len(self._losses) == self.config.steps_per_epoch

    @property
    def is_within_epoch(self) -> bool:
        """Whether batches were trained since the end of the last whole epoch."""
        return len(self._losses) > 0

    @property
    def latest_epoch(self) -> int:
        """The epoch, from 0, that was trained last, be it over or not."""
        return self.epoch if self.is_within_epoch else max(self.epoch - 1, 0)

    def change(self, name: str, value: float) -> None:
        """Change one of `config.live_fields` from the next event on. Raises ConfigError."""
        values: dict[str, Any] = {name: value}
        self.config = replace(self.config, **values)
        for layer in self.model.layers:
            if isinstance(layer, models.LiveDropout) and layer.name.startswith(name):
                layer.live_rate.assign(value)

    def start_from(self, model: keras.Sequential) -> None:
        """Begin with the weights of another model of the same architecture. Raises ValueError if it is not."""
        self.model.set_weights(model.get_weights())

    def go_back_to_best(self) -> None:
        """Be as at the end of the best epoch, weights, optimizer and step; what came after it is forgotten."""
        if self._best is None:
            return
        self._assign(self._variables(), self._best)
        best = max(epoch.epoch for epoch in self.history if epoch.is_best)
        self.history = self.history[: best + 1]
        self.seconds = sum(epoch.seconds for epoch in self.history)
        self.kept = self.history[-1]
        self.epoch, self.step = best + 1, self.kept.step
        self._begin_epoch()

    def float32_model(self) -> keras.Sequential:
        """A copy of the model as it is now, in float32, with precise statistics if the run is to have them.

        Its layers are those that the run began with: a dropout that was changed to 0 meanwhile is still one.
        """
        model = models.in_float32(self.model, self._as_built)
        if self.config.precise_statistics:
            some = self.split.x_train[: precise_statistics.DIGITS]
            precise_statistics.measure(model, some / np.float32(255))
        return model

    def watch(self) -> np.ndarray | None:
        """What the model now makes of the watched digits, (up to 8, 10) probabilities; None where none is watched."""
        if not len(self.watched):
            return None
        _, probabilities = self._predict(self.split.x_val[self.watched])
        return probabilities.numpy()

    def checkpoint(self) -> dict[str, np.ndarray]:
        """Everything needed to go on from here, in the middle of an epoch too, as arrays for `np.savez`."""
        arrays = {f"variable_{i}": v.numpy() for i, v in enumerate(self._variables())}
        is_at_best = bool(self._best) and all(map(np.array_equal, arrays.values(), self._best or []))
        best = {} if is_at_best else {f"best_{i}": v for i, v in enumerate(self._best or [])}
        kept = self.kept.epoch if self.kept else -1
        history = np.array(json.dumps([vars(epoch) for epoch in self.history]))
        here = {"step": self.step, "seconds": self.seconds, "losses": self._losses, "accuracies": self._accuracies}
        here |= {"is_at_best": is_at_best, "kept": kept}
        return {**arrays, **best, "history": history, **{name: np.array(value) for name, value in here.items()}}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Go back to what `checkpoint` gave. Raises ValueError or KeyError if it is of another model."""
        if "kept" not in arrays:
            raise ValueError("Its checkpoint was written by another version of Digit Lab.")
        variables = self._variables()
        self._assign(variables, [arrays[f"variable_{i}"] for i in range(len(variables))])
        kind = "variable" if arrays["is_at_best"] else "best"
        best = [name for name in arrays if name.startswith(f"{kind}_")]
        self._best = [arrays[f"{kind}_{i}"] for i in range(len(best))] or None
        try:
            self.history = [Epoch(**values) for values in json.loads(str(arrays["history"]))]
        except (TypeError, json.JSONDecodeError):
            raise ValueError("Its checkpoint was written by another version of Digit Lab.") from None
        self.kept = self.history[int(arrays["kept"])] if self.history else None
        self.epoch, self.step = len(self.history), int(arrays["step"])
        self.seconds = float(arrays["seconds"])
        self._losses, self._accuracies = arrays["losses"], arrays["accuracies"]

    def _variables(self) -> list:
        return [*self.model.variables, *self.optimizer.variables]

    def _assign(self, variables: list, values: list[np.ndarray]) -> None:
        """Set `variables` to the first of `values`."""
        for variable, value in zip(variables, values, strict=False):
            variable.assign(value)

    def _train_epoch(self) -> Iterator[Batches]:
        """Every training digit once, in an order of the seed and the epoch, in events of even length."""
        config = self.config
        order = self.digits.order(self.epoch)
        total = config.steps_per_epoch * config.epochs
        at, count = len(self._losses), 1
        while at < config.steps_per_epoch:
            count = min(count, config.steps_per_epoch - at, self._steps_to_pause())
            steps = np.arange(self.step, self.step + count)
            rates = learning_rates(config.schedule, self.config.learning_rate, steps, total)
            digits = order[at * config.batch_size : (at + count) * config.batch_size]
            asked = time.perf_counter()
            self.digits.fetch(digits)
            started = time.perf_counter()
            # The run's first batch is shown before the graph is traced, which takes longer than the batch.
            train = self._train if self.step else self._train_batches
            losses, accuracies = (t.numpy() for t in train(*map(tf.constant, (digits, rates, self.step))))
            ended = time.perf_counter()
            self.seconds += ended - asked
            at, self.step = at + count, self.step + count
            self._losses = np.concatenate([self._losses, losses])
            self._accuracies = np.concatenate([self._accuracies, accuracies])
            self._check(losses)
            watched = self.watch() if self.step > 1 else None
            yield Batches(self.epoch, self.step, losses, accuracies, float(rates[-1]), watched)
            # At most double, because the first calls of a run also compile.
            count = max(1, min(2 * count, int(count * SECONDS_PER_EVENT / (ended - started))))

    def _train_batches(self, digits: tf.Tensor, rates: tf.Tensor, first_step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Train on consecutive batches of `digits`, one for each of `rates`, without returning to Python."""
        size, count = self.config.batch_size, tf.size(rates)
        losses = tf.TensorArray(tf.float32, count)
        accuracies = tf.TensorArray(tf.float32, count)
        for i in tf.range(count):
            chosen = digits[i * size : (i + 1) * size]
            images = tf.cast(tf.gather(self.digits.images, chosen), tf.float32) / 255.0
            labels = tf.cast(tf.gather(self.digits.labels, chosen), tf.int32)
            if self.config.augments:
                images = augmentation.augment(images, self.config, tf.stack([self.config.seed, first_step + i]))
            with tf.GradientTape() as tape:
                scores, probabilities = self._answers(images, training=True)
                loss = self._total_loss(labels, scores, probabilities)
            self.optimizer.learning_rate.assign(rates[i])
            variables = self.model.trainable_variables
            self.optimizer.apply(tape.gradient(loss, variables), variables)
            right = tf.equal(tf.argmax(probabilities, axis=1, output_type=tf.int32), labels)
            losses = losses.write(i, loss)
            accuracies = accuracies.write(i, tf.reduce_mean(tf.cast(right, tf.float32)))
        return losses.stack(), accuracies.stack()

    def _total_loss(self, labels: tf.Tensor, scores: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
        wanted = tf.one_hot(labels, NUM_CLASSES)
        if self.config.loss == "categorical_crossentropy":
            losses = keras.losses.categorical_crossentropy(wanted, tf.cast(scores, tf.float32), from_logits=True)
        else:
            losses = keras.losses.get(self.config.loss)(wanted, probabilities)
        return tf.add_n([tf.reduce_mean(losses), *(tf.cast(penalty, tf.float32) for penalty in self.model.losses)])

    def _steps_to_pause(self) -> int:
        """How many batches may be trained before `pause_at`; all, when it is behind us or nowhere."""
        ahead = (self.pause_at or 0) - self.step
        return ahead if ahead > 0 else self.config.steps_per_epoch

    def _validate(self) -> Generator[Validating, None, tuple[float, float, list[list[int]]]]:
        """Yields progress; returns loss, accuracy and confusion matrix of the validation digits."""
        images, labels = self.split.x_val, self.split.y_val
        parts = []
        for start in range(0, len(images), VALIDATION_BATCH):
            started = time.perf_counter()
            parts.append([t.numpy() for t in self._predict(images[start : start + VALIDATION_BATCH])])
            self.seconds += time.perf_counter() - started
            yield Validating(self.epoch, min(start + VALIDATION_BATCH, len(images)), len(images))
        scores, proba = (np.concatenate(each) for each in zip(*parts, strict=True))
        loss = float(self._total_loss(labels.astype(np.int32), scores, proba))
        answers = proba.argmax(axis=1)
        counts = confusion_matrix(labels, answers, labels=range(NUM_CLASSES))
        return loss, float((answers == labels).mean()), counts.tolist()

    def _begin_epoch(self) -> None:
        """Each batch's own loss and accuracy in this epoch, float32."""
        self._losses = np.zeros(0, np.float32)
        self._accuracies = np.zeros(0, np.float32)

    def _end_epoch(
        self, val_loss: float | None, val_accuracy: float | None, val_confusion: list[list[int]] | None
    ) -> Epoch:
        if not all(np.isfinite(variable.numpy()).all() for variable in self.model.trainable_variables):
            raise Diverged(f"the last batch of epoch {self.epoch + 1}", self.config.learning_rate)
        # A loss may be beyond all numbers in an epoch, and no longer in the next.
        losses = [e.val_loss for e in self.history if e.val_loss is not None and math.isfinite(e.val_loss)]
        is_best = val_loss is not None and val_loss < min(losses, default=math.inf)
        if is_best:
            self._best = [variable.numpy() for variable in self._variables()]
        rate = float(self.optimizer.learning_rate.numpy())
        started = time.perf_counter()
        dead_units = self._dead_units.share()
        self.seconds += time.perf_counter() - started
        seconds = self.seconds - sum(epoch.seconds for epoch in self.history)
        loss, accuracy = self._mean_over_digits(self._losses), self._mean_over_digits(self._accuracies)
        values = (loss, accuracy, val_loss, val_accuracy, val_confusion, rate, seconds)
        ended = Epoch(self.epoch, self.step, *values, is_best=is_best, dead_units=dead_units)
        self.history.append(ended)
        self.kept = ended
        self.epoch += 1
        self._begin_epoch()
        return ended

    def _has_stalled(self) -> bool:
        """Whether `early_stopping` epochs have passed since the best one."""
        best = max((e.epoch for e in self.history if e.is_best), default=0)
        return bool(self.config.early_stopping) and self.epoch - 1 - best >= self.config.early_stopping

    def _has_reached_target(self) -> bool:
        """Whether the last epoch read as many validation digits right as `target_accuracy` asks for."""
        last = self.history[-1].val_accuracy if self.history else None
        return last is not None and bool(self.config.target_accuracy) and last >= self.config.target_accuracy

    def _mean_over_digits(self, values: np.ndarray) -> float:
        """The mean over digits of a value a batch: the last batch of an epoch may be smaller."""
        sizes = np.full(len(values), self.config.batch_size)
        sizes[-1] = self.config.digits_per_epoch - self.config.batch_size * (len(values) - 1)
        return float(np.average(values, weights=sizes))

    def _check(self, losses: np.ndarray) -> None:
        wrong = np.flatnonzero(~np.isfinite(losses))
        if len(wrong):
            step = self.step - len(losses) + int(wrong[0])
            batch = step % self.config.steps_per_epoch + 1
            raise Diverged(f"epoch {self.epoch + 1}, batch {batch}", self.config.learning_rate)


def _watched(labels: np.ndarray) -> np.ndarray:
    """Indices into `labels` (N,) of the first eight digits that are all different."""
    _, first = np.unique(labels, return_index=True)
    return np.sort(first)[:WATCHED_DIGITS]
