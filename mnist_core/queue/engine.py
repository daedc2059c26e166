"""The queue: hands runs to Dask's workers and tells them what people want. Knows no Streamlit, no Keras.

By default an embedded engine (`cluster`); DASK_SCHEDULER_ADDRESS points at a cluster instead.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mnist_core.config import TrainConfig, live_fields
from mnist_core.fields import ConfigError
from mnist_core.own_digits import ABOUT_VALIDATION, OwnDigits
from mnist_core.queue import cluster, control, remote
from mnist_core.queue.engine_connection import EngineError, connect
from mnist_core.runs import data_store
from mnist_core.runs.run import FAILED, QUEUED, STOPPED, Progress, Run
from mnist_core.runs.run_files import IMPORTED_PATH, OWN_DIGITS_PATH
from mnist_core.runs.run_names import renamed
from mnist_core.runs.store import FINAL_STEP, Store
from mnist_core.runs.store_connection import NoSuchRun, StoreError
from mnist_core.uploads.foreign_weights import to_arrays

if TYPE_CHECKING:
    from mnist_core.uploads.imported_run import ImportedRun

SECONDS_TO_STOP = 10
_SECONDS_BEFORE_LOST = 20
# To write all of a run's files to the store. Who takes longer was killed.
_SECONDS_TO_COMPLETE = 3600
# The scheduler forgets a run a moment after the store knows that it has ended.
_SECONDS_TO_FORGET = 2
# Behind every run: of these the priority is the time since which they wait, below 0.
_LAST = -math.inf
# MLflow takes no more at once.
_MOST_POINTS = 1000


class Engine:
    """A connection to the engine; `store` is where runs are written down. Raises EngineError.

    So does every act; when the connection breaks in the middle of it, OSError.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._store_id = store.id
        self._client = connect(self._store_id)

    @property
    def is_alive(self) -> bool:
        return self._client.status == "running"

    @property
    def client(self) -> Any:
        """Dask's client. Raises EngineError once it has given up."""
        if self._client.status in ("closing", "closed"):
            raise EngineError("The connection to the training engine was lost. Try again in a moment.")
        return self._client

    @property
    def workers(self) -> int:
        """How many runs can train at once; 0 when the scheduler is lost."""
        return len(self.client.scheduler_info(n_workers=-1).get("workers", ()))

    def workers_of(self, run_id: str) -> list[str]:
        """The address of the worker that has this run; none when it waits or is over."""
        return self.client.run_on_scheduler(remote.workers_of, run_id)

    def submit(
        self, config: TrainConfig, name: str, owner: str, visitor: str = "", *, tested_later: bool = False
    ) -> str:
        """Queue a new run and return its id; a model of one that is `tested_later` needs `test`. Raises StoreError."""
        run_id = self.store.create(config, name, owner, visitor, tested_later=tested_later)
        with self._whole(run_id):
            self._send(run_id)
        return run_id

    def teach(
        self, own: OwnDigits, model: Path, base: str, config: TrainConfig, name: str, owner: str, visitor: str = ""
    ) -> str:
        """Queue a run that starts from the `.keras` file `model` and also trains on a person's own digits.

        `base` is what that model is called. Returns the run's id. Raises StoreError and OSError.
        """
        run_id = self.store.create(config, name, owner, visitor, taught=base)
        with self._whole(run_id), TemporaryDirectory() as scratch:
            self.store.describe(run_id, name=name, note=ABOUT_VALIDATION, tags=(), starred=False)
            self.store.files.put_arrays(run_id, OWN_DIGITS_PATH, own.arrays(), Path(scratch))
            self.store.files.put_start(run_id, model)
            self.store.mark_complete(run_id)
            self._send(run_id)
        return run_id

    def import_run(self, imported: ImportedRun, owner: str, visitor: str = "") -> str:
        """Queue a run that is not trained but tested and kept, as any other; returns its id. Raises StoreError."""
        series = imported.curves.series.items()
        points = [(name, float(v), int(s)) for name, p in series for s, v in zip(*p, strict=True)]
        if imported.seconds is not None:
            points.append(("training_seconds", imported.seconds, FINAL_STEP))
        points += [(name, value, FINAL_STEP) for name, value in imported.kept.items()]
        run_id = self.store.create(imported.config, imported.name, owner, visitor, imported=True)
        with self._whole(run_id), TemporaryDirectory() as scratch:
            self.store.files.put_arrays(run_id, IMPORTED_PATH, to_arrays(imported.weights), Path(scratch))
            for start in range(0, len(points), _MOST_POINTS):
                self.store.write(run_id, metrics=points[start : start + _MOST_POINTS])
            self.store.write(run_id, progress=Progress(epoch=imported.epochs))
            # First, where the end of a long note cannot push it out; once, however often it is imported.
            note = imported.note if imported.about in imported.note else f"{imported.about}\n\n{imported.note}".strip()
            self.store.describe(run_id, name=imported.name, note=note, tags=imported.tags, starred=False)
            self.store.put_changes(run_id, list(imported.changes))
            self.store.mark_complete(run_id)
            self._send(run_id)
        return run_id

    @contextmanager
    def _whole(self, run_id: str) -> Iterator[None]:
        """A run of which not all could be kept or sent is deleted: it must not begin without the rest."""
        try:
            yield
        except BaseException:
            with suppress(StoreError):
                self.store.delete(run_id)
            raise

    def test(self, run_id: str) -> None:
        """Have a run that `is_untested` tested and its model kept, as soon as no other run waits for a worker."""
        from distributed import fire_and_forget

        self.store.ask_for_test(run_id)
        key = remote.test_key(run_id)
        fire_and_forget(self.client.submit(remote.test, run_id, self._store_id, key=key, pure=False, priority=_LAST))

    def pause(self, run_id: str) -> None:
        control.ask(self.client, run_id, control.PAUSE)

    def resume(self, run_id: str, batches: int | None = None) -> None:
        """Go on, for so many `batches` or to the end; a run that was paused for long queues for a worker again.

        Nothing happens to a run that has ended meanwhile.
        """
        run = self.store.get(run_id)
        if not run.is_active:
            return
        until = None if batches is None else control.stands_at(self.client, run_id, run.progress.step) + batches
        control.ask(self.client, run_id, control.RUN, until)
        self._send_again(run_id)

    def change(self, run_id: str, name: str, value: float) -> None:
        """Give one of the run's `config.live_fields` another value from the next batch on.

        Raises ConfigError and StoreError.
        """
        run = self.store.get(run_id)
        if name not in live_fields(run.config):
            raise ConfigError(f"{name} cannot change while this run trains.")
        values: dict[str, Any] = {name: value}
        checked = replace(run.config_now, **values)
        control.change(self.client, run_id, name, getattr(checked, name))

    def go_on(self, run_id: str, epochs: int, back_to_best: bool = False) -> None:
        """Train a run that has ended for `epochs` more (0 to 200), from where it stands or from its best epoch.

        One that has kept the weights of its best epoch goes on from there.
        A schedule is stretched over all epochs; what would end the run early is off.
        Raises ConfigError, StoreError, and EngineError while the run is not over.
        """
        run = self.store.get(run_id)
        if run.is_active:
            raise EngineError("This run trains or waits already.")
        back_to_best = back_to_best or run.keeps_best
        best = self.store.curves(run_id, ("val_loss",)).best_epoch
        stands_at = best if back_to_best and best else run.progress.epoch
        config = replace(run.config, epochs=stands_at + epochs, early_stopping=0, target_accuracy=0.0)
        data_sets = data_store.kept(self.store)
        name = renamed(run.name, run.config, config, lambda text: data_store.named(text, data_sets))
        control.begin_again(self.client, run_id)
        self.store.reopen(run_id, config, name, back_to_best)
        deadline = time.monotonic() + _SECONDS_TO_FORGET
        while self._states([run_id])[run_id] != "unknown" and time.monotonic() < deadline:
            time.sleep(0.02)
        self._send_again(run_id)

    def stop(self, run_id: str) -> None:
        """Stop at the next batch, keeping the weights; a worker that does not in 10 seconds is killed.

        Nothing happens to a run that has ended meanwhile.
        """
        # First: a store that is locked for a moment must not keep it from being heard.
        control.ask(self.client, run_id, control.STOP)
        run = self.store.get(run_id)
        if not run.is_active:
            return
        if run.status == QUEUED and not run.progress.step:
            # If a worker takes it at this very moment, it finds the wish and stops by itself.
            self.client.cancel([self._future(run_id)], force=True)
            self.store.end(run_id, STOPPED, "Stopped before it began.")
            return
        self._send_again(run_id)
        self._watch_it_stop(run_id)

    def settle(self, runs: list[Run]) -> None:
        """Take up again those of `runs` that an engine before this one has lost, and end the hopeless.

        Models that await their test are tested once none of `runs` goes on: a sweep has the others tested itself.
        """
        old = [run for run in runs if run.is_active and time.time() - run.queued > _SECONDS_BEFORE_LOST]
        for run in old:
            if run.incomplete and time.time() - run.queued > _SECONDS_TO_COMPLETE:
                self.store.end(run.id, FAILED, "Its files were not all kept. Start it again.")
        states = self._states([run.id for run in old if not run.incomplete])
        for run in [run for run in old if states.get(run.id) == "unknown"]:
            with suppress(NoSuchRun):
                self._take_up(run.id)
        if not any(run.is_active for run in runs):
            untested = {remote.test_key(run.id): run.id for run in runs if run.awaits_test}
            for key, state in self._states(list(untested)).items():
                if state == "unknown":
                    self.test(untested[key])

    def _take_up(self, run_id: str) -> None:
        """Have a worker go on with a run that none has; one that is paused waits on."""
        now = self.store.get(run_id)
        is_paused, step = now.progress.phase == "paused", now.progress.step
        # Somebody may have asked for more in the moment in which a paused run gave its worker back.
        if now.is_active and (not is_paused or control.needs_a_worker(self.client, now.id, step)):
            if now.progress.starts > cluster.FAILURES_ALLOWED:
                self.store.end(run_id, FAILED, _WORKERS_DIED)
            else:
                self._send_again(run_id, keeps_place=not is_paused)

    def _send(self, run_id: str) -> None:
        from distributed import fire_and_forget

        # Whoever has waited longest comes first, whatever was sent first after a restart.
        priority = -self.store.get(run_id).queued
        what = (remote.train, run_id, self._store_id)
        fire_and_forget(self.client.submit(*what, key=run_id, pure=False, priority=priority))

    def _send_again(self, run_id: str, keeps_place: bool = False) -> None:
        """Hand a run over that the engine does not have (any more)."""
        if self._states([run_id])[run_id] == "unknown":
            self.store.queue(run_id, keeps_place)
            self._send(run_id)

    def _future(self, run_id: str) -> Any:
        from distributed import Future

        return Future(run_id, client=self.client)

    def _states(self, run_ids: list[str]) -> dict[str, str]:
        return self.client.run_on_scheduler(remote.task_states, run_ids) if run_ids else {}

    def _watch_it_stop(self, run_id: str) -> None:
        is_worked_on = bool(self.workers_of(run_id))

        def look() -> None:
            # With an engine that has died meanwhile so has the worker.
            with suppress(EngineError, OSError):
                self._kill_if_still_training(run_id, is_worked_on)

        watch = threading.Timer(SECONDS_TO_STOP, look)
        watch.daemon = True
        watch.start()

    def _kill_if_still_training(self, run_id: str, was_worked_on: bool) -> None:
        """If it is still to stop; a person may have had it train on since. One that waited till now is watched on."""
        if control.wish_of(self.client, run_id) != control.STOP:
            return
        stubborn = self.workers_of(run_id) if was_worked_on else []
        # Of a run that was deleted meanwhile nothing is saved, nor said. A worker that stands still in the middle of
        # writing locks the store: it is killed all the same.
        with suppress(StoreError):
            run = self.store.get(run_id)
            if not run.is_active or run.progress.phase == "saving":
                return
            if stubborn:
                self.store.mark_killed(run_id)
            else:
                # A paused one that gave its worker back in this very moment has nobody to tell.
                self._send_again(run_id)
                self._watch_it_stop(run_id)
        # Meanwhile it may have ended, and its worker have taken somebody else's run.
        if still := [worker for worker in stubborn if worker in self.workers_of(run_id)]:
            self.client.run(remote.kill, workers=still, nanny=True)


_WORKERS_DIED = "Its worker died several times, most likely for want of memory. Try a smaller network or batch."
