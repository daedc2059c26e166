"""What several tests need: a store of their own, a real engine, small configurations."""

from __future__ import annotations

import gc
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import psutil
import pytest

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
# As nice as workers are: a test that waits for one should not wait for all that other tests compute.
if hasattr(os, "setpriority"):
    os.setpriority(os.PRIO_PROCESS, 0, 10)
PROJECT = Path(__file__).parent.parent
sys.path.insert(0, str(PROJECT))

from mnist_core import artifacts  # noqa: E402
from mnist_core.config import TrainConfig  # noqa: E402
from mnist_core.data import Digits, load_mnist  # noqa: E402
from mnist_core.queue.engine import Engine  # noqa: E402
from mnist_core.runs.run import Run  # noqa: E402
from mnist_core.runs.store import Store  # noqa: E402
from mnist_core.runs.store_connection import runs_folder  # noqa: E402

pytest_plugins = ["tests.app_pages", "tests.browsing"]

T = TypeVar("T")

TINY = TrainConfig(
    model="dense",
    dense_units=(16,),
    train_size=1000,
    validation_split=0.2,
    epochs=2,
    batch_size=50,
    precision="float32",
)


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    """A copy of the models that come with the project, in their place, to do damage to."""
    shutil.copytree(artifacts.MODELS_FOLDER, tmp_path / "models")
    monkeypatch.setattr(artifacts, "MODELS_FOLDER", tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture(scope="session", autouse=True)
def own_runs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every test session has its own store and engine, never the developer's."""
    folder = tmp_path_factory.mktemp("runs")
    os.environ["DIGIT_LAB_RUNS"] = str(folder)
    for name in ("MLFLOW_TRACKING_URI", "DASK_SCHEDULER_ADDRESS", "OPTUNA_STORAGE"):
        os.environ.pop(name, None)
    return folder


@pytest.fixture(scope="module", autouse=True)
def imports_are_no_garbage() -> None:
    """Streamlit after a page and Keras before a training look for garbage: not in all of TensorFlow each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def digits() -> Digits:
    return load_mnist()


@dataclass(frozen=True)
class Mistakes:
    """What the model `cnn` gets wrong: `total` test digits, and of its largest cell, `true` read as `read`,
    the `indices` and the probabilities (10,) of each, most confident first."""

    total: int
    true: int
    read: int
    indices: list[int]
    probabilities: np.ndarray

    @property
    def share(self) -> str:
        return f"{len(self.indices) / self.total:.1%} of the {self.total} mistakes"

    def title(self, number: int) -> str:
        return f"Test digit {self.indices[number]}: {'an' if self.true == 8 else 'a'} {self.true} read as {self.read}"


@pytest.fixture(scope="session")
def mistakes(digits: Digits) -> Mistakes:
    proba = artifacts.read_probabilities(artifacts.MODELS_FOLDER / "cnn")
    cells = 10 * digits.y_test.astype(int) + proba.argmax(axis=1)
    counts = np.bincount(cells, minlength=100) * (1 - np.eye(10, dtype=int).ravel())
    cell = int(counts.argmax())
    found = np.flatnonzero(cells == cell)
    found = found[np.argsort(-proba[found, cell % 10], kind="stable")]
    return Mistakes(int(counts.sum()), cell // 10, cell % 10, found.tolist(), proba[found])


@pytest.fixture(scope="session")
def store() -> Store:
    return Store()


@pytest.fixture
def no_other_runs(store: Store) -> None:
    """For tests that count what the store lists: what others left there is deleted."""
    for run in store.newest():
        store.delete(run.id)


def end_engine(folder: Path) -> None:
    """End the embedded engine of this runs folder with all its workers."""
    process = psutil.Process(json.loads((folder / "engine.json").read_text())["pid"])
    for each in [*process.children(recursive=True), process]:
        each.kill()
    # A process whose parent has ended may stay a zombie for a while.
    wait_for(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, seconds=10)


@pytest.fixture(scope="session")
def engine(store: Store) -> Iterator[Engine]:
    """A real scheduler with real workers, ended with the tests."""
    yield Engine(store)
    end_engine(runs_folder())


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(what: Callable[[], T | None], seconds: float = 120) -> T:
    """The first true answer of `what`; fails the test when there is none in time."""
    deadline, pause = time.monotonic() + seconds, 0.05
    while time.monotonic() < deadline:
        if answer := what():
            return answer
        time.sleep(pause)
        # Asking takes time from whom is waited for.
        pause = min(1.2 * pause, 0.3)
    pytest.fail(f"Nothing after {seconds} s")


def ended(store: Store, run_id: str, seconds: float = 240) -> Run:
    """The run once it is over."""

    def over() -> Run | None:
        run = store.get(run_id)
        return None if run.is_active else run

    return wait_for(over, seconds)
