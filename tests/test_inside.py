"""The page Look inside, without a browser."""

import base64
import json
import re

import numpy as np
import pytest

from mnist_core import artifacts
from mnist_core.inside import features
from mnist_core.inside.perturb import PERTURBATIONS
from mnist_core.predictor import Predictor
from pages.parts import browser, read_digits
from tests.app_pages import clickable, open_page, texts, with_store

pytestmark = pytest.mark.usefixtures("fresh_caches")


def open_part(part: str, **query: str):
    page = with_store(open_page("inside", part=part, **query))
    assert not page.exception
    return page


def test_layers_are_listed_with_their_multiplications():
    page = open_part("Layers", model="cnn")
    config = artifacts.read_card(artifacts.MODELS_FOLDER / "cnn").config
    table = page.dataframe[0].value
    assert table["Multiplications"].tolist() == [layer.multiplications for layer in config.layers()]
    assert f"{config.parameters:,} parameters" in texts(page) and "takes 1,143,424 multiplications" in texts(page)


def test_filters_are_shown_with_their_maps_and_what_excites_them(digits):
    page = open_part("Filters", model="cnn", digit="7")
    page.number_input(key="inside_excited_conv_1").set_value(3).run()
    assert not page.exception and not page.error and "test digit 7, a 9" in texts(page)
    shown = [html.proto.body for html in page.main.get("html")]
    assert [body.count("<img") for body in shown] == [1, 24, 12, 24]
    predictor = Predictor(artifacts.MODELS_FOLDER / "cnn" / artifacts.LITERT_FILE)
    images = digits.x_test[:2000].astype(np.float32) / 255
    largest = [predictor.activations(image)["conv_1"][..., 3].max() for image in images[:300]]
    layers = artifacts.read_card(artifacts.MODELS_FOLDER / "cnn").config.layers()
    assert np.allclose(features.peaks(predictor, layers, images[:300])["conv_1"][:, 3], largest, atol=1e-5)
    assert page.number_input(key="digit").value == 7


@pytest.mark.parametrize(("model", "layer"), [("cnn", "conv_2"), ("best", "conv_1"), ("dense", "dense_1")])
def test_the_page_works_out_the_models_own_number(model, layer):
    page = open_part("One value, step by step", model=model, digit="12")
    box = page.selectbox[1]
    box.select(layer).run()
    assert not page.exception and not page.error
    worked_out = float(re.search(r"→ (-?[\d.]+)\*\*", texts(page))[1])
    own = float(re.search(r"own number: (-?[\d.]+\d)", texts(page))[1])
    assert own > 0 and worked_out == pytest.approx(own, abs=2e-4)
    if model != "dense":
        (shown,) = re.findall(r'aria-pressed="true" title="[^:]+: ([\d.]+)"', clickable(page, f"inside_{layer}_map"))
        assert shown == f"{own:.2f}"
    page.selectbox[1].select("probabilities").run()
    table = page.dataframe[0].value
    assert np.allclose(table["Probability"], table["The model's own"], atol=1e-5)
    if model != "dense":
        page.selectbox[1].select("pool_1").run()
        largest, own = re.findall(r"(?:cells is|own number:) ([\d.]+\d)", texts(page))
        assert largest == own


@pytest.mark.parametrize(
    ("part", "needed"), [("Filters", artifacts.KERAS_FILE), ("One value, step by step", artifacts.LITERT_FILE)]
)
def test_a_part_says_which_file_is_missing_and_the_others_work(models, part, needed):
    (models / "best" / needed).unlink()
    page = open_part(part)
    assert needed in page.error[0].value and "missing" in page.error[0].value
    page = open_part("Layers")
    assert not page.error and len(page.dataframe[0].value)


def test_weights_are_shown_without_the_file_that_answers(models):
    (models / "cnn" / artifacts.LITERT_FILE).unlink()
    page = open_part("Filters", model="cnn")
    assert artifacts.LITERT_FILE in page.error[0].value
    assert page.main.get("html")[-1].proto.body.count("<img") == 24


def test_a_slider_changes_the_digit_and_the_answer():
    page = open_part("Try to fool it", model="dense", digit="0")
    assert page.metric[0].value == "7"
    page.slider(key="inside_fool_rotation").set_value(90).run()
    assert not page.exception and page.metric[0].value != "7"
    next(button for button in page.button if button.label.startswith("Back")).click().run()
    assert page.metric[0].value == "7" and page.slider(key="inside_fool_rotation").value == 0
    page.selectbox(key="inside_fool_curve").select("occlusion").run()
    next(button for button in page.button if button.label.startswith("Try it")).click().run()
    assert not page.exception
    [curve] = json.loads(page.get("plotly_chart")[0].proto.spec)["data"]
    accuracies = np.frombuffer(base64.b64decode(curve["y"]["bdata"]), curve["y"]["dtype"])
    card = artifacts.read_card(artifacts.MODELS_FOLDER / "dense")
    assert np.isclose(accuracies[0], card.evaluation.accuracy) and accuracies[-1] < 0.5


def test_on_a_phone_a_slider_stands_right_under_the_picture_and_what_is_read_in_it(monkeypatch):
    monkeypatch.setattr(browser, "is_on_a_phone", lambda: True)
    page = open_part("Try to fool it", model="dense", digit="0")
    picture, sliders, bars = (page.columns[number] for number in range(3))
    assert picture.markdown[-1].value.startswith("**Looks like 7, ")
    assert len(sliders.slider) == len(PERTURBATIONS) and bars.metric[0].value == "7"


def test_the_space_has_every_digit_and_marks_the_errors(digits, monkeypatch):
    monkeypatch.setattr(read_digits, "SOME", 500)
    page = open_part("Space", model="dense")
    proba = artifacts.read_probabilities(artifacts.MODELS_FOLDER / "dense")[:500]
    wrong = set(np.flatnonzero(proba.argmax(axis=1) != digits.y_test[:500]))

    def points() -> list[dict]:
        return json.loads(page.get("echarts_chart")[0].proto.spec)["series"][0]["data"]

    drawn = points()
    assert [point["value"][2] for point in drawn] == digits.y_test[:500].tolist()
    assert {number for number, point in enumerate(drawn) if "symbol" in point} == wrong
    assert f"Crosses: read wrong ({len(wrong)})." in texts(page)
    page.number_input(key="inside_space_digit").set_value(7).run()
    assert [number for number, point in enumerate(points()) if point.get("selected")] == [7]
    page.segmented_control[0].set_value("tsne").run()
    assert not page.get("echarts_chart") and not page.exception
    next(button for button in page.button if button.label == "Compute t-SNE").click().run(timeout=300)
    assert not page.exception and len(page.get("echarts_chart")) == 1


def test_units_are_switched_off_and_on_again():
    page = open_part("Switch off", model="dense")
    whole = page.metric[0].value
    assert len(re.findall('aria-pressed="true"', clickable(page, "inside_off_dense_1_512_maps"))) == 512
    next(button for button in page.button if button.label == "256 more at random").click().run()
    assert page.metric[1].value == "256 of 512"
    assert len(re.findall('aria-pressed="false"', clickable(page, "inside_off_dense_1_512_maps"))) == 256
    next(button for button in page.button if button.label == "256 more at random").click().run()
    assert not page.exception and page.metric[1].value == "512 of 512" and float(page.metric[0].value[:-1]) < 25
    next(button for button in page.button if button.label == "All on again").click().run()
    assert page.metric[0].value == whole


def test_gradients_come_from_a_worker_and_epsilon_fools_the_model(engine):
    page = open_part("Gradients", model="dense", digit="0")
    next(button for button in page.button if button.label == "Compute").click().run()
    assert not page.exception and not page.error and "What speaks for a 7" in texts(page)
    page.slider(key="inside_epsilon").set_value(0.0).run()
    assert page.metric[0].value == "7"
    page.slider(key="inside_epsilon").set_value(0.3).run()
    assert not page.exception and page.metric[0].value != "7"
