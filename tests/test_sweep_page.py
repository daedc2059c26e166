"""The Sweep page without a browser, and without an engine: nothing is trained here."""

import json
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from types import SimpleNamespace

import optuna
import pytest
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from mnist_core.figures import sweep_numbers
from mnist_core.idle_fields import is_idle
from mnist_core.runs.run import FAILED, FINISHED, Progress
from mnist_core.runs.store import Store
from mnist_core.sweeps import studies as states
from mnist_core.sweeps import sweep_driver
from mnist_core.sweeps.studies import DONE, IMPORTANCE, OUTCOME, PAUSE, RUN_ID, Studies, Trial
from mnist_core.sweeps.sweep import Plan, Sweep
from pages.parts import data_sets, read_runs, services
from tests.app_pages import open_page, texts, with_store
from tests.conftest import TINY

RANGES = {"learning_rate": (0.001, 0.1), "activation": ("relu", "tanh")}


@pytest.fixture(autouse=True)
def starts(fresh_caches: None, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """How often a driver was asked for."""
    found: list[None] = []
    monkeypatch.setattr(sweep_driver, "start", lambda: found.append(None))
    monkeypatch.setattr(services, "opening_engine", Future)
    return found


@pytest.fixture
def studies(store: Store) -> Iterator[Studies]:
    studies = Studies(store.id)
    before = {study.id for study in studies.all()}
    # A driver that another test has left would take these trials for real ones. It ends when it has nothing to do.
    with FileLock(sweep_driver.lock_path(), timeout=120):
        yield studies
        for study in studies.all():
            if study.id not in before:
                studies.delete(study.id)


def fill(studies: Studies, accuracy: float = 0.9) -> str:
    """A sweep of four trials that have ended, each in another way; two were finished, the better one 1% better."""
    study_id = studies.create(Sweep(TINY, RANGES, Plan(trials=5), "tiny: rates", "Ada"))
    study = optuna.load_study(study_name=study_id, storage=studies.storage)
    distributions = Sweep(TINY, RANGES, Plan(), "").distributions()
    for number, (rate, state) in enumerate([(0.01, 1), (0.02, 1), (0.05, 2), (0.1, 3)]):
        trial = optuna.trial.create_trial(
            state=optuna.trial.TrialState(state),
            value=accuracy + number / 100 if state == 1 else None,
            params={"learning_rate": rate, "activation": "tanh"},
            distributions=distributions,
            intermediate_values={} if state == 3 else {1: accuracy / 2, 2: accuracy + number / 100},
            user_attrs={RUN_ID: f"run{number}", **({OUTCOME: [FAILED.lower(), "No number."]} if state == 3 else {})},
        )
        study.add_trial(trial)
    return study_id


def open_sweep(study_id: str) -> AppTest:
    """The page with this sweep; with a new one for none, though another test may have left some."""
    page = open_page("sweep", sweep=study_id).run()
    services.opening_studies().result()
    page.run()
    if not study_id and "sweep_new" in {button.key for button in page.button}:
        page.button(key="sweep_new").click().run()
    assert not page.exception and not page.error
    return page


def test_who_comes_back_finds_their_newest_sweep_until_they_want_a_new_one(studies):
    study_id = fill(studies)
    page = open_page("sweep").run()
    services.opening_studies().result()
    assert page.run().selectbox(key="sweep_box").value == study_id and not page.exception
    page.button(key="sweep_new").click().run()
    assert page.selectbox(key="sweep_box").value == "new"


def test_a_new_sweep_is_described_checked_and_started(studies, starts):
    page = open_sweep("")
    assert "20 trials of 2 epochs on 9,000 digits, judged by 1,000 validation digits" in texts(page)
    page.multiselect(key="sweep_vary").set_value(["dropout", "optimizer", "batch_normalization", "dense_units"]).run()
    page.slider(key="sweep_range_dropout").set_value((0.2, 0.2)).run()
    assert "from 0.2 to 0.2 is no range" in page.error[0].value
    assert "Start the sweep" not in {button.label for button in page.button}
    page.slider(key="sweep_range_dropout").set_value((0.0, 0.4)).run()
    page.get_by_key("sweep_sampler").set_value("grid").run()
    assert "20 trials (the grid has 72)" in texts(page)
    next(button for button in page.button if button.label == "Start the sweep").click().run()
    study = studies.all()[0]
    assert not page.exception and starts and f"**{study.sweep.name}**" in texts(page)
    assert study.sweep.ranges["optimizer"] == ("adam", "sgd", "rmsprop") and study.sweep.plan.sampler == "grid"


def test_trials_ask_for_no_more_digits_than_there_are(studies, monkeypatch):
    monkeypatch.setattr(data_sets, "training_digits", lambda id: 300)
    assert "20 trials of 2 epochs on 270 digits, judged by 30 validation digits" in texts(open_sweep(""))


def test_the_sweep_that_was_shown_is_there_again_after_a_visit_to_another_page(studies):
    study_id, same_minute = fill(studies), fill(studies)
    page = open_sweep(study_id)
    page.switch_page("pages/data.py").run()
    page.switch_page("pages/sweep.py").run()
    box = page.selectbox(key="sweep_box")
    assert box.value == study_id and len(set(box.options)) == len(box.options) and same_minute
    page.button(key="sweep_new").click().run()
    assert page.selectbox(key="sweep_box").value == "new" and not page.exception


def test_a_link_to_a_sweep_that_is_gone_says_so(studies):
    page = open_page("sweep", sweep="nope").run()
    services.opening_studies().result()
    assert "cannot be found" in page.run().warning[0].value


def test_a_setting_that_changes_nothing_is_named(studies):
    page = open_sweep("")
    page.selectbox(key="sweep_base").set_value("dense-512").run()
    page.multiselect(key="sweep_vary").set_value(["learning_rate", "conv_dropout"]).run()
    assert "nothing depends on dropout after the convolutions" in page.warning[0].value
    page.multiselect(key="sweep_vary").set_value(["learning_rate", "conv_dropout", "model"]).run()
    assert not page.warning and not page.exception
    assert is_idle(replace(TINY, dense_units=()), "activation", ["activation"])
    assert not is_idle(replace(TINY, dense_units=()), "activation", ["activation", "dense_units"])


def test_few_validation_digits_are_warned_of(studies):
    page = open_sweep("")
    assert not page.warning
    page.select_slider(key="sweep_train_size").set_value(100).run()
    said = page.warning[0].value
    assert "10 digits hardly tell trials apart" in said and "95% interval is 60% to 98%" in said


def test_trials_are_listed_as_what_they_are_with_the_best_and_its_interval(studies):
    page = open_sweep(fill(studies))
    assert page.metric[0].value == "91.00%" and "1 more" in texts(page) and not page.warning
    table = page.dataframe[0].value
    assert table["Status"].tolist() == ["Failed", "Pruned", "Finished", "Finished"]
    assert table["★"].tolist() == ["", "", "★", ""] and table["Why"].tolist()[0] == "No number."
    assert table["Activation"].tolist() == ["Tanh"] * 4 and table["Learning rate"].tolist()[2] == 0.02


def test_a_sweep_that_only_guesses_is_told(studies):
    assert "better than guessing" in open_sweep(fill(studies, accuracy=0.1)).warning[0].value


def test_what_matters_is_shown_by_setting(studies):
    study_id = fill(studies)
    studies.set(study_id, IMPORTANCE, {"learning_rate": 0.8, "activation": 0.2})
    page = open_sweep(study_id)
    page.get_by_key("sweep_view").set_value("What matters").run()
    options = [json.loads(chart.proto.spec) for chart in page.get("echarts_chart")]
    assert "at Tanh, worst" in page.get("echarts_chart")[2].proto.alt
    assert options[0]["series"][0]["data"] == [80, 20]
    assert [point["value"] for point in options[1]["series"][0]["data"]] == [[0.01, 90], [0.02, 91]]
    assert options[2]["xAxis"]["data"] == ["ReLU", "Tanh"]
    page.get_by_key("sweep_view").set_value("All settings at once").run()
    option = json.loads(page.get("echarts_chart")[0].proto.spec)
    assert option["parallelAxis"][-1]["name"] == "Validation\naccuracy"


def test_a_sweep_is_paused_extended_and_deleted(studies, starts):
    study_id = fill(studies)
    page = open_sweep(study_id)
    page.button(key="sweep_pause").click().run()
    assert studies.wishes()[study_id] == PAUSE and len(starts) > 1
    studies.wish(study_id, DONE)
    read_runs.studies.clear()
    page.run()
    page.button(key="sweep_extend").click().run()
    assert next(study for study in studies.all() if study.id == study_id).sweep.plan.trials == 15
    page.button(key="sweep_delete").click().run()
    assert study_id not in {study.id for study in studies.all()} and not page.exception


@pytest.mark.parametrize("plan", [Plan(trials=495), Plan(limit="minutes", minutes=1000), Plan(trials=500)])
def test_a_long_sweep_goes_on_as_far_as_any_may(studies, plan):
    study_id = studies.create(Sweep(TINY, RANGES, plan, "long", "Ada"))
    studies.wish(study_id, DONE)
    page = open_sweep(study_id)
    offered = [box.max for box in page.number_input if box.key == "sweep_more"]
    assert offered == {495: [5], 20: [440], 500: []}[plan.trials]


def test_the_best_one_is_trained_fully_on_the_train_page(studies, store, monkeypatch):
    submitted = []

    class Nobody:
        def submit(self, config, name, owner, visitor):
            submitted.append(store.create(config, name, owner, visitor))
            return submitted[0]

    monkeypatch.setattr(services, "engine", Nobody)
    page = open_sweep(fill(studies))
    next(button for button in page.button if button.label == "Train the best one fully").click().run()
    run = store.get(submitted[0])
    assert (run.config.learning_rate, run.config.epochs, run.config.train_size) == (0.02, TINY.epochs, TINY.train_size)
    assert "tiny: rates · best trial" in texts(page) and not page.exception
    store.end(run.id, FAILED)
    store.delete(run.id)


def test_a_trial_whose_model_is_still_to_be_tested_says_so(studies, starts, store, monkeypatch):
    run_id = store.create(TINY, "a trial", "Ada", tested_later=True)
    store.write(run_id, progress=Progress(epoch=2, step=32))
    store.end(run_id, FINISHED)
    study = optuna.load_study(study_name=fill(studies), storage=studies.storage)
    study.enqueue_trial({"learning_rate": 0.01, "activation": "relu"})
    trial = study.ask(studies.all()[0].sweep.distributions())
    trial.set_user_attr(RUN_ID, run_id)
    # As long as the trial is not known to be over, nothing of it is awaited.
    page = open_sweep(study.study_name)
    assert "still to be tested" not in texts(page) and "in the queue" not in page.get("progress")[0].proto.text
    store.queue(run_id)
    read_runs.forget_runs([run_id])
    assert "its next trial is number" in page.run().get("progress")[0].proto.text
    store.end(run_id, FINISHED)
    read_runs.forget_runs([run_id])
    study.tell(trial, 0.9)
    read_runs.studies.clear()
    assert "1 model is still to be tested on the test digits" in texts(open_sweep(study.study_name))
    page = with_store(open_page("train", run=run_id))
    assert "as soon as nothing else is to be trained" in texts(page)
    store.could_not_be_tested(run_id, "The disk is full.")
    read_runs.forget_runs([])
    page.run()
    assert [error.value for error in page.error] == ["The disk is full."]
    asked = []
    monkeypatch.setattr(services, "engine", lambda: SimpleNamespace(test=asked.append))
    next(button for button in page.button if button.label == "Test it now").click().run()
    assert asked == [run_id] and not page.exception
    store.ask_for_test(run_id)
    read_runs.forget_runs([])
    page.run()
    assert not page.error and "as soon as nothing else is to be trained" in texts(page)
    store.delete(run_id)


def test_a_chart_of_trials_names_only_those_that_it_shows():
    def trial(number: int, state: str, accuracy: float) -> Trial:
        return Trial(number, state, {"learning_rate": number / 100}, "", {1: accuracy}, "")

    finished = [trial(number, states.FINISHED, 0.98) for number in range(1, 5)]
    others = [trial(5, states.RUNNING, 0.8), trial(6, states.FAILED, 0.7)]
    sweep = Sweep(TINY, RANGES, Plan(trials=5), "tiny")
    shown = SimpleNamespace(trials=[*finished, *others], sweep=sweep)
    assert sweep_numbers.below(shown) == "" and "Validation accuracy of 4 trials" in sweep_numbers.slices(
        shown, "learning_rate"
    )
    shown.trials.append(trial(8, states.PRUNED, 0.972))
    assert sweep_numbers.below(shown).startswith("Pruned trials stand where they were ended")
    assert "▲" not in sweep_numbers.below(shown), "It is little below the others: the axis begins there"
    shown.trials.append(trial(7, states.PRUNED, 0.6))
    assert sweep_numbers.below(shown).endswith(": trial 7 with 60.00%.")
