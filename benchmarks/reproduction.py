"""`python -m mnist_core reproduce` for the record: about a quarter of an hour a seed on 2 cores.

    python benchmarks/reproduction.py --seeds 3

The result replaces its own section of benchmarks/RESULTS.md; interrupted, it goes on where it was.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.journal import Journal  # noqa: E402
from benchmarks.results import write_section  # noqa: E402
from mnist_core import reproduce  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the tutorials' presets beside plain Keras, and record both.")
    parser.add_argument("--seeds", type=int, default=3)
    seeds = parser.parse_args().seeds
    journal = Journal("reproduction")
    trials = reproduce.plan([], seeds)
    trainings = {trial: reproduce.Training(**journal.once(str(trial), measure, trial)) for trial in trials}
    report = reproduce.tables(trainings)
    print(report)
    write_section("What the tutorials report", report, f"python benchmarks/reproduction.py --seeds {seeds}")
    journal.close()


def measure(trial: reproduce.Trial) -> dict:
    return vars(reproduce.train(trial))


if __name__ == "__main__":
    main()
