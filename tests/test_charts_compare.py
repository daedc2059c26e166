from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from mnist_core.architecture import ConvBlock
from mnist_core.config import LIVE_FIELDS, holds
from mnist_core.figures import parallel
from mnist_core.figures.axes import accuracies_begin_at, parallel_axes
from mnist_core.figures.change_marks import mark_line
from mnist_core.figures.compared_curves import View, curves_together, smoothed, unlike
from mnist_core.figures.parallel import parallel_coordinates
from mnist_core.figures.trade_off import pareto_front, places, trade_off
from mnist_core.runs.run import Change, Curves
from tests.conftest import TINY

EPOCHS = np.array([1, 2])
CURVES = Curves(
    {
        "batch_loss": (np.array([1, 16, 32, 40]), np.array([2.0, 1.0, 0.5, np.nan])),
        "val_accuracy": (EPOCHS, np.array([0.9, 1.0])),
        "accuracy": (EPOCHS, np.array([0.8, 0.9])),
        "seconds": (EPOCHS, np.array([3.0, 1.0])),
    }
)
BATCHES = Curves({"batch_loss": (np.array([1, 12, 13, 14]), np.ones(4))})
RUNS = {
    name: (SimpleNamespace(config=config, changes=[]), CURVES)
    for name, config in {"a": TINY, "b": replace(TINY, train_size=2000)}.items()
}


def xs(quantity, view):
    return [[x for x, _ in line["data"]] for line in curves_together(RUNS, quantity, view)["series"]]


def test_curves_go_along_epochs_seconds_or_digits():
    assert xs("loss", View(lines=("batch",)))[0] == [0.0625, 1, 2]
    assert xs("loss", View("seconds", ("batch",)))[0] == [0.1875, 3, 4]
    assert xs("accuracy", View("digits", ("validation",))) == [[800, 1600], [1600, 3200]]


def test_a_smaller_last_batch_counts_as_many_digits_as_it_has():
    runs = {"a": (SimpleNamespace(config=replace(TINY, batch_size=64), changes=[]), BATCHES)}
    (line,) = curves_together(runs, "loss", View("digits", ("batch",)))["series"]
    assert [x for x, _ in line["data"]] == [64, 12 * 64, 800, 864]


def test_what_was_changed_is_marked_in_the_unit_and_colour_of_its_run():
    changes = [Change(8, "learning_rate", 0.02), Change(24, "dropout", 0.5)]
    runs = RUNS | {"b": (SimpleNamespace(config=TINY, changes=changes), CURVES)}
    series = curves_together(runs, "accuracy", View("seconds"))["series"]
    (marked,) = [line for line in series if "markLine" in line]
    marks = marked["markLine"]
    assert marked["name"] == "b" and marks["lineStyle"]["color"] == marked["color"]
    found = [(mark["xAxis"], mark["label"]["formatter"]) for mark in marks["data"]]
    assert found == [(1.5, "learning rate 0.02"), (3.5, "dropout 0.5")]
    # Beside a longer run there is room on the right only, though it is the end of this one.
    runs["b"] = SimpleNamespace(config=TINY, changes=changes[:1]), CURVES.up_to(0, 16)
    (marked,) = [line for line in curves_together(runs, "loss", View(lines=("batch",)))["series"] if "markLine" in line]
    assert [mark["label"]["position"] for mark in marked["markLine"]["data"]] == ["insideEndBottom"]


def test_of_changes_close_together_the_last_is_marked_but_not_of_a_chain_of_them():
    changes = [Change(step, "learning_rate", 0.1) for step in range(1, 100)]
    at = np.arange(1.0, 100)
    shown = [mark["xAxis"] for mark in mark_line(changes, at, 100)["data"]]
    assert shown[-1] == 99 and len(shown) == 20 and min(np.diff(shown)) > 4
    together = [Change(1, name, 0.1) for name in LIVE_FIELDS]
    marks = mark_line(together, np.array([9.0, 9.5, 10]), 100)["data"]
    assert len({mark["label"]["position"] for mark in marks}) == 3


def test_a_run_that_went_wild_leaves_the_others_their_room():
    wild = Curves({"loss": (EPOCHS, np.array([2.0, 6e5]))})
    option = curves_together(RUNS | {"wild": (RUNS["a"][0], wild)}, "loss", View(lines=("training", "batch")))
    assert option["yAxis"]["type"] == "log" and option["yAxis"]["max"] > 6e5


def test_losses_that_are_different_quantities_are_said_to_be():
    squared, penalized = replace(TINY, loss="mean_squared_error"), replace(TINY, l2=0.01)
    assert unlike([TINY, replace(TINY, learning_rate=0.1)]) == ""
    assert "mean squared errors" in unlike([TINY, squared]) and "L2 penalties" in unlike([TINY, penalized])


def test_each_of_several_runs_has_the_beginning_of_its_name_at_the_end_of_its_last_line():
    runs = {"1a2b · one": RUNS["a"], "3c4d · other": RUNS["a"]}
    lines = curves_together(runs, "accuracy")["series"]
    assert [line.get("endLabel", {}).get("formatter") for line in lines] == [None, "1a2b", None, "3c4d"]
    assert not any("endLabel" in line for line in curves_together({"1a2b · one": RUNS["a"]}, "loss")["series"])


def test_a_smoothed_line_keeps_the_raw_one_under_it():
    lines = curves_together(RUNS, "loss", View(lines=("batch",), smoothing=0.5))["series"]
    raw, smooth = lines[:2]
    assert raw["lineStyle"]["opacity"] < 1 and raw["name"] == smooth["name"] and raw["color"] == smooth["color"]
    assert [y for _, y in raw["data"]] == [2.0, 1.0, 0.5]
    assert [y for _, y in smooth["data"]] == pytest.approx([2, 4 / 3, 6 / 7], rel=1e-4)
    assert smoothed(np.full(5, 3.0), 0.9) == pytest.approx(3)


def test_an_accuracy_axis_ends_at_100_and_leaves_nothing_out():
    def axis(*accuracies: float) -> list[float]:
        curves = Curves({"accuracy": (np.arange(len(accuracies)), np.array(accuracies))})
        option = curves_together({"a": (RUNS["a"][0], curves)}, "accuracy", View(lines=("training",)))
        return [option["yAxis"][part] for part in ("min", "interval", "max")]

    assert axis(0.86, 0.99) == [80, 5, 100] and axis(0.983, 0.99) == [98, 0.5, 100]
    assert axis(0.3) == [30, 10, 100] and axis(1.0, 1.0) == axis() == [0, 20, 100]


def test_a_logarithmic_accuracy_is_the_error_and_leaves_zero_out():
    option = curves_together(RUNS, "accuracy", View(lines=("validation", "training"), logarithmic_y=True))
    assert option["title"]["text"].startswith("Error")
    assert [[y for _, y in line["data"]] for line in option["series"][:2]] == [[10], [20, 10]]
    # A point without an error has no place on the axis, but counts in the mean.
    view = View(lines=("validation",), smoothing=0.5, logarithmic_y=True)
    _, smooth = curves_together({"a": RUNS["a"]}, "accuracy", view)["series"]
    assert [y for _, y in smooth["data"]] == pytest.approx([10, 10 / 3], rel=1e-4)


def test_the_pareto_front_is_what_nobody_beats():
    costs, values = np.array([3, 1, 2, 2, 5, 4]), np.array([0.9, 0.5, 0.8, 0.7, 0.95, 0.9])
    assert pareto_front(costs, values).tolist() == [1, 2, 0, 4]


def test_a_trade_off_marks_the_front_and_leaves_failed_runs_out():
    accuracies = [0.9, None, 0.99, 0.98]
    rows = [{"Name": str(i), "Test accuracy": a, "Seconds": i + 1.0} for i, a in enumerate(accuracies)]
    points, front, *_ = trade_off(rows, "Seconds", [False, False, True, False])["series"]
    assert places(rows, "Seconds") == [0, 2, 3]
    assert [point["symbol"] for point in points["data"]] == ["circle", "diamond", "circle"]
    assert [point["name"].split("\n")[0] for point in points["data"]] == ["0", "2", "3"]
    assert [10 ** point["value"][0] for point in front["data"]] == pytest.approx([1, 3])


def seen(option, axis):
    """The ends of an axis, and what is written beside it within these."""
    side, drawn = ("xAxis", "yAxis").index(axis), option[axis]
    words = option["series"][2 + side]["data"]
    within = [word["name"] for word in words if drawn["min"] <= word["value"][side] <= drawn["max"]]
    return (drawn["min"], drawn["max"]), within


@pytest.mark.parametrize("accuracies", [(0.9911, 0.9919), (0.99, 0.99), (0.1, 0.9969), (0.985, 0.992)])
def test_two_accuracies_or_more_are_seen_on_their_axis(accuracies):
    rows = [{"Name": "", "Test accuracy": accuracy, "Seconds": 9.0} for accuracy in accuracies]
    (low, high), words = seen(trade_off(rows, "Seconds", [False, False]), "yAxis")
    assert len(set(words)) > 1 and all(high > np.log10(1 - accuracy) > low for accuracy in accuracies)


@pytest.mark.parametrize("counts", [(276_234, 407_050), (407_050, 407_050), (400_000, 407_050), (7_960, 2_000_000)])
def test_two_numbers_or_more_are_seen_on_the_axis_of_costs(counts):
    rows = [{"Name": "", "Test accuracy": 0.9, "Parameters": count} for count in counts]
    _, words = seen(trade_off(rows, "Parameters", [False, False]), "xAxis")
    assert len(set(words)) > 1


def test_a_million_is_written_in_full_beside_the_axis():
    rows = [{"Name": "", "Test accuracy": 0.9, "Parameters": count} for count in (100_000, 1_000_000)]
    assert "1,000,000" in seen(trade_off(rows, "Parameters", [False, False]), "xAxis")[1]


def test_failed_and_diverged_runs_do_not_squash_the_accuracies():
    accuracies = [None, 0.1, *np.linspace(0.97, 0.99, 20)]
    rows = [
        {"Test accuracy": a, "Validation accuracy": a, "Seconds": None if a is None else 9.0, "Parameters": 100 + i}
        for i, a in enumerate(accuracies)
    ]
    configs = [replace(TINY, learning_rate=rate, optimizer=o) for rate in (1e-3, 1) for o in ("adam", "sgd")]
    runs = [(configs[i % 4], row) for i, row in enumerate(rows)]
    axes = {axis.label: axis for axis in parallel_axes(runs, ["optimizer", "learning_rate"])}
    assert list(axes)[:2] == ["Optimizer", "Learning rate"]
    assert axes["Optimizer"].ticks == ((0.25, "Adam"), (0.75, "SGD"))
    assert axes["Learning rate"].places[:3].tolist() == [0, 0, 1]
    assert axes["Learning rate"].ticks[3] == (pytest.approx(1 / 3), "0.01")
    test = axes["Test accuracy"]
    assert test.ticks[0] == (0, "none") and test.places[0] == 0
    assert test.ticks[1] == (test.places[1], "≤ 97.00%,\nlowest 10.00%")
    assert np.ptp(test.places[2:]) > 0.89
    assert all(axis.places.min() >= 0 and axis.places.max() <= 1 for axis in axes.values())


def test_the_better_half_of_accuracies_is_told_apart_on_their_axis():
    best = [0.98, 0.978, 0.975, 0.972, 0.969]
    assert accuracies_begin_at(np.array([*best, 0.87, 0.629, 0.609])) == 0.969
    assert accuracies_begin_at(np.linspace(0.6, 0.98, 9)) == pytest.approx(0.6)
    assert accuracies_begin_at(np.array([*best, 0.966])) == 0.966


def test_a_setting_that_a_network_has_no_use_for_is_none():
    dense = replace(TINY, model="dense", dense_units=(16,), dropout=0.2)
    cnn = replace(TINY, model="cnn", conv_blocks=(ConvBlock(32, 5),), dense_units=())
    runs = [(config, {"Name": "run"}) for config in (dense, cnn)]
    blocks, dropout = parallel_axes(runs, ["conv_blocks", "dropout"], [])
    assert blocks.places[0] == 0 < blocks.places[1] and blocks.ticks[0] == (0, "none")
    assert dropout.places[1] == 0 < dropout.places[0]
    table = parallel.columns(runs, ["conv_blocks", "dropout"], [])
    assert [table["Convolution blocks"][0], *table["Dropout after each dense layer"]] == [None, 0.2, None]


def test_numbers_as_far_apart_as_they_may_be_have_ticks():
    seeds = holds("seed")
    runs = [(replace(TINY, seed=int(seed)), {}) for seed in (seeds.low, seeds.high)]
    assert 2 < len(parallel_axes(runs, ["seed"], [])[0].ticks) <= 6


def test_batch_sizes_lie_as_far_apart_as_on_the_charts_of_a_sweep():
    """Each is twice the one before."""
    runs = [(replace(TINY, batch_size=size), {}) for size in (64, 128, 256)]
    (axis,) = parallel_axes(runs, ["batch_size"], [])
    assert np.allclose(np.diff(axis.places, n=2), 0)


def test_layers_that_begin_alike_are_told_apart():
    for field, values in (
        ("dense_units", [(512, 256, 128, 64), (512, 256, 128, 32), (512, 256, 128, 64, 32)]),
        ("conv_blocks", [(ConvBlock(32, 5), ConvBlock(64, size)) for size in (3, 5)]),
    ):
        runs = [(replace(TINY, model="cnn", **{field: value}), {}) for value in values]
        ticks = parallel_axes(runs, [field], [])[0].ticks
        assert len({text for _, text in ticks}) == len(values), ticks


def test_each_run_is_a_line_coloured_by_the_last_result():
    runs = [(replace(TINY, dropout=i / 10), {"Validation accuracy": 0.9 + i / 100}) for i in range(3)]
    option = parallel_coordinates(runs, ["dropout"], ["Validation accuracy"])
    passing, clicked, ticks = option["series"]
    assert [line["value"][0] for line in passing["data"]] == [0, 0.5, 1]
    assert [line["lineStyle"]["color"] for line in passing["data"]][::2] == ["#8a63d2", "#cc8400"]
    assert clicked["data"][2]["name"] == "validation accuracy 92.00%"
    assert [axis["name"] for axis in option["parallelAxis"]] == [
        "Dropout after\neach dense\nlayer",
        "Validation\naccuracy",
    ]
    assert [point["name"] for point in ticks["data"]][:5] == ["0", "0.05", "0.1", "0.15", "0.2"]


def test_two_ends_that_round_to_the_same_number_are_told_apart():
    runs = [(TINY, {"Seconds": seconds}) for seconds in (1.6, 1.9)]
    assert [text for _, text in parallel_axes(runs, [], ["Seconds"])[0].ticks] == ["1.6", "1.9"]
