"""A store on an MLflow server and a Dask cluster of one's own: real processes, of which some are killed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import requests

from mnist_core.artifacts import MODELS_FOLDER, read_card
from mnist_core.queue.engine import Engine
from mnist_core.runs.run import FINISHED, QUEUED
from mnist_core.runs.store import Store
from mnist_core.runs.store_connection import StoreError, StoreUnreachable, explained
from tests.conftest import PROJECT, TINY, ended, free_port, wait_for

# With the same environment as the README says, but less patience than a worker has with its store.
_IMPATIENT = 'import os\ndef dask_setup(worker):\n    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "1"\n'


@contextmanager
def running(*command: str, **environment: str) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        env=os.environ | {"PYTHONPATH": str(PROJECT)} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            for each in [*psutil.Process(process.pid).children(recursive=True), process]:
                each.kill()
            process.wait()


@contextmanager
def mlflow_server(port: int, folder: Path) -> Iterator[None]:
    kept = ["--backend-store-uri", f"sqlite:///{folder / 'server.db'}", "--artifacts-destination", str(folder / "kept")]
    with running("mlflow", "server", "--port", str(port), "--workers", "1", *kept):
        wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
        yield


def test_a_store_elsewhere_fetches_a_model_once_and_nothing_else(tmp_path, monkeypatch):
    port = free_port()
    with mlflow_server(port, tmp_path):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path / "here"))
        store = Store()
        run_id = store.create(TINY, "far away", "Ada")
        shutil.copytree(MODELS_FOLDER / "dense", tmp_path / "model")
        store.files.put_folder(run_id, tmp_path / "model")
        store.files.put_checkpoint(run_id, {"step": np.array(7)}, 0, tmp_path)
        assert int(store.files.checkpoint(run_id)["step"]) == 7
        store.end(run_id, FINISHED)
        folder = store.files.folder(store.get(run_id))
        assert read_card(folder) == read_card(MODELS_FOLDER / "dense") and not (folder / "checkpoints").exists()
        assert store.files.folder(store.get(run_id)) == folder and len(list(folder.parent.iterdir())) == 1
        monkeypatch.setattr("mnist_core.runs.run_files._MOST_FETCHED", 1)
        another = store.files.folder(store.get(store.create(TINY, "another", "Ada")))
        assert list(folder.parent.iterdir()) == [another], "Only what was asked for last stays"


def test_a_run_outlives_its_stores_server_and_a_worker_of_another_store_leaves(tmp_path, monkeypatch):
    port, scheduler = free_port(), f"tcp://127.0.0.1:{free_port()}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", scheduler)
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path / "here"))
    (tmp_path / "impatient.py").write_text(_IMPATIENT)
    worker = ["dask", "worker", scheduler, "--nthreads", "1", "--no-dashboard", "--preload", "mnist_core.queue.worker"]
    worker += ["--preload", str(tmp_path / "impatient.py")]
    with running("dask", "scheduler", "--host", scheduler, "--no-dashboard"), ExitStack() as workers:
        with mlflow_server(port, tmp_path):
            store = Store()
            engine = wait_for(lambda: Engine(store))
            run_id = engine.submit(replace(TINY, epochs=8), "patient", "Ada")
            with running(*worker, MLFLOW_TRACKING_URI=f"sqlite:///{tmp_path / 'another.db'}") as wrong:
                wait_for(lambda: wrong.poll() is not None)
            assert store.get(run_id).status == QUEUED
            workers.enter_context(running(*worker))
            wait_for(lambda: store.get(run_id).progress.epoch >= 2)
        with pytest.raises(StoreUnreachable, match="does not answer"):
            store.get(run_id)
        with mlflow_server(port, tmp_path):
            run = ended(store, run_id)
            assert (run.status, run.reason) == (FINISHED, "") and run.has_model
            assert store.curves(run_id, ("loss",)).epochs == 8
        engine.client.close()


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (requests.ConnectionError("refused"), True),
        (requests.exceptions.RetryError("too many 503 error responses"), True),
        (requests.exceptions.RetryError("too many 500 error responses"), False),
        (ValueError("an answer"), False),
    ],
)
def test_only_a_server_that_is_not_there_is_waited_for(error, waits, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://ann:secret@far:5000")
    with pytest.raises(StoreError) as raised, explained():
        try:
            raise error
        except Exception as cause:
            raise RuntimeError("MLflow says") from cause
    assert isinstance(raised.value, StoreUnreachable) == waits and "secret" not in str(raised.value)
    assert ("far:5000" in str(raised.value)) == waits
