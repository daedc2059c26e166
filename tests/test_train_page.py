"""The Train page without a browser: its sliders, its layers, and a run on it."""

import json
import math
import re
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest

from mnist_core.config import FIELDS
from mnist_core.presets import PRESETS
from mnist_core.queue.engine_connection import EngineError
from mnist_core.runs.data_store import Kept
from mnist_core.runs.run import FAILED, FINISHED, RUNNING, STOPPED, Change, Curves, Progress
from mnist_core.runs.run_files import confusion_path
from mnist_core.runs.run_names import name_of
from mnist_core.runs.store import FINAL_STEP
from mnist_core.runs.store_connection import StoreError
from pages.parts import once, person, problem, read_digits, read_models, read_results, read_runs, services, workers
from pages.parts.train import config_address, pace, progress, repeats, run_action, validation
from tests.app_pages import open_page, texts, with_store
from tests.conftest import TINY, ended, wait_for

pytestmark = pytest.mark.usefixtures("fresh_caches")


def test_a_preset_moves_every_widget_to_its_configuration():
    page = with_store(open_page("train"))
    for preset, config in PRESETS.items():
        page.selectbox(key="train_preset").select(preset).run()
        assert not page.exception and not page.error
        assert f"{config.parameters:,} parameters · {config.training_digits:,} digits to learn from" in texts(page)


def test_every_field_has_a_widget():
    page = with_store(open_page("train", preset="cnn-3x3"))
    kinds = ("selectbox", "slider", "select_slider", "number_input", "toggle", "segmented_control", "radio", "checkbox")
    keys = " ".join(str(widget.key) for kind in kinds for widget in page.get(kind))
    # The layers of these have widgets of their own.
    named = {"conv_blocks": "train_conv_1_filters", "dense_units": "train_dense_0_units"}
    assert [name for name in FIELDS if named.get(name, f"train_{name}") not in keys.split()] == []


def test_the_address_of_the_page_is_its_configuration():
    page = with_store(open_page("train"))
    page.selectbox(key="train_preset").select("cnn-3x3").run()
    page.slider(key="train_epochs").set_value(7)
    page.button(key="train_conv_1_remove").click().run()
    link = {name: "".join(value) for name, value in page.query_params.items()}
    assert link == {"preset": "cnn-3x3", "epochs": "7", "conv_blocks": "32-3-valid-1"}
    assert "Changed from cnn-3x3: convolution blocks 32 of 3×3, epochs 7." in texts(page)
    other = with_store(open_page("train", **link))
    assert other.selectbox(key="train_preset").value == "cnn-3x3"
    assert (other.slider(key="train_epochs").value, layers_of(other)) == (7, layers_of(page))


def test_back_takes_a_setting_back_but_not_the_one_that_was_just_made(monkeypatch):
    page = with_store(open_page("train", preset="dense-512", epochs="7"))
    page.slider(key="train_epochs").set_value(9).run()
    # A click may come with the address that the browser had before.
    page.query_params["epochs"] = "7"
    page.run()
    assert page.slider(key="train_epochs").value == 9 and "".join(page.query_params["epochs"]) == "9"
    monkeypatch.setattr(config_address, "_SECONDS_ON_ITS_WAY", 0.0)
    page.query_params["epochs"] = "7"
    page.run()
    assert page.slider(key="train_epochs").value == 7 and "".join(page.query_params["epochs"]) == "7"
    # Who comes by the menu, to an address without settings, finds them as they were.
    page.query_params.clear()
    page.run()
    assert page.slider(key="train_epochs").value == 7 and "".join(page.query_params["epochs"]) == "7"


def test_a_data_set_that_is_gone_cannot_be_trained_on():
    page = with_store(open_page("train", data_set="0123456789ab", preset="fast"))
    assert page.error[0].value.startswith("Data set 0123456789ab is not here any more")
    assert next(button for button in page.button if button.label == "Train").disabled
    page.button(key="train_reset").click().run()
    assert not page.error and page.selectbox(key="train_data_set").value == "mnist"


def test_another_preset_leaves_a_data_set_of_ones_own(monkeypatch):
    own = Kept("", "0123456789ab", "own", "Ada", "", 5_000, 0, True, ())
    monkeypatch.setattr(read_digits, "data_sets", lambda: [own])
    page = with_store(open_page("train", data_set=own.id, preset="fast"))
    page.selectbox(key="train_preset").select("cnn-3x3").run()
    assert not page.exception and page.selectbox(key="train_data_set").value == "0123456789ab"
    assert "data_set" in page.query_params


def test_a_run_on_digits_of_ones_own_leads_to_how_it_reads_them(store, monkeypatch):
    own = Kept("", "0123456789ab", "own", "Ada", "", 5_000, 300, True, ())
    monkeypatch.setattr(read_digits, "data_sets", lambda: [own])
    run_id = store.create(replace(TINY, data_set=own.id, batch_size=81), "on my own digits", "Ada")
    store.write(run_id, metrics=[("test_accuracy", 0.9, FINAL_STEP)])
    store.end(run_id, FINISHED)
    page = with_store(open_page("train", run=run_id))
    links = {link.proto.label: link.proto.query_string for link in page.get("page_link")}
    assert not page.exception and links["See how it reads its data set"] == f"data_set={own.id}&model={run_id}"
    store.delete(run_id)


def test_a_link_that_says_nonsense_is_said():
    links = {
        "no preset 'nope'.\n\nEpochs is 300": {"preset": "nope", "epochs": "300"},
        "Epochs is 0, but must be": {"epochs": "0"},
        "such as 128,64.\n\nBatch size is '3.7'": {"dense_units": "a", "batch_size": "3.7"},
        "Hidden dense layers, number 2, is 5000": {"dense_units": "9,5000"},
        "needs validation digits": {"early_stopping": "3", "validation_split": "0"},
        "No setting is called 'epoch'": {"epoch": "3"},
    }
    for message, link in links.items():
        page = open_page("train", **link).run()
        assert not page.exception and message in page.warning[0].value
    page = with_store(open_page("train", epochs="3", epoch="4", run="0" * 32))
    assert page.slider(key="train_epochs").value == 3
    page = with_store(open_page("train", preset="dense-512", epochs="300", batch_size="64"))
    assert (
        page.selectbox(key="train_preset").value == "dense-512"
        and page.number_input(key="train_batch_size").value == 64
    )
    page = with_store(open_page("train", epochs="3", epoch="4", run="0" * 32))
    # Whoever is given the link as it is now is not warned again.
    assert set(page.query_params) == {"preset", "epochs", "run"}


def test_a_link_may_hold_a_learning_rate_between_those_of_the_slider():
    page = with_store(open_page("train", learning_rate="0.003"))
    assert page.select_slider(key="train_learning_rate").value == 0.003
    page.slider(key="train_epochs").set_value(7).run()
    assert "".join(page.query_params["learning_rate"]) == "0.003"
    page.select_slider(key="train_learning_rate").set_value(0.01).run()
    assert "".join(page.query_params["learning_rate"]) == "0.01" and not page.exception


def test_what_the_engine_could_not_do_is_said_until_it_can(store, monkeypatch):
    run_id = store.create(TINY, "unreachable", "Ada")
    store.start(run_id)
    store.write(run_id, progress=Progress("training", 1, 20))
    page = with_store(open_page("train", run=run_id))

    def unreachable() -> None:
        raise EngineError("The engine cannot be reached.")

    monkeypatch.setattr(services, "engine", unreachable)
    page.button(key=f"pause_{run_id}").click().run()
    # The panel looks for itself: that must not take the words away.
    assert "The engine cannot be reached." in page.run().error[0].value
    monkeypatch.setattr(services, "engine", lambda: SimpleNamespace(pause=lambda run_id: None))
    page.button(key=f"pause_{run_id}").click().run()
    assert not page.error and not page.exception
    store.delete(run_id)


def test_resume_takes_the_place_of_pause_so_that_stop_stays_where_it_is(store):
    run_id = store.create(TINY, "in place", "Ada")
    store.start(run_id)
    page = with_store(open_page("train", run=run_id))
    page.session_state["train_queue"] = True
    for phase, label, listed in (("paused", "Resume", "Paused"), ("training", "Pause", "Training")):
        store.write(run_id, progress=Progress(phase, 1, 20))
        read_runs.forget_runs([run_id])
        assert page.run().button(key=f"pause_{run_id}").label == label
        links = [link.proto.label for link in page.get("page_link")]
        assert f"{run_id[:4]} · shown above · {listed} · in place · Ada" in links
    store.delete(run_id)


def test_a_run_that_does_not_move_is_said_to_give_no_news(store, monkeypatch):
    """While its disk is full, say: nothing else can then be written down."""
    run_id = store.create(TINY, "stuck", "Ada")
    store.start(run_id)
    store.write(run_id, progress=Progress("training", 2, 4, digits_per_second=1000.0))
    page = with_store(open_page("train", run=run_id))
    who: list[str] = []
    opened = services.Opening()
    opened.set_result(SimpleNamespace(workers_of=lambda run_id: who, settle=lambda runs: None))
    with monkeypatch.context() as patch:
        patch.setattr(progress, "_SECONDS_WITHOUT_NEWS", 0)
        patch.setattr(services, "opening_engine", lambda: opened)
        patch.setattr(workers, "_SECONDS_BETWEEN_QUESTIONS", 0)
        text = page.run().get("progress")[0].proto.text
        lost = r"no news for \d+ s: its worker was lost, and it waits for another one, to go on from what was"
        assert re.search(lost, text)
        who.append("tcp://here")
        assert "its batches may take long" in page.run().get("progress")[0].proto.text
        patch.setattr(workers, "_SECONDS_TO_ANSWER", 0)
        patch.setattr(opened.result(), "workers_of", lambda run_id: time.sleep(1))
        assert "the training engine does not answer" in page.run().get("progress")[0].proto.text
    assert "1,000 digits a second" in page.run().get("progress")[0].proto.text
    # As it is when it is taken up after its engine has died.
    store.queue(run_id, keeps_place=True)
    read_runs.forget_runs([run_id])
    assert "in the queue · epochs done and kept: 2" in page.run().get("progress")[0].proto.text
    store.reopen(run_id, TINY, "stuck", back_to_best=True)
    read_runs.forget_runs([run_id])
    bar = page.run().get("progress")[0].proto
    assert "epochs done" not in bar.text and not bar.value
    store.delete(run_id)


def test_a_run_that_waits_can_be_asked_to_pause_and_told_not_to(store, monkeypatch):
    monkeypatch.setattr(services, "engine", lambda: SimpleNamespace(pause=lambda id: None, resume=lambda id: None))
    run_id = store.create(replace(TINY, seed=31), "waits to pause", person.name(), person.visitor())
    page = with_store(open_page("train", run=run_id))
    for label, said in (("Resume", True), ("Pause", False)):
        page.button(key=f"pause_{run_id}").click().run()
        assert page.button(key=f"pause_{run_id}").label == label and not page.exception
        assert ("will pause once it has begun" in page.get("progress")[0].proto.text) == said
    store.delete(run_id)


def test_one_s_own_runs_are_listed_however_many_others_have_begun(store, monkeypatch):
    runs = [store.create(replace(TINY, seed=40 + n), f"run {n}", "Ada", "" if n == 0 else "other") for n in range(9)]
    for run_id in runs:
        store.end(run_id, STOPPED)
    # Not those of other tests, whichever ran before.
    monkeypatch.setattr(read_runs, "runs_if_known", lambda: [store.get(run_id) for run_id in reversed(runs)])
    page = open_page("train")
    page.session_state["train_queue"] = True
    links = [link.proto.label for link in with_store(page).get("page_link")]
    listed = [run_id for run_id in runs if any(link.startswith(run_id[:4]) for link in links)]
    assert listed == [runs[0], *runs[2:]]
    for run_id in runs:
        store.delete(run_id)


def test_a_run_that_was_seen_to_begin_waits_no_more_though_the_last_look_at_all_is_older(store, monkeypatch):
    """Pause would be off for that moment, and a click on it lost."""
    run_id = store.create(TINY, "has begun", "Ada")
    queued = store.get(run_id)
    monkeypatch.setattr(read_runs, "runs", lambda: [queued])
    store.start(run_id)
    assert read_runs.run(run_id).status == RUNNING
    monkeypatch.setattr(read_runs, "runs", lambda: [replace(queued, queued=time.time() - 60)])
    assert read_runs.run(run_id).status == RUNNING
    store.delete(run_id)


def test_a_click_is_heard_though_another_run_of_the_page_ends_its_callback(monkeypatch):
    def end(place: str) -> None:
        raise RerunException(RerunData())

    heard, run = [], SimpleNamespace(id="0" * 32)
    monkeypatch.setattr(problem, "forget", end)
    monkeypatch.setattr(services, "engine", lambda: SimpleNamespace(stop=heard.append))
    with pytest.raises(RerunException):
        run_action.act("stop", run)
    assert heard == [run.id]


def test_a_live_slider_asks_once_for_what_it_says_and_follows_another_tab(store, monkeypatch):
    run_id, asked = store.create(TINY, "by hand", "Ada"), []
    store.start(run_id)
    store.write(run_id, progress=Progress("training", 1, 20))
    engine = SimpleNamespace(change=lambda run_id, name, value: asked.append((name, value)))
    monkeypatch.setattr(services, "engine", lambda: engine)
    page, key = with_store(open_page("train", run=run_id)), f"live_learning_rate_{run_id}_0"
    for rate in (0.002, 0.005):
        page.select_slider(key=key).set_value(rate).run()
    # The run comes after: the slider stays where it was put.
    for rates in ([0.002], [0.002, 0.005]):
        store.put_changes(run_id, [Change(20 + n, "learning_rate", rate) for n, rate in enumerate(rates)])
        read_runs.forget_runs([run_id])
        assert page.run().select_slider(key=key).value == 0.005
    assert asked == [("learning_rate", 0.002), ("learning_rate", 0.005)]
    store.put_changes(run_id, [Change(30, "learning_rate", 0.002)])
    read_runs.forget_runs([run_id])
    assert page.run().select_slider(key=f"{key[:-1]}1").value == 0.002 and not page.exception
    assert len(asked) == 2
    store.delete(run_id)


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
    assert layers_of(page)[:1] == [first] and "12×12×32, with 832 parameters" in texts(page)
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
    # Of the filters, which it has no use for, nothing is said; the address keeps them.
    assert "Changed from cnn-3x3: kind of network Dense." in texts(page) and "conv_blocks" in page.query_params
    page.switch_page("pages/draw.py").run()
    page.switch_page("pages/train.py").run()
    page.segmented_control(key="train_model").set_value("cnn").run()
    assert not page.exception and layers_of(page) == before


def test_a_size_that_a_dense_network_hides_is_in_nobodys_way():
    page = with_store(open_page("train", preset="cnn-5x5"))
    page.number_input(key="train_conv_0_filters").set_value(999).run()
    assert next(button for button in page.button if button.label == "Train").disabled
    page.segmented_control(key="train_model").set_value("dense").run()
    assert not page.error and not next(button for button in page.button if button.label == "Train").disabled


@pytest.mark.parametrize("preset", ["dense-20-15", "fast"])
def test_no_units_are_refused_beside_them_and_the_page_goes_on(preset):
    page = with_store(open_page("train", preset=preset))
    page.number_input(key="train_dense_0_units").set_value(0).run()
    assert not page.exception and "Units is 0" in texts(page) + page.error[0].value
    assert "Nothing to draw. Dense 1: Units is 0" in texts(page)


def test_an_impossible_layer_says_so_beside_itself_and_can_be_mended():
    page = with_store(open_page("train", preset="cnn-5x5"))
    page.button(key="train_conv_add").click().run()
    page.selectbox(key="train_conv_2_padding").select("valid")
    page.number_input(key="train_conv_2_kernel_size").set_value(9).run()
    problem = "Convolution 3 cannot be built: a 9×9 kernel with padding Valid does not fit on 4×4 pixels"
    beside = next(row for row in page.get("expander") if row.label == "Network").error
    assert problem in page.error[0].value and problem in beside[0].value and len(beside) == 1
    assert next(button for button in page.button if button.label == "Train").disabled
    assert "conv_2" in page.dataframe[0].value["Name"].tolist()
    page.button(key="train_conv_2_up").click().run()
    assert "Convolution 2 cannot" not in texts(page) and "Convolution 3 cannot be built" in page.error[0].value
    page.number_input(key="train_conv_2_kernel_size").set_value(3)
    page.number_input(key="train_conv_1_kernel_size").set_value(1).run()
    assert not page.error and not next(button for button in page.button if button.label == "Train").disabled


def test_a_run_belongs_to_who_pressed_train_though_the_browser_has_gone_before_the_engine_is_up(monkeypatch):
    asked = []

    def slow_engine():
        monkeypatch.setattr(person, "visitor", lambda: "")
        return SimpleNamespace(submit=lambda config, name, owner, visitor: asked.append(visitor) or "0" * 32)

    monkeypatch.setattr(services, "engine", slow_engine)
    page = with_store(open_page("train"))
    monkeypatch.setattr(person, "visitor", lambda: "ada")
    next(button for button in page.button if button.label == "Train").click().run()
    assert asked == ["ada"] and not page.exception


def test_the_same_run_is_not_started_beside_itself(store, monkeypatch):
    asked = []
    started = SimpleNamespace(submit=lambda *args: asked.append(args) or "0" * 32)
    monkeypatch.setattr(services, "engine", lambda: started)
    page = with_store(open_page("train"))
    page.slider(key="train_epochs").set_value(7).run()
    run_id = store.create(replace(PRESETS["fast"], epochs=7), "goes on", "Guest", "")
    read_runs.forget_runs([])
    page.button(key="train_start").click().run()
    assert not asked and "".join(page.query_params["run"]) == run_id and "**goes on**" in texts(page)
    assert f"{run_id[:4]}, with these settings and this seed, is under way" in page.toast[0].value
    # What was changed on its way is another run.
    store.put_changes(run_id, [Change(3, "learning_rate", 0.001)])
    read_runs.forget_runs([run_id])
    page.button(key="train_start").click().run()
    assert len(asked) == 1
    store.delete(run_id)
    read_runs.forget_runs([run_id])


def test_a_run_is_started_watched_deleted_and_brought_back(engine, store):
    page = with_store(open_page("train"))
    page.selectbox(key="train_preset").select("dense-512").run()
    page.slider(key="train_epochs").set_value(1)
    page.select_slider(key="train_train_size").set_value(1000).run()
    next(button for button in page.button if button.label == "Train").click().run()
    assert not page.exception and not page.error
    run_id = "".join(page.query_params["run"])
    assert store.get(run_id).name == "dense-512, epochs 1, training digits 1,000"
    ended(store, run_id)
    read_runs.forget_runs([])
    page.run()
    assert page.metric[0].label == "Test accuracy" and "Finished" in texts(page)
    assert page.toast[0].value == f"Finished: {page.metric[0].value} on the test digits."
    folder = store.files.folder(store.get(run_id))
    assert read_models.card(folder).epochs == 1
    next(button for button in page.button if button.label == "Train longer").click().run()
    assert not page.exception and not page.error
    wait_for(lambda: not store.get(run_id).is_active and store.get(run_id).progress.epoch == 2)
    assert read_models.card(folder).epochs == 2
    read_runs.forget_runs([])
    page.run()
    page.switch_page("pages/inside.py").run()
    assert page.selectbox(key="model_box").value == run_id
    page.switch_page("pages/train.py").run()
    next(button for button in page.button if button.label == "Delete this run").click().run()
    assert "Nothing of yours is training now" in texts(page) and run_id not in [run.id for run in store.newest()]
    page.switch_page("pages/inside.py").run()
    assert page.selectbox(key="model_box").value == "best" and not page.warning
    page.switch_page("pages/train.py").run()
    page.button(key="train_undo").click().run()
    assert store.get(run_id).has_model


def test_a_run_that_was_stopped_within_an_epoch_says_which_is_the_first_of_more(engine, store):
    run_id = store.create(replace(TINY, epochs=3), "stopped early", "Ada")
    now = Progress("saving", epoch=1, step=TINY.steps_per_epoch + 2)
    store.write(run_id, progress=now, metrics=[("test_accuracy", 0.5, FINAL_STEP)])
    store.end(run_id, STOPPED, "Stopped in epoch 2.")
    page = with_store(open_page("train", run=run_id))
    assert page.number_input(key=f"more_{run_id}").value == 2
    assert (
        "It was stopped within epoch 2: finishing that one counts as the first." in texts(page) and not page.exception
    )


def test_a_run_shows_its_digits_its_confusion_and_another_run_to_compare(engine, store):
    earlier, run_id = (engine.submit(replace(TINY, seed=seed), f"seed {seed}", "Ada") for seed in (1, 2))
    for each in (earlier, run_id):
        ended(store, each)
    page = with_store(open_page("train", run=run_id))
    assert not page.exception
    generated, watched = (html.proto.body for html in page.main.get("html")[:2])
    assert "A generated 0" in generated and watched.count("<img") == 8
    assert page.number_input(key=f"more_{run_id}").value == TINY.epochs
    counts = store.files.arrays(run_id, confusion_path(1))["counts"]
    page.session_state[f"confusion_open_{run_id}"] = True
    page.run().select_slider(key=f"confusion_epoch_{run_id}").set_value(1).run()
    assert f"After epoch 1: {counts.sum() - np.trace(counts)} of 200 read wrong." in texts(page)
    page.multiselect(key="train_compared").select(earlier).run()
    lines = json.loads(page.get("echarts_chart")[0].proto.spec)["series"]
    assert [line["name"] for line in lines] == ["Batch", "Training", "Validation", f"{earlier[:4]} · seed 1"]


def test_an_epoch_that_the_run_has_gone_back_behind_is_looked_at_no_more(store, monkeypatch):
    run_id = store.create(replace(TINY, epochs=4), "goes back", "Ada")
    store.end(run_id, STOPPED)

    def reach(epochs: int) -> None:
        known = np.arange(1, epochs + 1), np.ones(epochs)
        monkeypatch.setattr(read_results, "curves", lambda run: Curves(dict.fromkeys(EPOCH_SERIES, known)))

    reach(4)
    page = with_store(open_page("train", run=run_id))
    page.session_state[f"confusion_open_{run_id}"] = True
    slider = page.run().select_slider(key=f"confusion_epoch_{run_id}")
    assert slider.value == 4
    page.select_slider(key=slider.key).set_value(3).run()
    assert "Nothing is kept of epoch 3." in texts(page)
    reach(2)
    assert "Nothing is kept of epoch 2." in texts(page.run()) and not page.exception


def test_the_matrix_follows_the_newest_epoch_until_another_one_is_chosen(monkeypatch):
    now, state = [100.0], {}
    monkeypatch.setattr(validation, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(
        validation, "st", SimpleNamespace(session_state=state, select_slider=lambda *_, key, **__: state[key])
    )

    def look(epochs: int, chosen: int | None = None, after: float = 60.0) -> int:
        """What is shown `after` so many seconds; `chosen` is what comes with the click that leads to the look."""
        now[0] += after
        if chosen:
            state["confusion_epoch_a"] = chosen
        return validation._choose(SimpleNamespace(id="a"), list(range(1, epochs + 1)))

    assert [look(1), look(4), look(6)] == [1, 4, 6]
    # A click elsewhere brings along where a browser had the slider a moment ago.
    assert look(7, after=0.3) == 7 and look(7, chosen=6, after=0.3) == 7
    assert look(7, chosen=3) == 3 and look(8) == 3
    assert look(8, chosen=6) == 6 and look(9) == 6
    # Back at the end it follows again.
    assert look(9, chosen=9) == 9 and look(10) == 10
    assert look(2) == 2


def test_what_can_be_pressed_stays_while_the_store_is_locked(store, monkeypatch):
    run_id = store.create(TINY, "locked out", "Ada")
    store.start(run_id)
    store.write(run_id, progress=Progress("training", step=1), metrics=[("batch_loss", 2.0, 1)])
    page = with_store(open_page("train", run=run_id))

    def locked(run: object) -> None:
        raise StoreError("The store of runs cannot be used: database is locked")

    for module, what in ((read_results, "curves"), (read_runs, "run")):
        monkeypatch.setattr(module, what, locked)
        page.run()
        assert "database is locked" in page.warning[0].value and not page.exception
        assert "Stop training" in [button.label for button in page.button]
    store.end(run_id, STOPPED)


def test_a_run_that_waits_is_shown_while_the_store_is_locked(store, monkeypatch):
    run_id = store.create(TINY, "waits", "Ada")
    page = with_store(open_page("train", run=run_id))
    assert "Number 1 in the queue" in [bar.proto.text for bar in page.get("progress")]

    def locked(*_) -> None:
        raise StoreError("The store of runs cannot be used: database is locked")

    for module, what in ((read_results, "curves"), (read_runs, "run"), (read_runs, "runs")):
        monkeypatch.setattr(module, what, locked)
        page.run()
        assert "database is locked" in page.warning[0].value and not page.exception
    store.end(run_id, STOPPED)


def test_a_link_with_a_mistake_is_told_until_settings_are_chosen():
    page = with_store(open_page("train", preset="nope", foo="1"))
    page.run()
    said = ["No setting is called 'foo'.", "There is no preset 'nope'.\n\nEverything else is set as it says."]
    assert [warning.value for warning in page.warning] == said
    page.selectbox(key="train_preset").select("best").run()
    assert not page.warning and not page.exception


def test_a_run_deleted_in_another_tab_is_said(store):
    run_id = store.create(TINY, "gone", "Ada")
    store.delete(run_id)
    page = with_store(open_page("train", run=run_id))
    assert not page.exception and "was deleted" in page.warning[0].value
    page = with_store(open_page("evaluate", model=run_id))
    assert not page.exception and "That model is not here" in page.run().warning[0].value
    assert page.metric[0].label == "Test accuracy"
    page.switch_page("pages/inside.py").run()
    assert not page.warning and page.selectbox(key="model_box").value == "best"


EPOCH_SERIES = ("loss", "accuracy", "val_loss", "val_accuracy", "seconds")


def test_a_run_whose_curves_lack_something_is_shown(store):
    page = with_store(open_page("train"))
    wrong = {"a number": math.nan, "an end": math.inf}
    for missing in (*EPOCH_SERIES, *wrong):
        run_id = store.create(TINY, "odd", "Ada")
        values = {name: (0.2, 0.4, 0.6, 0.8) for name in EPOCH_SERIES if name != missing}
        values |= {"val_loss": (0.4, 3e34, *[wrong[missing]] * 2)} if missing in wrong else {}
        points = [(name, value, epoch) for name, course in values.items() for epoch, value in enumerate(course, 1)]
        store.write(run_id, metrics=points)
        store.end(run_id, FINISHED)
        page.query_params["run"] = run_id
        page.run()
        assert not page.exception and not page.error and "**odd**" in texts(page), missing
        store.delete(run_id)


def test_a_failed_run_shows_its_reason_and_its_traceback(store):
    run_id = store.create(TINY, "failed", "Ada")
    store.end(run_id, FAILED, "Not enough memory.", "Traceback: here")
    page = with_store(open_page("train", run=run_id))
    assert page.error[0].value == "Not enough memory." and page.code[0].value == "Traceback: here"
    # Compare shows the beginnings of ids.
    page = with_store(open_page("train", run=run_id[:8]))
    assert page.error[0].value == "Not enough memory." and page.query_params["run"] == run_id


def test_who_is_sent_a_run_finds_its_settings_unless_the_link_says_others(store):
    run_id = store.create(replace(TINY, optimizer="sgd"), "sent", "Ada")
    store.end(run_id, STOPPED)
    page = with_store(open_page("train", run=run_id))
    assert (
        page.selectbox(key="train_optimizer").value == "sgd"
        and page.query_params["run"] == run_id
        and len(page.query_params) == 1
    )
    # Other settings than the run's are in the address: without any it would stand for the run's.
    page.selectbox(key="train_preset").select("fast").run()
    assert page.query_params["preset"] in ("fast", ["fast"]) and page.selectbox(key="train_optimizer").value == "adam"
    page = with_store(open_page("train", run=run_id, optimizer="adagrad"))
    assert page.selectbox(key="train_optimizer").value == "adagrad"


def test_a_run_is_repeated_with_seeds_that_no_other_has(store, monkeypatch):
    started = []
    engine = SimpleNamespace(submit=lambda config, name, *who: started.append((config.seed, name)) or "none")
    monkeypatch.setattr(services, "engine", lambda: engine)
    # Of a size that no other test has.
    config = replace(PRESETS["dense-512"], batch_size=77)
    ids = [store.create(replace(config, seed=seed), f"dense-512, batch size 77, seed {seed}", "Ada") for seed in (1, 2)]
    for run_id in ids:
        store.write(run_id, metrics=[("test_accuracy", 0.98, 2)])
        store.end(run_id, FINISHED)
    waiting = store.create(replace(config, seed=4), "another", "Grace", "other")
    read_runs.forget_runs([waiting])
    page = with_store(open_page("train", run=ids[0]))
    assert page.button(key="train_start").help.startswith("Trained before, with this seed: 98.00%")
    assert "With other seeds: 98.00%; 1 still to come." in texts(page)
    (link,) = [link.proto for link in page.get("page_link") if link.proto.label == "Compare them"]
    assert ids[0] in link.query_string and ids[1] in link.query_string and waiting not in link.query_string
    store.delete(waiting)
    read_runs.forget_runs([waiting])
    # The number comes with the click.
    page.number_input(key=f"repeat_{ids[0]}").set_value(2)
    page.button(key=f"train_again_{ids[0]}").click().run()
    assert started == [(0, "dense-512, batch size 77"), (3, "dense-512, batch size 77, seed 3")]
    # Of one that a person has named, and of a repeat of that.
    for name in ("Tuned", "Tuned, seed 1"):
        store.describe(ids[0], name=name, note="", tags=(), starred=False)
        assert repeats._name(store.get(ids[0]), replace(config, seed=9)) == "Tuned, seed 9"
    store.describe(ids[0], name="dense-512, batch size 77, seed 1", note="", tags=(), starred=False)
    # One more click in the same breath, however slow the machine.
    monkeypatch.setattr(once, "_SECONDS_TO_MEAN_IT", 600.0)
    page.button(key=f"train_again_{ids[0]}").click().run()
    assert len(started) == 2 and not page.exception
    many = replace(config, batch_size=73, dropout=0.3, learning_rate=0.004, epochs=7)
    run_id = store.create(many, name_of(many, "dense-512"), "Ada")
    store.write(run_id, metrics=[("test_accuracy", 0.98, 2)])
    store.end(run_id, FINISHED)
    read_runs.forget_runs([run_id])
    page = with_store(open_page("train", run=run_id))
    page.button(key=f"train_again_{run_id}").click().run()
    assert [seed for seed, _ in started[2:]] == [1, 2, 3] and started[-1][1].endswith("2 more changes, seed 3")
    store.end(ids[0], STOPPED)
    read_runs.forget_runs([ids[0]])
    page = with_store(open_page("train", run=ids[0]))
    assert f"train_again_{ids[0]}" not in [button.key for button in page.run().button]


def test_sliders_that_are_as_the_run_go_back_with_it(store, monkeypatch):
    asked = []
    engine = SimpleNamespace(go_on=lambda run_id, **how: asked.append(how))
    monkeypatch.setattr(services, "engine", lambda: engine)
    run_id = store.create(replace(TINY, batch_size=80, epochs=3), "went wrong", "Ada")
    steps = store.get(run_id).config.steps_per_epoch
    store.put_changes(run_id, [Change(0, "dropout", 0.1), Change(steps, "learning_rate", 0.3)])
    losses = [("val_loss", loss, epoch) for epoch, loss in enumerate((0.5, 2.0, 2.1), 1)]
    progress = Progress("saving", 3, 3 * steps)
    store.write(run_id, metrics=[*losses, ("loss", 0.5, 3), ("test_accuracy", 0.2, 3)], progress=progress)
    store.end(run_id, FINISHED)
    read_runs.forget_runs([run_id])
    page = with_store(open_page("train", run=run_id))
    assert page.select_slider(key="train_learning_rate").value == 0.3
    page.number_input(key="train_batch_size").set_value(90).run()
    page.button(key=f"go_back_{run_id}").click().run()
    assert asked == [{"epochs": 0, "back_to_best": True}] and not page.exception
    config = page.session_state
    assert (config["train_learning_rate"], config["train_batch_size"], config["train_dropout"]) == (0.001, 90, 0.1)
    store.delete(run_id)


def test_who_is_sent_a_run_without_its_data_set_finds_settings_that_can_be_trained(store):
    run_id = store.create(replace(TINY, data_set="0123456789ab", batch_size=79), "elsewhere", "Ada")
    store.end(run_id, FINISHED)
    page = with_store(open_page("train", run=run_id))
    assert not page.error and page.session_state["train_data_set"] == "mnist"
    store.delete(run_id)


def test_advice_on_a_rate_is_one_click_from_the_run_that_trains(store, monkeypatch):
    asked = []
    engine = SimpleNamespace(change=lambda run_id, name, value: asked.append((name, value)))
    monkeypatch.setattr(services, "engine", lambda: engine)
    run_id = store.create(replace(TINY, optimizer="sgd", learning_rate=0.001), "slow", "Ada")
    store.start(run_id)
    points = [("accuracy", 0.5, epoch) for epoch in (1, 2, 3)]
    store.write(run_id, metrics=points + [("batch_loss", 2.3 - step / 300, step) for step in range(1, 301)])
    store.write(run_id, progress=Progress("training", 3, 300))
    page = with_store(open_page("train", run=run_id))
    assert "It learns slowly" in texts(page)
    at_once = page.button(key=f"at_once_{run_id}")
    assert at_once.label == "Change it now: learning rate 0.1"
    at_once.click().run()
    assert asked == [("learning_rate", 0.1)]
    store.delete(run_id)


def test_advice_is_one_click_from_the_sliders_and_starts_nothing(store):
    config = replace(
        TINY, activation="sigmoid", optimizer="sgd", learning_rate=1.0, batch_size=200, dense_units=(20, 9)
    )
    run_id = store.create(config, "crawls", "Ada")
    store.write(run_id, metrics=[("batch_loss", 2.3 - step / 1000, step) for step in range(1, 31)])
    store.end(run_id, FINISHED)
    page = with_store(open_page("train", run=run_id))
    assert "Sigmoid units learn slowly" in texts(page) and "to only 2.27 after 30 batches" in texts(page)
    known = len(store.newest())
    page.button(key="advice_0").click().run()
    assert (
        page.button(key="advice_0").label
        == "Set for the next run: activation ReLU, optimizer Adam, learning rate 0.001"
    )
    assert not page.exception and "Press Train to try it" in page.toast[0].value
    widgets = (page.selectbox(key="train_activation"), page.selectbox(key="train_optimizer"))
    assert [widget.value for widget in widgets] == ["relu", "adam"]
    assert page.select_slider(key="train_learning_rate").value == 0.001
    numbers = (page.number_input(key="train_batch_size"), page.number_input(key="train_dense_1_units"))
    assert [widget.value for widget in numbers] == [200, 9]
    assert len(store.newest()) == known
    store.delete(run_id)


def test_another_persons_run_cannot_be_stopped(store, monkeypatch):
    monkeypatch.setattr("pages.parts.person.may_touch", lambda run: run.visitor == "")
    run_id = store.create(TINY, "hers", "Ada", "another browser")
    store.start(run_id)
    page = with_store(open_page("train", run=run_id))
    assert "belongs to Ada;" in texts(page)
    assert not {"Pause", "Stop training", "Delete this run"} & {button.label for button in page.button}
    # Herself on her phone, or another Ada.
    page.text_input(key="person_name").set_value("Ada").run()
    assert "belongs to Ada in another browser;" in texts(page)
    page.text_input(key="person_name").set_value("").run()
    store.delete(run_id)


def test_a_size_out_of_range_is_said_and_cannot_be_trained():
    page = with_store(open_page("train", preset="cnn-5x5"))
    page.number_input(key="train_conv_0_kernel_size").set_value(20).run()
    beside = next(row for row in page.get("expander") if row.label == "Network").error
    assert "Kernel is 20, but must be a whole number from 1 to 11." in beside[0].value
    assert next(button for button in page.button if button.label == "Train").disabled
    page.number_input(key="train_conv_0_kernel_size").set_value(5).run()
    page.number_input(key="train_batch_size").set_value(-5).run()
    assert page.error[0].value == "Batch size is -5, but must be a whole number from 1 to 4,096."
    page.number_input(key="train_batch_size").set_value(96).run()
    assert not page.error and not page.exception


def test_an_error_calls_other_settings_as_their_widgets_are():
    page = open_page("train").run()
    page.get_by_key("train_validation_split").set_value(0.0).run()
    page.get_by_key("train_early_stopping").set_value(3).run()
    assert page.error[0].value == "Early stopping is 3, but needs validation digits: set validation share above 0."
    page.button(key="train_hold_back").click().run()
    assert not page.error and page.get_by_key("train_validation_split").value == 0.1


def test_the_more_people_watch_the_more_seldom_each_page_looks():
    assert [pace.quickest_for(watchers) for watchers in (1, 2, 3, 5, 9, 30, 300)] == [0.25, 0.25, 0.5, 1, 2, 2, 2]


def test_curves_of_a_run_that_trains_the_same_steps_again_are_read_again(store):
    run_id = store.create(TINY, "trained twice", "Ada")
    services.opening_store().result()
    for value in (0.5, 0.25):
        store.write(run_id, metrics=[("loss", value, 1)], progress=Progress("saving", epoch=1, step=16))
        store.end(run_id, FINISHED)
        assert read_results.curves(store.get(run_id)).series["loss"][1].tolist() == [value]
        store.queue(run_id)
    store.delete(run_id)


def test_on_the_servers_own_screen_anothers_run_is_not_stopped_by_a_single_click(store, monkeypatch):
    monkeypatch.setattr("pages.parts.person.may_touch", lambda run: True)
    run_id = store.create(TINY, "hers", "Ada", "another browser")
    page = with_store(open_page("train", run=run_id))
    (hidden,) = (each for each in page.get("popover") if "Ada" in each.proto.popover.label)
    assert [button.label for button in hidden.button] == ["Pause", "Stop training"]
    assert "For your next run." in texts(page)
    store.delete(run_id)
