"""Pages without a browser: what they show, and what they say when something is wrong."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core import artifacts, strokes
from mnist_core.data import DataError
from mnist_core.evaluation import find_digits
from mnist_core.presets import PRESETS
from mnist_core.run_files import confusion_path
from mnist_core.runs import FAILED, FINISHED
from mnist_core.store_connection import StoreError
from pages.shared import read_digits, read_models, read_runs, services
from pages.shared.drawn import Drawing
from tests.conftest import PROJECT, TINY, ended, wait_for

PAGES = ["train", "evaluate", "inside", "compare", "sweep", "draw", "data"]


@pytest.fixture(autouse=True)
def fresh_caches(monkeypatch):
    """Every test is a fresh server, with nobody whose first page must come before the store."""
    monkeypatch.setattr(services, "_SECONDS_FOR_THE_FIRST_PAGE", 0)
    for cached in (
        services.opening_store,
        services.opening_engine,
        services.opening_studies,
        read_runs.studies,
        read_runs._all_runs,
        read_runs.runs,
        read_runs.run,
        read_runs.curves,
    ):
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
    services.opening_store().result()
    return page.run()


def texts(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.warning, *page.error, *page.info, *page.title, *page.subheader]
    return " ".join(element.value for element in shown)


@pytest.mark.parametrize("name", ["", *PAGES])
def test_every_page_opens_on_a_fresh_server(name):
    page = open_page(name).run()
    assert not page.exception and not page.error
    menu = [link.proto.label for link in page.sidebar.get("page_link")]
    assert menu == ["Home", "Train", "Evaluate", "Look inside", "Compare", "Sweep", "Draw", "Data"]


SEVEN = [(84, 70), (196, 70), (126, 224)]


def draw(page: AppTest, key: str, *drawn: list[tuple[int, int]]) -> AppTest:
    """Put strokes on a page's canvas, as the browser would send them, and run the page."""
    pixels = strokes.draw(strokes.Stroke(np.array(points)) for points in drawn)
    page.session_state[f"{key}_drawing"] = Drawing(strokes=[{}] * len(drawn), pixels=pixels)
    return page.run()


@pytest.mark.parametrize(("name", "key"), [("", "home"), ("draw", "draw")])
def test_a_drawn_seven_is_read(name, key):
    page = draw(open_page(name), key, SEVEN)
    assert not page.exception and page.metric[0].value == "7"


def clickable(page: AppTest, key: str) -> str:
    """The HTML that a page shows under this key, its quotes as in the source."""
    found = [element.proto for element in page.get("bidi_component") if key in element.proto.id]
    return json.loads(found[0].json) if found else ""


SCRIBBLE = [(30, 200), (250, 40), (60, 60), (220, 240), (40, 130), (250, 140), (130, 20), (100, 260), (240, 90)]


@pytest.mark.parametrize(("name", "key"), [("", "home"), ("draw", "draw")])
def test_a_scribble_is_no_digit_and_the_reason_is_said(name, key):
    page = draw(open_page(name), key, SCRIBBLE)
    assert page.metric[0].label == "This does not look like one digit" and page.metric[0].value == "?"
    assert "knows" in texts(page)


def test_digits_side_by_side_are_read_as_a_number():
    narrow = [[(x // 3 + left, y // 3 + 90) for x, y in SEVEN] for left in (0, 90, 180)]
    page = draw(open_page("draw"), "draw", *narrow)
    assert page.metric[0].value == "?" and "3 drawings side by side" in texts(page)
    page.button(key="draw_as_number").click().run()
    assert page.metric[0].value == "777" and page.toggle(key="draw_number").value
    assert page.dataframe[0].value["reads"].tolist() == ["777"] * 3
    assert page.get("html")[1].proto.body.count("<img") == 3


def test_a_test_digit_is_shown_with_its_label_and_read():
    page = open_page("draw").run()
    page.get_by_key("draw_way").set_value("Test digit").run()
    assert "Test digit 11 is a **6**." in texts(page) and page.metric[0].value == "6"
    page.number_input(key="draw_index").set_value(0).run()
    assert "Test digit 0 is a **7**." in texts(page) and page.metric[0].value == "7"


def test_every_chosen_model_answers_and_every_layer_is_shown_when_asked_for():
    page = open_page("draw")
    page.session_state["draw_maps"] = True
    draw(page, "draw", SEVEN)
    assert page.dataframe[0].value["reads"].tolist() == [7, 7, 7]
    assert "**conv_1** (Conv2D): 32 maps of 28x28" in texts(page)


def test_fewer_than_ten_digits_teach_nothing():
    page = open_page("draw")
    page.session_state["draw_teach"] = True

    def collect() -> None:
        draw(page, "draw", SEVEN)
        page.get_by_key("draw_label").set_value(7).run()
        page.button(key="draw_collect").click().run()
        # The next one needs a drawing and a label of its own.
        assert page.metric[0].value == "–" and page.get_by_key("draw_label").value is None

    for _ in range(9):
        collect()
    assert "9 of 10 digits collected." in texts(page) and page.button(key="draw_train").disabled
    collect()
    assert "10 digits collected, 2 of them kept for testing." in texts(page)
    assert not page.button(key="draw_train").disabled
    page.get_by_key("draw_gone").set_value([0]).run()
    page.button(key="draw_remove").click().run()
    assert "9 of 10 digits collected." in texts(page)


def test_the_steps_of_preparation_are_shown_and_can_be_left_out():
    page = draw(open_page("draw"), "draw", [(x // 2, y // 2) for x, y in SEVEN])
    steps = page.get("html")[0].proto.body
    assert steps.count("<img") == 4 and "Scaled" in steps and page.metric[0].value == "7"
    page.toggle(key="draw_plain").set_value(True).run()
    assert "Just shrunk" in page.get("html")[0].proto.body
    assert "With preparation it reads 7" in texts(page)


def test_evaluate_shows_what_the_card_says(digits):
    page = with_store(open_page("evaluate"))
    card = artifacts.read_card(artifacts.MODELS_FOLDER / "best")
    assert page.metric[0].value == f"{card.evaluation.accuracy:.2%}"
    wrong = round((1 - card.evaluation.accuracy) * 10_000)
    assert page.metric[1].value == f"{wrong} of 10,000"
    assert clickable(page, "digits").count("<img") == min(wrong, 50)
    assert f"9 read as 4: {card.evaluation.confusion_matrix[9][4]} digits" in clickable(page, "confusion_matrix")


def test_a_link_names_a_cell_and_a_digit(digits, mistakes):
    true, read, count = mistakes.true, mistakes.read, len(mistakes.indices)
    page = with_store(open_page("evaluate", model="cnn", true=str(true), read=str(read)))
    assert f"**{count} digits**: {mistakes.share}" in texts(page)
    shown = clickable(page, "digits")
    assert shown.count("<img") == shown.count(f"<b>{true} read as {read}</b>") == count
    pressed = f'aria-pressed="true" aria-label="{true} read as {read}: {count} digits"'
    assert pressed in clickable(page, "confusion_matrix")
    page.selectbox(key="true").select("any").run()
    page.selectbox(key="evaluate_order").select("margin").run()
    proba = artifacts.read_probabilities(artifacts.MODELS_FOLDER / "cnn")
    found = find_digits(digits.y_test, proba, None, read, "margin")
    assert re.findall(r'data-value="(\d+)"', clickable(page, "digits")) == [str(index) for index in found]
    page = with_store(open_page("evaluate", model="cnn", digit=str(mistakes.indices[0])))
    first = mistakes.probabilities[0]
    answer = f"Answer **{read}** ({first[read]:.1%}), wrong: it is a **{true}** ({first[true]:.1%})."
    assert answer in texts(page) and "changes the answer most" in texts(page)
    for part, said in (
        ("What the layers did", "**conv_2** (Conv2D): 64 maps of 8x8"),
        ("Nearest training digits", "Labels, the"),
    ):
        page.session_state["digit_reasons"] = part
        assert said in texts(page.run()) and not page.exception
    page = with_store(open_page("evaluate", digit="10000"))
    assert not page.exception and "There is no test digit 10000" in page.warning[0].value


def test_one_digit_is_told_from_the_rest_in_words(digits):
    page = with_store(open_page("evaluate", model="cnn", show="Digit by digit"))
    card = artifacts.read_card(artifacts.MODELS_FOLDER / "cnn")
    assert page.dataframe[0].value["recall"].tolist() == pytest.approx(card.evaluation.recall)
    page.segmented_control(key="one_digit").set_value(9).run()
    confusion = np.array(card.evaluation.confusion_matrix)
    found, real, taken = confusion[9, 9], confusion[9].sum(), confusion[:, 9].sum()
    said = f"Of the {real:,} real 9s, **{found:,} were found**: recall {found / real:.2%}."
    assert not page.exception and said in texts(page)
    assert f"**{taken - found}** false positives (FP): taken for a 9" in texts(page)


def test_calibration_is_mended_by_a_temperature_from_the_validation_digits(digits):
    page = with_store(open_page("evaluate", model="dense", show="Calibration"))
    assert not page.exception and "No temperature can be fitted" in texts(page)
    page = with_store(open_page("evaluate", model="cnn", show="Calibration"))
    page.select_slider(key="calibration_threshold").set_value(0.99).run()
    proba = artifacts.read_probabilities(artifacts.MODELS_FOLDER / "cnn")
    sure = proba.max(axis=1) >= 0.99
    assert f"It answers **{sure.sum():,} of 10,000** digits" in texts(page)
    page.toggle(key="calibration_scaled").set_value(True).run()
    assert not page.exception and "from 3,000 validation digits" in texts(page)
    before, after = (float(page.metric[place].value) for place in (4, 6))
    effect = "hardly changes" if before == after else "lowers" if after < before else "raises"
    assert f"On the test digits, that {effect} the loss" in texts(page)
    names, kinds = ("Calibration error", "Test loss"), ("uncorrected", "with temperature")
    assert [metric.label for metric in page.metric[3:]] == [f"{name}, {kind}" for kind in kinds for name in names]


def test_two_models_are_compared_digit_by_digit(digits):
    page = with_store(open_page("evaluate", model="best", show="Compare"))
    page.selectbox(key="duel_best").select("dense").run()
    right = [
        artifacts.read_probabilities(artifacts.MODELS_FOLDER / name).argmax(axis=1) == digits.y_test
        for name in ("best", "dense")
    ]
    only = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    assert {metric.label: metric.value for metric in page.metric}["Only this model is right"] == str(only[0])
    assert "**This model is better, and very unlikely by chance.**" in texts(page)
    assert f"one is ahead by {only[0]} to {only[1]} or more" in texts(page)
    assert clickable(page, "Only the other is right").count("<img") == only[1]


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
    page.button(key="train_conv_1_remove").click().run()
    link = {name: "".join(value) for name, value in page.query_params.items()}
    assert link == {"preset": "cnn-3x3", "epochs": "7", "conv_blocks": "32-3-valid-1"}
    assert "Changed from cnn-3x3: convolution blocks 32-3-valid-1, epochs 7." in texts(page)
    other = with_store(open_page("train", **link))
    assert other.selectbox(key="train_preset").value == "cnn-3x3"
    assert (other.slider(key="train_epochs").value, layers_of(other)) == (7, layers_of(page))


def test_a_link_that_says_nonsense_is_said():
    links = {
        "no preset 'nope'": {"preset": "nope"},
        "epochs is 0": {"epochs": "0"},
        "no setting 'epoch'": {"epoch": "3"},
    }
    for message, link in links.items():
        page = open_page("train", **link).run()
        assert not page.exception and message in page.warning[0].value
    page = with_store(open_page("train", epochs="3", epoch="4", run="0" * 32))
    assert page.slider(key="train_epochs").value == 3


def test_a_link_may_hold_a_learning_rate_between_those_of_the_slider():
    page = with_store(open_page("train", learning_rate="0.003"))
    assert page.select_slider(key="train_learning_rate").value == 0.003
    page.slider(key="train_epochs").set_value(7).run()
    assert "".join(page.query_params["learning_rate"]) == "0.003"
    page.select_slider(key="train_learning_rate").set_value(0.01).run()
    assert "".join(page.query_params["learning_rate"]) == "0.01" and not page.exception


def layers_of(page: AppTest) -> list[str]:
    """The layers in the page's table that have weights of their own."""
    table = page.dataframe[0].value
    named = zip(table["Name"], table["Layer"], table["Output shape"], table["Parameters"], strict=True)
    return [f"{layer} {shape} {n}" for name, layer, shape, n in named if name.startswith(("conv", "dense"))]


def test_layers_are_added_moved_and_removed():
    page = with_store(open_page("train", preset="cnn-5x5"))
    first, second = "Convolution 5×5 (None, 24, 24, 32) 832", "Convolution 5×5 (None, 8, 8, 64) 51264"
    dense = "Dense (None, 128) 131200"
    assert layers_of(page) == [first, second, dense]
    page.button(key="train_dense_add").click().run()
    page.number_input(key="train_dense_1_units").set_value(64).run()
    assert layers_of(page) == [first, second, dense, "Dense (None, 64) 8256"]
    page.button(key="train_dense_1_up").click().run()
    assert layers_of(page)[2:] == ["Dense (None, 64) 65600", "Dense (None, 128) 8320"]
    page.button(key="train_conv_0_down").click().run()
    page.button(key="train_conv_1_remove").click().run()
    assert layers_of(page)[:1] == [first] and "12×12×32 · 832 parameters" in texts(page)
    for _ in range(5):
        page.button(key="train_conv_add").click().run()
    assert page.button(key="train_conv_add").disabled and not page.error
    assert "".join(page.query_params["conv_blocks"]) == "32-5-valid-2" + 5 * ",32-3-same-1"
    assert "".join(page.query_params["dense_units"]) == "64,128"


def test_layers_survive_another_kind_of_network_and_another_page():
    page = with_store(open_page("train", preset="cnn-3x3"))
    page.number_input(key="train_conv_0_filters").set_value(8).run()
    before = layers_of(page)
    page.segmented_control(key="train_model").set_value("dense").run()
    assert layers_of(page) == ["Dense (None, 128) 100480"]
    assert "Changed from cnn-3x3: kind of network Dense, convolution blocks 8-3-valid-1,64-3-valid-2." in texts(page)
    page.switch_page("pages/draw.py").run()
    page.switch_page("pages/train.py").run()
    page.segmented_control(key="train_model").set_value("cnn").run()
    assert not page.exception and layers_of(page) == before


def test_an_impossible_layer_says_so_beside_itself_and_can_be_mended():
    page = with_store(open_page("train", preset="cnn-5x5"))
    page.button(key="train_conv_add").click().run()
    page.selectbox(key="train_conv_2_padding").select("valid")
    page.number_input(key="train_conv_2_kernel_size").set_value(9).run()
    problem = "conv_3 cannot be built: a 9x9 kernel without padding does not fit on 4x4 pixels"
    beside = next(row for row in page.get("expander") if row.label == "Network").error
    assert problem in page.error[0].value and problem in beside[0].value and len(beside) == 1
    assert next(button for button in page.button if button.label == "Train").disabled
    assert "conv_2" in page.dataframe[0].value["Name"].tolist()
    page.button(key="train_conv_2_up").click().run()
    assert "conv_2 cannot be built" not in texts(page) and "conv_3 cannot be built" in page.error[0].value
    page.number_input(key="train_conv_2_kernel_size").set_value(3)
    page.number_input(key="train_conv_1_kernel_size").set_value(1).run()
    assert not page.error and not next(button for button in page.button if button.label == "Train").disabled


def test_a_run_is_started_watched_deleted_and_brought_back(engine, store):
    page = with_store(open_page("train"))
    page.selectbox(key="train_preset").select("dense-512").run()
    page.slider(key="train_epochs").set_value(1)
    page.slider(key="train_train_size").set_value(1000).run()
    next(button for button in page.button if button.label == "Train").click().run()
    assert not page.exception and not page.error
    run_id = "".join(page.query_params["run"])
    assert store.get(run_id).name == "dense-512, epochs 1, training digits 1,000"
    ended(store, run_id)
    read_runs.forget_runs()
    page.run()
    assert page.metric[0].label == "Test accuracy" and "Finished" in texts(page)
    folder = store.files.folder(store.get(run_id))
    assert read_models.card(folder).epochs == 1
    next(button for button in page.button if button.label == "Train longer").click().run()
    assert not page.exception and not page.error
    wait_for(lambda: not store.get(run_id).is_active and store.get(run_id).progress.epoch == 2)
    assert read_models.card(folder).epochs == 2
    read_runs.forget_runs()
    page.run()
    next(button for button in page.button if button.label == "Delete this run").click().run()
    assert "Nothing is training for you yet" in texts(page) and run_id not in [run.id for run in store.newest()]
    page.button(key="train_undo").click().run()
    assert store.get(run_id).has_model


def test_a_run_shows_its_digits_its_confusion_and_another_run_to_compare(engine, store):
    earlier, run_id = (engine.submit(replace(TINY, seed=seed), f"seed {seed}", "Ada") for seed in (1, 2))
    for each in (earlier, run_id):
        ended(store, each)
    page = with_store(open_page("train", run=run_id))
    assert not page.exception
    assert page.get("html")[0].proto.body.count("<img") == 8
    counts = store.files.arrays(run_id, confusion_path(1))["counts"]
    page.select_slider(key=f"confusion_epoch_{run_id}").set_value(1).run()
    assert f"After epoch 1: {counts.sum() - np.trace(counts)} of 200 read wrong." in texts(page)
    page.multiselect(key="train_compared").select(earlier).run()
    lines = json.loads(page.get("echarts_chart")[0].proto.spec)["series"]
    assert [line["name"] for line in lines] == ["Batch", "Training", "Validation", f"seed 1 · {earlier[:4]}"]


def test_a_run_deleted_in_another_tab_is_said(store):
    run_id = store.create(TINY, "gone", "Ada")
    store.delete(run_id)
    page = with_store(open_page("train", run=run_id))
    assert not page.exception and "was deleted" in page.warning[0].value
    page = with_store(open_page("evaluate", model=run_id))
    assert not page.exception and "not there any more" in page.warning[0].value
    assert page.metric[0].label == "Test accuracy"


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
    page = open_page("evaluate", model=trained)
    services.opening_store.clear()
    page.run()
    page.selectbox(key="model_box_early").select("cnn").run()
    assert with_store(page).selectbox(key="model_box").value == "cnn"


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


def test_neighbours_keep_answers_beyond_float16(monkeypatch):
    class Loud:
        def layer(self, images, name):
            return np.full((len(images), 4), 1e6, np.float32)

    monkeypatch.setattr(read_models, "predictor", lambda folder: Loud())
    read_models._neighbours.clear()
    assert read_models.neighbours(artifacts.MODELS_FOLDER / "dense").features.max() == 1e6
    read_models._neighbours.clear()


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
    assert page.button(key="advice_0").label == "Use activation ReLU, optimizer Adam, learning rate 0.001"
    assert not page.exception and "Press Train to try it" in page.toast[0].value
    widgets = (page.selectbox(key="train_activation"), page.selectbox(key="train_optimizer"))
    assert [widget.value for widget in widgets] == ["relu", "adam"]
    assert page.select_slider(key="train_learning_rate").value == 0.001
    numbers = (page.number_input(key="train_batch_size"), page.number_input(key="train_dense_1_units"))
    assert [widget.value for widget in numbers] == [200, 9]
    assert len(store.newest()) == known
    store.delete(run_id)


def test_another_persons_run_cannot_be_stopped(store, monkeypatch):
    monkeypatch.setattr("pages.shared.frame.may_touch", lambda run: run.visitor == "")
    run_id = store.create(TINY, "hers", "Ada", "another browser")
    store.start(run_id)
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
    draw(page, "draw", SEVEN)
    assert not page.exception and damaged in page.error[0].value and "damaged" in page.error[0].value


def test_a_digit_opens_without_the_file_that_explains_it(tmp_path, monkeypatch):
    shutil.copytree(artifacts.MODELS_FOLDER, tmp_path / "models")
    (tmp_path / "models" / "best" / artifacts.LITERT_FILE).unlink()
    monkeypatch.setattr(artifacts, "MODELS_FOLDER", tmp_path / "models")
    page = open_page("evaluate", digit="1709").run()
    assert not page.exception and "Answer **9**" in texts(page)
    assert [artifacts.LITERT_FILE in error.value for error in page.error] == [True]
    page = open_page("evaluate", show="Calibration").run()
    page.toggle(key="calibration_scaled").set_value(True).run()
    assert not page.exception and artifacts.LITERT_FILE in page.error[0].value
    assert "It answers **" in texts(page)


def test_without_its_answers_a_model_is_what_its_card_says(tmp_path, monkeypatch):
    shutil.copytree(artifacts.MODELS_FOLDER, tmp_path / "models")
    (tmp_path / "models" / "best" / artifacts.PROBABILITIES_FILE).unlink()
    monkeypatch.setattr(artifacts, "MODELS_FOLDER", tmp_path / "models")
    evaluation = artifacts.read_card(tmp_path / "models" / "best").evaluation
    for part in ("Confusion", "Digit by digit", "Calibration", "Compare"):
        page = with_store(open_page("evaluate", show=part, digit="9"))
        assert not page.exception and page.metric[0].value == f"{evaluation.accuracy:.2%}"
        assert artifacts.PROBABILITIES_FILE in page.error[0].value
        if part == "Confusion":
            assert f"9 read as 4: {evaluation.confusion_matrix[9][4]} digits" in clickable(page, "confusion_matrix")
        elif part == "Digit by digit":
            assert page.dataframe[0].value["recall"].tolist() == pytest.approx(evaluation.recall)


def test_a_digit_whose_neighbours_cannot_be_read_stays_open(monkeypatch):
    def gone(folder):
        raise DataError("The data set is gone.")

    monkeypatch.setattr(read_models, "neighbours", gone)
    page = open_page("evaluate", model="cnn", digit="9")
    page.session_state["digit_reasons"] = "Nearest training digits"
    page = with_store(page)
    assert not page.exception and [error.value for error in page.error] == ["The data set is gone."]


def test_a_link_to_what_is_not_there_shows_every_mistake(mistakes):
    page = with_store(open_page("evaluate", model="cnn", true="12", read="x", show="Nothing", digit="7" * 5000))
    assert not page.exception and f"{mistakes.total} digits**: every mistake" in texts(page)
    assert len(page.warning[0].value) < 100
    page = with_store(open_page("evaluate", digit="seven"))
    assert not page.exception and "There is no test digit seven" in page.warning[0].value


def test_a_damaged_data_set_is_said_on_the_page(tmp_path, monkeypatch):
    from mnist_core import data

    broken = tmp_path / "mnist.npz"
    broken.write_bytes(b"PK")
    read_digits.test_digits.clear()
    monkeypatch.setattr(read_digits, "load_test_digits", lambda: data.load_test_digits(broken))
    page = open_page("evaluate").run()
    assert not page.exception and "git checkout -- data/mnist.npz" in page.error[0].value
    read_digits.test_digits.clear()


def test_a_store_that_cannot_be_opened_leaves_the_pages_working(tmp_path, monkeypatch):
    (tmp_path / "mlflow.db").write_bytes(b"this is no database" * 100)
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path))
    page = open_page("evaluate").run()
    wait_for(services.opening_store().done)
    page.run()
    assert not page.exception and page.metric[0].label == "Test accuracy"
    page = open_page("train", run="0" * 32).run()
    assert not page.exception and "store of runs cannot be used" in texts(page)


def test_a_blank_drawing_gets_no_answer():
    page = draw(open_page("draw"), "draw")
    assert not page.exception and page.metric[0].value == "–"


def test_a_size_out_of_range_is_said_and_cannot_be_trained():
    page = with_store(open_page("train", preset="cnn-5x5"))
    page.number_input(key="train_conv_0_kernel_size").set_value(20).run()
    beside = next(row for row in page.get("expander") if row.label == "Network").error
    assert "Kernel is 20, but must be a whole number from 1 to 11." in beside[0].value
    assert next(button for button in page.button if button.label == "Train").disabled
    page.number_input(key="train_conv_0_kernel_size").set_value(5).run()
    assert not page.error and not page.exception
