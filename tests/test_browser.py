"""What only a real browser and a real server show: a run from its start to its mistakes, and what may be killed."""

from __future__ import annotations

import re

import psutil
from playwright.sync_api import expect

from mnist_core.runs.run import FINISHED, STOPPED
from tests.app_pages import PAGES
from tests.browsing import ONE, SEVEN, answer, draw, move_slider, start_server, visit
from tests.conftest import TINY, ended, wait_for


def test_train_watch_pause_reload_stop_evaluate_and_draw(server, page, store, engine):
    page.goto(f"{server.address}/train")
    page.get_by_role("combobox", name="Start from").click()
    page.get_by_role("option", name="fast").click()
    page.get_by_test_id("stMain").get_by_text("Data", exact=True).click()
    move_slider(page, "Training digits", "Home", 1)
    expect(page.get_by_text(" 95 digits to learn from")).to_be_visible()
    move_slider(page, "Training digits", "ArrowRight", 5)
    expect(page.get_by_text("4,750 digits to learn from")).to_be_visible()
    move_slider(page, "Epochs", "End", 1)
    expect(page.get_by_text(re.compile("^Changed from fast: .*epochs 200"))).to_be_visible()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("digits a second")).to_be_visible()
    expect(page.locator("[data-testid=stEChartsChart] canvas, [data-testid=stEChartsChart] svg").first).to_be_visible()
    # It stands for the curve, which is a canvas.
    progress = page.get_by_role("progressbar")
    expect(progress).not_to_have_attribute("aria-valuenow", progress.get_attribute("aria-valuenow"))

    page.get_by_role("button", name="Pause").click()
    # With a capital: other tests' runs may be called "paused".
    paused = page.get_by_role("status").filter(has_text=re.compile("Paused$"))
    expect(paused).to_be_visible()
    page.reload()
    expect(paused).to_be_visible()
    run_id = re.search(r"run=(\w+)", page.url)[1]
    stood = store.get(run_id).progress.step
    page.get_by_role("button", name="One batch").click()
    wait_for(lambda: store.get(run_id).progress.step == stood + 1)
    expect(page.get_by_text(re.compile(r"last: loss [\d.]+, accuracy"))).to_be_visible()
    page.get_by_role("button", name="Change settings").click()
    page.get_by_role("slider", name="Learning rate").last.press("ArrowLeft")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Resume").click()
    wait_for(lambda: [change.value for change in store.get(run_id).changes] == [0.005])
    # Of what no batch was trained with, nothing is kept.
    wait_for(lambda: store.get(run_id).progress.step > stood + 1)
    # Elsewhere, as by the coach or in another tab: the slider, which nobody sees now, must not ask for its own again.
    engine.change(run_id, "learning_rate", 0.002)
    wait_for(lambda: [change.value for change in store.get(run_id).changes] == [0.005, 0.002])
    stood = store.get(run_id).progress.epoch
    wait_for(lambda: store.get(run_id).progress.epoch >= stood + 4)
    page.get_by_role("button", name="Change settings").click()
    expect(page.get_by_role("slider", name="Learning rate").last).to_have_attribute("aria-valuetext", "0.002")
    page.keyboard.press("Escape")
    assert [change.value for change in store.get(run_id).changes] == [0.005, 0.002]

    page.get_by_text("Confusion matrix of the validation digits").click()
    confusion = page.get_by_text(re.compile(r"^After epoch \d+: "))
    expect(confusion).to_be_visible()
    page.get_by_role("button", name="Stop training").click()
    assert ended(store, run_id).status == STOPPED
    expect(page.get_by_text("Stopped in epoch")).to_be_visible()
    expect(confusion).to_be_visible()
    page.get_by_role("button", name="Delete this run").click()
    expect(page.get_by_text("Nothing of yours is training now")).to_be_visible()
    page.locator(".st-key-train_undo button").click()
    expect(page.get_by_text("Stopped in epoch")).to_be_visible()
    page.get_by_role("link", name="See its mistakes").click()
    expect(page.get_by_text("Misclassified digits")).to_be_visible()
    expect(page.get_by_role("table")).to_be_visible()
    accuracy = f"{store.get(run_id).metrics['test_accuracy']:.2%}"
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(accuracy)
    expect(page.get_by_role("button", name=re.compile(r"^\d read as \d")).first).to_be_visible()

    page.get_by_role("link", name="Draw", exact=True).first.click()
    expect(page.get_by_role("combobox", name="Model")).to_have_value(re.compile(accuracy))
    for strokes, digit in (((SEVEN,), "7"), ((ONE,), "1")):
        draw(page, *strokes)
        expect(answer(page)).to_have_text(digit)
        expect(page.get_by_role("img", name="Centred")).to_be_visible()
        page.locator(".st-key-draw_clear button").click()
        expect(answer(page)).to_have_text("–")


# A click waits longer than from one look at a run to the next until it is sent, as in a browser that has much to do.
SEND_LATE = """
    const timeout = window.setTimeout;
    window.setTimeout = (what, after, ...values) => timeout(what, after || 500, ...values);
"""


def test_a_click_is_heard_once_though_the_page_looks_at_the_run_before_it_is_sent(server, page, store):
    page.goto(f"{server.address}/train?preset=fast&epochs=200")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("digits a second")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status").filter(has_text=re.compile("Paused$"))).to_be_visible()
    run_id = re.search(r"run=(\w+)", page.url)[1]
    stood = store.get(run_id).progress.step
    page.evaluate(SEND_LATE)
    page.get_by_role("button", name="One batch").click()
    wait_for(lambda: store.get(run_id).progress.step > stood)
    page.evaluate("new Promise(sent => setTimeout(sent))")
    page.get_by_role("button", name="Stop training").click()
    assert ended(store, run_id).progress.step == stood + 1


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
    # The keyboard keeps its place.
    following = opened.get_by_role("button", name="Next")
    following.press("Enter")
    expect(opened.get_by_role("heading", name=mistakes.title(1))).to_be_visible()
    expect(following).to_be_focused()
    opened.get_by_role("button", name="Previous").press("Enter")
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


def test_keys_alone_lead_through_cells_and_digits_into_a_popover_and_to_undo(server, page, mistakes, store):
    page.goto(f"{server.address}/evaluate?model=cnn&true={mistakes.true}&read={mistakes.read}")
    digits = page.get_by_role("button", name=re.compile(f"^{mistakes.true} read as {mistakes.read} "))
    digits.first.focus()
    page.keyboard.press("ArrowRight")
    expect(digits.nth(1)).to_be_focused()
    # All of them are one stop.
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(digits.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("heading", name=mistakes.title(1))).to_be_visible()
    page.keyboard.press("Escape")
    expect(digits.nth(1)).to_be_focused()

    run_id = store.create(TINY, "left by keys", "Somebody")
    store.end(run_id, FINISHED)
    page.goto(f"{server.address}/compare?runs={run_id}")
    # The foot of the page: what is pressed before it is there may be drawn anew.
    expect(page.get_by_text("Deleted runs")).to_be_visible()
    page.get_by_role("button", name="Delete this run").press("Enter")
    expect(page.get_by_test_id("stPopoverBody")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    assert store.is_deleted(run_id)


def test_keys_alone_start_and_stop_a_run_delete_it_and_bring_it_back(server, page, engine):
    page.goto(f"{server.address}/train?preset=fast&epochs=199")
    start, next_step = (page.get_by_role("button", name=name, exact=True) for name in ("Train", "Train longer"))
    start.press("Enter")
    expect(page.get_by_text("digits a second")).to_be_visible()
    expect(start).to_be_focused()
    page.get_by_role("button", name="Stop training").press("Enter")
    expect(next_step).to_be_focused()
    page.get_by_role("button", name="Delete this run").press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(next_step).to_be_focused()


def test_the_editor_stays_open_while_a_layer_is_impossible(server, page):
    page.goto(f"{server.address}/train?preset=cnn-5x5")
    page.get_by_text("Network", exact=True).click()
    pooling = page.locator(".st-key-train_conv_0_pooling input")
    pooling.fill("4")
    pooling.press("Enter")
    kernel = page.locator(".st-key-train_conv_1_kernel_size input")
    kernel.fill("7")
    kernel.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Convolution 2 cannot be built")).to_have_count(2)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    kernel.fill("5")
    kernel.press("Enter")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    expect(kernel).to_be_visible()


def test_a_server_has_opened_the_store_before_its_first_visitor(own_server):
    assert any("sqlalchemy" in mapping.path for mapping in psutil.Process(own_server.process.pid).memory_maps())


def test_a_phone_sees_all_without_scrolling_sideways_or_the_internet_from_a_small_server(own_server, page):
    """Which never maps TensorFlow."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in (*PAGES, ""):
        visit(page, f"{own_server.address}/{name}")
        wait_for(lambda: page.evaluate("document.fonts.status") == "loaded")
        main = page.get_by_test_id("stMain")
        assert main.evaluate("element => element.scrollWidth <= element.clientWidth"), name
    # The menu lies over the page until something is chosen in it.
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
    assert not [url for url in asked if not url.startswith((own_server.address, "data:", "blob:"))]
    draw(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    process = psutil.Process(own_server.process.pid)
    mapped = {mapping.path.lower() for mapping in process.memory_maps()}
    assert any("litert" in path for path in mapped)
    assert not [path for path in mapped if "tensorflow" in path or "keras" in path]
    assert process.memory_info().rss < 350 * 2**20


def test_a_killed_server_finds_its_runs_again(own_server, page, store):
    page.goto(f"{own_server.address}/train?preset=dense-512&epochs=200")
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
        page.get_by_role("button", name="Stop training").click()
        assert ended(store, run_id).has_model
        expect(page.get_by_text("Test accuracy")).to_be_visible()
    finally:
        again.process.kill()


def test_a_browser_that_was_closed_is_known_again_and_another_one_is_not(server, browser, page):
    visit(page, f"{server.address}/data")
    name = page.get_by_role("textbox", name="Your name")
    name.fill("Ada")
    # As fast as a finger: there the link is clicked before what was typed is sent.
    page.get_by_test_id("stSidebar").get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare runs")
    expect(name).to_have_value("Ada")
    wait_for(lambda: [each for each in page.context.cookies() if each["name"] == "digit_lab_visitor"])
    # Closed, it forgets Streamlit's own.
    page.context.clear_cookies(name="_streamlit_xsrf")
    visit(page, f"{server.address}/data")
    expect(name).to_have_value("Ada")
    # A server that was restarted knows nobody: the browser has kept the name.
    page.context.clear_cookies(name="digit_lab_visitor")
    page.context.clear_cookies(name="_streamlit_xsrf")
    visit(page, f"{server.address}/data")
    expect(name).to_have_value("Ada")
    another = browser.new_context().new_page()
    visit(another, f"{server.address}/data")
    expect(another.get_by_role("textbox", name="Your name")).to_have_value("")
    another.context.close()
