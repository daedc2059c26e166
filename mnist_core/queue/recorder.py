"""What a worker writes down of a run while it trains: where it stands, and its curves."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import Any

import numpy as np

from mnist_core.learning.training_events import Batches, Epoch, Event, Validating
from mnist_core.runs.run import Progress, Run
from mnist_core.runs.store import Store
from mnist_core.runs.store_connection import DiskFull, NoSuchRun, StoreError

_POINTS_OF_A_CURVE = 400

# A curve that moves four times a second; each write costs some milliseconds that training could use.
_SECONDS_BETWEEN_WRITES = 0.25

# Between one attempt to write and the next.
_SECONDS_TO_TRY_AGAIN = (0.5, 1, 2, 4, 8, 16)
# A disk that is said to be full may have stumbled: until this was waited for once.
_SECONDS_TO_STUMBLE = 1

# Of the latest event, in the digits a second that are shown: a single one jumps.
_WEIGHT_OF_THE_LATEST = 0.3


class Recorder:
    """Writes to the store from a thread of its own, so that training does not wait for it."""

    def __init__(self, store: Store, run: Run) -> None:
        self.store, self.run = store, run
        self.progress = replace(run.progress, phase="starting", starts=run.progress.starts + 1)
        config = run.config
        self._stride = -(-config.steps_per_epoch * config.epochs // _POINTS_OF_A_CURVE)
        self._points: list[tuple[str, float, int]] = []
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recorder")
        self._writing: Future | None = None
        self._last_event = time.perf_counter()
        self._is_warm = False
        self._last_write = 0.0

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *error: object) -> None:
        try:
            # What led to an error is worth keeping; that it cannot be written is then no news.
            with suppress(StoreError) if any(error) else nullcontext():
                self._write(wait=True)
        finally:
            self._writer.shutdown()

    def add(self, event: Event, was_asked_for: bool, pauses: bool) -> None:
        """Take in an event of training; whether a person asked for the batches up to its end, and no more.

        A run that `pauses` after it is paused from here on: the button that resumes it must not be one that pauses it
        for the moment in which a single batch is trained. Raises StoreError if an earlier event could not be written.
        """
        phase = "paused" if pauses else "training"
        if isinstance(event, Batches):
            self._add_batches(event, was_asked_for, phase)
        elif isinstance(event, Validating):
            self._change(phase="validating", epoch=event.epoch)
        else:
            named = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds", "dead_units")
            values = {name: getattr(event, name) for name in named}
            self._points += [(name, value, event.epoch + 1) for name, value in values.items() if value is not None]
            self._change(phase=phase, epoch=event.epoch + 1, starts=0)
        if not isinstance(event, Batches):
            self._last_event = time.perf_counter()
        self._write(wait=isinstance(event, Epoch))

    def go_on(self) -> None:
        """After a pause, whose time is none of training."""
        self._last_event = time.perf_counter()

    def stand_at(self, epoch: int, step: int, watched: np.ndarray | None) -> None:
        """The run goes on from here, with these probabilities (up to 8, 10) of the digits that it watches."""
        self._change(epoch=epoch, step=step, watched=_in_percent(watched))

    def show(self, phase: str, **values: Any) -> None:
        """Say what the run does now, and wait until that is written; `values` are other fields of Progress."""
        self._change(phase=phase, **values)
        self._write(wait=True)

    def _add_batches(self, event: Batches, was_asked_for: bool, phase: str) -> None:
        first = event.step - len(event.losses) + 1
        for step, loss, accuracy in zip(range(first, event.step + 1), event.losses, event.accuracies, strict=True):
            # Whoever trains batch by batch wants to see each.
            if (step - 1) % self._stride == 0 or (was_asked_for and step == event.step):
                self._points += [("batch_loss", float(loss), step), ("batch_accuracy", float(accuracy), step)]
        now = time.perf_counter()
        config = self.run.config
        digits = len(event.losses) * config.batch_size
        if event.step % config.steps_per_epoch == 0:
            # An epoch's last batch may be smaller.
            digits -= config.steps_per_epoch * config.batch_size - config.digits_per_epoch
        self._change(
            phase=phase,
            epoch=event.epoch,
            step=event.step,
            watched=_in_percent(event.watched),
            digits_per_second=self._speed(digits, now),
        )
        self._last_event = now

    def _speed(self, digits: int, now: float) -> float:
        """Digits a second of late; the first batches, for which all is made ready, say nothing of it."""
        speed, before = digits / (now - self._last_event), self.progress.digits_per_second
        if not self._is_warm:
            self._is_warm = True
            return before
        return _WEIGHT_OF_THE_LATEST * speed + (1 - _WEIGHT_OF_THE_LATEST) * before if before else speed

    def _change(self, **values: Any) -> None:
        self.progress = replace(self.progress, **values)

    def _is_idle(self) -> bool:
        return self._writing is None or self._writing.done()

    def _write(self, wait: bool) -> None:
        now = time.perf_counter()
        if not wait and (now - self._last_write < _SECONDS_BETWEEN_WRITES or not self._is_idle()):
            return
        self._last_write = now
        if self._writing:
            self._writing.result()
        points, self._points = self._points, []
        self._writing = self._writer.submit(self._put, points, self.progress)
        if wait:
            self._writing.result()

    def _put(self, points: list[tuple[str, float, int]], progress: Progress) -> None:
        """Write to the store, again and again for a while: a server may be restarted, a database locked."""
        for seconds in _SECONDS_TO_TRY_AGAIN:
            try:
                return self.store.write(self.run.id, metrics=points, progress=progress)
            except DiskFull:
                # One that is full stays so; but a disk that stumbles says the same.
                if seconds > _SECONDS_TO_STUMBLE:
                    raise
                time.sleep(seconds)
            except StoreError:
                if self.store.is_deleted(self.run.id):
                    raise NoSuchRun("This run was deleted.") from None
                time.sleep(seconds)
        self.store.write(self.run.id, metrics=points, progress=progress)


def _in_percent(probabilities: np.ndarray | None) -> list[list[int]] | None:
    return None if probabilities is None else np.rint(100 * probabilities).astype(int).tolist()
