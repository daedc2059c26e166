"""Sweeps: what may vary, and real ones of tiny trials that are paused, pruned, taken up again and ended."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import optuna
import pytest

from mnist_core.architecture import ConvBlock
from mnist_core.config import holds
from mnist_core.fields import Choice, ConfigError, Flag, Number
from mnist_core.presets import PRESETS
from mnist_core.runs.run import FINISHED, QUEUED, STOPPED, Progress
from mnist_core.runs.store import Store
from mnist_core.runs.store_connection import NoSuchRun, StoreError
from mnist_core.sweeps import sweep_driver
from mnist_core.sweeps.studies import (
    CREATED,
    DELETE,
    DONE,
    PAUSE,
    RUN,
    STOP,
    SWEEP,
    WISH,
    NoSuchStudy,
    Studies,
    Study,
    StudyError,
)
from mnist_core.sweeps.sweep import VARIABLE, Plan, Sweep, rounded
from mnist_core.sweeps.sweep_driver import Driver
from mnist_core.sweeps.tuning import Tuning
from tests.conftest import TINY, wait_for

SHORT = Plan(trials=6, epochs=2, train_size=1000, pruner="none")
RATES = {"learning_rate": (0.0005, 0.05)}


@pytest.fixture(scope="module")
def studies(store) -> Studies:
    return Studies(store.id)


@pytest.mark.parametrize("name", VARIABLE)
def test_every_field_that_may_vary_is_drawn_from_its_own_description(name):
    """And every value that Optuna draws, and every point of the grid, can be trained."""
    kind: Any = holds(name)
    if isinstance(kind, Number):
        values: tuple = (kind.low, kind.high)
    elif isinstance(kind, Choice | Flag):
        values = tuple(kind.options) if isinstance(kind, Choice) else (False, True)
    else:
        values = {"dense_units": ("32", "64,32"), "conv_blocks": ("8-3-valid-2", "8-5-same-2")}[name]
    sweep = Sweep(PRESETS["fast"], {name: values}, SHORT, "one")
    assert Sweep.from_dict(sweep.to_dict()) == sweep
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    drawn = [study.ask(sweep.distributions()).params for _ in range(10)] + [{name: p} for p in sweep.grid()[name]]
    found = {getattr(sweep.config(params), name) for params in drawn}
    assert len(found) > 1 and getattr(sweep.full_config(drawn[0]), name) in found


def test_trials_are_short_and_judged_by_the_same_digits_but_the_best_is_trained_in_full():
    sweep = Sweep(PRESETS["dense-512"], RATES, Plan(epochs=3, train_size=5000), "short")
    short, full = sweep.config({"learning_rate": 0.01}), sweep.full_config({"learning_rate": 0.01})
    assert (short.epochs, short.train_size, short.validation_digits) == (3, 5000, 500)
    assert full == replace(PRESETS["dense-512"], learning_rate=0.01)
    drawn = {"learning_rate": 0.000750195}
    assert rounded(drawn) == {"learning_rate": sweep.full_config(drawn).learning_rate} == {"learning_rate": 0.00075}
    ends_early = Sweep(replace(PRESETS["fast"], early_stopping=2, target_accuracy=0.99), RATES, Plan(), "short")
    assert (ends_early.config({}).early_stopping, ends_early.config({}).target_accuracy) == (0, 0)
    assert not {"validation_split", "train_size", "seed"} & set(VARIABLE)


def test_the_grid_ends_where_its_values_do():
    ranges = {"batch_size": (32, 512), "dropout": (0.0, 0.3), "optimizer": ("adam", "sgd")}
    sweep = Sweep(TINY, ranges, Plan(sampler="grid", points=3, trials=100), "grid")
    assert sweep.grid() == {"batch_size": [32, 128, 512], "dropout": [0.0, 0.15, 0.3], "optimizer": ["adam", "sgd"]}
    assert sweep.most_trials == 18
    narrow = Sweep(TINY, {"batch_size": (1001, 1009)}, Plan(sampler="grid", points=4), "narrow").grid()["batch_size"]
    assert narrow[0] == 1001 and narrow[-1] == 1009


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        ({}, "Nothing varies"),
        ({"dropout": (0.5, 0.5)}, "Dropout after each dense layer: from 0.5 to 0.5 is no range"),
        ({"learning_rate": (0.1, 0.01)}, "The first must be below the second"),
        ({"learning_rate": (0.1, 100.0)}, "from 1e-05 to 10"),
        ({"optimizer": ("adam",)}, "Optimizer: choose at least two values"),
        ({"dense_units": ("64", "many")}, "dense_units is 'many'"),
        ({"conv_blocks": ("8-3-valid-2", "8-11-valid-4,8-11-valid-4")}, "conv_2 cannot be built"),
        ({"seed": (0, 9)}, "seed cannot vary"),
    ],
)
def test_impossible_ranges_say_what_is_wrong(ranges, said):
    with pytest.raises(ConfigError, match=said):
        Sweep(replace(TINY, model="cnn", conv_blocks=(ConvBlock(8, 3),)), ranges, SHORT, "impossible")


@pytest.mark.parametrize("written", [{"base": {"version": 99}}, {"plan": {"colour": 1}}, {"ranges": None}])
def test_a_sweep_of_another_version_hides_no_other_and_is_not_driven(store, studies, written):
    ids = [studies.create(Sweep(TINY, RATES, SHORT, name)) for name in ("readable", "of another version")]
    studies.wish(ids[0], DONE)
    studies.set(ids[1], SWEEP, Sweep(TINY, RATES, SHORT, "").to_dict() | written)
    listed = {study.id for study in studies.all()}
    assert ids[0] in listed and ids[1] not in listed
    driver = Driver(SimpleNamespace(store=store), studies)
    assert driver.step() and not driver.step()
    studies.delete(ids[1])


def test_a_sweep_is_only_known_where_its_runs_are(store, studies):
    assert Store().id == store.id != "1-0"
    study_id = studies.create(Sweep(TINY, RATES, SHORT, "here"))
    elsewhere = Studies("1-0")
    assert study_id in studies.wishes() and study_id in {study.id for study in studies.all()}
    assert study_id not in elsewhere.wishes() and study_id not in {study.id for study in elsewhere.all()}
    # One that was made before sweeps named their store.
    study = optuna.create_study(storage=studies.storage)
    for name, value in {SWEEP: Sweep(TINY, RATES, SHORT, "old").to_dict(), CREATED: 0.0, WISH: DONE}.items():
        study.set_user_attr(name, value)
    assert all(study.study_name in {each.id for each in known.all()} for known in (studies, elsewhere))
    for name in (study_id, study.study_name):
        studies.delete(name)


def test_another_driver_is_started_only_when_the_last_has_ended(monkeypatch):
    begun, ends = [], [None, 0]

    def begin(*_):
        begun.append(SimpleNamespace(poll=lambda: ends.pop(0)))
        return begun[-1]

    monkeypatch.setattr("mnist_core.queue.background.start", begin)
    monkeypatch.setattr(sweep_driver, "_started", None)
    counts = []
    for _ in range(3):
        sweep_driver.start()
        counts.append(len(begun))
    assert counts == [1, 1, 2]


def test_a_store_that_is_locked_for_a_moment_ends_no_sweep(monkeypatch):
    for name, seconds in (("_SECONDS_IDLE", 0.2), ("_SECONDS_BEFORE_RETRY", 0), ("_SECONDS_BETWEEN_LOOKS", 0.01)):
        monkeypatch.setattr(sweep_driver, name, seconds)
    monkeypatch.setattr(sweep_driver, "_engine", lambda *_: SimpleNamespace(is_alive=True))
    looks = []

    def wishes() -> dict[str, str]:
        looks.append(1)
        if len(looks) == 2:
            raise StudyError("The database is locked.")
        return {}

    sweep_driver._serve(None, SimpleNamespace(wishes=wishes))
    assert len(looks) > 2


class OneWorker:
    """An engine whose runs do what a test writes into the store."""

    workers = 1

    def __init__(self, store: Store) -> None:
        self.store = store
        self.stopped: list[str] = []

    def submit(self, config, name, owner, visitor, tested_later):
        return self.store.create(config, name, owner, visitor, tested_later=tested_later)

    def pause(self, run_id: str) -> None:
        """Its run goes on as the test writes."""

    def stop(self, run_id: str) -> None:
        """One that has not begun needs no worker to end."""
        if self.store.get(run_id).status == QUEUED:
            return self.store.end(run_id, STOPPED)
        self.stopped.append(run_id)

    def test(self, run_id: str) -> None:
        """Nothing is kept of these runs."""


def begin(engine: OneWorker, studies: Studies) -> tuple[Tuning, str]:
    """A sweep whose first trial has trained for an epoch, which its tuning knows, and the run of that."""
    tuning = Tuning(engine, studies, studies.create(Sweep(TINY, RATES, SHORT, "by hand")))
    tuning.step(RUN, 0)
    run_id = of(studies, tuning.id).trials[0].run_id
    engine.store.start(run_id)
    engine.store.write(run_id, metrics=[("val_accuracy", 0.5, 1)], progress=Progress(epoch=1, step=16))
    tuning.step(RUN, 0)
    return tuning, run_id


def test_a_trial_that_a_killed_driver_has_stopped_waits_to_be_tried_again(store, studies):
    engine = OneWorker(store)
    tuning, run_id = begin(engine, studies)
    tuning.step(STOP, 0)
    tuning = Tuning(engine, studies, tuning.id)
    tuning.step(STOP, 0)
    # Again: what would have killed a stubborn one has died with the first driver.
    assert engine.stopped == [run_id] * 2
    store.end(run_id, STOPPED)
    tuning.step(STOP, 0)
    assert [trial.state for trial in of(studies, tuning.id).trials] == ["waiting"] * 2
    # The same values once more; now a person stops the trial.
    tuning.step(RUN, 0)
    store.end(of(studies, tuning.id).trials[0].run_id, STOPPED)
    tuning.step(RUN, 0)
    assert of(studies, tuning.id).trials[0].state == "stopped"
    studies.delete(tuning.id)


def test_a_trial_of_which_a_killed_driver_drew_no_value_is_not_trained_with_another(store, studies):
    tuning = Tuning(OneWorker(store), studies, studies.create(Sweep(TINY, RATES, SHORT, "half drawn")))
    tuning.study.ask()
    tuning.step(RUN, 0)
    half, whole = of(studies, tuning.id).trials
    assert (half.state, half.reason, half.run_id) == ("failed", "Not all of its values could be drawn.", "")
    store.end(whole.run_id, STOPPED)
    studies.delete(tuning.id)


def test_a_pause_forgets_none_of_the_time_that_a_sweep_took(store, studies):
    tuning, run_id = begin(OneWorker(store), studies)
    tuning.step(RUN, 3.0)
    tuning.step(PAUSE, 0)
    assert of(studies, tuning.id).seconds == Tuning(tuning.engine, studies, tuning.id).seconds == 3.0
    store.end(run_id, STOPPED)
    studies.delete(tuning.id)


def test_a_trial_that_finishes_although_it_was_behind_has_its_last_accuracy(store, studies, monkeypatch):
    monkeypatch.setattr(optuna.Trial, "should_prune", lambda trial: True)
    engine = OneWorker(store)
    tuning, run_id = begin(engine, studies)
    assert engine.stopped == [run_id]
    store.write(run_id, metrics=[("val_accuracy", 0.75, 2)], progress=Progress(epoch=2, step=32))
    store.end(run_id, FINISHED)
    tuning.step(RUN, 0)
    first = of(studies, tuning.id).trials[0]
    assert (first.state, first.accuracy) == ("finished", 0.75)
    studies.delete(tuning.id)


def drive(driver: Driver, study_id: str, until: Any) -> Study:
    """Step until the study is as it should be."""

    def now() -> Study | None:
        driver.step()
        study = of(driver.studies, study_id)
        return study if until(study) else None

    found = wait_for(now, 240)
    assert isinstance(found, Study)
    return found


def of(studies: Studies, study_id: str) -> Study:
    return next(study for study in studies.all() if study.id == study_id)


def test_a_sweep_is_paused_stopped_and_taken_up_by_another_driver(engine, store, studies):
    # A step begins four at most, and the second sees the first ones ended at the earliest: one is always left.
    trials = 2 * (2 * engine.workers) + 1
    study_id = studies.create(Sweep(TINY, RATES, replace(SHORT, trials=trials), "tiny", "Ada"))
    driver = Driver(engine, studies)
    first = drive(driver, study_id, lambda study: study.best).best
    assert store.get(first.run_id).awaits_test
    studies.wish(study_id, PAUSE)
    paused = drive(driver, study_id, lambda study: not study.is_live)
    wait_for(lambda: not driver.step())
    assert paused.ended < trials
    assert not [trial for trial in paused.trials if trial.state == "running"]
    studies.wish(study_id, STOP)
    drive(Driver(engine, studies), study_id, lambda study: all(t.state != "paused" for t in study.trials))
    studies.wish(study_id, RUN)
    # A driver that was killed has told nobody anything.
    driver = Driver(engine, Studies(store.id))
    study = drive(driver, study_id, lambda study: study.wish == DONE)
    runs = [store.get(trial.run_id) for trial in study.trials]
    assert first in study.trials and [run.status for run in runs] == [FINISHED] * trials
    assert [trial.accuracy for trial in study.trials] == [run.metrics["val_accuracy"] for run in runs]
    assert study.best.accuracy == max(run.metrics["val_accuracy"] for run in runs)
    assert len({run.config.learning_rate for run in runs}) == trials and set(study.importance) == set(RATES)
    studies.extend(study_id, study.sweep, 1)
    assert len(drive(driver, study_id, lambda study: study.wish == DONE).trials) == trials + 1
    wait_for(lambda: all(store.get(trial.run_id).has_model for trial in of(studies, study_id).trials))


def test_every_sampler_and_pruner_drives_a_sweep(engine, studies):
    """TPE, the median and no pruner do in the other tests."""
    kinds = ({"sampler": "grid", "points": 2, "trials": 9}, {"sampler": "random"}, {"pruner": "hyperband"})
    plans = [replace(SHORT, **{"trials": 2, **kind}) for kind in kinds]
    driver = Driver(engine, studies)
    ids = [studies.create(Sweep(TINY, RATES, plan, "two of each", "Ada")) for plan in plans]
    grid, random, hyperband = [drive(driver, study_id, lambda study: study.wish == DONE) for study_id in ids]
    assert [{trial.state for trial in study.trials} for study in (grid, random)] == [{"finished"}] * 2
    assert {trial.state for trial in hyperband.trials} <= {"finished", "pruned"} and hyperband.best
    low, high = RATES["learning_rate"]
    rates = [sorted(trial.params["learning_rate"] for trial in study.trials) for study in (grid, random, hyperband)]
    assert rates[0] == [low, high] and all(low < a < b < high for a, b in rates[1:])


def test_a_trial_that_is_behind_deleted_or_stopped_by_hand_is_shown_as_that(engine, store, studies):
    plan = replace(SHORT, epochs=50, trials=7, pruner="median")
    ranges = {"learning_rate": (0.0005, 10.0), "momentum": (0.0, 0.9)}
    base = replace(TINY, optimizer="sgd")
    study_id = studies.create(Sweep(base, ranges, plan, "unlucky", "Ada"))
    sweep = of(studies, study_id).sweep
    study = optuna.load_study(study_name=study_id, storage=studies.storage)
    # Four that nobody can keep up with, then three with a fate each.
    for _ in range(4):
        params = {"learning_rate": 0.001, "momentum": 0.0}
        accuracies = dict.fromkeys(range(1, 51), 1.0)
        study.add_trial(
            optuna.create_trial(
                value=1.0, params=params, distributions=sweep.distributions(), intermediate_values=accuracies
            )
        )
    for momentum in (0.0, 0.1, 0.2):
        study.enqueue_trial({"learning_rate": 0.001, "momentum": momentum})
    driver = Driver(engine, studies)
    # Until two have met their fate, no worker is free to begin with any.
    others = [
        engine.submit(replace(TINY, train_size=20_000, epochs=200), "other", "Ada") for _ in range(engine.workers)
    ]
    begun = drive(driver, study_id, lambda study: len([t for t in study.trials if t.run_id]) == 3)
    engine.stop(begun.trials[6].run_id)
    store.delete(begun.trials[5].run_id)
    for run_id in others:
        engine.stop(run_id)
    study = drive(driver, study_id, lambda study: study.wish == DONE)
    behind, deleted, stopped = study.trials[4:]
    assert (behind.state, deleted.state, stopped.state) == ("pruned", "deleted", "stopped")
    assert stopped.reason == "Stopped before it began."
    assert deleted.reason == "Its run was deleted."
    run = store.get(behind.run_id)
    assert run.status == STOPPED and len(behind.accuracies) < 50
    wait_for(lambda: store.get(behind.run_id).has_model)
    studies.wish(study_id, DELETE)
    driver.step()
    with pytest.raises(NoSuchStudy):
        studies.wish(study_id, RUN)
    with pytest.raises(NoSuchRun):
        store.get(deleted.run_id)


def test_a_sweep_whose_trials_all_fail_gives_up_though_the_store_fails_too(engine, studies, monkeypatch):
    """As on a full disk."""
    monkeypatch.setattr("mnist_core.sweeps.tuning._HOPELESS", 2)
    monkeypatch.setattr("mnist_core.sweeps.sweep_driver._SECONDS_BEFORE_RETRY", 0)
    step, said = Tuning.step, {0}

    def stumble(tuning: Tuning, wish: str, elapsed: float) -> bool:
        has_ended = step(tuning, wish, elapsed)
        failed = [trial.state for trial in of(studies, study_id).trials].count("failed")
        if failed not in said and not has_ended:
            said.add(failed)
            raise StoreError("The disk is full.")
        return has_ended

    monkeypatch.setattr(Tuning, "step", stumble)
    base = replace(TINY, optimizer="sgd", l2=0.1, momentum=0.9)
    plan = replace(SHORT, epochs=20, trials=50)
    study_id = studies.create(Sweep(base, {"learning_rate": (5.0, 10.0)}, plan, "hopeless"))
    study = drive(Driver(engine, studies), study_id, lambda study: study.wish == DONE)
    assert {trial.state for trial in study.trials} == {"failed"} and study.best is None
    assert all("no longer a number" in trial.reason for trial in study.trials)
    assert study.reason == "The last 2 trials failed: no more were begun." and study.ended < 10
