"""A worker without its scheduler: executes runs as the engine's workers do, and measures them from within.

    echo '{"preset": "fast"}' | python benchmarks/worker.py --test

Reads one run a line, `{"preset": ..., "settings": ["epochs=1", ...]}`, and prints a line of JSON for each.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parent.parent))

from mnist_core import export
from mnist_core.data import load_mnist
from mnist_core.learning.training import Trainer
from mnist_core.learning.training_events import Epoch, Event
from mnist_core.presets import PRESETS
from mnist_core.queue import job, worker
from mnist_core.runs.run import FINISHED
from mnist_core.runs.store import Store


class TimedTrainer(Trainer):
    """Takes the time of training as its worker sees it: compiling, validation, live metrics and checkpoints count.

    `began` is when the first batch was asked for; `ends` are seconds from there to the end of each epoch;
    `accuracies` are those on the test digits after each epoch, if `tests`, which takes none of that time.
    """

    tests = False
    latest: TimedTrainer

    def events(self) -> Iterator[Event]:
        TimedTrainer.latest = self
        self.ends: list[float] = []
        self.accuracies: list[float] = []
        self.began = started = time.perf_counter()
        for event in super().events():
            yield event
            if isinstance(event, Epoch):
                self.ends.append(time.perf_counter() - started)
                if self.tests:
                    self.accuracies.append(self._test())
                    started = time.perf_counter() - self.ends[-1]

    def _test(self) -> float:
        digits = load_mnist()
        proba = export.probabilities(self.float32_model(), digits.x_test)
        return float((proba.argmax(axis=1) == digits.y_test).mean())


class Nobody:
    """In the place of Dask's client: nobody wishes to pause or stop the run."""

    def get_metadata(self, keys: list[str], default: str) -> str:
        return default


def main() -> None:
    parser = argparse.ArgumentParser(description="Execute runs as a worker does and measure them.")
    parser.add_argument("--test", action="store_true", help="test after each epoch, too")
    TimedTrainer.tests = parser.parse_args().test
    job.Trainer = TimedTrainer  # type: ignore[misc]
    with TemporaryDirectory(prefix="digit-lab-benchmark-") as folder:
        os.environ["DIGIT_LAB_RUNS"] = folder
        store = Store()
        # As in the engine: a worker is ready before the first run comes. Its niceness changes nothing here.
        worker.dask_setup(None)
        for line in sys.stdin:
            print(json.dumps(measure(store, **json.loads(line))), flush=True)


def measure(store: Store, preset: str, settings: list[str] | None = None) -> dict[str, Any]:
    """Seconds before training, seconds to the end of each epoch, test accuracies, and this process' memory in MB."""
    run_id = store.create(PRESETS[preset].changed(settings or []), preset, "benchmark")
    started = time.perf_counter()
    worker.execute(run_id, Nobody())
    run = store.get(run_id)
    if run.status != FINISHED:
        raise RuntimeError(f"{preset} {settings}: {run.reason}\n{run.traceback}")
    trainer = TimedTrainer.latest
    return {
        "preparation": trainer.began - started,
        "ends": trainer.ends,
        "accuracies": trainer.accuracies,
        "test_accuracy": run.metrics["test_accuracy"],
        "precision": trainer.precision,
        "megabytes": psutil.Process().memory_info().rss / 2**20,
    }


if __name__ == "__main__":
    main()
