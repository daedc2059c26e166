"""Ours beside plain Keras: the same models, and a table that says what came out."""

import pytest

from benchmarks import plain_keras
from mnist_core.learning import models
from mnist_core.presets import NOTES, PRESETS, REPORTED, UNREACHED
from mnist_core.reproduce import OURS, PLAIN, Training, Trial, plan, tables
from tests.conftest import PROJECT
from tests.test_imports import imports_of
from tests.test_terminal import run


def cells(text: str, preset: str) -> list[list[str]]:
    """The table rows of a preset."""
    return [line.strip("| ").split("|") for line in text.splitlines() if line.startswith(f"| {preset} ")]


@pytest.mark.parametrize("name", REPORTED)
def test_the_plain_model_is_the_preset_s(name):
    config = PRESETS[name]
    model, settings = plain_keras.MODELS[name]()
    assert model.count_params() == config.parameters
    assert settings == {
        "batch_size": config.batch_size,
        "epochs": config.epochs,
        **({"validation_split": config.validation_split} if config.validation_split else {}),
    }
    ours, plain = models.build_optimizer(config), model.optimizer
    assert isinstance(ours, type(plain))
    assert float(ours.learning_rate) == float(plain.learning_rate)


def test_the_plain_script_uses_nothing_of_ours():
    found = imports_of(PROJECT / "benchmarks" / "plain_keras.py", at_the_top=False)
    assert not {module for module in found if module.partition(".")[0] in ("mnist_core", "benchmarks")}


def test_the_programs_take_turns():
    order = [(trial.program, trial.seed) for trial in plan(["cnn-5x5"], 2)]
    assert order == [(PLAIN, 0), (OURS, 0), (OURS, 1), (PLAIN, 1)]
    assert {trial.preset for trial in plan([], 1)} == set(REPORTED)


def test_both_are_trained_and_compared():
    found = run("reproduce", "dense-sigmoid")
    accuracies, seconds = cells(found.stdout, "dense-sigmoid")
    reported, plain, ours = (float(cell.strip(" %")) for cell in accuracies[2:5])
    assert reported == 90.18 and 60 < plain < 85 and ours == pytest.approx(plain, abs=6)
    assert accuracies[5].strip() == "no" and UNREACHED["dense-sigmoid"] in found.stdout
    assert float(seconds[6]) == pytest.approx(float(seconds[4]) / float(seconds[2]), rel=0.1)


def test_the_table_gives_mean_and_spread_and_says_what_was_not_reached():
    trainings = {}
    for seed, (plain, ours) in enumerate([(0.97, 0.981), (0.98, 0.982), (0.99, 0.983)]):
        for program, accuracy, seconds in ((PLAIN, plain, 10), (OURS, ours, 4 + seed)):
            trainings[Trial("dense-512", program, seed)] = Training(
                {"accuracy": 0.95, "test_accuracy": accuracy}, seconds, epochs=5
            )
    training, test, seconds = cells(tables(trainings), "dense-512")
    assert [cell.strip() for cell in training] == [
        *("dense-512", "training digits", "98.88%"),
        *("95.00% (95.00% to 95.00%)", "95.00% (95.00% to 95.00%)", "no"),
    ]
    assert [cell.strip() for cell in test[3:]] == ["98.00% (97.00% to 99.00%)", "98.20% (98.10% to 98.30%)", "yes"]
    assert [cell.strip() for cell in seconds[4:]] == ["5.0 (4.0 to 6.0)", "1.00", "0.50"]


def test_notes_tell_what_was_reported_and_why_it_is_not_reached():
    assert "96.48% on training digits and 94.63% on validation digits" in NOTES["dense-20-15"]
    assert NOTES["dense-sigmoid"].endswith(UNREACHED["dense-sigmoid"]) and "report" not in NOTES["best"]
