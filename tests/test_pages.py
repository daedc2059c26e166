"""All pages without a browser: a fresh server, runs and models that cannot be read, a store that cannot be opened."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import count
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from mnist_core import artifacts
from mnist_core.runs.run import FINISHED
from mnist_core.runs.store_connection import StoreError
from pages.parts import frame, once, person, read_runs, server, services, workers
from tests.app_pages import PAGES, SEVEN, draw, open_page, texts, with_store
from tests.conftest import TINY, wait_for

pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.mark.parametrize("name", ["", *PAGES])
def test_every_page_opens_on_a_fresh_server(name):
    page = open_page(name).run()
    assert not page.exception and not page.error
    menu = [link.proto.label for link in page.sidebar.get("page_link")]
    assert menu == ["Home", "Train", "Evaluate", "Look inside", "Compare", "Sweep", "Draw", "Data"]


def test_a_server_answers_once_the_store_is_open_or_takes_too_long(monkeypatch):
    open_page().run()

    async def start() -> bool:
        async with server.make_ready(server.App("app.py")):
            return services.opening_store().done()

    # In a thread of its own: the browser of other tests has a loop running in this one.
    with ThreadPoolExecutor() as pool:
        assert pool.submit(asyncio.run, start()).result()
        services.opening_store.clear()
        never = Event()
        monkeypatch.setattr(services, "Store", never.wait)
        monkeypatch.setattr(server, "_MOST_SECONDS", 0.1)
        assert not pool.submit(asyncio.run, start()).result()
        never.set()


def test_a_fault_that_nobody_thought_of_is_named_without_a_traceback(monkeypatch):
    monkeypatch.setattr(frame, "begin", lambda *_: {}["a secret of the server"])
    (shown,) = open_page("data").run().exception
    assert shown.proto.type == "KeyError" and not shown.stack_trace and "a secret" not in shown.message


@pytest.fixture
def trained(store):
    """A finished run with the model `dense`."""
    run_id = store.create(TINY, "trained", "Ada")
    store.files.put_folder(run_id, artifacts.MODELS_FOLDER / "dense")
    store.write(run_id, metrics=[("test_accuracy", 0.98, 2)])
    store.end(run_id, FINISHED)
    yield run_id
    store.delete(run_id)


def test_a_link_to_a_runs_model_holds_on_a_server_whose_store_is_not_open_yet(trained):
    page = open_page("evaluate", model=trained, digit="9").run()
    assert page.selectbox(key="model_box_early").value == "best"
    services.opening_store().result()
    page.run()
    assert page.selectbox(key="model_box").value == trained and not page.exception
    assert page.metric[0].value == f"{artifacts.read_card(artifacts.MODELS_FOLDER / 'dense').evaluation.accuracy:.2%}"
    page = with_store(open_page("evaluate", model=trained[:8]))
    assert page.selectbox(key="model_box").value == trained
    page = open_page("evaluate", model=trained)
    services.opening_store.clear()
    page.run()
    page.selectbox(key="model_box_early").select("cnn").run()
    assert with_store(page).selectbox(key="model_box").value == "cnn"


def test_the_box_of_models_follows_the_browsers_back():
    page = with_store(open_page("evaluate", model="cnn"))
    page.selectbox(key="model_box").select("dense").run()
    page.query_params["model"] = "cnn"
    assert page.run().selectbox(key="model_box").value == "cnn" and page.query_params["model"] in ("cnn", ["cnn"])


def test_who_looks_at_a_model_stays_with_it_when_its_run_is_renamed(trained, store):
    """The browser goes on naming what is chosen by the label that it had."""
    page = with_store(open_page("evaluate", model=trained, show="Compare"))
    other = with_store(open_page("evaluate", model="cnn", show="Compare"))
    other.selectbox(key="duel_cnn").select(trained).run()
    sent = [each._tree.get_widget_states() for each in (page, other)]
    store.describe(trained, name="another name", note="", tags=(), starred=False)
    read_runs.forget_runs([trained])
    for each, states, box in zip((page, other), sent, ("model_box", "duel_cnn"), strict=True):
        each.run()
        each._tree.get_widget_states = lambda states=states: states
        each.run()
        assert each.selectbox(key=box).value == trained and not each.warning and not each.exception


def test_a_run_too_old_for_the_list_is_found_by_its_link(trained, store, monkeypatch):
    monkeypatch.setattr(read_runs, "runs", list)
    page = with_store(open_page("evaluate", model=trained))
    assert page.selectbox(key="model_box").value == trained and not page.warning
    untrained = store.create(TINY, "untrained", "Ada")
    page = with_store(open_page("evaluate", model=untrained))
    assert "That run has no model" in page.warning[0].value and not page.exception
    store.delete(untrained)


@pytest.mark.parametrize("name", ["evaluate", "inside", "draw"])
def test_runs_that_cannot_be_read_leave_the_models_that_come_along(name, monkeypatch):
    def broken(*_):
        raise StoreError("The database is locked.")

    monkeypatch.setattr(read_runs, "runs", broken)
    monkeypatch.setattr(read_runs, "run", broken)
    page = with_store(open_page(name, model="0" * 32))
    assert not page.exception and page.selectbox(key="model_box").value == "best"
    assert "The database is locked." in texts(page)


@pytest.mark.parametrize("damaged", [artifacts.LITERT_FILE, artifacts.CARD_FILE, artifacts.PROBABILITIES_FILE])
def test_a_model_with_a_truncated_file_says_which(models, damaged):
    path = models / "best" / damaged
    path.write_bytes(path.read_bytes()[:100])
    name = "draw" if damaged == artifacts.LITERT_FILE else "evaluate"
    page = open_page(name)
    draw(page, "draw", SEVEN)
    assert not page.exception and damaged in page.error[0].value and "damaged" in page.error[0].value


def test_a_store_that_cannot_be_opened_leaves_the_pages_working(tmp_path, monkeypatch):
    (tmp_path / "mlflow.db").write_bytes(b"this is no database" * 100)
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path))
    page = open_page("evaluate").run()
    wait_for(services.opening_store().done)
    page.run()
    assert not page.exception and page.metric[0].label == "Test accuracy"
    page = open_page("train", run="0" * 32).run()
    assert not page.exception and "store of runs cannot be used" in texts(page)
    # Mended, it is opened again by itself.
    (tmp_path / "mlflow.db").unlink()
    monkeypatch.setattr(services, "_SECONDS_TO_TRY_AGAIN", 0)
    page.run()
    wait_for(services.opening_store().done)
    page.run()
    assert not page.exception and "store of runs cannot be used" not in texts(page)


@pytest.mark.parametrize("cookie", ["2|zz|aa|1", "2||aa|1", "2|a|aa|1", "2|1", "ff", "0a", ""])
def test_a_cookie_that_is_none_of_streamlits_breaks_no_page(cookie, monkeypatch):
    st.session_state.clear()
    monkeypatch.setattr(st, "context", SimpleNamespace(cookies={"_streamlit_xsrf": cookie, "digit_lab_name": cookie}))
    assert person.visitor() == "" and person.name() == "Guest"


def test_that_no_worker_is_there_is_said(monkeypatch):
    opening: services.Opening = services.Opening()
    engine = SimpleNamespace(workers=0)
    opening.set_result(engine)
    monkeypatch.setattr(services, "opening_engine", lambda: opening)
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://far:8786")
    workers._asking_how_many.clear()
    assert workers.about_missing() == "no worker is connected to tcp://far:8786: start one"
    engine.workers = 1
    workers._asking_how_many.clear()
    assert workers.about_missing() == ""
    workers._asking_how_many.clear()


def test_what_a_click_has_started_is_neither_lost_nor_done_twice(monkeypatch):
    """As Streamlit does it: a click elsewhere ends this run of the page when the spinner goes."""

    others: list[Any] = []

    @contextmanager
    def spinner(words):
        # The run of the page that a second click begins waits beside the first one.
        if others:
            others.pop()()
        yield
        raise RerunException(RerunData())

    monkeypatch.setattr(once, "st", SimpleNamespace(session_state={}, spinner=spinner))
    numbers, seen, done = count(1), [], Event()
    begin = partial(once.start, "run", work=lambda: done.wait() and next(numbers), words="", then=seen.append)

    def click_again():
        done.set()
        with pytest.raises(RerunException):
            begin(clicked=True)

    others.append(click_again)
    with pytest.raises(RerunException):
        begin(clicked=True)
    monkeypatch.setattr(once.st, "spinner", nullcontext)
    assert seen == [] and begin(clicked=True) and seen == [1]
    # The button may stay where it is: one more click is one of those that led to it.
    assert not begin(clicked=False) and not begin(clicked=True) and seen == [1]
