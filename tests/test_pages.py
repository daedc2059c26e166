"""Pages without a browser: what they show, and what they say when something is wrong."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core import artifacts
from mnist_core.presets import PRESETS
from mnist_core.runs import FAILED, FINISHED
from pages.shared import readers
from pages.shared.drawn import Drawing
from tests.conftest import PROJECT, TINY, ended, wait_for
from tests.test_drawing import seven

PAGES = ["train", "evaluate", "draw"]


@pytest.fixture(autouse=True)
def fresh_caches():
    """Every test is a fresh server."""
    for cached in (readers.opening_store, readers.opening_engine, readers.runs, readers.run, readers.curves):
        cached.clear()


def open_page(name: str = "", **query: str) -> AppTest:
    page = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    if name:
        page.switch_page(f"pages/{name}.py")
    return page


def with_store(page: AppTest) -> AppTest:
    """The page once its background work is done."""
    page.run()
    readers.opening_store().result()
    return page.run()


def texts(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.warning, *page.error, *page.info, *page.title, *page.subheader]
    return " ".join(element.value for element in shown)


@pytest.mark.parametrize("name", ["", *PAGES])
def test_every_page_opens_on_a_fresh_server(name):
    page = open_page(name).run()
    assert not page.exception and not page.error
    assert [link.proto.label for link in page.sidebar.get("page_link")] == ["Home", "Train", "Evaluate", "Draw"]


@pytest.mark.parametrize(("name", "key"), [("", "home_drawing"), ("draw", "draw_drawing")])
def test_a_drawn_seven_is_read(name, key):
    page = open_page(name)
    page.session_state[key] = Drawing(strokes=[{}], pixels=seven())
    page.run()
    assert not page.exception and page.metric[0].value == "7"


def test_evaluate_shows_what_the_card_says(digits):
    page = with_store(open_page("evaluate"))
    card = artifacts.read_card(artifacts.MODELS_FOLDER / "best")
    assert page.metric[0].value == f"{card.evaluation.accuracy:.2%}"
    wrong = round((1 - card.evaluation.accuracy) * 10_000)
    assert page.metric[1].value == f"{wrong} of 10,000"
    assert page.get("html")[0].proto.body.count("<img") == min(wrong, 50)
    assert page.dataframe[0].value["recall"].tolist() == pytest.approx(card.evaluation.recall)


def test_a_preset_moves_every_widget_to_its_configuration():
    page = with_store(open_page("train"))
    for preset, config in PRESETS.items():
        page.selectbox(key="train_preset").select(preset).run()
        assert not page.exception and not page.error
        assert f"{config.parameters:,} parameters · {config.training_digits:,} training digits" in texts(page)


def test_the_address_of_the_page_is_its_configuration():
    page = with_store(open_page("train"))
    page.selectbox(key="train_preset").select("cnn-3x3").run()
    page.slider(key="train_epochs").set_value(7)
    page.slider(key="train_conv_layers").set_value(1).run()
    link = {name: "".join(value) for name, value in page.query_params.items()}
    assert link == {"preset": "cnn-3x3", "epochs": "7", "conv_blocks": "32-3-valid-1"}
    other = with_store(open_page("train", **link))
    assert other.selectbox(key="train_preset").value == "cnn-3x3"
    assert (other.slider(key="train_epochs").value, other.slider(key="train_conv_layers").value) == (7, 1)
    assert other.caption[1].value == page.caption[1].value


def test_a_link_that_says_nonsense_is_said():
    for link, message in (({"preset": "nope"}, "no preset 'nope'"), ({"epochs": "0"}, "epochs is 0")):
        page = open_page("train", **link).run()
        assert not page.exception and message in page.warning[0].value


def test_an_impossible_architecture_is_said_and_cannot_be_started():
    page = with_store(open_page("train"))
    page.slider(key="train_conv_layers").set_value(5).run()
    assert "cannot be built" in page.error[0].value
    assert next(button for button in page.button if button.label == "Train").disabled


def test_a_run_is_started_watched_deleted_and_brought_back(engine, store):
    page = with_store(open_page("train"))
    page.selectbox(key="train_preset").select("dense-512").run()
    page.slider(key="train_epochs").set_value(1)
    page.slider(key="train_train_size").set_value(1000).run()
    next(button for button in page.button if button.label == "Train").click().run()
    assert not page.exception and not page.error
    run_id = "".join(page.query_params["run"])
    assert store.get(run_id).name == "dense-512, epochs 1, train size 1000"
    ended(store, run_id)
    readers.run.clear()
    page.run()
    assert page.metric[0].label == "Test accuracy" and "Finished" in texts(page)
    next(button for button in page.button if button.label == "Delete this run").click().run()
    assert "Nothing is training for you yet" in texts(page) and run_id not in [run.id for run in store.newest()]
    page.button(key="train_undo").click().run()
    assert store.get(run_id).has_model


def test_a_run_deleted_in_another_tab_is_said(store):
    run_id = store.create(TINY, "gone", "Ada")
    store.delete(run_id)
    page = with_store(open_page("train", run=run_id))
    assert not page.exception and "was deleted" in page.warning[0].value
    page = with_store(open_page("evaluate", model=run_id))
    assert not page.exception and "not there any more" in page.warning[0].value
    assert page.metric[0].label == "Test accuracy"


def test_a_failed_run_shows_its_reason_and_its_traceback(store):
    run_id = store.create(TINY, "failed", "Ada")
    store.end(run_id, FAILED, "Not enough memory.", "Traceback: here")
    page = with_store(open_page("train", run=run_id))
    assert page.error[0].value == "Not enough memory." and page.code[0].value == "Traceback: here"


def test_advice_is_one_click_from_the_sliders_and_starts_nothing(store):
    config = replace(
        TINY, activation="sigmoid", optimizer="sgd", learning_rate=0.01, batch_size=200, dense_units=(20, 9)
    )
    run_id = store.create(config, "crawls", "Ada")
    store.write(run_id, metrics=[("batch_loss", 2.3 - step / 1000, step) for step in range(1, 31)])
    store.end(run_id, FINISHED)
    page = with_store(open_page("train", run=run_id))
    assert "Sigmoid units learn slowly" in texts(page) and "from 2.3 to only 2.27" in texts(page)
    known = len(store.newest())
    page.button(key="advice_0").click().run()
    assert page.button(key="advice_0").label == "Try it: activation ReLU, optimizer Adam, learning rate 0.001"
    assert not page.exception and "Press Train to try it" in page.toast[0].value
    widgets = (page.selectbox(key="train_activation"), page.selectbox(key="train_optimizer"))
    assert [widget.value for widget in widgets] == ["relu", "adam"]
    assert page.select_slider(key="train_learning_rate").value == 0.001
    assert (page.number_input(key="train_batch_size").value, page.number_input(key="train_dense_1").value) == (200, 9)
    assert len(store.newest()) == known
    store.delete(run_id)


def test_another_persons_run_cannot_be_stopped(store, monkeypatch):
    monkeypatch.setattr("pages.shared.frame.may_touch", lambda run: run.visitor == "")
    run_id = store.create(TINY, "hers", "Ada", "another browser")
    store.start(store.get(run_id))
    page = with_store(open_page("train", run=run_id))
    assert "belongs to Ada" in texts(page)
    assert not {"Pause", "Stop training", "Delete this run"} & {button.label for button in page.button}
    store.delete(run_id)


@pytest.mark.parametrize("damaged", [artifacts.LITERT_FILE, artifacts.CARD_FILE, artifacts.PROBABILITIES_FILE])
def test_a_model_with_a_truncated_file_says_which(tmp_path, monkeypatch, damaged):
    shutil.copytree(artifacts.MODELS_FOLDER, tmp_path / "models")
    path = tmp_path / "models" / "best" / damaged
    path.write_bytes(path.read_bytes()[:100])
    monkeypatch.setattr(artifacts, "MODELS_FOLDER", tmp_path / "models")
    name = "draw" if damaged == artifacts.LITERT_FILE else "evaluate"
    page = open_page(name)
    page.session_state["draw_drawing"] = Drawing(strokes=[{}], pixels=seven())
    page.run()
    assert not page.exception and damaged in page.error[0].value and "damaged" in page.error[0].value


def test_a_damaged_data_set_is_said_on_the_page(tmp_path, monkeypatch):
    from mnist_core import data

    broken = tmp_path / "mnist.npz"
    broken.write_bytes(b"PK")
    readers.test_digits.clear()
    monkeypatch.setattr(readers, "load_mnist", lambda: data.load_mnist(broken))
    page = open_page("evaluate").run()
    assert not page.exception and "git checkout -- data/mnist.npz" in page.error[0].value
    readers.test_digits.clear()


def test_a_store_that_cannot_be_opened_leaves_the_pages_working(tmp_path, monkeypatch):
    (tmp_path / "mlflow.db").write_bytes(b"this is no database" * 100)
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path))
    page = open_page("evaluate").run()
    wait_for(readers.opening_store().done)
    page.run()
    assert not page.exception and page.metric[0].label == "Test accuracy"
    page = open_page("train", run="0" * 32).run()
    assert not page.exception and "store of runs cannot be used" in texts(page)


def test_a_blank_drawing_gets_no_answer():
    page = open_page("draw")
    page.session_state["draw_drawing"] = Drawing(strokes=[{}], pixels=np.zeros((280, 280, 4), np.uint8))
    page.run()
    assert not page.exception and page.metric[0].value == "–"
