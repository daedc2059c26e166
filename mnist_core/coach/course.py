"""The course that a run has taken, as the coach's rules read it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mnist_core.config import TrainConfig
from mnist_core.learning.schedules import learning_rates
from mnist_core.runs.run import RUNNING, Curves

# While a run goes on its loss is judged from here, in batches at the full rate: of the networks that a high rate had
# shaken but that learnt well in the end, the last had recovered after 104. A run that has ended may have had fewer.
_BATCHES_TO_JUDGE = 100
_FEWEST_BATCHES = 20

# A loss is the mean over at least so many digits: that of a single digit jumps by several times its mean.
_DIGITS_OF_A_MEAN = 128

# Mean loss of a guess that gives every digit the same probability.
_LOSS_OF_GUESSING = {"categorical_crossentropy": math.log(10), "mean_squared_error": 0.09}


@dataclass(frozen=True)
class Course:
    """A run's configuration and curves, how it stands, why, where it diverged, and the step since which it has its
    learning rate."""

    config: TrainConfig
    curves: Curves
    status: str
    reason: str
    diverged: str
    since: int

    def series(self, name: str) -> np.ndarray:
        """The values (N,) of a curve; none where it is not known."""
        return self.curves.series.get(name, (None, np.zeros(0)))[1]

    def series_since(self, name: str) -> np.ndarray:
        """The values of those epochs that had this learning rate alone."""
        epochs, values = self.curves.series.get(name, (np.zeros(0), np.zeros(0)))
        return values[(epochs - 1) * self.config.steps_per_epoch >= self.since]

    @cached_property
    def batch_losses(self) -> np.ndarray:
        """Losses of batches with this learning rate, each averaged with its neighbours over _DIGITS_OF_A_MEAN digits
        or more."""
        steps, losses = self.curves.series.get("batch_loss", (np.zeros(0), np.zeros(0)))
        width = -(-_DIGITS_OF_A_MEAN // self.config.batch_size)
        # The first mean is from just before: with a rate that is far too high the next one is a peak already.
        losses = losses[max(np.searchsorted(steps, self.since, side="right") - width, 0) :]
        return np.convolve(losses, np.full(width, 1 / width), "valid") if len(losses) >= width else np.zeros(0)

    @property
    def reads(self) -> float | None:
        """The share of its digits that it reads: of the validation digits, where it has any; None before an epoch."""
        accuracies = self.series("val_accuracy" if self.config.validation_digits else "accuracy")
        return float(accuracies[-1]) if len(accuracies) else None

    @property
    def batches(self) -> int:
        """How many batches have been trained with this learning rate."""
        steps, _ = self.curves.series.get("batch_loss", (np.full(1, self.since), None))
        return int(steps[-1]) - self.since

    @property
    def can_judge_loss(self) -> bool:
        """Whether there have been batches enough with this learning rate."""
        if not len(self.batch_losses):
            return False
        if self.status != RUNNING:
            return self.batches >= _FEWEST_BATCHES
        total = self.config.steps_per_epoch * self.config.epochs
        trained = np.linspace(self.since, self.since + self.batches, 100)
        return self.batches * learning_rates(self.config.schedule, 1.0, trained, total).mean() >= _BATCHES_TO_JUDGE

    @property
    def guessing(self) -> float:
        """The loss of a network that knows nothing."""
        return _LOSS_OF_GUESSING[self.config.loss]

    @property
    def first(self) -> float:
        """The loss at the start. Of single digits it has fallen before a mean can be taken: no less than guessing."""
        return max(float(self.batch_losses[0]), self.guessing)

    @property
    def now(self) -> float:
        """The loss of the latest tenth of the batches."""
        return mean_of_late(self.batch_losses)


def mean_of_late(values: np.ndarray) -> float:
    """The mean of the latest tenth."""
    return float(values[-max(len(values) // 10, 1) :].mean())


def written(value: float) -> str:
    """A loss as people read it: `0.0123`, `2.3`, `89,300`."""
    return f"{float(f'{value:.3g}'):,.0f}" if value >= 1000 else f"{value:.3g}"
