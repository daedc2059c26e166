"""How long people wait for a model's first 50 mistakes, and for a digit with the map of where the model looked.

    python benchmarks/mistakes.py

Starts a server of its own; the result replaces its own section of benchmarks/RESULTS.md.
"""

from __future__ import annotations

import compileall
import os
import statistics
import sys
import tempfile
from pathlib import Path

import psutil
from playwright.sync_api import Locator, Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DIGIT_LAB_RUNS"] = tempfile.mkdtemp(prefix="digit-lab-benchmark-")

from benchmarks.browser_clock import seconds_after  # noqa: E402
from benchmarks.results import table, write_section  # noqa: E402
from tests.browsing import FLAGS, start_server  # noqa: E402
from tests.find_browser import find  # noqa: E402

REASON = "[role=dialog] img[alt^='Which parts matter']"
CLICKS = 30
PER_PAGE = 50

# From the click until the pictures are there, decoded and drawn, by the browser's own clock.
UNTIL_SHOWN = """
async (root, [cell, count]) => {
  const button = [...document.querySelectorAll("*")].flatMap(each => each.shadowRoot ?? [])
    .map(shadow => shadow.querySelector(`[data-value="${cell}"]`)).find(found => found)
  const frame = () => new Promise(requestAnimationFrame)
  const started = performance.now()
  button.click()
  while (root.querySelectorAll("img").length !== count) await frame()
  await Promise.all([...root.querySelectorAll("img")].map(image => image.decode()))
  await frame()
  return performance.now() - started
}
"""


def main() -> None:
    # As `make app` leaves it.
    for folder in ("mnist_core", "pages"):
        compileall.compile_dir(ROOT / folder, quiet=1)
    server = start_server()
    try:
        with sync_playwright() as playwright:
            page = playwright.chromium.launch(executable_path=find(), args=FLAGS).new_page()
            first, reason = first_mistakes(page, server.address), opened_digits(page, server.address)
        size = psutil.Process(server.process.pid).memory_info().rss / 2**20
    finally:
        server.process.kill()
    rows = {"click on a cell to the first 50 mistakes": first, "click on a digit to where the model looked": reason}
    waits = [f"{what} | {len(ms)} | {statistics.median(ms):.0f} ms | {max(ms):.0f} ms" for what, ms in rows.items()]
    measured = f"{table(['what | times | median | worst', *waits])}\n\nThe server then has {size:.0f} MB in memory."
    print(measured)
    write_section("From a number to the digits behind it", measured, "python benchmarks/mistakes.py")


def open_evaluate(page: Page, address: str, model: str) -> Locator:
    """The Evaluate page once it is at rest; where its digits are."""
    page.goto(f"{address}/evaluate?model={model}")
    digits = page.locator(".clickable").filter(has=page.locator(".digits"))
    digits.wait_for()
    page.get_by_text("Looking for your own runs").wait_for(state="hidden")
    page.wait_for_timeout(2000)
    return digits


def first_mistakes(page: Page, address: str) -> list[float]:
    """Milliseconds from a click that takes the choice of a cell away to the 50 most confident mistakes."""
    digits = open_evaluate(page, address, "dense")
    found = []
    for _ in range(CLICKS):
        count = int(page.locator('[data-value="9,4"]').inner_text())
        digits.evaluate(UNTIL_SHOWN, ["9,4", count])
        page.wait_for_timeout(300)
        found.append(digits.evaluate(UNTIL_SHOWN, ["9,4", PER_PAGE]))
        page.wait_for_timeout(300)
    return found


def opened_digits(page: Page, address: str) -> list[float]:
    """Milliseconds from a click on a digit to the map of where `best` looked, each digit for the first time."""
    digits = open_evaluate(page, address, "best")
    found = []
    for number in range(CLICKS):
        found.append(1000 * seconds_after(page, digits.locator("button").nth(number).click, REASON))
        page.get_by_role("button", name="Close").click()
        page.get_by_role("dialog").wait_for(state="hidden")
        page.wait_for_timeout(300)
    return found


if __name__ == "__main__":
    main()
