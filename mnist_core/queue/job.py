"""The work of one run that is trained: digits -> model -> training -> test -> store."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path

import keras
import numpy as np

from mnist_core import data, export, own_digits
from mnist_core.config import MNIST
from mnist_core.learning.training import Trainer
from mnist_core.learning.training_events import Batches, Epoch, Event
from mnist_core.queue import kept_model
from mnist_core.queue.control import RUN, STOP, Listener
from mnist_core.queue.recorder import Recorder
from mnist_core.runs import data_store
from mnist_core.runs.run import FINISHED, KEPT, STOPPED, Change, Run
from mnist_core.runs.run_files import OWN_DIGITS_PATH, WATCHED_PATH, confusion_path
from mnist_core.runs.store import FINAL_STEP, Store
from mnist_core.runs.store_connection import StoreError

# A paused run keeps its worker for so long; then others may have it until the run is resumed.
SECONDS_TO_KEEP_A_WORKER = 60
# Between one look at whether a paused run was deleted and the next.
_SECONDS_BETWEEN_LOOKS = 1


@lru_cache(maxsize=1)
def _uploaded_digits(store: Store, data_set: str) -> data.Digits:
    return data_store.digits(store, data_set)


class Released(Exception):
    """The run was paused for so long, or deleted, that it gave its worker back; its state is in the store."""


class Job:
    """One run's work, in the folder `scratch`."""

    def __init__(self, store: Store, run: Run, scratch: Path) -> None:
        self.store, self.run, self.scratch = store, run, scratch
        self.has_begun = run.progress.step > 0
        self.changes = list(run.changes)
        # Whether the digits that the run watches are in the store.
        self._shows_watched = False

    def do(self, listener: Listener) -> None:
        """Train the run to its end."""
        self.listener = listener
        with Recorder(self.store, self.run) as recorder:
            recorder.show("starting")
            trainer = self._trainer()
            environment = export.environment(trainer.precision, trainer.precision_reason)
            self.store.write(self.run.id, environment=environment)
            if self.has_begun:
                self._restore(trainer, recorder)
            if self.has_begun and self.listener.wish == STOP:
                return self._end_untrained(trainer, recorder, environment)
            began_at = trainer.epoch
            stopped = self._train(trainer, recorder)
            self._save(trainer, recorder, environment)
        reason = f"Stopped in epoch {trainer.latest_epoch + 1}." if stopped else trainer.ending
        if self.run.back_to_best and not stopped and trainer.epoch == began_at:
            reason = f"Went back to epoch {trainer.epoch}, its best."
        self.store.end(self.run.id, STOPPED if stopped else FINISHED, reason)

    def test(self) -> None:
        """Test and keep what the newest checkpoint holds. Raises StoreError if there is none."""
        checkpoint = self.store.files.checkpoint(self.run.id)
        if checkpoint is None:
            raise StoreError("Nothing was kept of what it had learnt.")
        trainer = self._trainer()
        trainer.restore(checkpoint)
        self._test(trainer, self.run.environment)

    def _trainer(self) -> Trainer:
        """For a run that is taught somebody's own digits, one that trains on them and starts from another model.

        Raises StoreError if these are not there.
        """
        config = self.run.config
        shipped = config.data_set == MNIST
        digits = kept_model.shipped_digits() if shipped else _uploaded_digits(self.store, config.data_set)
        split = data.split(digits, config)
        if not self.run.taught:
            return Trainer(config, split)
        own = self.store.files.arrays(self.run.id, OWN_DIGITS_PATH)
        if own is None:
            raise StoreError("The digits to be taught are not in the store. Train on them again.")
        trainer = Trainer(config, own_digits.mixed(split, own_digits.from_arrays(own)))
        start = self.store.files.start_model(self.run.id, self.scratch)
        trainer.start_from(keras.models.load_model(start, compile=False))
        return trainer

    def _restore(self, trainer: Trainer, recorder: Recorder) -> None:
        """Be as at the newest checkpoint, or at the best epoch if the run is to go back to it."""
        checkpoint = self.store.files.checkpoint(self.run.id)
        if checkpoint:
            trainer.restore(checkpoint)
        if self.run.back_to_best:
            if not checkpoint:
                raise StoreError("Its checkpoints are damaged or gone: there is no best epoch to go back to.")
            trainer.go_back_to_best()
            # What was changed since is forgotten too.
            self.changes = [change for change in self.changes if change.step < trainer.step]
            self.store.put_changes(self.run.id, self.changes)
            # Both, because the newest one counts.
            for turn in (0, 1):
                self.store.files.put_checkpoint(self.run.id, trainer.checkpoint(), turn, self.scratch)
            self.store.went_back(self.run.id, trainer.step)
        for change in self.changes:
            trainer.change(change.name, change.value)
        if any(change.step > trainer.step for change in self.changes):
            # What was changed after the checkpoint counts from there on now.
            now = {(min(c.step, trainer.step), c.name): c.value for c in self.changes}
            self.changes = [Change(step, name, value) for (step, name), value in now.items()]
            self.store.put_changes(self.run.id, self.changes)
        recorder.stand_at(trainer.epoch, trainer.step, trainer.watch())

    def _train(self, trainer: Trainer, recorder: Recorder) -> bool:
        """Train to the end, a pause at a time; whether a person stopped it."""
        self._obey(trainer)
        for event in trainer.events():
            is_over = trainer.epoch == self.run.config.epochs
            pauses = self.listener.holds(trainer.step) and not trainer.is_ending_epoch and not is_over
            self._keep(event, trainer, recorder, pauses)
            if pauses:
                self._wait(trainer, recorder)
                recorder.go_on()
            # After the last epoch there is nothing to stop, but the best weights to put back.
            if self.listener.wish == STOP and trainer.epoch < self.run.config.epochs:
                return True
            self._obey(trainer)
        return False

    def _keep(self, event: Event, trainer: Trainer, recorder: Recorder, pauses: bool) -> None:
        """Write down what an event brings, after which the run goes on or `pauses`."""
        if isinstance(event, Epoch) and event.val_confusion:
            counts = {"counts": np.array(event.val_confusion)}
            self.store.files.put_arrays(self.run.id, confusion_path(event.epoch + 1), counts, self.scratch)
        elif isinstance(event, Batches) and event.watched is not None and not self._shows_watched:
            self._shows_watched = True
            chosen = {"images": trainer.split.x_val[trainer.watched], "labels": trainer.split.y_val[trainer.watched]}
            self.store.files.put_arrays(self.run.id, WATCHED_PATH, chosen, self.scratch)
        recorder.add(event, self.listener.wanted == (RUN, trainer.step), pauses)
        if isinstance(event, Epoch):
            # Last, because the run goes on behind it.
            self.store.files.put_checkpoint(self.run.id, trainer.checkpoint(), event.epoch, self.scratch)

    def _obey(self, trainer: Trainer) -> None:
        """Give the trainer the settings that a person has changed meanwhile."""
        _, trainer.pause_at = self.listener.wanted
        for name, value in self.listener.settings.items():
            if getattr(trainer.config, name) != value:
                trainer.change(name, value)
                # A slider on its way leaves values that no batch was trained with.
                self.changes = [c for c in self.changes if (c.step, c.name) != (trainer.step, name)]
                self.changes.append(Change(trainer.step, name, value))
                self.store.put_changes(self.run.id, self.changes)

    def _wait(self, trainer: Trainer, recorder: Recorder) -> None:
        recorder.show("paused", starts=0)
        began = looked = time.monotonic()
        is_deleted = False
        while self.listener.holds(trainer.step):
            time.sleep(0.05)
            self._obey(trainer)
            if time.monotonic() - looked > _SECONDS_BETWEEN_LOOKS:
                looked, is_deleted = time.monotonic(), self.store.is_deleted(self.run.id)
            if is_deleted or time.monotonic() - began > SECONDS_TO_KEEP_A_WORKER:
                self.store.files.put_checkpoint(self.run.id, trainer.checkpoint(), trainer.latest_epoch, self.scratch)
                # Somebody may have resumed it meanwhile.
                if self.listener.holds(trainer.step):
                    raise Released

    def _save(self, trainer: Trainer, recorder: Recorder, environment: dict[str, str]) -> None:
        recorder.stand_at(trainer.epoch, trainer.step, trainer.watch())
        recorder.show("saving")
        # A run that was stopped may go on from here; early stopping has put the best weights in the last ones' place.
        self.store.files.put_last_checkpoint(self.run.id, trainer.checkpoint(), trainer.latest_epoch, self.scratch)
        if trainer.kept:
            kept = zip(KEPT, (trainer.kept.accuracy, trainer.kept.val_accuracy), strict=True)
            points = [(name, value, FINAL_STEP) for name, value in kept if value is not None]
            self.store.write(self.run.id, metrics=points)
        if self.run.tested_later:
            self.store.write(self.run.id, metrics=[("training_seconds", trainer.seconds, FINAL_STEP)])
        else:
            self._test(trainer, environment)

    def _test(self, trainer: Trainer, environment: dict[str, str]) -> None:
        """Test and keep the model as it is now."""
        model = trainer.float32_model()
        kept_model.keep(
            self.store,
            self.run,
            self.scratch,
            model,
            epochs=trainer.epoch,
            seconds=trainer.seconds,
            environment=environment,
        )
        if len(trainer.split.x_val) and (self.run.config.precise_statistics or trainer.is_within_epoch):
            # Another model than the one that the epoch's end has validated.
            answers = export.probabilities(model, trainer.split.x_val).argmax(axis=1)
            accuracy = float((answers == trainer.split.y_val).mean())
            self.store.write(self.run.id, metrics=[("kept_val_accuracy", accuracy, FINAL_STEP)])

    def _end_untrained(self, trainer: Trainer, recorder: Recorder, environment: dict[str, str]) -> None:
        """Stopped while no worker had it: paused, waiting again, or because its worker was killed or died."""
        reason = f"Stopped in epoch {trainer.latest_epoch + 1}."
        if self.run.killed:
            reason = "Its worker did not stop in time and was killed."
        if trainer.step:
            self._save(trainer, recorder, environment)
            when = "within" if trainer.is_within_epoch else "after"
            kept = f"Kept: the weights {when} epoch {trainer.latest_epoch + 1}."
        else:
            kept = "Nothing is kept: no epoch had ended."
        self.store.end(self.run.id, STOPPED, reason if self.run.progress.phase == "paused" else f"{reason} {kept}")
