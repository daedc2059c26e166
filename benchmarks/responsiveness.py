"""How long people wait: for a page, for the first point of a curve, for Stop, and for a click while others train.

    python benchmarks/responsiveness.py

Starts a server and an engine of its own; the result replaces its own section of benchmarks/RESULTS.md.
"""

from __future__ import annotations

import compileall
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DIGIT_LAB_RUNS"] = tempfile.mkdtemp(prefix="digit-lab-benchmark-")

from benchmarks import bare_app  # noqa: E402
from benchmarks.browser_clock import look_for, seconds_after, seconds_to_open  # noqa: E402
from benchmarks.results import times, write_section  # noqa: E402
from mnist_core.presets import PRESETS  # noqa: E402
from mnist_core.queue.engine import Engine  # noqa: E402
from mnist_core.runs.store import Store  # noqa: E402
from tests.browsing import FLAGS, SEVEN, Server, draw, start_server  # noqa: E402
from tests.conftest import end_engine  # noqa: E402
from tests.find_browser import find  # noqa: E402

TITLE, METRIC = "h1", "[data-testid=stMetricValue]"
FIRST = "first visitor of a fresh server"
# What people come for: an answer, the button, a number, the table of layers.
PAGES = {
    "": METRIC,
    "train": "[data-testid=stBaseButton-primary]",
    "evaluate": METRIC,
    "inside": "[data-testid=stDataFrame]",
    "compare": "[data-testid=stAlert]",
    "sweep": "[data-testid=stBaseButton-primary]",
    "draw": METRIC,
    "data": METRIC,
}
CLICKS = 30
VISITS = 5
SECONDS_TO_SETTLE = 2
DRAWINGS = 30
STARTS = 7


def main() -> None:
    # As `make app` leaves it.
    for folder in ("mnist_core", "pages"):
        compileall.compile_dir(ROOT / folder, quiet=1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        (bare,) = first_visits(browser, "", bare_app.make(), TITLE)
        opened = [(f"{bare_app.WORDS}, {FIRST}", bare)]
        for name, wanted in PAGES.items():
            title, all_of_it = first_visits(browser, name, ROOT / "app.py", TITLE, wanted)
            opened += [(f"open /{name}, {FIRST}: the title", title), ("to what one comes for", all_of_it)]
        server = start_server()
        try:
            measured = measure(browser.new_page(), server, opened)
        finally:
            server.process.kill()
            end_engine(Path(os.environ["DIGIT_LAB_RUNS"]))
    print(measured)
    write_section("How long people wait", measured, "python benchmarks/responsiveness.py")


def measure(page: Page, server: Server, opened: list[tuple[str, list[float]]]) -> str:
    rows = [*opened, ("pen lifted to answer on the page", lifted_to_answer(page, server.address))]
    engine = Engine(Store())
    page.goto(f"{server.address}/train")
    wait_until(lambda: engine.workers == 2)
    # The first run of each worker is still warming up.
    starts = [start_and_stop(page, engine) for _ in range(STARTS + 2)][2:]
    rows.append(("click on Train to the first point, on the page", [start for start, _ in starts]))
    rows.append(("Stop asked, a second after that, to the last batch trained", [stop for _, stop in starts]))
    idle = clicks(page)
    rows.append(("click on another page, nothing trains", idle))
    ids = [engine.submit(PRESETS["cnn-3x3"], "load", "benchmark") for _ in range(2)]
    wait_until(lambda: all(engine.store.get(run_id).progress.step for run_id in ids))
    busy = clicks(page)
    rows.append(("click on another page, two runs train", busy))
    size = psutil.Process(server.process.pid).memory_info().rss / 2**20
    for run_id in ids:
        engine.stop(run_id)
    return report(rows, statistics.median(busy) / statistics.median(idle), size)


def first_visits(browser: Browser, name: str, app: Path, *selectors: str) -> list[list[float]]:
    """Seconds from the address to each of these, each visit to a server of `app` that has just started."""
    found = []
    for _ in range(VISITS):
        # An engine that an earlier visit started would go on.
        os.environ["DIGIT_LAB_RUNS"] = tempfile.mkdtemp(prefix="digit-lab-benchmark-")
        server, page = start_server(app=app), look_for(browser.new_page(), *selectors)
        # It answers before all of Streamlit is loaded.
        time.sleep(SECONDS_TO_SETTLE)
        found.append(seconds_to_open(page, f"{server.address}/{name}"))
        page.close()
        process = psutil.Process(server.process.pid)
        for each in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
    return list(map(list, zip(*found, strict=True)))


def lifted_to_answer(page: Page, address: str) -> list[float]:
    """Seconds from lifting the pen to the digit on the page."""
    page.goto(f"{address}/draw")
    found = []
    # The first answer loads the model and the digits it is compared with.
    for _ in range(DRAWINGS + 1):
        page.get_by_test_id("stMetricValue").get_by_text("–").wait_for()
        found.append(seconds_after(page, partial(draw, page, SEVEN), METRIC, r"^\d$", "pointerup"))
        page.wait_for_timeout(300)
        page.locator(".st-key-draw_clear button").click()
    return found[1:]


def start_and_stop(page: Page, engine: Engine) -> tuple[float, float]:
    """Seconds to the first point, and from asking to stop, a second later, to the worker's word that it has."""
    train = page.get_by_role("button", name="Train", exact=True).click
    first = seconds_after(page, train, "[data-testid=stProgress]", "digits a second")
    run_id = engine.store.newest(1)[0].id
    # Just after the first point TensorFlow traces the graph, which nothing can interrupt.
    page.wait_for_timeout(1000)
    started = time.perf_counter()
    engine.stop(run_id)
    wait_until(lambda: engine.store.get(run_id).progress.phase == "saving")
    stopped = time.perf_counter() - started
    page.get_by_text("Test accuracy").wait_for()
    return first, stopped


def clicks(page: Page) -> list[float]:
    """Seconds from a click in the menu to that page's own title."""
    titles = {"Evaluate": "Evaluate a model", "Draw": "Draw for a model"}
    found = []
    for number in range(CLICKS):
        label = list(titles)[number % 2]
        link = page.get_by_role("link", name=label, exact=True).first
        found.append(seconds_after(page, link.click, TITLE, titles[label]))
        page.wait_for_timeout(300)
    return found


def wait_until(true: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)


def report(rows: list[tuple[str, list[float]]], ratio: float, megabytes: float) -> str:
    lines = [times(rows)]
    lines.append(f"\nA click while two runs train takes {ratio:.1f} times as long as when nothing does.")
    lines.append(f"The server then has {megabytes:.0f} MB in memory.")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
