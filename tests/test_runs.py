import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mnist_core.queue.recorder import Recorder
from mnist_core.runs.run import FAILED, FINISHED, QUEUED, RUNNING, Change, Curves, Progress
from mnist_core.runs.store import Store
from mnist_core.runs.store_connection import DiskFull, NoSuchRun, StoreError, runs_folder, writes
from tests.conftest import PROJECT, TINY, wait_for


def locked(*args: object, **others: object) -> None:
    raise RuntimeError("database is locked")


@pytest.fixture
def run_id(store: Store) -> Iterator[str]:
    run_id = store.create(TINY, "tiny", "Ada", "browser 1")
    yield run_id
    # A run that waits for ever would stand in every list that another file's tests look at.
    if not store.is_deleted(run_id):
        store.delete(run_id)


def test_every_write_and_no_look_changes_the_count_of_writes(store, run_id, monkeypatch):
    before = writes()
    store.get(run_id), store.newest()
    assert writes() == before
    store.write(run_id, progress=Progress("training", 1, 20))
    told = writes()
    store.describe(run_id, name="other", note="", tags=(), starred=False)
    assert len({before, told, writes()}) == 3
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:1")
    assert writes() is None


def test_a_run_is_read_as_it_was_written(store, run_id):
    fresh = store.get(run_id)
    assert (fresh.name, fresh.owner, fresh.visitor, fresh.status) == ("tiny", "Ada", "browser 1", QUEUED)
    assert fresh.config == TINY and fresh.is_active and not fresh.has_model
    store.start(fresh.id)
    progress = Progress(phase="training", epoch=1, step=20, digits_per_second=9000.0)
    store.write(
        run_id, metrics=[("loss", 0.7, 1), ("test_accuracy", 0.91, 2)], progress=progress, environment={"keras": "3"}
    )
    running = store.get(run_id)
    assert (running.status, running.progress, running.environment) == (RUNNING, progress, {"keras": "3"})
    assert running.has_model and running.metrics["test_accuracy"] == 0.91
    store.end(run_id, FAILED, "because", "x" * 9000)
    over = store.get(run_id)
    assert (over.status, over.reason, len(over.traceback)) == (FAILED, "because", 5000) and over.ended >= over.submitted


def test_what_people_say_about_a_run_is_kept(store, run_id):
    assert (store.get(run_id).note, store.get(run_id).tags, store.get(run_id).starred) == ("", (), False)
    store.describe(run_id, name="my best", note="Look at the 7s.", tags=["group 1", "7, 1"], starred=True)
    run = store.get(run_id)
    assert (run.name, run.note, run.tags, run.starred) == ("my best", "Look at the 7s.", ("group 1", "7, 1"), True)


def test_what_is_said_or_changed_at_length_stays_readable(store, run_id):
    store.describe(run_id, name="tiny", note="", tags=[f"{n} " + 500 * "字" for n in range(50)], starred=False)
    changes = [Change(1, "dropout", 0.5), *(Change(step, "learning_rate", step / 7) for step in range(2, 1000))]
    store.put_changes(run_id, changes)
    run = store.get(run_id)
    assert run.tags[0].startswith("0 字字") and len(run.tags) == 30
    assert run.changes[0] == changes[0] and run.changes[-100:] == changes[-100:]


def test_a_step_trained_again_keeps_its_last_value(store, run_id):
    store.write(run_id, metrics=[("loss", 3.0, 1), ("loss", 2.0, 2)])
    store.write(run_id, metrics=[("loss", 1.5, 2), ("loss", 1.0, 3)])
    steps, values = store.curves(run_id, ("loss", "accuracy")).series["loss"]
    assert steps.tolist() == [1, 2, 3] and values.tolist() == [3.0, 1.5, 1.0]


def test_what_was_left_behind_by_going_back_is_in_no_curve(store, run_id):
    """Even where the batches that were trained since are noted at other steps."""
    store.write(run_id, metrics=[("batch_loss", 9.0, step) for step in range(1, 30, 3)], progress=Progress(step=28))
    store.went_back(run_id, 10)
    store.write(run_id, metrics=[("batch_loss", 1.0, step) for step in (14, 20, 26)], progress=Progress(step=28))
    steps, values = store.curves(run_id, ("batch_loss",)).series["batch_loss"]
    assert steps.tolist() == [1, 4, 7, 10, 14, 20, 26] and values.tolist() == 4 * [9.0] + 3 * [1.0]
    store.went_back(run_id, 4)
    assert [step for step, _ in store.get(run_id).went_back] == [4]
    assert store.curves(run_id, ("batch_loss",)).series["batch_loss"][0].tolist() == [1, 4]


def test_a_run_whose_going_on_is_cut_short_says_nothing_untrue(store, run_id, monkeypatch):
    before = store.get(run_id)
    log_batch, said = store._client.log_batch, []

    def cut_short(id: str, **others: object) -> None:
        said.append(others)
        return locked() if len(said) > 1 else log_batch(id, **others)

    with monkeypatch.context() as patch, pytest.raises(StoreError, match="locked"):
        patch.setattr(store._client, "log_batch", cut_short)
        store.reopen(run_id, replace(TINY, epochs=50), "longer", back_to_best=True)
    now = store.get(run_id)
    assert (now.config, now.name, now.trained_on, now.back_to_best) == (before.config, before.name, False, False)


def test_a_run_that_goes_on_has_behind_it_what_it_ended_with(store, run_id):
    store.write(run_id, progress=Progress("saving", 1, 16, starts=3))
    store.end(run_id, FAILED, "The loss is no longer a number (epoch 2, batch 1).", "Traceback", "epoch 2, batch 1")
    store.reopen(run_id, replace(TINY, epochs=3), "longer", back_to_best=False)
    run = store.get(run_id)
    assert run.progress == Progress("starting", 1, 16) and not (run.reason or run.diverged or run.traceback)


@pytest.mark.parametrize(("losses", "best"), [([0.5, np.nan, 0.3, 0.3], 3), ([np.nan, np.inf], None), ([], None)])
def test_the_best_epoch_has_a_loss(losses, best):
    series = {"val_loss": (1 + np.arange(len(losses)), np.array(losses))}
    assert Curves(series).best_epoch == best and Curves({}).best_epoch is None


def test_a_loss_beyond_all_numbers_is_read_as_it_was_written(store, run_id):
    store.write(run_id, metrics=[("val_loss", value, epoch) for epoch, value in enumerate((3e34, np.nan, np.inf), 1)])
    assert str(store.curves(run_id, ("val_loss",)).series["val_loss"][1].tolist()) == "[3e+34, nan, inf]"


def test_delete_hides_and_restore_brings_back(store, run_id):
    store.delete(run_id)
    with pytest.raises(NoSuchRun):
        store.get(run_id)
    assert run_id not in [run.id for run in store.newest()]
    store.restore(run_id)
    assert store.newest()[0].id == run_id


def test_a_run_that_could_not_be_written_whole_is_none(store, monkeypatch):
    before = store.newest()
    for name in ("update_run", "log_batch"):
        with monkeypatch.context() as patch, pytest.raises(StoreError, match="locked"):
            patch.setattr(store._client, name, locked)
            store.create(TINY, "half of it", "Ada")
    assert store.newest() == before


def test_all_records_are_listed_page_by_page(store, monkeypatch):
    monkeypatch.setattr("mnist_core.runs.store._RECORDS_AT_ONCE", 2)
    made = [store.create_record("another kind", str(number)) for number in range(5)]
    assert sorted(record for record, _ in store.records("another kind")) == sorted(made)


def test_an_unknown_run_is_no_such_run(store):
    for unknown in ("0" * 32, "../../etc", ""):
        with pytest.raises(NoSuchRun):
            store.get(unknown)


def test_a_checkpoint_cut_short_falls_back_to_the_one_before(store, run_id, tmp_path):
    assert store.files.checkpoint(run_id) is None
    for epoch in range(3):
        arrays = {"weights": np.full(1000, epoch), "step": np.array(epoch)}
        store.files.put_checkpoint(run_id, arrays, epoch, tmp_path)
    assert int(store.files.checkpoint(run_id)["step"]) == 2
    newest = store.files.folder(store.get(run_id)) / "checkpoints" / "checkpoint_0.npz"
    newest.write_bytes(newest.read_bytes()[:500])
    assert int(store.files.checkpoint(run_id)["step"]) == 1


def test_files_that_cannot_be_reached_are_not_taken_for_files_that_never_were(store, run_id, tmp_path, monkeypatch):
    store.files.put_arrays(run_id, "some/arrays.npz", {"a": np.arange(3)}, tmp_path)
    assert store.files.arrays(run_id, "some/arrays.npz")["a"].tolist() == [0, 1, 2]
    assert store.files.arrays(run_id, "some/others.npz") is None

    def locked(*args: object) -> None:
        raise RuntimeError("database is locked")

    monkeypatch.setattr(store._client, "download_artifacts", locked)
    with pytest.raises(StoreError, match="locked"):
        store.files.arrays(run_id, "some/arrays.npz")


def test_a_store_whose_folder_was_moved_finds_and_keeps_files_there(tmp_path, monkeypatch):
    """As when the whole project is: MLflow writes down where every file is."""
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path / "before"))
    store, arrays = Store(), {"kept": np.arange(3)}
    old, record = store.create(TINY, "old", "Ada"), store.create_record("others", "a record")
    for each in (old, record):
        store.files.put_arrays(each, "a/b.npz", arrays, tmp_path)
    (tmp_path / "before").rename(tmp_path / "it's here now")
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path / "it's here now"))
    store = Store()
    new = store.create(TINY, "new", "Ada")
    store.files.put_arrays(new, "a/b.npz", arrays, tmp_path)
    for each in (old, record, new):
        assert store.files.arrays(each, "a/b.npz")["kept"].tolist() == [0, 1, 2]
    assert store.files.folder(store.get(old)).is_relative_to(runs_folder()) and not (tmp_path / "before").exists()


def test_a_store_that_cannot_be_opened_says_so_until_it_is_mended(store, tmp_path, monkeypatch):
    whole = runs_folder() / "mlflow.db"
    (tmp_path / "mlflow.db").write_bytes(b"this is no database" * 100)
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path))
    with pytest.raises(StoreError, match=r"store of runs cannot be used: .* is damaged"):
        Store()
    (tmp_path / "mlflow.db").unlink()
    shutil.copy(whole, tmp_path)
    assert Store().id


def test_a_store_whose_making_was_cut_short_is_made_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path))
    make = [sys.executable, "-c", "from mnist_core.runs.store import Store; Store()"]
    begun = subprocess.Popen(make, cwd=PROJECT, stderr=subprocess.DEVNULL)
    wait_for(lambda: list(tmp_path.glob("*.partial")))
    begun.kill()
    begun.wait()
    assert not (tmp_path / "mlflow.db").exists()
    run_id = Store().create(TINY, "tiny", "Ada")
    assert Store().get(run_id).name == "tiny"


def test_a_database_put_back_while_a_new_one_is_made_stays(store, run_id, tmp_path, monkeypatch):
    kept = runs_folder() / "mlflow.db"
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path))
    run = subprocess.run

    def put_back_meanwhile(*args: Any, **options: Any) -> Any:
        made = run(*args, **options)
        shutil.copy(kept, tmp_path)
        return made

    monkeypatch.setattr(subprocess, "run", put_back_meanwhile)
    assert Store().get(run_id) and [path.name for path in tmp_path.glob("mlflow*")] == ["mlflow.db"]


_REPLACE = """
import shutil
from mnist_core.config import TrainConfig
from mnist_core.runs.store import Store
from mnist_core.runs.store_connection import StoreError, runs_folder
store, database = Store(), runs_folder() / "mlflow.db"
def add(name):
    store.create(TrainConfig(), name, "Ada")
def show():
    try:
        print(*[run.name for run in store.newest()])
    except StoreError as error:
        print(error)
add("first")
shutil.copy(database, runs_folder() / "backup")
add("second")
(runs_folder() / "backup").replace(database)
show()
add("third")
database.rename(runs_folder() / "away")
show()
print(database.exists())
(runs_folder() / "away").rename(database)
show()
"""


def test_a_database_that_is_replaced_is_read_anew_and_one_that_is_gone_is_said_to_be(tmp_path, monkeypatch):
    """As a backup is put back under a program that goes on: its connections are to the file that was there."""
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path))
    found = subprocess.run([sys.executable, "-c", _REPLACE], cwd=PROJECT, capture_output=True, text=True, timeout=120)
    gone = f"The store of runs cannot be used: {tmp_path / 'mlflow.db'} is gone. Put it back, or start the app again"
    assert found.stdout.splitlines() == ["first", f"{gone} to begin anew.", "False", "third first"], found.stderr


def test_two_processes_may_open_a_new_store_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path))
    command = [sys.executable, "-c", "from mnist_core.runs.store import Store; Store().newest()"]
    both = [subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0], [process.stderr.read() for process in both]


_FILL = """
import resource, signal
from mnist_core.config import TrainConfig
from mnist_core.runs.store import Store
from mnist_core.runs.store_connection import StoreError, runs_folder
from mnist_core.sweeps.studies import Studies, StudyError
from mnist_core.sweeps.sweep import Plan, Sweep
store = Store()
studies = Studies(store.id)
finished = store.create(TrainConfig(), "before", "Ada")
store.end(finished, "FINISHED")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def fill(room, name="mlflow.db"):
    database = (runs_folder() / name).stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (database + room, resource.RLIM_INFINITY))
class Client:
    def get_metadata(self, key, default):
        return default
from mnist_core.queue import worker
config = TrainConfig(model="dense", dense_units=(2048,), train_size=1000, epochs=2)
run_id = store.create(config, "too big", "Ada")
fill(1_000_000)
worker.execute(run_id, Client())
print(store.get(run_id).status, store.get(run_id).reason)
fill(0)
try:
    for _ in range(1000):
        store.create(TrainConfig(), "one too many", "Ada")
except StoreError as error:
    print("REFUSED", error)
fill(0, "sweeps.db")
try:
    for _ in range(1000):
        studies.create(Sweep(TrainConfig(), {"learning_rate": (0.001, 0.1)}, Plan(), "a sweep", "Ada"))
except StudyError as error:
    print("REFUSED", error)
print(store.get(finished).status)
"""


def test_a_full_disk_is_said_in_plain_words_and_nothing_is_lost(tmp_path, monkeypatch):
    """To whoever starts a run or a sweep, and of a run that trains.

    A limit on the size of files stands for the full disk: the system refuses to write, as it then does.
    """
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    found = subprocess.run([sys.executable, "-c", _FILL], cwd=PROJECT, capture_output=True, text=True, timeout=120)
    full = f"The disk under {tmp_path} is full, or cannot be written. Free some space"
    trained, *refused, before = found.stdout.splitlines() or [found.stderr] * 4
    assert trained.startswith(f"{FAILED} {full}") and before == FINISHED
    assert len(refused) == 2 and all(each.startswith(f"REFUSED {full}") for each in refused)


_WRITE = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')"


def test_a_look_for_news_leaves_the_lock_of_a_write_that_goes_on(store):
    """A process that closes any file of its own on a database gives up the locks that SQLite has on it there."""
    database = runs_folder() / "mlflow.db"
    with closing(sqlite3.connect(database)) as writing:
        writing.execute("BEGIN IMMEDIATE")
        assert writes()
        other = subprocess.run([sys.executable, "-c", _WRITE, database], capture_output=True, text=True, check=False)
        assert "database is locked" in other.stderr


def test_a_disk_that_stumbles_ends_no_run(store, run_id, monkeypatch):
    write, stumbles = store.write, [DiskFull("The disk is full."), DiskFull("The disk is full.")]

    def stumble(*args: Any, **values: Any) -> None:
        if stumbles:
            raise stumbles.pop()
        write(*args, **values)

    monkeypatch.setattr(store, "write", stumble)
    monkeypatch.setattr("mnist_core.queue.recorder._SECONDS_TO_TRY_AGAIN", (0.01, 0.01, 2))
    with Recorder(store, store.get(run_id)) as recorder:
        recorder.show("validating")
    assert store.get(run_id).progress.phase == "validating"
