"""A run in this process, seen as the coach sees runs."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from mnist_core.coach.advice import Advice
from mnist_core.coach.ending import reads_less
from mnist_core.coach.rules import advise
from mnist_core.config import TrainConfig
from mnist_core.data import Digits, split
from mnist_core.learning.training import Trainer
from mnist_core.learning.training_events import Batches, Diverged, Epoch
from mnist_core.runs.run import FAILED, FINISHED, Curves, Progress


class SeenRun:
    """A run and its curves, recorded as a worker records them, every batch of them."""

    def __init__(self, config: TrainConfig, digits: Digits) -> None:
        self.config, self.status, self.diverged = config, FINISHED, ""
        self.points: dict[str, list[tuple[int, float]]] = {}
        self.trainer = Trainer(config, split(digits, config))
        try:
            for event in self.trainer.events():
                self._add(event)
        except Diverged as error:
            self.status, self.diverged = FAILED, error.where

    def _add(self, event: object) -> None:
        if isinstance(event, Batches):
            steps = range(event.step - len(event.losses) + 1, event.step + 1)
            self.points.setdefault("batch_loss", []).extend(zip(steps, event.losses, strict=True))
            self.points.setdefault("batch_accuracy", []).extend(zip(steps, event.accuracies, strict=True))
        elif isinstance(event, Epoch):
            for name in ("loss", "accuracy", "val_loss", "val_accuracy", "dead_units"):
                if (value := getattr(event, name)) is not None:
                    self.points.setdefault(name, []).append((event.epoch + 1, value))

    @property
    def curves(self) -> Curves:
        series = {name: np.array(points).T for name, points in self.points.items()}
        return Curves({name: (steps.astype(int), values) for name, (steps, values) in series.items()})

    def advice(self) -> list[Advice]:
        return advise(self.config, self.curves, self.status, diverged=self.diverged)

    def advice_at_its_end(self) -> Advice | None:
        """What is said of it besides, once it has ended and has a model."""
        if self.status == FAILED:
            return None
        _, val_accuracy = self.points.get("val_accuracy", [(0, None)])[-1]
        progress = Progress("saving", self.config.epochs, self.trainer.step)
        run = SimpleNamespace(config=self.config, progress=progress, is_within_epoch=False, val_accuracy=val_accuracy)
        return reads_less(run, self.curves)  # type: ignore[arg-type]

    def titles(self) -> list[str]:
        return [advice.title for advice in self.advice()]

    @property
    def best_accuracy(self) -> float:
        return max((value for _, value in self.points.get("val_accuracy", [])), default=0.0)
