from dataclasses import replace

import numpy as np
import pytest

from mnist_core import comparison
from mnist_core.architecture import ConvBlock
from mnist_core.presets import PRESETS
from mnist_core.runs.run import FINISHED, STOPPED, Change, Progress
from mnist_core.runs.run_names import name_of, nearest
from tests.conftest import TINY


@pytest.fixture
def make(store):
    """Makes a finished run of TINY with some changes and a test accuracy."""

    def run_of(accuracy=None, status=FINISHED, **changes):
        run_id = store.create(replace(TINY, **changes), "tiny", "Ada")
        if accuracy:
            store.write(run_id, metrics=[("test_accuracy", accuracy, 2)])
        store.end(run_id, status)
        return store.get(run_id)

    return run_of


def test_the_overview_of_a_run_names_its_settings_and_its_interval(make):
    seen = comparison.overview(make(0.98, learning_rate=0.01))
    assert seen["Settings"].startswith("dense-") and seen["Test interval"] == "97.71 – 98.26"
    assert seen["Parameters"] == 28 * 28 * 16 + 16 + 170 and seen["Seconds"] is None
    assert comparison.overview(make())["Test interval"] == ""


def test_the_nearest_preset_is_the_one_that_was_changed():
    for preset, config in PRESETS.items():
        assert nearest(replace(config, seed=7, learning_rate=0.02)) == preset
        assert name_of(config, nearest(config)) == preset


def test_only_what_differs_is_listed(make):
    runs = [make(), make(activation="tanh", dense_units=(32, 8)), make(batch_normalization=True)]
    assert comparison.differing(runs) == {
        "Hidden dense layers": ["16", "32 → 8", "16"],
        "Activation": ["ReLU", "Tanh", "ReLU"],
        "Batch normalization": ["off", "off", "on"],
    }


def test_what_was_changed_on_the_way_is_said(make, store):
    run = make(0.9)
    changes = [Change(3, "learning_rate", 0.1), Change(20, "learning_rate", 0.001)]
    store.put_changes(run.id, changes)
    run = store.get(run.id)
    said = "0.001, then 0.1 in epoch 1, then 0.001 in epoch 2"
    assert comparison.differing([make(), run]) == {"Learning rate": ["0.001", said]}
    assert comparison.overview(run)["Settings"].endswith(", then learning rate 0.001")
    store.put_changes(run.id, [*changes, Change(30, "learning_rate", 0.5)])
    assert (
        comparison.differing([make(), store.get(run.id)])["Learning rate"][1]
        == "0.001, then 2 more, then 0.5 in epoch 2"
    )


def test_what_a_network_has_no_use_for_does_not_differ(make):
    blocks = [{"conv_blocks": (ConvBlock(4, 3),) * n, "conv_dropout": n / 10, "momentum": 0.5} for n in (1, 2)]
    dense = make(**blocks[0])
    assert comparison.differing([dense, make(**blocks[1]), make()]) == {}
    found = comparison.differing([dense, make(**blocks[1], model="cnn", optimizer="sgd", dense_units=())])
    assert found["Convolution blocks"] == ["–", "4 of 3×3, pool 2 → 4 of 3×3, pool 2"]
    assert found["Momentum"] == ["–", "0.5"]


def test_a_run_trained_what_was_changed_for_as_long_as_it_went_on(make, store):
    run = make(0.9, epochs=20)
    store.put_changes(run.id, [Change(3, "learning_rate", 0.1)])
    store.write(run.id, progress=Progress(epoch=7, step=100))
    run = store.get(run.id)
    assert comparison.config_with_epochs_done(run) == replace(TINY, epochs=7, learning_rate=0.1)
    imported = replace(run, imported=True, progress=Progress())
    assert comparison.config_with_epochs_done(imported).epochs == 20


def test_repeats_differ_in_the_seed_only_and_trained_to_their_end(make, store):
    run, repeat = make(0.9, seed=101), make(0.91, seed=102)
    other, stopped = make(0.9, seed=101, l2=0.05), make(0.8, STOPPED, seed=103)
    changed = make(0.95, seed=104)
    store.put_changes(changed.id, [Change(3, "learning_rate", 0.1)])
    runs = [run, repeat, other, stopped, store.get(changed.id)]
    assert comparison.repeats(run, runs) == [run, repeat]
    assert comparison.repeats(stopped, runs) == []
    for other in (replace(repeat, taught="best"), replace(repeat, trained_on=True)):
        assert comparison.repeats(run, [run, other]) == [run]


def test_what_a_network_has_no_use_for_makes_no_other_settings(make):
    run, other = make(0.9, seed=121), make(0.91, seed=122, momentum=0.5, conv_blocks=(ConvBlock(4, 3),))
    assert comparison.repeats(run, [run, other]) == [run, other]
    linear = [make(0.9, dense_units=(), activation=name) for name in ("relu", "tanh")]
    assert comparison.differing(linear) == {} and comparison.is_repeat(*linear)


def test_runs_of_one_seed_are_one_repeat(make):
    again, run = (make(0.9, seed=111, l2=0.06) for _ in range(2))
    other = make(0.91, seed=112, l2=0.06)
    assert comparison.repeats(run, [again, other, run]) == [run, other]


def test_the_noise_between_seeds_decides_as_scipy_does():
    from scipy.stats import ttest_ind

    first, second = [0.980, 0.982, 0.981], [0.985, 0.983]
    found = comparison.between_seeds(first, second)
    assert found.chance == pytest.approx(ttest_ind(first, second).pvalue) and found.digits == 30
    assert comparison.between_seeds(first, [0.99]).chance < 0.05 < comparison.between_seeds(first, [0.983]).chance
    with pytest.raises(ValueError, match="4 in all"):
        comparison.between_seeds([0.9, 0.91], [0.95])
    with pytest.raises(ValueError, match="no noise"):
        comparison.between_seeds([0.98, 0.98, 0.98], [0.981])


def test_mcnemar_counts_the_digits_that_only_one_reads():
    from scipy.stats import binomtest

    labels = np.zeros(100, int)
    first, second = np.zeros((100, 10)), np.zeros((100, 10))
    first[:4, 1] = 1
    second[3:20, 1] = 1
    found = comparison.between_models(labels, first, second)
    assert (found.gain, found.chance) == (pytest.approx(-0.13), pytest.approx(binomtest(3, 19).pvalue))
    assert comparison.between_models(labels, first, first).chance == 1


def test_curves_are_called_by_what_sets_their_runs_apart(store):
    plain = replace(PRESETS["dense-512"], epochs=40, train_size=1000)
    configs = plain, replace(plain, dropout=0.5), replace(plain, shift=2.0, rotation=10.0)

    def ended(config, name):
        run_id = store.create(config, name, "Ada")
        store.end(run_id, FINISHED)
        return store.get(run_id)

    runs = [ended(config, name_of(config, "dense-512")) for config in configs] + [ended(plain, "Mine")]
    called = [text.partition(" · ")[2] for text in comparison.distinct_names(runs).values()]
    assert called == ["dense-512", "dropout 0.5", "shift 2, rotation 10", "Mine"]
    other = ended(PRESETS["fast"], "fast")
    assert list(comparison.distinct_names([runs[1], other]).values())[1] == f"{other.short_id} · fast"


def test_a_run_of_a_tutorial_stands_beside_what_its_author_reports(store):
    def said(accuracy: float, **changes) -> str:
        run_id = store.create(replace(PRESETS["dense-512"], seed=3, **changes), "again", "Ada")
        store.write(run_id, metrics=[("test_accuracy", accuracy, 2)])
        store.end(run_id, FINISHED)
        return comparison.beside_reported(store.get(run_id))

    assert "reports 97.99% on test digits, within the interval" in said(0.981)
    assert (
        "more than the interval" in said(0.97)
        and "less than the interval" in said(0.99)
        and said(0.981, epochs=6) == ""
    )
