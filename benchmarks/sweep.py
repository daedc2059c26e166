"""How much of its time a sweep of 20 short trials spends outside of training.

    python benchmarks/sweep.py

Starts an engine and a driver of its own; the result replaces its own section of benchmarks/RESULTS.md.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DIGIT_LAB_RUNS"] = tempfile.mkdtemp(prefix="digit-lab-benchmark-")

from benchmarks.results import write_section  # noqa: E402
from mnist_core.presets import PRESETS  # noqa: E402
from mnist_core.queue.engine import Engine  # noqa: E402
from mnist_core.runs.run import Run  # noqa: E402
from mnist_core.runs.store import Store  # noqa: E402
from mnist_core.sweeps import sweep_driver  # noqa: E402
from mnist_core.sweeps.studies import DONE, Studies, Study  # noqa: E402
from mnist_core.sweeps.sweep import Plan, Sweep  # noqa: E402
from tests.conftest import end_engine  # noqa: E402

PLAN = Plan(trials=20, epochs=2, train_size=60_000, pruner="none")
SECONDS_TO_CHOOSE = 10
RANGES = {"learning_rate": (0.0005, 0.05), "dropout": (0.0, 0.5)}


def main() -> None:
    store = Store()
    studies = Studies(store.id)
    engine = Engine(store)
    try:
        # The page starts both when it is opened; a person takes longer to choose than they to start.
        sweep_driver.start()
        while engine.workers < 2:
            time.sleep(0.1)
        time.sleep(SECONDS_TO_CHOOSE)
        started = time.perf_counter()
        study_id = studies.create(Sweep(PRESETS["fast"], RANGES, PLAN, "fast"))
        sweep_driver.start()
        study = wait_until_done(studies, study_id)
        seconds = time.perf_counter() - started
        runs = wait_until_tested(store, study)
        measured = report(seconds, time.perf_counter() - started - seconds, engine.workers, runs)
    finally:
        end_engine(Path(os.environ["DIGIT_LAB_RUNS"]))
    print(measured)
    write_section("A sweep of 20 short trials", measured, "python benchmarks/sweep.py")


def wait_until_done(studies: Studies, study_id: str) -> Study:
    while True:
        study = next(each for each in studies.all() if each.id == study_id)
        if study.wish == DONE:
            return study
        time.sleep(1)


def wait_until_tested(store: Store, study: Study) -> list[Run]:
    while any(store.get(trial.run_id).awaits_test for trial in study.trials):
        time.sleep(0.5)
    return [store.get(trial.run_id) for trial in study.trials]


def report(seconds: float, testing: float, workers: int, runs: list[Run]) -> str:
    training = [run.metrics["training_seconds"] for run in runs]
    lost = 1 - sum(training) / (workers * seconds)
    return (
        f"{len(runs)} trials of the preset `fast`, {PLAN.epochs} epochs on {PLAN.train_size:,} digits each, "
        f"by {workers} workers, from the click on Start until the sweep says that it has finished.\n\n"
        f"- all of it: {seconds:.0f} s; {seconds / len(runs):.1f} s a trial\n"
        f"- a trial trains for {statistics.median(training):.1f} s (median), validation included\n"
        f"- **{lost:.1%} of the workers' time was not training** (goal: under 10%)\n"
        f"- then all models are tested, exported and saved, which a sweep does not wait for: {testing:.0f} s more\n"
    )


if __name__ == "__main__":
    main()
