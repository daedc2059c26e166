"""The Evaluate page without a browser: what it shows, and what it says when something is missing."""

import re

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from benchmarks.results import RESULTS
from mnist_core import artifacts
from mnist_core.comparison import Difference
from mnist_core.data import DataError
from mnist_core.evaluation import find_digits
from pages.parts import clicks, read_digits, read_models
from pages.parts.evaluate import duel, neighbours
from tests.app_pages import clickable, open_page, texts, with_store

pytestmark = pytest.mark.usefixtures("fresh_caches")


def test_evaluate_shows_what_the_card_says(digits):
    page = with_store(open_page("evaluate"))
    card = artifacts.read_card(artifacts.MODELS_FOLDER / "best")
    assert page.metric[0].value == f"{card.evaluation.accuracy:.2%}"
    wrong = round((1 - card.evaluation.accuracy) * 10_000)
    assert page.metric[1].value == f"{wrong} of 10,000"
    assert clickable(page, "digits").count("<img") == min(wrong, 50)
    assert f"9 read as 4: {card.evaluation.confusion_matrix[9][4]} digits" in clickable(page, "confusion_matrix")


def test_a_model_may_be_called_as_the_train_page_calls_a_run():
    page = with_store(open_page("evaluate", run="cnn", show="Calibration"))
    # The browser's Back.
    page.query_params.clear()
    page.query_params.update(run="dense", show="Calibration")
    page.run()
    assert not page.exception and "".join(page.query_params["model"]) == "dense"
    card = artifacts.read_card(artifacts.MODELS_FOLDER / "dense")
    assert page.metric[0].value == f"{card.evaluation.accuracy:.2%}"


def test_of_the_best_model_it_is_said_how_others_of_its_kind_read():
    said = " and ".join(re.findall(r"`best` trains for .* then reads ([\d.]+%)", RESULTS.read_text())[::-1])
    assert said in texts(with_store(open_page("evaluate", model="best")))
    assert said not in texts(with_store(open_page("evaluate", model="cnn")))


def test_where_a_model_makes_no_such_mistake_all_of_its_mistakes_are_offered():
    matrix = np.array(artifacts.read_card(artifacts.MODELS_FOLDER / "best").evaluation.confusion_matrix)
    true, read = np.argwhere(matrix == 0)[0]
    page = with_store(open_page("evaluate", model="best", true=str(true), read=str(read)))
    assert "This model makes no such mistake." in texts(page) and not clickable(page, "digits")
    page.button(key="show_all_mistakes").click().run()
    assert not page.exception and clickable(page, "digits").count("<img") == 31


def test_a_link_names_a_cell_and_a_digit(digits, mistakes, monkeypatch):
    true, read, count = mistakes.true, mistakes.read, len(mistakes.indices)
    page = with_store(open_page("evaluate", model="cnn", true=str(true), read=str(read)))
    of_true = int((digits.y_test == true).sum())
    said = f"**{count} digits**: {mistakes.share}, {count / of_true:.2%} of the {of_true:,} {true}s."
    assert said in texts(page)
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
    runner_up = ", the runner-up" if np.argsort(first)[-2] == true else ""
    answer = f"Answer **{read}** ({first[read]:.1%}), wrong: it is a **{true}**{runner_up} ({first[true]:.1%})."
    assert answer in texts(page) and f"changes the probability of **{read}** most" in texts(page)
    assert "the framed one" in texts(page) and "Without it the model " in texts(page)
    (shown,) = [each.proto.body for each in page.get("html") if "Which parts matter" in each.proto.body]
    rows = re.search(r"rows (\d+)–(\d+)", texts(page))
    top, height = (float(share) for share in re.search(r"top:([\d.]+)%.*?height:([\d.]+)%", shown).groups())
    assert (round(0.28 * top), round(0.28 * (top + height)) - 1) == (int(rows[1]), int(rows[2]))
    for part, said in (
        ("What the layers did", "**conv_2** (Convolution 3×3): 64 maps of 6×6"),
        ("Nearest training digits", "Labels, the"),
    ):
        page.session_state["digit_reasons"] = part
        assert said in texts(page.run()) and not page.exception
    page = with_store(open_page("evaluate", digit="10000"))
    assert not page.exception and "There is no test digit 10000" in page.warning[0].value
    assert page.run().warning
    # What is done next, later, takes it away; whoever comes again is told again.
    monkeypatch.setattr(clicks, "SECONDS_ON_THE_WAY", 0)
    assert not page.run().warning and "digit" not in page.query_params
    monkeypatch.undo()
    page.switch_page("pages/compare.py").run()
    page.switch_page("pages/evaluate.py")
    page.query_params["digit"] = "10000"
    assert page.run().warning


def test_an_opened_digit_leads_to_the_next_of_its_list(mistakes):
    page = with_store(open_page("evaluate", model="cnn", true=str(mistakes.true), read=str(mistakes.read)))
    listed = re.findall(r'data-value="(\d+)"', clickable(page, "digits"))
    page.query_params["digit"] = listed[0]
    page.run()
    # Round and round.
    page.button(key="opened_Previous").click().run()
    assert f"{len(listed)} of {len(listed)}" in texts(page)
    page.button(key="opened_Next").click().run()
    assert f"1 of {len(listed)}" in texts(page)
    page.button(key="opened_Next").click().run()
    assert page.query_params["digit"] == listed[1] and f"2 of {len(listed)}" in texts(page)
    # Other parts of the page list none.
    other = with_store(open_page("evaluate", model="cnn", show="Calibration", digit=listed[0]))
    assert not any(button.key == "opened_Next" for button in other.button) and not other.exception


def test_one_digit_is_told_from_the_rest_in_words(digits):
    page = with_store(open_page("evaluate", model="cnn", show="Digit by digit"))
    card = artifacts.read_card(artifacts.MODELS_FOLDER / "cnn")
    assert page.dataframe[0].value["recall"].tolist() == pytest.approx(100 * np.array(card.evaluation.recall))
    answers = artifacts.read_probabilities(artifacts.MODELS_FOLDER / "cnn").argmax(axis=1)
    for average, words in (("macro", "macro average"), ("weighted", "weighted by their support")):
        p, r, f1, _ = precision_recall_fscore_support(digits.y_test, answers, average=average)
        assert f"{words}: precision {p:.2%}, recall {r:.2%}, F1 {f1:.2%}." in texts(page)
    page.segmented_control(key="one_digit").set_value(9).run()
    confusion = np.array(card.evaluation.confusion_matrix)
    found, real, taken = confusion[9, 9], confusion[9].sum(), confusion[:, 9].sum()
    said = f"Of the {real:,} real 9s, **{found:,} were found**: recall {found / real:.2%}."
    assert not page.exception and said in texts(page)
    assert f"**{taken - found}** false positives (FP): taken for a 9" in texts(page)


def test_calibration_is_mended_by_a_temperature_from_the_validation_digits(digits):
    page = with_store(open_page("evaluate", model="dense", show="Calibration"))
    assert not page.exception and "corrects how sure a model is, needs validation digits" in texts(page)
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


@pytest.mark.parametrize(
    ("chance", "said"), [(0.2, "may well be chance"), (0.03, "alone seldom makes"), (1e-6, "alone hardly ever makes")]
)
def test_how_unlikely_a_difference_is_by_chance_is_said_in_three_steps(chance, said):
    assert said in duel.verdict(Difference(0.001, chance, ""), 30, 20)


def test_two_models_are_compared_digit_by_digit(digits):
    page = with_store(open_page("evaluate", model="best", show="Compare"))
    page.selectbox(key="duel_best").select("dense").run()
    right = [
        artifacts.read_probabilities(artifacts.MODELS_FOLDER / name).argmax(axis=1) == digits.y_test
        for name in ("best", "dense")
    ]
    only = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    assert {metric.label: metric.value for metric in page.metric}["Only this model is right"] == str(only[0])
    assert "**This model is better: chance alone hardly ever makes such a difference.**" in texts(page)
    assert f"one would be ahead by {only[0]} to {only[1]} or more" in texts(page)
    assert clickable(page, "Only the other is right").count("<img") == only[1]
    index = np.flatnonzero(right[1] & ~right[0])[0]
    page.query_params["digit"] = str(index)
    assert f"{only[0] + 1} of {sum(only)}" in texts(page.run())
    assert re.search(f"Only the other is right. The other, Dense .* answers \\*\\*{digits.y_test[index]}", texts(page))


def test_neighbours_keep_answers_beyond_float16(monkeypatch):
    class Loud:
        def layer(self, images, name):
            return np.full((len(images), 4), 1e6, np.float32)

    monkeypatch.setattr(read_models, "predictor", lambda folder: Loud())
    neighbours._some.clear()
    hidden, *_ = neighbours._some(artifacts.MODELS_FOLDER / "dense")
    assert hidden.max() == 1e6
    neighbours._some.clear()


def test_the_nearest_of_all_training_digits_are_found(digits):
    page = open_page("evaluate", model="dense", digit="9")
    page.session_state["digit_reasons"] = "Nearest training digits"
    page = with_store(page)
    assert "out of 2,000 of the 60,000 digits" in texts(page)
    page.button(key="near_all").click().run()
    kernel, bias = read_models.weights(artifacts.MODELS_FOLDER / "dense")["dense_1"]
    hidden = [np.maximum(x.reshape(-1, 784) / 255 @ kernel + bias, 0) for x in (digits.x_train, digits.x_test[9:10])]
    nearest = np.argsort(((hidden[0] - hidden[1]) ** 2).sum(axis=1))[:8]
    said = ", ".join(map(str, digits.y_train[nearest]))
    assert not page.exception and f"Labels, the nearest first: **{said}**." in texts(page)
    assert "out of all 60,000 digits" in texts(page)


def test_a_digit_opens_without_the_file_that_explains_it(models):
    (models / "best" / artifacts.LITERT_FILE).unlink()
    page = open_page("evaluate", digit="1709").run()
    assert not page.exception and "Answer **9**" in texts(page)
    assert [artifacts.LITERT_FILE in error.value for error in page.error] == [True]
    page = open_page("evaluate", show="Calibration").run()
    page.toggle(key="calibration_scaled").set_value(True).run()
    assert not page.exception and artifacts.LITERT_FILE in page.error[0].value
    assert "It answers **" in texts(page)


def test_without_its_answers_a_model_is_what_its_card_says(models):
    (models / "best" / artifacts.PROBABILITIES_FILE).unlink()
    evaluation = artifacts.read_card(models / "best").evaluation
    for part in ("Confusion", "Digit by digit", "Calibration", "Compare"):
        page = with_store(open_page("evaluate", show=part, digit="9"))
        assert not page.exception and page.metric[0].value == f"{evaluation.accuracy:.2%}"
        assert artifacts.PROBABILITIES_FILE in page.error[0].value
        if part == "Confusion":
            assert f"9 read as 4: {evaluation.confusion_matrix[9][4]} digits" in clickable(page, "confusion_matrix")
        elif part == "Digit by digit":
            assert page.dataframe[0].value["recall"].tolist() == pytest.approx(100 * np.array(evaluation.recall))


def test_a_digit_whose_neighbours_cannot_be_read_stays_open(monkeypatch):
    def gone(folder):
        raise DataError("The data set is gone.")

    monkeypatch.setattr(neighbours, "_some", gone)
    page = open_page("evaluate", model="cnn", digit="9")
    page.session_state["digit_reasons"] = "Nearest training digits"
    page = with_store(page)
    assert not page.exception and [error.value for error in page.error] == ["The data set is gone."]


def test_a_link_to_what_is_not_there_shows_every_mistake(mistakes):
    page = with_store(open_page("evaluate", model="cnn", true="12", read="x", show="Nothing", digit="7" * 5000))
    assert not page.exception and f"{mistakes.total} digits**: every mistake" in texts(page)
    assert len(page.warning[0].value) < 100
    for digit in ("seven", ""):
        page = with_store(open_page("evaluate", digit=digit))
        assert not page.exception and f"There is no test digit {digit}" in page.warning[0].value


def test_a_damaged_data_set_is_said_on_the_page(tmp_path, monkeypatch):
    from mnist_core import data

    broken = tmp_path / "mnist.npz"
    broken.write_bytes(b"PK")
    read_digits.test_digits.clear()
    monkeypatch.setattr(read_digits, "load_test_digits", lambda: data.load_test_digits(broken))
    page = open_page("evaluate").run()
    assert not page.exception and "git checkout -- data/mnist.npz" in page.error[0].value
    read_digits.test_digits.clear()
