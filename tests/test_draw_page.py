"""The Draw page without a browser."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_core import artifacts, strokes
from mnist_core.drawing import to_mnist
from mnist_core.not_a_digit import leaning
from mnist_core.predictor import Predictor
from mnist_core.runs.run import FINISHED, Run
from mnist_core.runs.store import FINAL_STEP
from mnist_core.runs.store_connection import StoreError
from pages.parts import services
from tests.app_pages import SEVEN, draw, open_page, texts, with_store
from tests.conftest import TINY
from tests.test_drawing import seven
from tests.test_photo import saved

pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.mark.parametrize(("name", "key"), [("", "home"), ("draw", "draw")])
def test_a_drawn_seven_is_read(name, key):
    page = draw(open_page(name), key, SEVEN)
    assert not page.exception and page.metric[0].value == "7"


SCRIBBLE = [(30, 200), (250, 40), (60, 60), (220, 240), (40, 130), (250, 140), (130, 20), (100, 260), (240, 90)]


@pytest.mark.parametrize(("name", "key"), [("", "home"), ("draw", "draw")])
def test_a_scribble_is_no_digit_and_the_reason_is_said(name, key):
    page = draw(open_page(name), key, SCRIBBLE)
    assert page.metric[0].value == "?"
    assert "This does not look like one digit" in texts(page) and "knows" in texts(page)


def test_what_was_drawn_on_home_is_seen_step_by_step_and_undo_brings_back_what_was_on_that_board():
    page = draw(open_page("draw"), "draw", [(140, 40), (140, 240)])
    page.switch_page("app.py").run()
    draw(page, "home", SEVEN)
    next(button for button in page.button if button.label == "See what the network gets").click().run()
    page.switch_page("pages/draw.py").run()
    assert page.metric[0].value == "7" and "Draw for a model" in texts(page)
    page.button(key="draw_undo").click().run()
    assert page.metric[0].value == "1" and not page.exception


def test_what_is_no_digit_is_told_with_what_the_chosen_model_would_say():
    page = draw(open_page("draw", model="dense"), "draw", SCRIBBLE)
    image = to_mnist(strokes.draw([strokes.Stroke(np.array(SCRIBBLE))]))
    model = Predictor(artifacts.MODELS_FOLDER / "dense" / artifacts.LITERT_FILE)
    proba = model.probabilities(image[None])[0]
    assert leaning(proba) in texts(page)


def test_digits_side_by_side_are_read_as_a_number():
    narrow = [[(x // 3 + left, y // 3 + 90) for x, y in SEVEN] for left in (0, 90, 180)]
    page = draw(open_page("draw"), "draw", *narrow)
    assert page.metric[0].value == "?" and "3 drawings side by side" in texts(page)
    assert "most like" in page.table[0].value and "reads" not in page.table[0].value
    page.toggle(key="draw_plain").set_value(True).run()
    assert "With preparation it does not look like one digit" in texts(page)
    page.toggle(key="draw_plain").set_value(False).run()
    page.button(key="draw_as_number").click().run()
    assert page.metric[0].value == "777" and page.toggle(key="draw_number").value
    assert page.table[0].value["reads"].tolist() == ["777"] * 3
    assert page.main.get("html")[1].proto.body.count("<img") == 3
    assert not [toggle for toggle in page.toggle if toggle.key == "draw_plain"], "It would change nothing"


def test_several_digits_are_not_collected_as_one_without_a_word():
    page = open_page("draw")
    page.session_state["draw_teach"] = True
    draw(page, "draw", *[[(x // 3 + left, y // 3 + 90) for x, y in SEVEN] for left in (0, 90, 180)])
    assert "3 drawings side by side. Collect one digit at a time." in texts(page)


def test_what_is_no_digit_within_a_number_is_doubted():
    seven = [(x // 3 + 20, y // 3 + 90) for x, y in SEVEN]
    letter = [(150, 180), (160, 100), (180, 150), (200, 100), (210, 180)]
    page = draw(open_page("draw", draw_number="true"), "draw", seven, letter)
    assert page.metric[0].value == "7?" and "another sign" in texts(page)
    assert page.table[0].value["reads"].tolist() == ["7?"] * 3


@pytest.mark.parametrize("number", ["false", "true"])
def test_a_model_that_cannot_be_fetched_any_more_is_said_once_and_the_board_stays(number, store, monkeypatch):
    run_id = store.create(TINY, "far away", "Ada")
    store.write(run_id, metrics=[("test_accuracy", 0.9, FINAL_STEP)])
    store.end(run_id, FINISHED)
    folders = iter([artifacts.MODELS_FOLDER / "cnn"] * 2)

    def folder(run: Run) -> Path:
        if found := next(folders, None):
            return found
        raise StoreError("Its server is away.")

    monkeypatch.setattr(services.opening_store().result().files, "folder", folder)
    page = draw(with_store(open_page("draw", model=run_id, draw_number=number)), "draw", SEVEN, [(250, 60), (250, 200)])
    said = [error.value for error in page.error]
    assert not page.exception and said[0] == "This model's files cannot be fetched. Its server is away."
    assert said.count(said[0]) == 1
    assert page.button(key="draw_undo").label == "Undo"


def test_a_test_digit_is_shown_with_its_label_and_read():
    page = open_page("draw").run()
    page.get_by_key("draw_way").set_value("Test digit").run()
    assert "Test digit 11 is a **6**." in texts(page) and page.metric[0].value == "6"
    page.number_input(key="draw_index").set_value(0).run()
    assert "Test digit 0 is a **7**." in texts(page) and page.metric[0].value == "7"


def test_a_file_is_shown_and_read_and_another_is_asked_for_if_it_cannot_be():
    page = open_page("draw").run()
    page.get_by_key("draw_way").set_value("File").run()
    drawn = Image.fromarray(seven(ink=(20, 30, 90, 255), paper=(250, 248, 240, 255))).convert("RGB")
    page.file_uploader(key="draw_file").set_value(("seven.png", saved(drawn, "PNG"), "image/png")).run()
    assert not page.exception and page.metric[0].value == "7" and len(page.get("image")) == 1
    page.file_uploader(key="draw_file").set_value(("seven.png", b"seven", "image/png")).run()
    assert "not an image" in page.error[0].value and page.metric[0].delta == "choose another file"


def test_every_chosen_model_answers_and_every_layer_is_shown_when_asked_for():
    page = open_page("draw")
    page.session_state["draw_maps"] = True
    draw(page, "draw", SEVEN)
    assert [read[0] for read in page.table[0].value["reads"]] == ["7"] * 3
    assert "**conv_1** (Convolution 5×5): 32 maps of 28×28" in texts(page)
    page.multiselect(key="draw_models").set_value(["cnn"]).run()
    assert [name.partition(" ")[0] for name in page.table[0].value["model"]] == ["Best", "Simple"]


def test_fewer_than_ten_digits_teach_nothing():
    page = open_page("draw")
    page.session_state["draw_teach"] = True

    def collect(number: int, label: int = 7) -> None:
        draw(page, "draw", [*SEVEN[:2], (100 + 5 * number, 224)])
        page.get_by_key("draw_label").set_value(label).run()
        page.button(key="draw_collect").click().run()
        # The next one needs a drawing and a label of its own.
        assert page.metric[0].value == "–" and page.get_by_key("draw_label").value is None

    for number in range(9):
        collect(number, label=2 if number == 3 else 7)
    # As after Undo: it is one digit, and what was said of it last counts.
    collect(0, label=1)
    assert "You had collected this one before" in texts(page)
    assert page.session_state["draw_tray"].labels.tolist() == [1, 7, 7, 2] + 5 * [7]
    assert "9 of 10 digits collected." in texts(page) and page.button(key="draw_train").disabled
    collect(9)
    assert "10 digits collected, 2 of them kept for testing. All your 2s are among these" in texts(page)
    assert not page.button(key="draw_train").disabled
    page.get_by_key("draw_gone").set_value([0]).run()
    page.button(key="draw_remove").click().run()
    assert "9 of 10 digits collected." in texts(page)


def test_the_steps_of_preparation_are_shown_and_can_be_left_out():
    page = draw(open_page("draw"), "draw", [(x // 2, y // 2) for x, y in SEVEN])
    steps = page.main.get("html")[0].proto.body
    assert steps.count("<img") == 5 and "Scaled" in steps and page.metric[0].value == "7"
    page.toggle(key="draw_plain").set_value(True).run()
    assert "Just shrunk" in page.main.get("html")[0].proto.body
    assert "With preparation it reads 7" in texts(page)
    # Below, the same model reads the same picture.
    row = page.table[0].value[page.table[0].value["model"].str.startswith("Best")]
    assert row["reads"].item().startswith(f"{page.metric[0].value}\u00a0({page.metric[0].delta.partition('%')[0]}%")


def test_a_blank_drawing_gets_no_answer():
    page = draw(open_page("draw"), "draw")
    assert not page.exception and page.metric[0].value == "–"
