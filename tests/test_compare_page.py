"""The Compare page without a browser, over a store with a few runs that nobody trained."""

import json
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.figures.parallel import CLICKED, PASSING
from mnist_core.figures.trade_off import POINTS
from mnist_core.runs.run import FINISHED, QUEUED, Change, Progress, Run
from mnist_core.runs.run_files import OWN_DIGITS_PATH
from mnist_core.runs.store import Store
from mnist_core.runs.store_connection import NoSuchRun, StoreError
from pages.parts import figure, read_runs, services
from tests.app_pages import open_page, texts, with_store
from tests.conftest import TINY

pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.fixture
def runs(no_other_runs: None, store: Store, tmp_path: Path) -> Iterator[list[Run]]:
    """Three runs of different learning rates, newest first."""
    for name in ("model.keras", "model.tflite"):
        (tmp_path / name).write_bytes(b"model")
    ids = []
    for number, rate in enumerate((0.001, 0.002, 0.005)):
        run_id = store.create(replace(TINY, learning_rate=rate), f"rate {rate}", "Ada", "")
        points = [(name, 0.9 - epoch / 10, epoch) for epoch in (1, 2) for name in ("loss", "val_loss")]
        points += [(name, epoch / 10, epoch) for epoch in (1, 2) for name in ("accuracy", "val_accuracy")]
        points += [("seconds", 1.5, 1), ("seconds", 1.0, 2), ("training_seconds", 2.5, 2)]
        points += [("model_bytes", 1e6 * (number + 1), 2), ("test_accuracy", 0.9 + number / 50, 2)]
        points += [("batch_loss", 1 / step, step) for step in range(1, 33)]
        store.write(run_id, metrics=points, progress=Progress("saving", 2, 32))
        store.files.put_folder(run_id, tmp_path)
        store.end(run_id, FINISHED)
        ids.append(run_id)
    yield [store.get(run_id) for run_id in reversed(ids)]
    for run_id in ids:
        store.delete(run_id)


def open_compare(*chosen: Run) -> AppTest:
    """The page with these runs ticked."""
    page = open_page("compare")
    page.session_state["compare_chosen"] = [run.id for run in chosen]
    page = with_store(page)
    assert not page.exception and not page.error
    return page


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def test_the_table_lists_runs_with_their_interval(runs):
    table = open_compare().dataframe[0].value
    row = table[table["Name"] == "rate 0.005"].iloc[0]
    assert row["Test accuracy"] == pytest.approx(94)
    assert (row["Test interval"], row["Status"]) == ("93.52 – 94.45", "Finished")
    assert (row["Parameters"], row["Model size"], row["Who"]) == (12_730, 3.0, "Ada")
    assert "Caution" not in table


def test_trials_of_sweeps_are_listed_when_asked_for_and_those_of_a_link_first(runs, store):
    def names(page: AppTest) -> list[str]:
        assert not page.exception
        return page.dataframe[0].value["Name"].tolist()

    trial = store.create(TINY, "a trial", "Ada", tested_later=True)
    store.end(trial, FINISHED)
    page = open_compare()
    assert names(page) == [run.name for run in runs]
    assert names(page.toggle(key="compare_no_trials").set_value(False).run()) == ["a trial", *names(open_compare())]
    assert names(with_store(open_page("compare", runs=trial)))[0] == "a trial"
    assert names(with_store(open_page("compare", runs=runs[2].id))) == [runs[i].name for i in (2, 0, 1)]
    store.delete(trial)


def test_words_filter_the_table(runs):
    page = open_compare()
    page.text_input(key="compare_words").set_value("ADA finished 0.005").run()
    assert page.dataframe[0].value["Name"].tolist() == ["rate 0.005"]
    page.text_input(key="compare_words").set_value(runs[0].id[:4]).run()
    assert page.dataframe[0].value["Name"].tolist() == [runs[0].name]
    page.text_input(key="compare_words").set_value("nowhere").run()
    assert not page.dataframe and "No run matches the filters above." in texts(page)


def test_every_changed_setting_is_listed_and_found(runs, store):
    config = replace(runs[0].config, dropout=0.3, seed=4, rotation=10.0, shift=2.0)
    changed = store.create(config, "much changed", "Ada")
    store.end(changed, FINISHED)
    read_runs.forget_runs([])
    page = open_compare()
    page.text_input(key="compare_words").set_value("rotation 10 shift").run()
    assert page.dataframe[0].value["Name"].tolist() == ["much changed"]
    assert "dropout 0.3" in page.dataframe[0].value["Settings"][0]
    store.delete(changed)


def test_ticks_outlast_a_filter(runs):
    page = open_compare(runs[0], runs[2])
    page.text_input(key="compare_words").set_value("0.005").run()
    assert "1 ticked run is not listed now, and left out below." in texts(page)
    page.text_input(key="compare_words").set_value("").run()
    assert "not listed now" not in texts(page)
    assert any(button.label == "Delete 2 runs" for button in page.button)


def test_a_run_is_starred_renamed_tagged_and_noted(runs, store):
    page = press(open_compare(runs[0]), "Star")
    assert store.get(runs[0].id).starred and not store.get(runs[1].id).starred
    page.text_input(key=f"compare_name_{runs[0].id}_0").set_value(" ")
    assert "A run needs a name." in texts(press(page, "Save"))
    # In another tab meanwhile: what is not edited here stays.
    store.describe(runs[0].id, name="slow one", note="Why?", tags=["group 1"], starred=True)
    read_runs.forget_runs([])
    page.text_input(key=f"compare_name_{runs[0].id}_0").set_value("fast one")
    page.text_area(key=f"compare_note_{runs[0].id}_0").set_value("Too fast?")
    press(page, "Save")
    run = store.get(runs[0].id)
    assert (run.name, run.note, run.tags, run.starred) == ("fast one", "Too fast?", ("group 1",), True)
    assert [text.value for text in page.text] == ["Too fast?"] and "group 1" in [each.value for each in page.caption]
    page.toggle(key="compare_starred").set_value(True).run()
    assert page.dataframe[0].value["Name"].tolist() == ["fast one"]
    # And what was said of it while nobody looked at the page is there for whoever comes back.
    page.switch_page("pages/evaluate.py").run()
    store.describe(run.id, name="fast one", note="No.", tags=[], starred=True)
    read_runs.forget_runs([])
    page.switch_page("pages/compare.py").run()
    assert page.text_area(key=f"compare_note_{run.id}_1").value == "No."


def test_a_tag_that_another_tab_takes_away_does_not_break_the_form(runs, store):
    store.describe(runs[0].id, name="tagged", note="", tags=["only here"], starred=False)
    page = open_compare(runs[0])
    store.describe(runs[0].id, name="tagged", note="", tags=[], starred=False)
    read_runs.forget_runs([])
    page.run()
    assert not page.exception and page.multiselect(key=f"compare_tags_{runs[0].id}_0").value == ["only here"]


def test_what_could_not_be_saved_stays_in_the_form(runs, store, monkeypatch):
    page = open_compare(runs[0])
    page.text_area(key=f"compare_note_{runs[0].id}_0").set_value("Too fast?")
    with monkeypatch.context() as patch:
        patch.setattr(Store, "describe", broken)
        assert "could not be changed. The disk is full." in press(page, "Save").error[0].value and not page.toast
    assert page.text_area(key=f"compare_note_{runs[0].id}_0").value == "Too fast?"
    assert [toast.value for toast in press(page, "Save").toast] == ["Saved."] and not page.error
    assert store.get(runs[0].id).note == "Too fast?"


def broken(*_, **__) -> None:
    raise StoreError("The disk is full.")


def test_a_name_is_shown_sign_by_sign(runs, store):
    name = "![x](http://example.org/x.png) $a$ :red[b] <b> c_d_e :skull: -> 12:30, all: well"
    store.describe(runs[0].id, name=name, note="", tags=(), starred=False)
    shown = texts(with_store(open_page("train", run=runs[0].id)))
    harmless = "!\\[x\\](http\u2060\\:\u2060//example.org/x.png) \\$a\\$ \\:\u2060red\\[b\\] \\<b\\> c\\_d\\_e "
    assert f"**{harmless}\\:\u2060skull: -\u2060\\> 12\\:\u206030, all: well**" in shown


def test_among_several_people_it_says_soon_whose_a_run_is(runs, store):
    order = list(open_compare().dataframe[0].proto.column_order)
    assert order.index("Who") > order.index("Settings")
    other = store.create(TINY, "another one's", "Ben")
    store.end(other, FINISHED)
    read_runs.forget_runs([])
    order = list(open_compare().dataframe[0].proto.column_order)
    assert order[order.index("Name") + 1] == "Who"
    store.delete(other)


def test_runs_are_deleted_and_brought_back(runs, store):
    page = press(open_compare(runs[0], runs[2]), "Delete 2 runs")
    assert "Deleted: rate 0.001; rate 0.005." in texts(page)
    for run in (runs[0], runs[2]):
        with pytest.raises(NoSuchRun):
            store.get(run.id)
    page.button(key="compare_undo").click().run()
    assert {runs[0].id, runs[2].id} <= {run.id for run in store.newest()} and not page.exception
    page = press(open_compare(runs[0], runs[2]), "Delete 2 runs")
    others, unfinished = store.create(TINY, "hers", "Ben", "another browser"), store.create(TINY, "half", "Ada")
    store.start(unfinished)
    store.write(unfinished, progress=Progress("training", 1, 16))
    for run_id in (others, unfinished, store.create(TINY, "not begun", "Ada")):
        store.delete(run_id)
    # After a reload.
    page = with_store(open_page("compare"))
    page.session_state["compare_deleted_runs"] = True
    deleted = page.run().multiselect(key="compare_restored")
    assert [text.partition(" · ")[2] for text in deleted.options[:3]] == [
        "half · Training, goes on when it is back",
        *(f"{run.name} · {run.metrics['test_accuracy']:.2%}" for run in (runs[0], runs[2])),
    ]
    waiting = store.create(TINY, "waits", "Cem")
    deleted.set_value([runs[0].id, runs[2].id, unfinished]).run()
    page.button(key="compare_restore").click().run()
    assert store.get(runs[0].id) and store.get(runs[2].id) and not page.exception
    # It waits behind those who came meanwhile.
    assert store.get(unfinished).status == QUEUED and store.get(unfinished).queued > store.get(waiting).queued
    for run_id in (unfinished, waiting):
        store.delete(run_id)


def test_a_new_run_does_not_move_the_ticks(runs, store):
    page = open_compare(runs[1])
    newer = store.create(TINY, "newer", "Ada")
    store.end(newer, FINISHED)
    read_runs.forget_runs([])
    page.run()
    press(page, "Star")
    assert store.get(runs[1].id).starred and not store.get(newer).starred
    store.delete(newer)


def test_another_persons_run_cannot_be_changed(runs, monkeypatch):
    monkeypatch.setattr("pages.parts.person.may_touch", lambda run: False)
    page = open_compare(runs[0])
    assert not {"Star", "Save", "Delete this run"} & {button.label for button in page.button}
    assert "Only those who started a run" in texts(page)


def test_before_another_persons_run_is_deleted_it_says_whose_it_is(runs, store, monkeypatch):
    # As it is on the server's own screen.
    monkeypatch.setattr("pages.parts.person.may_touch", lambda run: True)
    monkeypatch.setattr("pages.parts.person.is_own", lambda run: False)
    page = open_compare(runs[0])
    assert "This is Ada's run. Delete it?" in texts(page)
    assert not {"compare_delete"} & {button.key for button in page.button}
    page.button(key="compare_delete_after_question").click().run()
    assert "Deleted: rate 0.005." in texts(page)
    page.button(key="compare_undo").click().run()
    assert store.get(runs[0].id).has_model


def test_its_settings_move_the_sliders(runs, monkeypatch):
    # Without an engine: nothing is trained here.
    monkeypatch.setattr(services, "opening_engine", Future)
    page = press(open_compare(runs[0]), "Use its settings")
    assert not page.exception
    assert page.select_slider(key="train_learning_rate").value == 0.005
    assert page.select_slider(key="train_train_size").value == 1000


def test_its_settings_are_shown_even_where_its_data_set_is_gone(store, monkeypatch):
    monkeypatch.setattr(services, "opening_engine", Future)
    run_id = store.create(replace(TINY, data_set="0123456789ab"), "elsewhere", "Ada")
    store.end(run_id, FINISHED)
    page = press(open_compare(store.get(run_id)), "Use its settings")
    assert not page.exception and page.selectbox(key="train_data_set").value == "0123456789ab"
    assert page.error[0].value.startswith("Data set 0123456789ab is not here any more")


def test_runs_without_a_chosen_line_are_no_empty_chart(runs):
    page = open_compare(runs[0], runs[1])
    page.pills(key="compare_lines").set_value([]).run()
    assert not page.exception and "has such a curve, or not yet" in texts(page)


def test_a_run_of_one_epoch_is_drawn_batch_by_batch(runs, store):
    assert open_compare(*runs).pills(key="compare_lines").value == ["training", "validation"]
    store.write(runs[0].id, progress=Progress("saving", 1, 16))
    read_runs.forget_runs([runs[0].id])
    assert open_compare(*runs).pills(key="compare_lines").value == ["batch", "training", "validation"]


def test_curves_of_the_chosen_runs_lie_over_one_another(runs):
    page = open_compare(runs[0], runs[1])
    page.slider(key="compare_smoothing").set_value(0.5).run()
    options = [json.loads(chart.proto.spec) for chart in page.get("echarts_chart")]
    assert [option["title"]["text"] for option in options] == ["Loss", "Accuracy (%)"]
    assert len({line["color"] for line in options[0]["series"]}) == 2 and len(options[0]["series"]) == 8


def test_what_is_marked_among_all_runs_filters_the_table(runs, store):
    page = open_compare(runs[0])
    page.segmented_control(key="view").set_value("All runs, setting by setting").run()
    assert ("Click on a line to see here which run it is" in texts(page)) == figure.CAN_SELECT
    if not figure.CAN_SELECT:
        return
    # The last part of an element's id is the key that the page gave it.
    key = page.get("echarts_chart")[0].proto.id.split("-", 2)[2]
    groups = {PASSING: [1, 2], CLICKED: [0]}
    selected = [{"series_index": series, "data_indices": places} for series, places in groups.items()]
    page.session_state[key] = {"selection": {"selected": selected, "areas": []}}
    page.run()
    assert page.dataframe[0].value["Name"].tolist() == ["rate 0.002", "rate 0.001"]
    assert "Listed are 2 of 3 runs" in texts(page) and "**rate 0.005**" in texts(page)
    assert page.button(key=f"compare_use_line_{runs[0].id}")
    page.button(key="compare_list_all").click().run()
    assert len(page.dataframe[0].value) == 3 and not page.exception


def test_a_point_of_accuracy_and_cost_offers_its_run(runs):
    page = open_compare(runs[0])
    page.segmented_control(key="view").set_value("Accuracy and cost").run()
    option = json.loads(page.get("echarts_chart")[0].proto.spec)
    names = [point["name"].split("\n")[0] for point in option["series"][POINTS]["data"]]
    if not figure.CAN_SELECT:
        return
    key = page.get("echarts_chart")[0].proto.id.split("-", 2)[2]
    selected = [{"series_index": POINTS, "data_indices": [names.index("rate 0.001")]}]
    page.session_state[key] = {"selection": {"selected": selected, "areas": []}}
    page.run()
    (run,) = (run for run in runs if run.name == "rate 0.001")
    assert not page.exception and page.button(key=f"compare_use_point_{run.id}")
    # In another picture the same place is another run, or none.
    page.text_input(key="compare_words").set_value("rate 0.002").run()
    assert not page.exception and not [each for each in page.button if "use_point" in str(each.key)]


def test_all_runs_are_drawn_as_they_were_trained(runs, store):
    store.put_changes(runs[0].id, [Change(3, "learning_rate", 0.001)])
    store.put_changes(runs[1].id, [Change(3, "learning_rate", 0.001)])
    for number, run in enumerate(runs):
        store.write(run.id, progress=Progress(epoch=1 + number, step=50))
    page = open_compare()
    page.segmented_control(key="view").set_value("All runs, setting by setting").run()
    # The rates were made the same on the way, the epochs were planned the same.
    assert page.multiselect(key="compare_settings").value == ["epochs"] and not page.exception


def test_what_differs_is_named_and_judged_by_the_test_digits(runs, store, tmp_path, digits):
    for number, run in enumerate(runs):
        proba = np.eye(10)[digits.y_test]
        proba[: 50 + 300 * number] = 0.1
        np.savez(tmp_path / "test_probabilities.npz", probabilities=proba)
        store.files.put_folder(run.id, tmp_path)
    page = open_compare(runs[0], runs[1])
    page.segmented_control(key="view").set_value("What differs").run()
    lines = {line: texts for line, *texts in page.dataframe[1].value.values.tolist()}
    assert lines["Learning rate"] == ["0.002", "0.005"] and lines["Test accuracy"] == ["92.00%", "94.00%"]
    assert "Activation" not in lines and "better, by more than chance" in texts(page) and "McNemar" in texts(page)
    page = open_compare(*runs)
    page.segmented_control(key="view").set_value("What differs").run()
    assert texts(page).count("better, by more than chance") == 2 and texts(page).count("with other seeds") == 1


def test_a_seed_alone_makes_no_run_better(runs, store):
    """However sure it is that one model reads more digits."""
    repeat = store.create(replace(runs[0].config, seed=7), "again", "Ada")
    store.write(repeat, metrics=[("test_accuracy", 0.99, 2)])
    store.end(repeat, FINISHED)
    page = open_compare(runs[0], store.get(repeat))
    page.segmented_control(key="view").set_value("What differs").run()
    assert "**the same settings**. Test accuracy 94.00% to 99.00%" in texts(page)
    assert "by more than chance" not in texts(page) and "noise" in texts(page)
    store.delete(repeat)


def test_seeds_judge_where_there_are_some(runs, store):
    repeats = [store.create(replace(runs[0].config, seed=seed), "again", "Ada") for seed in (8, 9)]
    for repeat, accuracy in zip(repeats, (0.86, 0.9), strict=True):
        store.write(repeat, metrics=[("test_accuracy", accuracy, 2)])
        store.end(repeat, FINISHED)
    page = open_compare(runs[0], runs[1])
    page.segmented_control(key="view").set_value("What differs").run()
    assert "no clear difference" in texts(page) and "(the mean of 86.00, 90.00 and 94.00)" in texts(page)
    assert "vary by 4.00 points" in texts(page)
    assert f"Of {runs[1].short_id} there is a single run" in texts(page) and "(Bonferroni)" not in texts(page)
    # Repeats are one comparison, however many are chosen.
    page = open_compare(runs[1], runs[0], *map(store.get, repeats))
    page.segmented_control(key="view").set_value("What differs").run()
    assert texts(page).count("Student's t test") == 1 and "(Bonferroni)" not in texts(page)
    for repeat in repeats:
        store.delete(repeat)


def test_the_same_run_again_and_lessons_are_no_seeds(runs, store, tmp_path, digits):
    for run in runs[:2]:
        np.savez(tmp_path / "test_probabilities.npz", probabilities=np.eye(10)[digits.y_test])
        store.files.put_folder(run.id, tmp_path)
    again = [store.create(replace(runs[0].config, seed=seed), "again", "Ada") for seed in (0, 0, 0)]
    lessons = [store.create(replace(runs[0].config, seed=seed), "taught", "Ada", taught="best") for seed in (8, 9)]
    others = again + lessons
    for other in others:
        store.write(other, metrics=[("test_accuracy", 0.9, 2)])
        store.end(other, FINISHED)
    page = open_compare(runs[0], runs[1])
    page.segmented_control(key="view").set_value("What differs").run()
    assert "McNemar" in texts(page) and "Student" not in texts(page) and not page.exception
    for other in others:
        store.delete(other)


def test_lessons_differ_in_how_many_digits_were_taught(runs, store, tmp_path):
    lessons = []
    for count in (6, 12):
        lessons.append(store.create(TINY, "handwriting", "Ada", taught="best"))
        arrays = {"images": np.zeros((count, 28, 28), np.uint8), "labels": np.zeros(count, np.uint8)}
        arrays["is_held_out"] = np.arange(count) % 5 == 4
        store.files.put_arrays(lessons[-1], OWN_DIGITS_PATH, arrays, tmp_path)
        store.end(lessons[-1], FINISHED)
    page = open_compare(*map(store.get, lessons))
    page.segmented_control(key="view").set_value("What differs").run()
    lines = {line: texts for line, *texts in page.dataframe[1].value.values.tolist()}
    assert lines["Own digits taught"] == ["5, to best", "10, to best"] and "the same settings" not in texts(page)
    for lesson in lessons:
        store.delete(lesson)


def test_a_run_is_offered_as_a_program_and_as_files(runs, store):
    page = open_compare(runs[0])
    labels = [button.proto.label for button in page.get("download_button")]
    assert labels == [
        "Python script",
        "Jupyter notebook",
        "MNIST (11 MB)",
        "Keras model",
        "LiteRT model",
        "ONNX model",
        "Everything as a zip",
        # The loss and the accuracy.
        "loss-of-runs.csv",
        "accuracy-of-runs.csv",
    ]
    (store.files.folder(runs[0]) / "model.keras").unlink()
    page.run()
    assert not page.exception and "model.keras" in page.error[0].value


def test_a_run_and_the_settings_are_offered_on_the_train_page_too(runs, monkeypatch):
    monkeypatch.setattr(services, "opening_engine", Future)
    page = with_store(open_page("train", run=runs[0].id))
    labels = [button.proto.label for button in page.get("download_button")]
    assert not page.exception and not page.error
    assert labels.count("Python script") == 2 and labels.count("Everything as a zip") == 1


def test_a_look_at_the_newest_runs_misses_none(runs, store, monkeypatch):
    monkeypatch.setattr(read_runs, "_NEWEST", 2)
    services.opening_store().result()

    def seen() -> list[str]:
        read_runs.runs.clear()
        return [run.id for run in read_runs.runs()]

    known = [run.id for run in store.newest()]
    assert seen() == known
    newer = [store.create(TINY, "newer", "Ada") for _ in range(3)]
    for run_id in newer:
        store.end(run_id, FINISHED)
    assert seen() == newer[::-1] + known
    # One that cannot be read hides no other.
    unreadable = store.create(TINY, "by another version", "Ada")
    store._client.set_tag(unreadable, "digit_lab.config", "{")
    assert seen() == newer[::-1] + known
    store.delete(unreadable)
    store.delete(newer[2])
    assert seen() == newer[1::-1] + known
    for run_id in newer[:2]:
        store.delete(run_id)
    assert seen() == known
    store.describe(known[-1], name="an old one", note="", tags=(), starred=False)
    read_runs.forget_runs([known[-1]])
    assert read_runs.runs()[-1].name == "an old one"


def test_runs_that_others_start_meanwhile_are_offered_and_ones_own_are_listed(runs, store):
    page = open_compare()

    def names() -> list[str]:
        return page.dataframe[0].value["Name"].tolist()

    before = names()
    ids = [store.create(TINY, name, name, visitor) for name, visitor in (("Ben's", "Ben"), ("mine", ""))]
    read_runs.forget_runs(ids)
    page.run()
    assert names() == ["mine", *before]
    press(page, "Show 1 new run")
    assert names() == ["mine", "Ben's", *before] and not page.exception
    for run_id in ids:
        store.delete(run_id)


def test_a_link_shows_the_same_runs_in_the_same_way(runs):
    page = open_compare(runs[0], runs[2])
    page.segmented_control(key="view").set_value("What differs").run()
    query = {"runs": ",".join(each[:6] for each in page.query_params["runs"].split(",")), "view": "What differs"}
    other = with_store(open_page("compare", **query))
    assert not other.warning and "against" in texts(other) and "Learning rate" in other.dataframe[1].value.values
    gone = with_store(open_page("compare", runs="0" * 8))
    assert "The run that this link names cannot be found" in gone.warning[0].value


def test_a_chosen_run_that_is_deleted_elsewhere_does_not_leave_without_a_word(runs, store):
    page = open_compare(runs[0], runs[2])
    store.delete(runs[2].id)
    read_runs.forget_runs([runs[2].id])
    assert [toast.value for toast in page.run().toast] == [
        f"{runs[2].short_id}, which you had chosen, was deleted meanwhile."
    ]
    assert page.query_params["runs"] == runs[0].id[:8] and not page.run().toast


def test_an_address_ticks_its_runs_unless_a_click_on_its_way_brings_it(runs, monkeypatch):
    page = open_compare(runs[0])
    earlier = page.query_params["runs"]

    def ticked(address: str) -> set[str]:
        page.query_params["runs"] = address
        page.run()
        assert len(page.query_params["runs"].split(",")) == len(page.session_state["compare_chosen"])
        return set(page.session_state["compare_chosen"])

    both = {runs[0].id, runs[2].id}
    assert ticked(f"{earlier},{runs[2].id[:8]}") == both
    later = page.query_params["runs"]
    assert ticked(earlier) == both
    monkeypatch.setattr("pages.parts.clicks.SECONDS_ON_THE_WAY", 0.0)
    assert ticked(earlier) == {runs[0].id}
    # And forward again.
    assert ticked(later) == both
    # And back to where none was ticked yet.
    page.query_params["runs"] = ""
    assert not page.run().session_state["compare_chosen"]
