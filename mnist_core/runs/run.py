"""What is known of a run: how it stands, what was asked of it, what it came to."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mnist_core.config import TrainConfig

# MLflow's own words.
QUEUED, RUNNING, FINISHED, STOPPED, FAILED = "SCHEDULED", "RUNNING", "FINISHED", "KILLED", "FAILED"
ACTIVE = (QUEUED, RUNNING)
# As people say it.
IN_WORDS = {QUEUED: "Waiting", RUNNING: "Training", FINISHED: "Finished", STOPPED: "Stopped", FAILED: "Failed"}


@dataclass(frozen=True)
class Progress:
    """Where a run stands: `phase` is starting, training, paused, validating or saving.

    `watched` are ten probabilities in percent for each of the trainer's watched digits. `starts` is how often
    a worker took the run since it last was seen to live, at an epoch's end or paused: more than once when workers died.
    """

    phase: str = "starting"
    epoch: int = 0
    step: int = 0
    digits_per_second: float = 0.0
    watched: list[list[int]] | None = None
    starts: int = 0


@dataclass(frozen=True)
class Change:
    """A person gave the field `name` another `value` when `step` batches had been trained."""

    step: int
    name: str
    value: float


def short_id(run_id: str) -> str:
    """The first characters of an id, by which people tell what it is of from others of its name."""
    return run_id[:4]


@dataclass(frozen=True)
class Run:
    """One run as the store knows it; times are seconds since 1970, `ended` is when it last did, None before.

    `queued` is when it was last put into the queue, `submitted` when it was made.
    `owner` is the name that a person gave, `visitor` is what tells that person's browser from others.
    `back_to_best`: the worker that takes it next is to go back to the best epoch first.
    `went_back`: to which steps it has done that, and when, in milliseconds since 1970.
    `killed`: its worker was, because it did not stop in time.
    `taught`: the id of the model that it began as, to be taught a person's own digits; else empty.
    `imported`: it was trained elsewhere, and came as a file. `trained_on`: it had ended, and went on.
    `incomplete`: its files are still being written to the store, and it must not begin.
    `diverged`: where its loss became no number, as `Diverged` says it; else empty.
    `tested_later`: a sweep's trial, whose model is tested and kept once the sweep has nothing more to train;
    `test_asked`: somebody has asked for that since. `test_problem` says why it failed.
    """

    id: str
    name: str
    owner: str
    visitor: str
    status: str
    config: TrainConfig
    submitted: float
    queued: float
    ended: float | None
    progress: Progress
    killed: bool
    changes: list[Change]
    back_to_best: bool
    went_back: tuple[tuple[int, int], ...]
    taught: str
    imported: bool
    incomplete: bool
    trained_on: bool
    tested_later: bool
    test_asked: bool
    test_problem: str
    environment: dict[str, str]
    metrics: dict[str, float]
    reason: str
    diverged: str
    traceback: str
    artifact_uri: str
    note: str
    tags: tuple[str, ...]
    starred: bool

    @property
    def short_id(self) -> str:
        """The first characters of its id, by which people tell it from others of its name."""
        return short_id(self.id)

    @property
    def id_and_name(self) -> str:
        """For people: names may be alike, or long, and what is cut off is their end."""
        return f"{self.short_id} · {self.name}"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def is_paused(self) -> bool:
        return self.status == RUNNING and self.progress.phase == "paused"

    @property
    def status_in_words(self) -> str:
        """How it stands, for people."""
        return "Paused" if self.is_paused else IN_WORDS[self.status]

    @property
    def config_now(self) -> TrainConfig:
        """The configuration with what was changed while the run went on."""
        return self.config_at(math.inf)

    def config_at(self, step: float) -> TrainConfig:
        """The configuration with what was changed before so many batches had been trained."""
        values: dict[str, Any] = {change.name: change.value for change in self.changes if change.step < step}
        return replace(self.config, **values)

    @property
    def has_model(self) -> bool:
        return "test_accuracy" in self.metrics

    @property
    def is_of_unknown_training(self) -> bool:
        """Whether it came as a file that does not say how it was trained."""
        return self.imported and "training_seconds" not in self.metrics

    @property
    def may_go_on(self) -> bool:
        """Whether it can be trained on once it is over: it has a checkpoint, and what it had learnt was sound."""
        broke_off = self.status == FAILED and self.progress.epoch > 0 and not self.diverged
        return (self.has_model or broke_off) and not self.imported

    @property
    def keeps_best(self) -> bool:
        """Whether early stopping has put the weights of the best epoch in the place of the last ones."""
        target = self.config.target_accuracy
        has_reached_target = bool(target) and self.metrics.get("val_accuracy", 0.0) >= target
        return self.status == FINISHED and self.config.early_stopping > 0 and not has_reached_target

    @property
    def is_within_epoch(self) -> bool:
        """Whether it has trained batches since the end of its last whole epoch."""
        return self.progress.step > self.progress.epoch * self.config.steps_per_epoch

    @property
    def accuracy(self) -> float | None:
        """On training digits, averaged over the epoch that was kept, which need not be the last whole one."""
        return self.metrics.get("kept_accuracy", self.metrics.get("accuracy"))

    @property
    def val_accuracy(self) -> float | None:
        """Of the model that was kept, which need not be the last whole epoch's."""
        return self.metrics.get("kept_val_accuracy", self.metrics.get("val_accuracy"))

    @property
    def is_untested(self) -> bool:
        """Whether there is nothing of its model but a checkpoint."""
        return self.status in (FINISHED, STOPPED) and self.progress.step > 0 and not self.has_model

    @property
    def awaits_test(self) -> bool:
        """Whether a model will come by itself."""
        return (self.tested_later or self.test_asked) and self.is_untested and not self.test_problem


# Metrics of the model that was kept, where it need not be the last whole epoch's.
KEPT = ("kept_accuracy", "kept_val_accuracy")


@dataclass(frozen=True)
class Curves:
    """Name of a metric -> (steps, values), ordered by step."""

    series: dict[str, tuple[np.ndarray, np.ndarray]]

    @property
    def epochs(self) -> int:
        """The last epoch (from 1) that has ended; 0 before."""
        return int(self.series["loss"][0][-1]) if "loss" in self.series else 0

    @property
    def best_epoch(self) -> int | None:
        """The first epoch (from 1) with the lowest validation loss; None without one that is a number."""
        epochs, losses = self.series.get("val_loss", (np.zeros(0), np.zeros(0)))
        known = np.isfinite(losses)
        return int(epochs[known][np.argmin(losses[known])]) if known.any() else None

    @property
    def marked_epoch(self) -> int | None:
        """The best of several epochs, which the curves mark; None while there is only one."""
        return self.best_epoch if self.epochs > 1 else None

    def up_to(self, epoch: int, step: int) -> Curves:
        """Without what lies beyond: a run that went back to an epoch, or whose worker died, has left it behind."""
        cut = {}
        for name, (steps, values) in self.series.items():
            kept = steps <= (step if name.startswith("batch_") else epoch)
            if kept.any():
                cut[name] = steps[kept], values[kept]
        return Curves(cut)


def queue_position(run: Run, runs: list[Run]) -> int:
    """1 for a run that starts next among `runs`, which may not know it yet; 0 if it is not waiting."""
    waiting = [(other.queued, other.id) for other in runs if other.status == QUEUED]
    return 1 + sum(other < (run.queued, run.id) for other in waiting) if run.status == QUEUED else 0
