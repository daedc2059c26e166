from dataclasses import replace

import numpy as np
import pytest

from mnist_core.figures.charts_compare import (
    View,
    curves_together,
    parallel_coordinates,
    pareto_front,
    smoothed,
    trade_off,
)
from mnist_core.runs import Curves
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
RUNS = {"a": (TINY, CURVES), "b": (replace(TINY, train_size=2000), CURVES)}


def xs(quantity, view):
    return [[x for x, _ in line["data"]] for line in curves_together(RUNS, quantity, view)["series"]]


def test_curves_go_along_epochs_seconds_or_digits():
    assert xs("loss", View(lines=("batch",)))[0] == [0.0625, 1, 2]
    assert xs("loss", View("seconds", ("batch",)))[0] == [0.1875, 3, 4]
    assert xs("accuracy", View("digits", ("validation",))) == [[800, 1600], [1600, 3200]]


def test_a_smoothed_line_keeps_the_raw_one_under_it():
    lines = curves_together(RUNS, "loss", View(lines=("batch",), smoothing=0.5))["series"]
    raw, smooth = lines[:2]
    assert raw["lineStyle"]["opacity"] < 1 and raw["name"] == smooth["name"] and raw["color"] == smooth["color"]
    assert [y for _, y in raw["data"]] == [2.0, 1.0, 0.5]
    assert [y for _, y in smooth["data"]] == pytest.approx([2, 4 / 3, 6 / 7], rel=1e-4)
    assert smoothed(np.full(5, 3.0), 0.9) == pytest.approx(3)


def test_a_logarithmic_accuracy_is_the_error_and_leaves_zero_out():
    option = curves_together(RUNS, "accuracy", View(lines=("validation", "training"), logarithmic_y=True))
    assert option["title"]["text"].startswith("Error")
    assert [[y for _, y in line["data"]] for line in option["series"][:2]] == [[0.1], [0.2, 0.1]]


def test_the_pareto_front_is_what_nobody_beats():
    costs, values = np.array([3, 1, 2, 2, 5, 4]), np.array([0.9, 0.5, 0.8, 0.7, 0.95, 0.9])
    assert pareto_front(costs, values).tolist() == [1, 2, 0, 4]


def test_a_trade_off_marks_the_front_and_leaves_failed_runs_out():
    accuracies = [0.9, None, 0.99, 0.98]
    rows = [{"Name": str(i), "Test accuracy": a, "Seconds": i + 1.0} for i, a in enumerate(accuracies)]
    front, points = trade_off(rows, "Seconds", [False, False, True, False]).data
    assert points.customdata == (0, 2, 3) and list(front.x) == [1.0, 3.0]
    assert points.marker.symbol == ("circle", "diamond", "circle")


def test_failed_and_diverged_runs_do_not_squash_the_accuracies():
    accuracies = [None, 0.1, *np.linspace(0.97, 0.99, 20)]
    rows = [
        {"Test accuracy": a, "Validation accuracy": a, "Seconds": None if a is None else 9.0, "Parameters": 100 + i}
        for i, a in enumerate(accuracies)
    ]
    configs = [replace(TINY, learning_rate=rate, optimizer=o) for rate in (1e-3, 1) for o in ("adam", "sgd")]
    figure = parallel_coordinates([(configs[i % 4], row) for i, row in enumerate(rows)], ["optimizer", "learning_rate"])
    axes = {axis.label: axis for axis in figure.data[0].dimensions}
    assert list(axes)[:2] == ["Optimizer", "Learning rate"] and axes["Optimizer"].ticktext == ("Adam", "SGD")
    assert axes["Learning rate"].values[:3].tolist() == pytest.approx([-3, -3, 0])
    test = axes["Test accuracy"]
    assert test.range[0] > 0.96 and test.values[:2].tolist() == [test.range[0]] * 2
    assert all(np.isfinite(axis.values).all() for axis in axes.values())
