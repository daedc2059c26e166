"""The queue with real processes, some of which are killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext, suppress
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import numpy as np
import psutil
import pytest
from distributed.comm import CommClosedError

from mnist_core.artifacts import LITERT_FILE, read_card, read_probabilities
from mnist_core.data import split
from mnist_core.fields import ConfigError
from mnist_core.predictor import Predictor
from mnist_core.queue import cluster, control, remote
from mnist_core.queue.engine import Engine
from mnist_core.queue.engine_connection import EngineError
from mnist_core.runs.run import FAILED, FINISHED, QUEUED, RUNNING, STOPPED, Change, Progress, Run, queue_position
from mnist_core.runs.run_files import WATCHED_PATH, confusion_path
from mnist_core.runs.run_names import name_of
from mnist_core.runs.store import Store
from mnist_core.runs.store_connection import NoSuchRun, StoreError, runs_folder
from tests.conftest import PROJECT, TINY, ended, free_port, wait_for

LONG = replace(TINY, train_size=20_000, epochs=200)


def worker_of(engine: Engine, run_id: str) -> psutil.Process:
    """The process that trains this run, once there is one."""

    addresses = wait_for(lambda: engine.workers_of(run_id))
    return psutil.Process(engine.client.run(_pid, workers=addresses, nanny=True)[addresses[0]])


def _pid(dask_worker: Any) -> int:
    return dask_worker.pid


def test_a_run_goes_from_the_queue_to_a_model(engine, store):
    run_id = engine.submit(TINY, "tiny", "Ada")
    run = ended(store, run_id)
    assert (run.status, run.reason) == (FINISHED, "")
    assert run.metrics["test_accuracy"] == read_card(store.files.folder(run)).evaluation.accuracy > 0.5
    assert read_probabilities(store.files.folder(run)).shape == (10_000, 10)
    assert run.environment["precision"] == "float32: as configured" and run.environment["keras"]
    curves = store.curves(run_id, ("batch_loss", "loss", "val_accuracy", "dead_units")).series
    assert curves["batch_loss"][0].tolist() == list(range(1, 33))
    assert curves["loss"][0].tolist() == curves["val_accuracy"][0].tolist() == [1, 2]
    assert len(curves["dead_units"][1]) == 2 and all(0 <= share < 1 for share in curves["dead_units"][1])


def test_a_run_that_has_kept_its_best_epoch_goes_on_from_there(engine, store):
    config = replace(TINY, epochs=30, early_stopping=2, learning_rate=0.05, optimizer="rmsprop")
    run_id = engine.submit(config, "early", "Ada")
    assert ended(store, run_id).keeps_best
    before = store.curves(run_id, ("loss", "val_loss"))
    best = before.best_epoch
    engine.go_on(run_id, epochs=1)
    run = ended(store, run_id)
    assert (run.progress.epoch, run.progress.step, run.config.epochs) == (best + 1, 16 * (best + 1), best + 1)
    # Weights and optimizer are those of that epoch: it learns what it has learnt before.
    after = store.curves(run_id, ("loss",)).series["loss"][1]
    assert after.tolist() == before.series["loss"][1][: best + 1].tolist()


def test_a_run_that_is_tested_later_gets_the_same_model_or_says_why_not(engine, store):
    config = replace(TINY, epochs=30, early_stopping=2, learning_rate=0.05, optimizer="rmsprop")
    at_once, later = (engine.submit(config, "same", "Ada", tested_later=wait) for wait in (False, True))
    run = ended(store, later)
    seen = store.curves(later, ("val_accuracy", "val_loss"))
    assert run.reason == f"No lower validation loss in 2 epochs. Kept: epoch {seen.best_epoch}."
    assert run.val_accuracy == seen.series["val_accuracy"][1][seen.best_epoch - 1]
    assert run.status == FINISHED and run.awaits_test and not run.has_model
    checkpoints = store.files.folder(run) / "checkpoints"
    hidden = checkpoints.rename(checkpoints.with_name("hidden"))
    engine.test(later)
    wait_for(lambda: store.get(later).test_problem == "Nothing was kept of what it had learnt.")
    assert store.get(later).is_untested and not store.get(later).awaits_test
    # As one does whose test needs more memory than there is.
    for _ in range(3):
        store.count_test(later)
    engine.test(later)
    wait_for(lambda: "ended the worker several times" in store.get(later).test_problem)
    hidden.rename(checkpoints)
    wait_for(lambda: engine.test(later) or store.get(later).has_model)
    both = [read_probabilities(store.files.folder(ended(store, run_id))) for run_id in (at_once, later)]
    np.testing.assert_array_equal(*both)
    assert len(store.curves(later, ("loss",)).series["loss"][0]) < 30


def test_pause_resume_and_stop_keep_a_usable_model(engine, store, digits):
    run_id = engine.submit(LONG, "long", "Ada")
    wait_for(lambda: store.get(run_id).progress.step > 100)
    engine.pause(run_id)
    wait_for(lambda: store.get(run_id).progress.phase == "paused")

    def points() -> int:
        return len(store.curves(run_id, ("batch_loss",)).series["batch_loss"][0])

    before = points()
    engine.resume(run_id)
    wait_for(lambda: points() > before)
    engine.stop(run_id)
    # Clicks that come late.
    engine.resume(run_id)
    engine.pause(run_id)
    run = ended(store, run_id)
    assert run.status == STOPPED and run.reason.startswith("Stopped in epoch") and run.has_model
    held_out = split(digits, LONG)
    proba = Predictor(store.files.folder(run) / LITERT_FILE).probabilities(held_out.x_val / np.float32(255))
    assert run.val_accuracy == pytest.approx((proba.argmax(axis=1) == held_out.y_val).mean(), abs=1e-3)


def test_a_run_that_is_to_pause_before_it_has_begun_pauses_in_its_first_epoch(engine, store):
    run_id = engine.submit(replace(LONG, seed=12), "not so fast", "Ada")
    engine.pause(run_id)
    wait_for(lambda: store.get(run_id).progress.phase == "paused")
    assert 0 < store.get(run_id).progress.step < LONG.steps_per_epoch
    engine.stop(run_id)
    ended(store, run_id)


def test_a_paused_run_goes_a_batch_or_an_epoch_on_with_what_was_changed(engine, store):
    run_id = engine.submit(LONG, "by hand", "Ada")

    def paused_beyond(step: int) -> Run | None:
        run = store.get(run_id)
        return run if run.progress.phase == "paused" and run.progress.step > step else None

    wait_for(lambda: store.get(run_id).progress.step > 0)
    engine.pause(run_id)
    run = wait_for(lambda: paused_beyond(0))
    # Two clicks, the second before the store knows what became of the first.
    for _ in range(2):
        engine.resume(run_id, batches=1)
    after = wait_for(lambda: paused_beyond(run.progress.step + 1))
    assert after.progress.step == run.progress.step + 2
    # With so many epochs to come, not each of the other batches is.
    assert store.curves(run_id, ("batch_loss",)).series["batch_loss"][0][-1] == after.progress.step
    assert np.array(after.progress.watched).sum(axis=1) == pytest.approx(100, abs=5)
    for name, value in (("learning_rate", 99), ("learning_rate", float("nan")), ("dropout", 0.3), ("epochs", 3)):
        with pytest.raises(ConfigError, match=name):
            engine.change(run_id, name, value)
    # A slider on its way: of what no batch was trained with, nothing is kept.
    for rate in (0.5, 0.02):
        engine.change(run_id, "learning_rate", rate)
        wait_for(lambda rate=rate: store.get(run_id).changes == [Change(after.progress.step, "learning_rate", rate)])
    per_epoch = LONG.steps_per_epoch
    engine.resume(run_id, batches=per_epoch - after.progress.step % per_epoch)
    run = wait_for(lambda: paused_beyond(after.progress.step))
    assert run.progress.step % per_epoch == 0 and run.metrics["learning_rate"] == pytest.approx(0.02)
    assert run.changes == [Change(after.progress.step, "learning_rate", 0.02)]
    counts = store.files.arrays(run_id, confusion_path(run.progress.epoch))["counts"]
    assert np.trace(counts) / counts.sum() == pytest.approx(run.metrics["val_accuracy"])
    assert store.files.arrays(run_id, WATCHED_PATH)["images"].shape == (8, 28, 28)
    engine.stop(run_id)
    assert ended(store, run_id).reason == f"Stopped in epoch {run.progress.epoch}."


def test_a_run_that_goes_on_by_batches_is_paused_all_the_while(store, tmp_path, monkeypatch):
    """The button that resumes it must not be one that pauses it for the moment in which a batch is trained."""
    from mnist_core.queue.job import Job

    run_id, phases, write = store.create(TINY, "batch by batch", "Ada"), [], store.write
    client = SimpleNamespace(get_metadata=lambda *args, **options: {"wish": (control.RUN, 1)})
    listener = control.Listener(client, run_id)

    def write_and_ask(run_id: str, progress: Progress | None = None, **values: Any) -> None:
        write(run_id, progress=progress, **values)
        if progress:
            phases.append(progress.phase)
        if progress and progress.phase == "paused":
            listener.wanted = (control.RUN, progress.step + 1) if progress.step < 3 else (control.STOP, None)

    monkeypatch.setattr(store, "write", write_and_ask)
    Job(store, store.get(run_id), tmp_path).do(listener)
    assert list(dict.fromkeys(phases)) == ["starting", "paused", "saving"]
    assert store.get(run_id).progress.step == 3


def test_a_run_that_has_ended_goes_on_and_goes_back_to_its_best_epoch(engine, store):
    config = replace(TINY, epochs=6, learning_rate=0.05, optimizer="rmsprop")
    run_id = engine.submit(config, name_of(config, "dense-512"), "Ada")
    with pytest.raises(EngineError, match="already"):
        engine.go_on(run_id, epochs=2)
    ended(store, run_id)
    engine.stop(run_id)
    engine.resume(run_id)
    assert store.get(run_id).status == FINISHED, "It is over: there is nothing to stop or resume"
    engine.go_on(run_id, epochs=2)
    run = ended(store, run_id)
    curves = store.curves(run_id, ("batch_loss", "val_loss", "accuracy", "val_accuracy"))
    assert run.status == FINISHED and curves.series["val_loss"][0].tolist() == list(range(1, 9))
    assert run.name == name_of(replace(config, epochs=8), "dense-512")
    assert curves.series["batch_loss"][0].tolist() == list(range(1, 8 * 16 + 1))
    assert curves.best_epoch < 8
    before = run.progress.watched
    # One that was changed at the end: that it went back forgets it, the trainer and the scheduler alike.
    engine.change(run_id, "learning_rate", 0.04)
    changes = [Change(step, "learning_rate", rate) for step, rate in ((1, 0.02), (run.progress.step - 1, 0.04))]
    store.put_changes(run_id, changes)
    engine.go_on(run_id, epochs=0, back_to_best=True)
    run = ended(store, run_id)
    assert run.changes == changes[:1] and run.trained_on
    assert run.reason == f"Went back to epoch {curves.best_epoch}, its best." and run.progress.watched != before
    assert (run.progress.epoch, run.back_to_best) == (curves.best_epoch, False)
    card = read_card(store.files.folder(run))
    assert (card.epochs, run.metrics["test_accuracy"]) == (curves.best_epoch, card.evaluation.accuracy)
    best = [curves.series[name][1][curves.best_epoch - 1] for name in ("accuracy", "val_accuracy")]
    assert [run.accuracy, run.val_accuracy] == best
    assert store.curves(run_id, ("val_loss",)).series["val_loss"][0].tolist() == list(range(1, curves.best_epoch + 1))
    engine.go_on(run_id, epochs=1)
    run = ended(store, run_id)
    seen = store.curves(run_id, ("loss", "learning_rate"))
    assert run.progress.epoch == curves.best_epoch + 1 == seen.epochs
    assert seen.series["learning_rate"][1][-1] == pytest.approx(0.02)


def test_a_run_that_gave_its_worker_back_at_its_first_batch_shows_the_digits_it_watches(store, tmp_path, monkeypatch):
    from mnist_core.queue import job

    monkeypatch.setattr(job, "SECONDS_TO_KEEP_A_WORKER", 0)
    run_id, wishes = store.create(TINY, "first batch", "Ada"), [{"wish": (control.RUN, 1)}, {}]
    for wish in wishes:
        client = SimpleNamespace(get_metadata=lambda *args, wish=wish, **options: wish)
        with suppress(job.Released):
            job.Job(store, store.get(run_id), tmp_path).do(control.Listener(client, run_id))
    assert store.get(run_id).status == FINISHED
    assert store.files.arrays(run_id, WATCHED_PATH)["images"].shape == (8, 28, 28)


def test_a_run_paused_for_long_gives_its_worker_to_others(engine, store):
    engine.client.run(_keep_a_worker_for, 0)
    for finish in (engine.resume, engine.stop):
        run_id = engine.submit(replace(LONG, train_size=60_000, epochs=12), "coffee break", "Ada")
        wait_for(lambda run_id=run_id: store.get(run_id).progress.step > 100)
        wait_for(lambda run_id=run_id: engine.workers_of(run_id))
        engine.pause(run_id)
        wait_for(lambda run_id=run_id: store.get(run_id).progress.phase == "paused")
        wait_for(lambda run_id=run_id: not engine.workers_of(run_id))
        stood = store.get(run_id)
        engine.settle([stood])
        assert (store.get(run_id).status, stood.progress.phase) == (RUNNING, "paused")
        finish(run_id)
        run = ended(store, run_id)
        assert run.status == (FINISHED if finish == engine.resume else STOPPED) and run.has_model
        steps = store.curves(run_id, ("batch_loss",)).series["batch_loss"][0]
        assert len(set(np.diff(steps))) == 1, "A batch is missing, or was trained twice"
    engine.client.run(_keep_a_worker_for, 60)


def _keep_a_worker_for(seconds: int) -> None:
    from mnist_core.queue import job

    job.SECONDS_TO_KEEP_A_WORKER = seconds


def test_runs_wait_their_turn_and_can_be_stopped_there(engine, store):
    ids = [engine.submit(LONG, f"long {number}", "Ada") for number in range(engine.workers + 2)]

    def those_that_wait() -> list[Run] | None:
        waiting = [run for run in map(store.get, ids) if run.status == QUEUED]
        return waiting if len(waiting) == 2 else None

    queued = wait_for(those_that_wait)
    assert [queue_position(run, queued) for run in queued] == [1, 2]
    engine.stop(queued[1].id)
    assert ended(store, queued[1].id, 2).reason == "Stopped before it began."
    running = next(run_id for run_id in ids if run_id not in {run.id for run in queued})
    engine.stop(running)
    wait_for(lambda: store.get(queued[0].id).progress.step > 0)
    for run_id in ids:
        if store.get(run_id).is_active:
            engine.stop(run_id)
    assert {ended(store, run_id).status for run_id in ids} == {STOPPED}


def test_a_killed_worker_goes_on_from_its_last_epoch(engine, store, digits):
    """And gives the very curve that it would have given."""
    config = replace(TINY, train_size=20_000, epochs=14, learning_rate=0.0005)
    run_id = engine.submit(config, "killed", "Ada")
    wait_for(lambda: store.get(run_id).metrics.get("loss") and store.get(run_id).progress.epoch >= 4)
    worker_of(engine, run_id).kill()
    run = ended(store, run_id)
    assert (run.status, run.reason) == (FINISHED, "")
    steps, losses = store.curves(run_id, ("loss",)).series["loss"]
    assert steps.tolist() == list(range(1, 15))
    from mnist_core.learning.training import Trainer
    from mnist_core.learning.training_events import Epoch

    whole = [e.loss for e in Trainer(config, split(digits, config)).events() if isinstance(e, Epoch)]
    assert losses.tolist() == whole


def test_a_run_that_kills_its_workers_is_given_up_with_a_reason(engine, store, monkeypatch):
    """As one does that needs more memory than there is: no epoch ever ends."""
    run_id = engine.submit(replace(LONG, batch_size=1), "greedy", "Ada")
    for start in range(1, 4):
        wait_for(lambda start=start: store.get(run_id).progress.starts == start)
        worker = worker_of(engine, run_id)
        worker.kill()
        wait_for(lambda worker=worker: not worker.is_running())
    wait_for(lambda: not engine.workers_of(run_id))
    monkeypatch.setattr("mnist_core.queue.engine._SECONDS_BEFORE_LOST", 0)
    wait_for(lambda: engine.settle([store.get(run_id)]) or not store.get(run_id).is_active)
    run = store.get(run_id)
    assert run.status == FAILED and "died several times" in run.reason


def stand_still(worker: psutil.Process) -> None:
    """But not while it reads or writes: the store's database would be locked until it is killed."""

    def stopped() -> bool:
        worker.send_signal(signal.SIGSTOP)
        wait_for(lambda: worker.status() == psutil.STATUS_STOPPED)
        # Its other threads stand still a moment later.
        time.sleep(0.05)
        try:
            sqlite3.connect(runs_folder() / "mlflow.db", timeout=0).execute("BEGIN EXCLUSIVE").connection.rollback()
        except sqlite3.OperationalError:
            worker.send_signal(signal.SIGCONT)
            return False
        return True

    wait_for(stopped)


def test_a_worker_that_does_not_stop_is_killed_and_the_run_says_so(engine, store, monkeypatch):
    monkeypatch.setattr("mnist_core.queue.engine.SECONDS_TO_STOP", 2)
    run_id = engine.submit(LONG, "stubborn", "Ada")
    wait_for(lambda: store.get(run_id).progress.epoch >= 2)
    stand_still(worker_of(engine, run_id))
    engine.stop(run_id)
    run = ended(store, run_id)
    assert run.status == STOPPED and run.has_model
    assert "did not stop in time and was killed. Kept: the weights after epoch" in run.reason


def test_stopping_a_run_that_waits_at_a_worker_kills_nobody_elses(engine, store, monkeypatch):
    """Dask gives each run to a worker at once: behind another one it only waits there."""
    monkeypatch.setattr("mnist_core.queue.engine.SECONDS_TO_STOP", 1)
    busy = [engine.submit(LONG, "busy", "Ada") for _ in range(engine.workers)]
    for run_id in busy:
        wait_for(lambda run_id=run_id: store.get(run_id).progress.step > 0)
    waiting = engine.submit(LONG, "waiting", "Ben")
    # As one that has trained before, and gave its worker back.
    store.write(waiting, progress=Progress("paused", 1, LONG.steps_per_epoch))
    processes = [worker_of(engine, run_id) for run_id in busy]
    engine.stop(waiting)
    seconds = time.monotonic() + 2.5
    while time.monotonic() < seconds:
        assert all(process.is_running() for process in processes)
        time.sleep(0.2)
    # To begin and to end again may take a worker more than that second.
    monkeypatch.setattr("mnist_core.queue.engine.SECONDS_TO_STOP", 30)
    for run_id in busy:
        engine.stop(run_id)
    assert not ended(store, waiting).killed and {ended(store, run_id).status for run_id in busy} == {STOPPED}


def test_a_run_that_an_engine_has_lost_comes_before_those_that_were_sent_after_it(engine, store, monkeypatch):
    monkeypatch.setattr("mnist_core.queue.engine._SECONDS_BEFORE_LOST", 0)
    lost = store.create(LONG, "lost", "Ada")
    store.start(lost)
    later = engine.submit(LONG, "later", "Ben")
    untested = store.create(TINY, "untested", "Ada", tested_later=True)
    store.end(untested, FINISHED)
    engine.settle([store.get(lost)])
    engine.test(untested)

    keys = (lost, later, remote.test_key(untested))

    def priorities(dask_scheduler):
        return [dask_scheduler.tasks[key].priority for key in keys if key in dask_scheduler.tasks]

    in_turn = wait_for(lambda: len(found := engine.client.run_on_scheduler(priorities)) == len(keys) and found)
    assert in_turn == sorted(in_turn)
    for run_id in (lost, later):
        engine.stop(run_id)
        ended(store, run_id)
    store.delete(untested)


def test_what_an_engine_has_lost_of_a_resume_or_a_test_is_done_by_another(engine, store, monkeypatch):
    monkeypatch.setattr("mnist_core.queue.engine._SECONDS_BEFORE_LOST", 0)
    resumed, stopped, paused = (store.create(TINY, "paused", "Ada") for _ in range(3))
    for run_id in (resumed, stopped, paused):
        store.start(run_id)
        store.write(run_id, progress=Progress("paused", 0, 3))
    control.ask(engine.client, resumed, control.RUN)
    control.ask(engine.client, stopped, control.STOP)
    control.ask(engine.client, stopped, control.RUN)
    runs = [store.get(run_id) for run_id in (store.create(TINY, "deleted", "Ada"), resumed, stopped, paused)]
    store.delete(runs[0].id)
    engine.settle(runs)
    assert ended(store, resumed).status == FINISHED and ended(store, stopped).status == STOPPED
    assert store.get(paused).progress.phase == "paused"
    store.end(paused, STOPPED)
    untested = engine.submit(TINY, "a trial", "Ada", tested_later=True)
    assert ended(store, untested).awaits_test
    engine.settle([store.get(untested)])
    wait_for(lambda: store.get(untested).has_model)


def test_a_run_that_broke_off_goes_on_from_its_last_epoch(engine, store):
    run_id = engine.submit(replace(TINY, epochs=2), "broken off", "Ada")
    ended(store, run_id)
    store.end(run_id, FAILED, "The store of runs cannot be used: no connection", "Traceback")
    run = store.get(run_id)
    assert run.may_go_on and not replace(run, diverged="epoch 1, batch 3", metrics={}).may_go_on
    engine.go_on(run_id, epochs=1)
    run = ended(store, run_id)
    assert (run.status, run.reason, run.traceback, run.progress.epoch) == (FINISHED, "", "", 3)


def test_a_run_that_diverges_fails_with_its_reason_and_its_curve(engine, store):
    config = replace(TINY, optimizer="sgd", learning_rate=10.0, l2=0.1, momentum=0.9, epochs=20)
    run = ended(store, engine.submit(config, "wild", "Ada"))
    assert run.status == FAILED and "no longer a number" in run.reason and "Diverged" in run.traceback
    assert run.diverged and f"({run.diverged})" in run.reason
    assert len(store.curves(run.id, ("batch_loss",)).series["batch_loss"][0]) > 3


def test_a_run_deleted_while_it_trains_or_is_paused_is_gone_and_its_worker_free(engine, store):
    for is_paused in (False, True):
        run_id = engine.submit(LONG, "unwanted", "Ada")
        wait_for(lambda run_id=run_id: store.get(run_id).progress.step > 0)
        if is_paused:
            engine.pause(run_id)
            wait_for(lambda run_id=run_id: store.get(run_id).progress.phase == "paused")
        stood = store.get(run_id).progress.step
        store.delete(run_id)
        with pytest.raises(NoSuchRun):
            store.get(run_id)
        wait_for(lambda run_id=run_id: not engine.workers_of(run_id), 20)
    store.restore(run_id)
    engine.resume(run_id)
    wait_for(lambda: store.get(run_id).progress.step > stood + 500)
    engine.stop(run_id)
    assert ended(store, run_id).has_model
    steps = store.curves(run_id, ("batch_loss",)).series["batch_loss"][0]
    assert len(set(np.diff(steps))) == 1, "A batch is missing, or was trained twice"


def test_a_run_that_an_engine_has_lost_is_taken_up_again(engine, store, monkeypatch):
    # A worker's import brings TensorFlow.
    from mnist_core.queue import worker

    run_id = store.create(TINY, "lost", "Ada")
    monkeypatch.setattr(worker, "connected_store", lambda: store)
    with pytest.raises(CommClosedError):
        worker.execute(run_id, Mock(get_metadata=Mock(side_effect=CommClosedError)))
    monkeypatch.setattr("mnist_core.queue.engine._SECONDS_BEFORE_LOST", 0)
    engine.settle([store.get(run_id)])
    assert ended(store, run_id).status == FINISHED


def test_a_run_that_is_not_wholly_in_the_store_does_not_begin_and_is_given_up_in_the_end(engine, store, monkeypatch):
    monkeypatch.setattr("mnist_core.queue.engine._SECONDS_BEFORE_LOST", 0)
    run_id = store.create(TINY, "half of it", "Ada", imported=True)
    engine.settle([store.get(run_id)])
    assert store.get(run_id).status == QUEUED and engine._states([run_id]) == {run_id: "unknown"}
    monkeypatch.setattr("mnist_core.queue.engine._SECONDS_TO_COMPLETE", 0)
    engine.settle([store.get(run_id)])
    assert store.get(run_id).status == FAILED and "not all kept" in store.get(run_id).reason


def test_a_second_engine_for_the_same_runs_gives_way(engine):
    again = subprocess.run(
        [sys.executable, "-m", "mnist_core.queue.cluster"], cwd=PROJECT, capture_output=True, text=True, timeout=60
    )
    assert "running already" in again.stdout


def test_what_killed_workers_leave_the_next_engine_removes(engine, monkeypatch, tmp_path):
    # While workers that a test has killed are replaced, there may be none.
    folders = wait_for(lambda: engine.client.run(tempfile.gettempdir))
    assert set(folders.values()) == {str(cluster.scratch_folder())}
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path))
    monkeypatch.setattr(cluster, "_serve", lambda: None)
    (cluster.scratch_folder() / "left").mkdir(parents=True)
    cluster.main()
    assert not cluster.scratch_folder().exists()


@pytest.mark.parametrize(
    ("client", "task", "stays"),
    [
        ("digit-lab-web-1", None, True),
        ("fire-and-forget", "processing", True),
        ("fire-and-forget", "memory", False),
        ("Client-worker-1", None, False),
    ],
)
def test_an_engine_ends_when_nobody_is_there_and_nothing_runs(client, task, stays, monkeypatch):
    tasks = {"a run": SimpleNamespace(state=task)} if task else {}
    scheduler = SimpleNamespace(status=SimpleNamespace(name="running"), clients={client: None}, tasks=tasks)
    now, a_day = 0.0, 24 * 3600

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        scheduler.status.name = "running" if now < a_day else "closed"

    monkeypatch.setattr(cluster, "time", SimpleNamespace(monotonic=lambda: now, sleep=sleep))
    cluster._wait_until_alone(scheduler)
    assert now >= a_day if stays else now == cluster.SECONDS_ALONE


def test_an_act_over_a_lost_connection_says_so(engine, store):
    other = Engine(store)
    other.client.close()
    assert not other.is_alive
    with pytest.raises(EngineError, match="connection to the training engine was lost"):
        other.workers_of("0" * 32)


@pytest.mark.parametrize(
    ("processors", "gigabytes", "workers", "each"),
    [(2, 24, 2, 12), (16, 8, 4, 2), (2, 1, 1, 1), (16, 64, 8, 8), (1, 4, 2, 2)],
)
def test_there_are_as_many_workers_as_memory_is_for(processors, gigabytes, workers, each, monkeypatch):
    monkeypatch.setattr("dask.system.CPU_COUNT", processors)
    monkeypatch.setattr("distributed.system.MEMORY_LIMIT", gigabytes * 2**30)
    assert cluster._workers() == (workers, each * 2**30)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "localhost", "http://localhost:8786"])
def test_a_cluster_elsewhere_that_does_not_answer_is_named(store, monkeypatch, address):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
    monkeypatch.setattr("mnist_core.queue.engine_connection._SECONDS_TO_REACH", 1)
    with pytest.raises(EngineError, match=address):
        Engine(store)


def test_a_cluster_whose_workers_keep_runs_elsewhere_is_refused(engine, store, tmp_path, monkeypatch):
    """Each would look for a run where it is not, and leave it in the queue for ever."""
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster.read_address_file()["address"])
    same = Engine(store)
    assert same.workers
    same.client.close()
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path))
    with pytest.raises(EngineError, match="keeps runs in another store"):
        Engine(Store())

    async def without_a_store():
        raise StoreError("Nobody answers.")

    monkeypatch.setattr("mnist_core.queue.remote.store_id", without_a_store)
    with pytest.raises(EngineError, match="cannot reach its store"):
        Engine(store)


@pytest.mark.parametrize(
    ("where", "why"), [("http://far:5000", "still keeps its runs in http://far:5000"), (None, "is of an older version")]
)
def test_an_embedded_engine_of_another_store_is_not_used(engine, store, monkeypatch, where, why):
    said = cluster.read_address_file() | {"store": where}
    monkeypatch.setattr(cluster, "read_address_file", lambda: said)
    with pytest.raises(EngineError, match=why):
        Engine(store)


@pytest.mark.parametrize("knows", [True, False])
def test_a_scheduler_elsewhere_that_does_not_have_the_project_says_so(store, monkeypatch, tmp_path, knows):
    address = f"tcp://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", address, "--no-dashboard"]
    paths = {"PYTHONPATH": str(PROJECT)} if knows else {}
    scheduler = subprocess.Popen(command, cwd=tmp_path, env=os.environ | paths, stderr=subprocess.DEVNULL)
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
    try:
        with nullcontext() if knows else pytest.raises(EngineError, match="does not know mnist_core"):
            assert Engine(store).workers == 0
    finally:
        scheduler.kill()
        scheduler.wait()
