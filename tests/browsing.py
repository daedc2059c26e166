"""A real server of the app, a real browser, and what a person does in it: what the browser tests share."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from distributed import Client
from playwright.sync_api import Browser, Error, Locator, Page, expect, sync_playwright

from mnist_core.queue import cluster, control
from tests.conftest import PROJECT, free_port, wait_for
from tests.find_browser import find

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# What was pressed in a page, and when, for a test that fails.
LOG_CLICKS = """
    window.pressed = [];
    const name = target => target.closest("button")?.innerText ?? target.tagName;
    const log = event => pressed.push(`${new Date().toISOString()} ${event.type} ${name(event.target)}`);
    ["pointerdown", "click"].forEach(type => addEventListener(type, log, true));
"""


@dataclass
class Server:
    """A Streamlit server of the app."""

    process: subprocess.Popen
    address: str


def start_server(port: int | None = None, app: Path = PROJECT / "app.py") -> Server:
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port)]
    process = subprocess.Popen(command, cwd=PROJECT, env=os.environ, stdout=subprocess.DEVNULL)
    address = f"http://localhost:{port}"

    def answers() -> bool:
        assert process.poll() is None, "The server ended at once: is its port taken?"
        try:
            return urllib.request.urlopen(f"{address}/_stcore/health").status == 200
        except OSError:
            return False

    wait_for(answers)
    return Server(process, address)


@contextmanager
def serving() -> Iterator[Server]:
    server = start_server()
    yield server
    server.process.kill()
    server.process.wait()


@pytest.fixture(scope="session")
def server(own_runs_folder) -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def own_server(own_runs_folder) -> Iterator[Server]:
    """One that nobody has visited, which may be killed."""
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # With scrollbars, as people have them.
        hidden = ["--hide-scrollbars"]
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS, ignore_default_args=hidden)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    page = context.new_page()
    page.add_init_script(LOG_CLICKS)
    page.on("pageerror", lambda error: print(f"The page {page.url}: {error.stack}"))
    yield page
    context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test says what its page showed: some fail on a busy machine only, where nobody looks."""
    report = yield
    page = getattr(item, "funcargs", {}).get("page")
    if report.failed and isinstance(page, Page):
        with suppress(Error):
            report.sections.append((f"The page {page.url}", page.locator("body").aria_snapshot()))
            report.sections.append(("Pressed last", "\n".join(page.evaluate("pressed.slice(-10)"))))
        with suppress(OSError):
            report.sections.append(("Asked of runs", asked_of_runs()))
    return report


def asked_of_runs() -> str:
    """What the embedded engine's scheduler knows of people's wishes. Raises OSError."""
    if not (address := cluster.read_address_file().get("address")):
        return "There is no engine."
    with Client(address, timeout=5, set_as_default=False) as client:
        return str(client.get_metadata([control.TOPIC], default={}))


def draw(page: Page, *strokes: list[tuple[float, float]], steps: int = 6) -> None:
    """Strokes as shares of the canvas, by mouse, in so many steps from one point to the next."""
    canvas = page.locator("canvas.upper-canvas")
    # Nothing lies over it any more: a phone's menu closes to the left.
    canvas.hover(position={"x": 2, "y": 2})
    box = canvas.bounding_box()
    assert box
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for x, y in points[1:]:
            page.mouse.move(x, y, steps=steps)
        page.mouse.up()


def touch(page: Page, stroke: list[tuple[float, float]], steps: int = 8) -> None:
    """A stroke as shares of the canvas, by finger, in so many steps from one point to the next."""
    board = page.locator("canvas.upper-canvas")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    assert box
    places = np.concatenate([np.linspace(begin, end, steps) for begin, end in pairwise(stroke)])
    session = page.context.new_cdp_session(page)
    for number, (x, y) in enumerate(places):
        kind = "touchMove" if number else "touchStart"
        point = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


SEVEN = [(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]
SCRIBBLE = [(0.1, 0.7), (0.9, 0.1), (0.2, 0.2), (0.8, 0.9), (0.1, 0.5), (0.9, 0.5), (0.5, 0.1), (0.4, 0.9), (0.9, 0.3)]
ONE = [(0.5, 0.2), (0.5, 0.8)]
FOUR = ([(0.4, 0.2), (0.3, 0.55), (0.7, 0.55)], [(0.6, 0.2), (0.6, 0.85)])


def move_slider(page: Page, name: str, key: str, times: int) -> None:
    for _ in range(times):
        page.get_by_role("slider", name=name).press(key)


def answer(page: Page) -> Locator:
    return page.get_by_test_id("stMetricValue").filter(visible=True).first


def visit(page: Page, address: str) -> None:
    """Open a page and wait until all of it is there."""
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def run_for(page: Page, act: Callable[[], object]) -> None:
    """Act, as by a click, and wait until the server has answered: where nothing that can be read tells of it.

    The page may be drawn once for all of an answer, so that nobody sees it run. Its messages cannot be missed.
    """
    page.evaluate("""() => {
        const send = WebSocket.prototype.send;
        let quiet;
        window.answered = false;
        WebSocket.prototype.send = function (data) {
            WebSocket.prototype.send = send;
            this.addEventListener("message", () => {
                clearTimeout(quiet);
                quiet = setTimeout(() => { window.answered = true }, 300);
            });
            return send.call(this, data);
        };
    }""")
    act()
    page.wait_for_function("() => window.answered")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def tool(page: Page, name: str) -> Locator:
    """One of the canvas' buttons on the home page."""
    return page.locator(f".st-key-home_{name} button")
