"""Drawing in a real browser, by mouse and by finger."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Route, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browsing import FOUR, SCRIBBLE, SEVEN, answer, draw, run_for, tool, touch, visit
from tests.conftest import wait_for
from tests.test_splitting import SIX, TWO, ZERO


def test_a_drawing_is_read_undone_and_survives_another_page_and_a_reload(server, page):
    page.goto(server.address)
    draw(page, FOUR[0])
    draw(page, FOUR[1])
    expect(answer(page)).to_have_text("4")
    # What a screen reader says, and finds.
    expect(page.get_by_role("status")).to_have_text(re.compile("^Looks like 4, "))
    expect(page.get_by_role("img", name="Drawing board")).to_be_visible()
    # All of the board is there, without a scrollbar over its edge.
    assert page.locator(".dc-scroll").evaluate("board => board.clientWidth == board.scrollWidth")
    draw(page, [(0.1, 0.1), (0.9, 0.9), (0.1, 0.9), (0.9, 0.1)])
    expect(answer(page)).not_to_have_text("4")
    tool(page, "undo").click()
    expect(answer(page)).to_have_text("4")
    page.get_by_role("link", name="Evaluate").first.click()
    expect(page.get_by_text("Misclassified digits")).to_be_visible()
    page.get_by_role("link", name="Home").click()
    expect(answer(page)).to_have_text("4")
    # The page can be used before its canvas is there.
    held: list[Route] = []
    page.route(re.compile(r"drawable-canvas.*\.js"), lambda route: held.append(route))
    page.reload()
    expect(answer(page)).to_have_text("4")
    tool(page, "clear").click()
    expect(answer(page)).to_have_text("–")
    tool(page, "undo").click()
    expect(answer(page)).to_have_text("4")
    assert len(held) == 1
    held[0].continue_()
    tool(page, "undo").click()
    expect(answer(page)).not_to_have_text("4")
    tool(page, "undo").click()
    expect(answer(page)).to_have_text("–")
    tool(page, "redo").click()
    expect(answer(page)).not_to_have_text("–")
    tool(page, "redo").click()
    expect(answer(page)).to_have_text("4")


@pytest.fixture
def silent_store(monkeypatch) -> Iterator[socket.socket]:
    """A store elsewhere that takes what is sent to it, and never answers."""
    with socket.create_server(("localhost", 0)) as listening:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://localhost:{listening.getsockname()[1]}")
        yield listening


def test_tools_that_load_after_the_page_is_drawn_again_stand_where_they_should(silent_store, own_server, page):
    held: list[Route] = []
    page.route(re.compile(r"/(Slider|ButtonGroup)\."), lambda route: held.append(route))
    page.goto(f"{own_server.address}/draw")
    # The server does not wait for such a store for ever. Once it is known to be gone, the page is drawn a second time.
    looking = page.get_by_text("looking for your own runs")
    expect(looking).to_be_visible()
    silent_store.close()
    expect(looking).to_be_hidden()
    assert len(held) == 2
    for route in held:
        route.continue_()
    expect(page.get_by_role("slider", name="Width")).to_have_value("20")
    expect(page.get_by_role("radio", name="Pen")).to_be_checked()


def test_a_finger_draws_on_a_phone_that_says_the_answer_above_the_board_and_the_eraser_erases(server, browser):
    context = browser.new_context(viewport={"width": 390, "height": 664}, has_touch=True)
    page = context.new_page()
    page.goto(server.address)
    expect(page.get_by_role("heading", name="Where to go next")).to_be_visible()
    wait_for(lambda: {"1"} & {each["value"] for each in context.cookies() if each["name"] == "digit_lab_narrow"})
    page.reload()
    expect(page.get_by_role("heading", name="Where to go next")).to_be_visible()
    # It may begin at the very edge.
    touch(page, [(0.35, 0.02), (0.9, 0.02), (0.5, 0.9)])
    expect(answer(page)).to_have_text("7")
    tool(page, "clear").click()
    expect(answer(page)).to_have_text("–")
    touch(page, [(0.97, 0.04), (0.97, 0.9)])
    expect(answer(page)).not_to_have_text("–")
    tool(page, "undo").click()
    expect(answer(page)).to_have_text("–")
    touch(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    page.mouse.wheel(0, -1000)
    expect(page.get_by_text("Looks like 7").first).to_be_in_viewport()
    run_for(page, page.locator(".st-key-home_tool").get_by_text("Eraser", exact=True).click)
    draw(page, [(0.2, 0.25), (0.9, 0.25)])
    expect(answer(page)).to_have_text("1")
    # A number's board is low, until something is drawn lower down; without a number the pen is as wide as before.
    page.goto(f"{server.address}/draw?draw_number=true")
    board = page.locator("canvas.upper-canvas")
    expect(board).to_have_css("height", "160px")
    expect(page.get_by_role("slider", name="Width")).to_have_value("12")
    page.goto(f"{server.address}/draw")
    expect(page.get_by_role("slider", name="Width")).to_have_value("20")
    touch(page, SEVEN)
    expect(answer(page)).to_have_text("7")
    page.get_by_text("Read a number").click()
    expect(board).to_have_css("width", "328px")
    expect(board).to_have_css("height", "280px")
    context.close()


def test_2026_is_split_a_scribble_refused_and_blank_paper_not_read(server, page):
    page.goto(f"{server.address}/draw")
    expect(answer(page)).to_have_text("–")

    def draw_2026() -> None:
        for left, digit in zip((0.02, 0.27, 0.52, 0.77), (TWO, ZERO, TWO, SIX), strict=True):
            draw(page, *[[(left + 0.2 * x, 0.35 + 0.3 * y) for x, y in stroke] for stroke in digit])

    draw_2026()
    expect(page.get_by_text("4 drawings side by side")).to_be_visible()
    page.get_by_text("Read a number").click()
    expect(answer(page)).to_have_text("2026")
    page.locator(".st-key-draw_clear button").click()
    expect(answer(page)).to_have_text("–")
    board = page.locator("canvas.upper-canvas")
    expect(board).to_have_css("width", "560px")
    draw_2026()
    expect(answer(page)).to_have_text("2026")
    expect(page.get_by_role("slider", name="Width")).to_have_value("12")
    page.reload()
    expect(answer(page)).to_have_text("2026")
    expect(page.get_by_role("slider", name="Width")).to_have_value("12")
    page.get_by_text("Read a number").click()
    expect(page.get_by_text("4 drawings side by side")).to_be_visible()
    page.reload()
    expect(page.get_by_text("4 drawings side by side")).to_be_visible()
    expect(board).to_have_css("width", "560px")
    page.locator(".st-key-draw_clear button").click()
    expect(answer(page)).to_have_text("–")
    expect(board).to_have_css("width", "280px")
    draw(page, SCRIBBLE)
    expect(page.get_by_text("This does not look like one digit")).to_be_visible()


# Each of the ten digits from two hands, as strokes of points on a board of side 1: recorded from what
# `mnist_core.learning.handwriting` writes, as those of people may not be passed on.
RECORDED = json.loads((Path(__file__).parent / "strokes.json").read_text())


def test_ten_recorded_digits_are_read_right_by_mouse(server, page):
    visit(page, f"{server.address}/draw")
    for recorded in (each for each in RECORDED if each["hand"] == 0):
        draw(page, *recorded["strokes"], steps=1)
        expect(answer(page)).to_have_text(str(recorded["label"]))
        page.locator(".st-key-draw_clear button").click()
        expect(answer(page)).to_have_text("–")


def test_ten_recorded_digits_are_read_right_by_finger(server, browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    visit(page, server.address)
    for recorded in (each for each in RECORDED if each["hand"] == 1):
        for stroke in recorded["strokes"]:
            touch(page, stroke, steps=2)
        expect(answer(page)).to_have_text(str(recorded["label"]))
        tool(page, "clear").tap()
        expect(answer(page)).to_have_text("–")
    context.close()


def test_a_stroke_that_comes_after_its_page_was_left_does_not_empty_the_next_one(server, page):
    asked: list[bytes] = []
    leaving = Event()

    def relay(browser):
        streamlit = browser.connect_to_server()

        def ask(message):
            if BackMsg.FromString(message).rerun_script.fragment_id and not leaving.is_set():
                asked.append(message)
            streamlit.send(message)

        def answer_and_ask_late(message):
            if leaving.is_set():
                streamlit.send(asked[-1])
            browser.send(message)

        browser.on_message(ask)
        streamlit.on_message(answer_and_ask_late)

    def leave_for(heading, way):
        known = len(asked)
        draw(page, SEVEN)
        wait_for(lambda: page.wait_for_timeout(100) or len(asked) > known)
        expect(way).to_be_visible()
        leaving.set()
        way.click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        page.wait_for_timeout(1000)
        leaving.clear()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")

    page.route_web_socket(re.compile("_stcore/stream"), relay)
    visit(page, server.address)
    leave_for("Draw for a model", page.get_by_role("button", name="See what the network gets"))
    leave_for("Digits to learn from", page.get_by_test_id("stSidebar").get_by_role("link", name="Data"))
