"""What training tells as it goes on: some batches, how far validation is, the end of an epoch, a loss gone wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


class Diverged(RuntimeError):
    """The loss is no longer a number; `where` is, for people, when that was. What usually helps is in the message."""

    def __init__(self, where: str, learning_rate: float) -> None:
        rate = f"A learning rate of {learning_rate:g} is most likely too high: try a smaller one."
        super().__init__(f"The loss is no longer a number ({where}). {rate}")
        self.where = where


@dataclass(frozen=True)
class Batches:
    """Some batches were trained. Arrays have one entry a batch; `step` counts batches since the run's start.

    `watched` (up to 8, 10) are the probabilities of the trainer's watched digits now; None in a run's first event
    and without validation digits.
    """

    epoch: int
    step: int
    losses: np.ndarray
    accuracies: np.ndarray
    learning_rate: float
    watched: np.ndarray | None


@dataclass(frozen=True)
class Validating:
    """`done` of the epoch's `total` validation digits have been looked at."""

    epoch: int
    done: int
    total: int


@dataclass(frozen=True)
class Epoch:
    """An epoch has ended. Losses include the L2 penalty, as in Keras; `val_` values are None without validation.

    `val_confusion` are 10x10 counts of the validation digits: rows the true digits, columns what they were read as.
    `dead_units` is the share of ReLU units that are zero for each of 1,000 digits, in [0, 1]; None without ReLU.
    """

    epoch: int
    step: int
    loss: float
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    val_confusion: list[list[int]] | None
    learning_rate: float
    seconds: float
    is_best: bool
    dead_units: float | None = None


Event = Batches | Validating | Epoch
