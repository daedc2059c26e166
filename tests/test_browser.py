"""What only a real browser and a real server show."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from mnist_core.figures.parallel import ROOM
from mnist_core.runs import FINISHED, STOPPED
from pages.shared.compare import landscape
from tests.conftest import PROJECT, TINY, ended, wait_for
from tests.find_browser import find
from tests.test_pages import PAGES
from tests.test_script import run_beside_mnist
from tests.test_splitting import SIX, TWO, ZERO

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Server:
    """A Streamlit server of the app."""

    process: subprocess.Popen
    address: str


def start_server(port: int | None = None) -> Server:
    if port is None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
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


@pytest.fixture(scope="module")
def server(own_runs_folder) -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def own_server(own_runs_folder) -> Iterator[Server]:
    """One that nobody has visited, which may be killed."""
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    yield context.new_page()
    context.close()


def draw(page: Page, *strokes: list[tuple[float, float]]) -> None:
    """Strokes as shares of the canvas, by mouse."""
    canvas = page.locator("canvas.upper-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for x, y in points[1:]:
            page.mouse.move(x, y, steps=6)
        page.mouse.up()


def touch(page: Page, stroke: list[tuple[float, float]]) -> None:
    """A stroke as shares of the canvas, by finger."""
    board = page.locator("canvas.upper-canvas")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    places = np.concatenate([np.linspace(begin, end, 8) for begin, end in pairwise(stroke)])
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


def run_for(page: Page, click: Locator) -> None:
    """Click, and wait until the server has run the page for it: where nothing that can be read tells of it."""
    page.evaluate("""() => {
        const app = document.querySelector("[data-testid=stApp]");
        const hasRun = () => app.dataset.testScriptState === "notRunning";
        window.hasRun = new Promise(done => {
            new MutationObserver(() => hasRun() && done()).observe(app, { attributes: true });
        });
    }""")
    click.click()
    page.evaluate("() => window.hasRun")


def test_train_watch_pause_reload_stop_evaluate_and_draw(server, page, store):
    page.goto(f"{server.address}/train")
    page.get_by_role("combobox", name="Start from").click()
    page.get_by_role("option", name="fast").click()
    page.get_by_test_id("stMain").get_by_text("Data", exact=True).click()
    move_slider(page, "Training digits", "Home", 1)
    expect(page.get_by_text(" 95 training digits")).to_be_visible()
    move_slider(page, "Training digits", "PageUp", 2)
    expect(page.get_by_text(re.compile("1\\d,\\d{3} training digits"))).to_be_visible()
    move_slider(page, "Epochs", "ArrowRight", 29)
    expect(page.get_by_text(re.compile("^Changed from fast: .*epochs 30"))).to_be_visible()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("digits a second")).to_be_visible()
    expect(page.locator("[data-testid=stEChartsChart] canvas, [data-testid=stEChartsChart] svg").first).to_be_visible()
    # It stands for the curve, which is a canvas.
    progress = page.get_by_role("progressbar")
    expect(progress).not_to_have_attribute("aria-valuenow", progress.get_attribute("aria-valuenow"))

    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Paused")).to_be_visible()
    run_id = re.search(r"run=(\w+)", page.url)[1]
    stood = store.get(run_id).progress.step
    page.get_by_role("button", name="One batch").click()
    wait_for(lambda: store.get(run_id).progress.step == stood + 1)
    page.get_by_role("button", name="Change settings").click()
    page.get_by_role("slider", name="Learning rate").last.press("ArrowLeft")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Resume").click()
    wait_for(lambda: [change.value for change in store.get(run_id).changes] == [0.005])
    wait_for(lambda: store.get(run_id).progress.step > stood and store.get(run_id).progress.epoch >= 4)

    page.get_by_role("button", name="Stop training").click()
    assert ended(store, run_id).status == STOPPED
    expect(page.get_by_text("Stopped in epoch")).to_be_visible()
    page.get_by_role("button", name="Delete this run").click()
    expect(page.get_by_text("Nothing is training for you yet")).to_be_visible()
    page.locator(".st-key-train_undo button").click()
    expect(page.get_by_text("Stopped in epoch")).to_be_visible()
    page.get_by_role("link", name="See its mistakes").click()
    expect(page.get_by_text("Misclassified digits")).to_be_visible()
    expect(page.get_by_role("table")).to_be_visible()
    accuracy = f"{store.get(run_id).metrics['test_accuracy']:.2%}"
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(accuracy)
    expect(page.get_by_role("img", name=re.compile(r"\d read as \d")).first).to_be_visible()

    page.get_by_role("link", name="Draw", exact=True).first.click()
    expect(page.get_by_role("combobox", name="Model")).to_have_value(re.compile(accuracy))
    for strokes, digit in (((SEVEN,), "7"), ((ONE,), "1")):
        draw(page, *strokes)
        expect(answer(page)).to_have_text(digit)
        expect(page.get_by_role("img", name="Centred")).to_be_visible()
        page.locator(".st-key-draw_clear button").click()
        expect(answer(page)).to_have_text("–")


def tool(page: Page, name: str) -> Locator:
    """One of the canvas' own buttons on the home page; the component has others with the same names."""
    return page.locator(f".st-key-home_{name} button")


def test_a_drawing_is_read_undone_and_survives_another_page_and_a_reload(server, page):
    page.goto(server.address)
    draw(page, FOUR[0])
    draw(page, FOUR[1])
    expect(answer(page)).to_have_text("4")
    draw(page, [(0.1, 0.1), (0.9, 0.9), (0.1, 0.9), (0.9, 0.1)])
    expect(answer(page)).not_to_have_text("4")
    tool(page, "undo").click()
    expect(answer(page)).to_have_text("4")
    page.get_by_role("link", name="Evaluate").first.click()
    expect(page.get_by_text("Misclassified digits")).to_be_visible()
    page.get_by_role("link", name="Home").click()
    expect(answer(page)).to_have_text("4")
    page.reload()
    expect(answer(page)).to_have_text("4")
    tool(page, "clear").click()
    expect(answer(page)).to_have_text("–")
    tool(page, "undo").click()
    expect(answer(page)).to_have_text("4")
    tool(page, "undo").click()
    expect(answer(page)).not_to_have_text("4")
    tool(page, "undo").click()
    expect(answer(page)).to_have_text("–")
    tool(page, "redo").click()
    expect(answer(page)).not_to_have_text("–")
    tool(page, "redo").click()
    expect(answer(page)).to_have_text("4")


def test_a_finger_draws_and_the_eraser_erases(server, browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(server.address)
    expect(page.get_by_role("heading", name="Where to go next")).to_be_visible()
    touch(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    run_for(page, page.locator(".st-key-home_tool").get_by_text("Eraser", exact=True))
    draw(page, [(0.2, 0.25), (0.9, 0.25)])
    expect(answer(page)).to_have_text("1")
    context.close()


def test_2026_is_split_a_scribble_refused_and_blank_paper_not_read(server, page):
    page.goto(f"{server.address}/draw")
    expect(answer(page)).to_have_text("–")
    for left, digit in zip((0.02, 0.27, 0.52, 0.77), (TWO, ZERO, TWO, SIX), strict=True):
        draw(page, *[[(left + 0.2 * x, 0.35 + 0.3 * y) for x, y in stroke] for stroke in digit])
    expect(page.get_by_text("4 drawings side by side")).to_be_visible()
    page.get_by_text("Read a number").click()
    expect(answer(page)).to_have_text("2026")
    page.get_by_text("Read a number").click()
    page.locator(".st-key-draw_clear button").click()
    expect(answer(page)).to_have_text("–")
    draw(page, SCRIBBLE)
    expect(page.get_by_text("This does not look like one digit")).to_be_visible()


def test_from_a_cell_to_its_digits_to_one_of_them_to_where_the_model_looked(server, page, mistakes):
    page.goto(f"{server.address}/evaluate?model=cnn")
    true, read, count = mistakes.true, mistakes.read, len(mistakes.indices)
    cell = page.get_by_role("button", name=f"{true} read as {read}: {count} digits")
    cell.click()
    expect(page.get_by_text(f"{count} digits: {mistakes.share}")).to_be_visible()
    expect(cell).to_have_attribute("aria-pressed", "true")
    digits = page.get_by_role("button", name=re.compile(f"^{true} read as {read} "))
    expect(digits).to_have_count(count)
    digits.first.click()
    opened = page.get_by_role("dialog")
    expect(opened.get_by_role("heading", name=mistakes.title(0))).to_be_visible()
    expect(opened.get_by_role("img", name=f"Which parts matter for {read}")).to_be_visible()
    opened.get_by_role("radio", name=str(true), exact=True).click()
    expect(opened.get_by_role("img", name=f"Which parts matter for {true}")).to_be_visible()
    expect(page).to_have_url(re.compile(f"model=cnn.*true={true}.*read={read}.*digit={mistakes.indices[0]}"))
    page.reload()
    expect(opened.get_by_role("heading", name=mistakes.title(0))).to_be_visible()
    opened.get_by_role("tab", name="Nearest training digits").click()
    expect(opened.get_by_role("img", name=re.compile("A training \\d"))).to_have_count(8)
    opened.get_by_role("button", name="Close").click()
    expect(opened).to_be_hidden()
    cell.click()
    expect(page.get_by_text(f"{mistakes.total} digits: every mistake")).to_be_visible()
    expect(page).to_have_url(f"{server.address}/evaluate?model=cnn")


def test_the_editor_stays_open_while_a_layer_is_impossible(server, page):
    page.goto(f"{server.address}/train?preset=cnn-5x5")
    page.get_by_text("Network", exact=True).click()
    pooling = page.locator(".st-key-train_conv_0_pooling input")
    pooling.fill("4")
    pooling.press("Enter")
    kernel = page.locator(".st-key-train_conv_1_kernel_size input")
    kernel.fill("7")
    kernel.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="conv_2 cannot be built")).to_have_count(2)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    kernel.fill("5")
    kernel.press("Enter")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    expect(kernel).to_be_visible()


def test_the_server_is_small_and_has_no_tensorflow(own_server, page):
    for name in ("", *PAGES):
        visit(page, f"{own_server.address}/{name}")
    page.goto(own_server.address)
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    process = psutil.Process(own_server.process.pid)
    mapped = {mapping.path.lower() for mapping in process.memory_maps()}
    assert any("litert" in path for path in mapped)
    assert not [path for path in mapped if "tensorflow" in path or "keras" in path]
    assert process.memory_info().rss < 350 * 2**20


def test_a_killed_server_finds_its_runs_again(own_server, page, store):
    page.goto(f"{own_server.address}/train")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("digits a second")).to_be_visible()
    run_id = re.search(r"run=(\w+)", page.url)[1]
    stood = store.get(run_id).progress.step
    port = int(own_server.address.rpartition(":")[2])
    own_server.process.kill()
    own_server.process.wait()
    wait_for(lambda: store.get(run_id).progress.step > stood)
    again = start_server(port)
    try:
        page.goto(f"{again.address}/train?run={run_id}")
        expect(page.get_by_role("button", name="Stop training").or_(page.get_by_text("Test accuracy"))).to_be_visible()
        if store.get(run_id).is_active:
            page.get_by_role("button", name="Stop training").click()
        assert ended(store, run_id).has_model
        expect(page.get_by_text("Test accuracy")).to_be_visible()
    finally:
        again.process.kill()


def test_a_phone_shows_every_page_without_scrolling_sideways_or_the_internet(server, browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in ("", *PAGES):
        visit(page, f"{server.address}/{name}")
        wait_for(lambda: page.evaluate("document.fonts.status") == "loaded")
        main = page.get_by_test_id("stMain")
        assert main.evaluate("element => element.scrollWidth <= element.clientWidth"), name
    assert not [url for url in asked if not url.startswith((server.address, "data:", "blob:"))]
    context.close()


def mark_the_best_and_click_it(page: Page) -> None:
    chart = page.locator("[data-testid=stEChartsChart][aria-busy=false]")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    right, top = box["x"] + box["width"] - ROOM["right"], box["y"] + ROOM["top"]
    # The best run lies on top of both accuracies, so that its line is level there.
    page.mouse.click(right - 40, top)
    expect(page.get_by_text("rate 0.002 · Ada")).to_be_visible()
    page.mouse.move(right, top)
    page.mouse.down()
    page.mouse.move(right, top + 20, steps=2)
    page.mouse.up()
    expect(page.get_by_text(re.compile(r"Listed are 1 of \d+ runs"))).to_be_visible()


def test_a_mark_filters_the_table_and_a_click_on_a_line_offers_its_run(page, server, no_other_runs, store):
    ids = [store.create(replace(TINY, learning_rate=rate), f"rate {rate}", "Ada") for rate in (0.001, 0.002)]
    for run_id, accuracy in zip(ids, (0.5, 0.9999), strict=True):
        store.write(run_id, metrics=[("test_accuracy", accuracy, 2), ("val_accuracy", accuracy, 2)])
        store.end(run_id, FINISHED)
    page.goto(f"{server.address}/compare")
    page.get_by_text("All runs, setting by setting").click()
    expect(page.get_by_text("Click on a line to open its run")).to_have_count(int(landscape.CAN_SELECT))
    if landscape.CAN_SELECT:
        mark_the_best_and_click_it(page)
    for run_id in ids:
        store.delete(run_id)


def test_two_trained_runs_are_compared_and_the_difference_is_named(page, server, engine, store):
    ids = [engine.submit(replace(TINY, epochs=n), f"{n} epochs", "Ada") for n in (1, 6)]
    for run_id in ids:
        ended(store, run_id)
    page.goto(f"{server.address}/compare")
    table = page.get_by_test_id("stDataFrame").first
    table.wait_for()
    for row in (1, 2):
        # The table is a canvas: its boxes to tick are known by their place only.
        table.click(position={"x": 17, "y": 18 + 35 * row})
        expect(page.get_by_role("button", name="Delete this run" if row == 1 else "Delete 2 runs")).to_be_visible()
    page.get_by_text("What differs", exact=True).click()
    expect(page.get_by_text(re.compile("better, by more than chance"))).to_be_visible()
    expect(page.get_by_text(re.compile("McNemar's test"))).to_be_visible()
    page.get_by_text("Accuracy and cost").click()
    expect(page.get_by_text("Best trade-offs")).to_be_visible()


def test_a_run_is_taken_home_trained_there_and_brought_back(page, server, engine, store, tmp_path):
    run = ended(store, engine.submit(TINY, "to take home", "Ada"))
    page.goto(f"{server.address}/train?run={run.id}")
    page.get_by_role("button", name="Take it with you").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Everything as a zip").click()
    taken = tmp_path / download.value.suggested_filename
    download.value.save_as(taken)
    with zipfile.ZipFile(taken) as archive:
        archive.extract("train.py", tmp_path)
    accuracy = run.metrics["test_accuracy"]
    assert run_beside_mnist(tmp_path / "train.py")["accuracy"] == pytest.approx(accuracy, abs=0.005)
    page.goto(f"{server.address}/compare")
    page.locator(".st-key-compare_popover_0 button").click()
    page.locator(".st-key-compare_upload_0 input").set_input_files(taken)
    page.locator(".st-key-compare_bring button").click()
    # The table is a canvas; what it shows is written inside for those who cannot see it.
    names = page.get_by_test_id("stDataFrame").first.locator("td:nth-child(2)")
    first, back = (names.filter(has_text=re.compile(f"^to take home{end}")) for end in ("$", r" \("))
    shown = first.locator("xpath=following-sibling::td[1]").text_content()
    expect(back.locator("xpath=following-sibling::td[1]")).to_have_text(shown)
    assert float(shown) == pytest.approx(100 * accuracy)


def test_a_sweep_of_six_tiny_trials_leads_to_its_best_one(page, server, engine, store):
    page.goto(f"{server.address}/sweep")
    page.get_by_role("combobox", name="Start from").click()
    page.get_by_role("option", name="dense-512").click()
    move_slider(page, "Training digits of a trial", "Home", 1)
    move_slider(page, "Training digits of a trial", "PageUp", 1)
    trials = page.get_by_role("spinbutton", name="Trials")
    trials.fill("6")
    trials.press("Enter")
    expect(page.get_by_text(re.compile("^6 trials of 2 epochs on 5,"))).to_be_visible()
    page.get_by_role("button", name="Start the sweep").click()
    expect(page.get_by_text("Best validation accuracy")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("6 of 6 trials have ended")).to_be_visible()
    page.reload()
    page.get_by_text("What matters").click()
    expect(page.get_by_text("How much each setting mattered").or_(page.get_by_text("five finished"))).to_be_visible()
    page.get_by_role("button", name="Train the best one fully").click()
    expect(page.get_by_text("digits a second")).to_be_visible()
    run = store.newest(1)[0]
    tried = [each.config.learning_rate for each in store.newest(7)[1:]]
    assert run.config.train_size == 60_000 and run.config.learning_rate in tried
    page.get_by_role("button", name="Stop training").click()
    ended(store, run.id)
