"""Comparing, taking home and sweeping in a real browser."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from mnist_core.figures.parallel import ROOM
from mnist_core.runs.run import FINISHED
from pages.parts import figure
from tests.browsing import move_slider
from tests.conftest import TINY, ended
from tests.test_script import run_beside_mnist


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
    expect(page.get_by_text("Click on a line to see here which run it is")).to_have_count(int(figure.CAN_SELECT))
    if figure.CAN_SELECT:
        mark_the_best_and_click_it(page)
    for run_id in ids:
        store.delete(run_id)


def test_a_finger_chooses_the_digit_that_it_taps(server, browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{server.address}/inside?part=Space&model=dense")
    chart = page.get_by_test_id("stEChartsChart")
    chart.scroll_into_view_if_needed()
    number, known = page.get_by_role("spinbutton", name="Test digit"), set()
    for share in (0.4, 0.5, 0.6):
        # The digit is shown above the map, which then stands elsewhere.
        box = chart.bounding_box()
        page.touchscreen.tap(box["x"] + share * (box["width"] - 64), box["y"] + box["height"] / 2)
        said = chart.locator("text=/test digit \\d+/").last
        expect(number).to_have_value(re.search(r"test digit (\d+)", said.inner_text()).group(1))
        known.add(number.input_value())
    assert len(known) > 1
    context.close()


def test_a_number_of_a_layers_output_is_chosen_by_a_click_and_by_keys(page, server):
    page.goto(f"{server.address}/inside?part=One+value%2C+step+by+step&model=cnn&digit=340")
    chosen = page.locator(".map [aria-pressed=true]")
    page.locator(".map [data-value='5,12']").click()
    expect(chosen).to_have_attribute("data-value", "5,12")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(chosen).to_have_attribute("data-value", "5,13")
    expect(page.get_by_role("spinbutton", name="Column")).to_have_value("13")


def test_a_filter_is_switched_off_and_on_by_a_click_on_what_it_sees(page, server):
    page.goto(f"{server.address}/inside?part=Switch+off&model=cnn&digit=340")
    one, all_off = page.get_by_role("button", name="filter 7"), page.locator(".switches [aria-pressed=false]")
    one.click()
    expect(one).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_text("without what is off")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(all_off).to_have_count(2)
    one.click()
    expect(all_off).to_have_count(1)


def test_two_trained_runs_are_compared_and_the_difference_is_named(page, server, engine, store):
    # Names that anywhere else would be links and pictures.
    odd = "www.example.org a@example.org ![x](http://example.org/x.png)"
    ids = [engine.submit(replace(TINY, epochs=n), f"{n} epochs {odd}", "Ada") for n in (1, 6)]
    for run_id in ids:
        run = ended(store, run_id)
        # A tag that anywhere else would be the number of a list.
        store.describe(run_id, name=run.name, note="", tags=["1. try"], starred=False)
    page.goto(f"{server.address}/compare")
    table = page.get_by_test_id("stDataFrame").first
    table.wait_for()
    for row in (1, 2):
        # The table is a canvas: its boxes to tick are known by their place only.
        table.click(position={"x": 17, "y": 18 + 35 * row})
        expect(page.get_by_role("button", name="Delete this run" if row == 1 else "Delete 2 runs")).to_be_visible()
        if row == 1:
            expect(page.get_by_text("1. try")).to_be_visible()
    page.get_by_text("What differs", exact=True).click()
    expect(page.get_by_text(re.compile("better, by more than chance"))).to_be_visible()
    expect(page.get_by_text(re.compile("McNemar's test"))).to_be_visible()
    expect(page.locator("[href*='example.org'], [src*='example.org']")).to_have_count(0)
    page.get_by_text("Accuracy and cost").click()
    expect(page.get_by_text("are the best trade-offs")).to_be_visible()


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
    page.locator(".st-key-compare_import button").click()
    # The table is a canvas; what it shows is written inside for those who cannot see it.
    names = page.get_by_test_id("stDataFrame").first.locator("td:nth-child(3)")
    first, back = (names.filter(has_text=re.compile(f"^to take home{end}")) for end in ("$", r" \("))
    expect(back).to_be_attached()
    # Whose it is stands between, now that one is Ada's and the other a guest's.
    accuracy_of = "xpath=following-sibling::td[2]"
    shown = first.locator(accuracy_of).text_content()
    expect(back.locator(accuracy_of)).to_have_text(shown)
    assert float(shown) == pytest.approx(100 * accuracy)


def test_a_sweep_of_six_tiny_trials_leads_to_its_best_one(page, server, engine, store):
    page.goto(f"{server.address}/sweep")
    page.get_by_role("combobox", name="Start from").click()
    page.get_by_role("option", name="dense-512").click()
    move_slider(page, "Training digits of a trial", "Home", 1)
    move_slider(page, "Training digits of a trial", "ArrowRight", 5)
    trials = page.get_by_role("spinbutton", name="Trials")
    trials.fill("6")
    trials.press("Enter")
    expect(page.get_by_text(re.compile("^6 trials of 2 epochs on 4,"))).to_be_visible()
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
