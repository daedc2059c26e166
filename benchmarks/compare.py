"""How long the Compare page takes to open when 500 runs are in the store.

    python benchmarks/compare.py

Starts a server of its own over a store that it fills; the result replaces its own section of benchmarks/RESULTS.md.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from playwright.sync_api import BrowserContext, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DIGIT_LAB_RUNS"] = tempfile.mkdtemp(prefix="digit-lab-benchmark-")

from benchmarks import bare_app  # noqa: E402
from benchmarks.browser_clock import look_for, seconds_to_open  # noqa: E402
from benchmarks.results import times, write_section  # noqa: E402
from mnist_core.presets import PRESETS  # noqa: E402
from mnist_core.runs.run import FAILED, FINISHED, Progress  # noqa: E402
from mnist_core.runs.run_names import name_of  # noqa: E402
from mnist_core.runs.store import Store  # noqa: E402
from tests.browsing import FLAGS, start_server  # noqa: E402
from tests.find_browser import find  # noqa: E402

RUNS = 500
VISITS = 15
TABLE, TITLE = "[data-testid=stDataFrame]", "h1"


def main() -> None:
    fill(Store(), RUNS)
    server, bare = start_server(), start_server(app=bare_app.make())
    try:
        with sync_playwright() as playwright:
            # One browser, whose cache has everything from the second time on.
            browser = playwright.chromium.launch(executable_path=find(), args=FLAGS).new_context()
            measured = report(*measure(browser, f"{server.address}/compare", bare.address))
    finally:
        server.process.kill()
        bare.process.kill()
    print(measured)
    write_section("The Compare page with 500 runs", measured, "python benchmarks/compare.py")


def fill(store: Store, count: int) -> None:
    """Runs of all presets with other seeds, rates and epochs, and metrics as a worker writes them; one in 20 failed."""
    chance = np.random.default_rng(0)
    for number in range(count):
        preset = list(PRESETS)[number % len(PRESETS)]
        rate = float(chance.choice([0.001, 0.002, 0.005, 0.01]))
        config = replace(PRESETS[preset], seed=number, learning_rate=rate, epochs=3)
        run_id = store.create(config, name_of(config, preset), f"Guest {number % 30}")
        store.start(run_id)
        if number % 20 == 0:
            store.write(run_id, metrics=[("loss", 1e30, 1), ("accuracy", 0.1, 1), ("val_accuracy", 0.1, 1)])
            store.end(run_id, FAILED, "The loss is no longer a number.")
            continue
        accuracy = 1 - 10 ** chance.uniform(-2.3, -1)
        epochs = [(name, accuracy, epoch) for epoch in (1, 2, 3) for name in ("loss", "accuracy", "seconds")]
        epochs += [(name, accuracy, epoch) for epoch in (1, 2, 3) for name in ("val_loss", "val_accuracy")]
        batches = [("batch_loss", accuracy, step) for step in range(1, 400)]
        ended = [("test_accuracy", accuracy, 3), ("test_loss", 1 - accuracy, 3)]
        ended += [("training_seconds", chance.uniform(5, 200), 3), ("model_bytes", 4.0 * config.parameters, 3)]
        store.write(run_id, metrics=epochs + batches + ended, progress=Progress("saving", epoch=3, step=1000))
        store.end(run_id, FINISHED)


def measure(browser: BrowserContext, address: str, bare: str) -> tuple[float, list[list[float]]]:
    """Seconds of the first visit and, for each further one, of the page and the bare app, in a tab and in new ones."""
    tab, bare_tab = look_for(browser.new_page(), TABLE), look_for(browser.new_page(), TITLE)
    (first,), _ = seconds_to_open(tab, address), seconds_to_open(bare_tab, bare)
    again: list[list[float]] = []
    # In turn: this machine is not always as fast.
    for _ in range(VISITS):
        in_tabs = *seconds_to_open(tab, address), *seconds_to_open(bare_tab, bare)
        again.append([*in_tabs, in_new_tab(browser, address, TABLE), in_new_tab(browser, bare, TITLE)])
    return first, again


def in_new_tab(browser: BrowserContext, address: str, selector: str) -> float:
    with browser.new_page() as page:
        (seconds,) = seconds_to_open(look_for(page, selector), address)
        return seconds


def report(first: float, again: list[list[float]]) -> str:
    what = "open /compare by its address", bare_app.WORDS
    rows = [*what, *(f"{each}, in a new tab" for each in what)]
    seconds = map(list, zip(*again, strict=True))
    return times([(f"{what[0]}, first visitor of a new server", [first]), *zip(rows, seconds, strict=True)])


if __name__ == "__main__":
    main()
