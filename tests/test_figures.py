"""Every chart says its numbers in words and gives them as a file."""

import ast
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mnist_core.figures import compared_curves, confusion, decades, parallel, trade_off
from mnist_core.figures.learning_curve import learning_curve
from mnist_core.figures.tables import to_csv
from mnist_core.runs.run import RUNNING, STOPPED, Change, Curves, Progress, Run
from mnist_core.runs.store import Store
from tests.conftest import PROJECT, TINY

FIGURE = PROJECT / "pages" / "parts" / "figure.py"
CURVES = Curves(
    {
        "batch_loss": (np.array([1, 16]), np.array([2.0, 1.0])),
        "loss": (np.array([1, 2]), np.array([0.8, 0.6])),
        "val_loss": (np.array([1, 2]), np.array([0.5, 0.7])),
        "seconds": (np.array([1, 2]), np.array([3.0, 1.0])),
    }
)


@pytest.fixture
def make(store: Store) -> Iterator[Callable[..., Run]]:
    """A run in the queue, with these settings; gone after the test, as nobody is to train it."""
    ids = []

    def make(name: str, **settings: int) -> Run:
        ids.append(store.create(replace(TINY, **settings), name, "Ada"))
        return store.get(ids[-1])

    yield make
    for run_id in ids:
        store.delete(run_id)


def is_chart(node: ast.AST) -> bool:
    name = getattr(node, "func", None)
    return isinstance(name, ast.Attribute) and (name.attr.endswith("_chart") or name.attr == "pyplot")


def test_charts_are_placed_by_one_piece_of_code():
    pages = [PROJECT / "app.py", *(PROJECT / "pages").rglob("*.py")]
    charts = [(page, node.lineno) for page in pages for node in ast.walk(ast.parse(page.read_text())) if is_chart(node)]
    elsewhere = [place for place in charts if place[0] != FIGURE]
    assert not elsewhere, f"{elsewhere}: use pages.parts.figure, which asks for an alt text"


def test_the_best_epoch_is_marked_where_there_are_several(make):
    run = make("marked")
    one = Curves({name: (steps[:1], values[:1]) for name, (steps, values) in CURVES.series.items()})
    for curves, marked in ((CURVES, [{"coord": [1.0, 0.5]}]), (one, [])):
        lines = {line["name"]: line for line in learning_curve(run, curves, "loss", {})["series"]}
        assert lines["Validation"]["markPoint"]["data"] == marked


def test_curves_are_said_and_written_with_all_their_points():
    runs = {"a": (SimpleNamespace(config=TINY), CURVES)}
    said = compared_curves.alt(runs, "loss")
    assert "after epoch 2 training 0.6, validation 0.7; best 0.5 after epoch 1" in said
    view = compared_curves.View("seconds", ("validation",), logarithmic_y=True)
    said = compared_curves.alt(runs, "accuracy", view)
    assert said.startswith("Error (%), by seconds of training. As accuracies: a: ")
    assert "training " not in said.partition("a: ")[2]
    table = pd.read_csv(io.StringIO(to_csv(compared_curves.columns(runs, "loss"))))
    assert table["line"].tolist() == ["batch"] * 2 + ["training"] * 2 + ["validation"] * 2
    assert table["epochs"].tolist() == [0.0625, 1, 1, 2, 1, 2] and table["loss"].tolist()[-1] == 0.7
    assert (
        table["seconds"].tolist()[-1] == 4 and table["seconds"].isna().tolist() == (table["line"] == "batch").tolist()
    )


def test_trade_offs_and_parallel_lines_name_the_best():
    rows = [
        {"Name": n, "Test accuracy": a, "Parameters": p, "Seconds": 2.0, "Model size": None}
        for n, a, p in [("good & small", 0.99, 500), ("bad", 0.9, 900), ("failed", None, 900)]
    ]
    assert "2 runs. The best trade-offs: good & small, 99.00%, parameters 500." in trade_off.alt(rows, "Parameters")
    theirs = [row | {"Name": 30 * "x", "Who": "Ada"} for row in rows]
    assert f"{30 * 'x'} · Ada, 99.00%" in trade_off.alt(theirs, "Parameters")
    points, best = trade_off.trade_off(theirs, "Parameters", [False] * 3)["series"][:2]
    assert points["data"][0]["name"].startswith(f"{30 * 'x'} · Ada\n") and best["data"][0]["name"] == "Ada"
    assert trade_off.columns(theirs)["Who"] == ["Ada"] * 3 and "Who" not in trade_off.columns(rows)
    drawn = [(TINY, row) for row in rows], ["optimizer", "train_size"], ["Test accuracy"]
    assert "3 lines through optimizer, training digits" in parallel.alt(*drawn)
    assert "good & small: test accuracy 99.00%" in parallel.alt(*drawn)
    table = pd.read_csv(io.StringIO(to_csv(parallel.columns(*drawn))))
    assert table["Training digits"].tolist() == [1000] * 3 and table["Test accuracy"].tolist()[:2] == [0.99, 0.9]


def test_a_confusion_matrix_is_a_table_with_its_counts():
    counts = np.zeros((10, 10), int)
    counts[4, 9], counts[4, 4] = 3, 1200
    html = confusion.table(counts)
    assert confusion.most_often(counts) == "Most often 4 is read as 9: 3 times."
    assert confusion.most_often(np.diag(np.ones(10, int))) == ""
    assert 'title="4 read as 9: 3 digits"' in html and ">1200<" in html and html.count("<th scope") == 20


def test_a_clickable_confusion_matrix_shows_every_cell_that_has_digits():
    counts = np.diag(np.full(10, 90)) + np.eye(10, k=1, dtype=int) * 10
    table = confusion.table(counts, chosen=(4, 5), clickable=True)
    assert table.count("<button") == 19 and table.count('aria-pressed="true"') == 1
    assert 'aria-label="4 read as 5: 10 digits"' in table
    assert ">90.0<" in confusion.table(counts, "true", clickable=True)
    muted = confusion.table(counts, mute_diagonal=True, clickable=True)
    assert "--shade:0%" not in table and muted.count("--shade:0%") == 10 and muted.count("--shade:100%") == 9


def test_losses_over_many_powers_of_ten_have_a_logarithmic_axis_with_short_words():
    assert decades.ticks([0.01, 2.5]) == []
    powers = decades.ticks([2.3, 2.6e8])
    assert powers[0] <= 0 and powers[-1] >= 9 and len(powers) <= 7
    assert len(decades.ticks([1e30])) == 2
    words = [point["name"] for point in decades.labels(powers)["data"]]
    assert words[0] == "1" and all(len(word) <= 4 for word in words)


def test_a_batch_that_is_read_all_but_perfectly_leaves_the_axis_of_losses_as_it_is(make):
    run, losses = make("one epoch"), np.geomspace(2.5, 0.02, 100)

    def axis(*last: float, scale: str = "auto") -> str:
        ys = np.array([*losses, *last])
        curves = Curves({"batch_loss": (np.arange(1, len(ys) + 1), ys)})
        return learning_curve(run, curves, "loss", {}, scale)["yAxis"]["type"]

    assert axis() == axis(0.0005) == "value" and axis(*[0.0005] * 50) == axis(1e6) == "log"
    assert axis(scale="log") == "log" and axis(1e6, scale="linear") == "value"


def test_a_line_of_one_point_is_a_dot(make):
    run = make("short", epochs=1)
    once = Curves({"loss": (np.array([1]), np.array([0.8])), "batch_loss": (np.array([1]), np.array([2.3]))})
    batch, training, earlier = learning_curve(run, once, "loss", {"earlier": once})["series"]
    assert batch["showSymbol"] and training["symbol"] == "diamond" and earlier["showSymbol"]
    long = Curves({"batch_loss": (np.arange(1, 17), np.ones(16))})
    assert not learning_curve(run, long, "loss", {})["series"][0]["showSymbol"]


def test_what_there_is_of_a_curve_takes_half_of_the_picture(make):
    run = make("long", epochs=12)
    batch = run.config.steps_per_epoch

    def shown(steps: int, others: dict[str, Curves]) -> float:
        curves = Curves({"batch_loss": (np.array([1, steps]), np.ones(2))})
        return learning_curve(run, curves, "loss", others)["xAxis"]["max"]

    assert [shown(epochs * batch, {}) for epochs in (1, 2, 3, 6, 9)] == [1, 2, 4, 8, 12]
    assert shown(1, {}) == 1 and shown(1, {"earlier": CURVES}) == 2


def test_a_run_stopped_after_a_few_batches_has_its_point_and_its_change_in_the_picture(make):
    begun = make("stopped", train_size=60_000)
    stopped = replace(begun, status=STOPPED, progress=Progress(step=12), changes=[Change(11, "learning_rate", 0.2)])
    curves = Curves({"batch_loss": (np.array([1]), np.array([2.3]))})
    drawn = learning_curve(stopped, curves, "loss", {})
    (batch,) = drawn["series"]
    (change,) = batch["markLine"]["data"]
    assert 0 < batch["data"][0][0] < change["xAxis"] < drawn["xAxis"]["max"] < 1


def test_a_run_to_compare_with_is_within_the_picture(make):
    run = make("good")
    good, bad = (Curves({"val_accuracy": (np.array([1, 2]), np.array([share, share]))}) for share in (0.95, 0.11))
    assert learning_curve(run, good, "accuracy", {})["yAxis"]["min"] == 0
    good.series["batch_accuracy"] = np.array([1, 2]), np.array([0.95, 0.97])
    assert learning_curve(run, good, "accuracy", {})["yAxis"]["min"] == 90
    assert learning_curve(run, good, "accuracy", {"bad": bad})["yAxis"]["min"] == 10


def test_the_first_batches_do_not_squash_the_curve_of_the_loss(make):
    run = make("steep", epochs=4)
    batches = np.arange(1, 65)
    series = {"batch_loss": (batches, 60.0 / batches**2 + 0.5), "loss": (np.arange(1, 5), np.array([8, 2, 1, 0.6]))}
    axis = learning_curve(run, Curves(series), "loss", {})["yAxis"]
    assert axis["type"] == "value" and 8 <= axis["max"] < 10 and axis["max"] % axis["interval"] == 0
    series["batch_loss"] = batches, np.linspace(2.3, 0.5, 64)
    assert "max" not in learning_curve(run, Curves(series), "loss", {})["yAxis"]


def test_the_batches_that_one_steps_through_are_within_the_picture(make):
    run, batches = make("stepped", epochs=4), np.arange(1, 101)
    losses = np.r_[np.full(98, 0.1), 0.8, 1.3]
    series = {"batch_loss": (batches, losses), "batch_accuracy": (batches, 1 - losses / 2), "loss": ([1], [0.1])}
    goes_on = replace(run, status=RUNNING, progress=Progress("training", 1, 100))
    paused = replace(goes_on, progress=Progress("paused", 1, 100))
    ends = [
        (
            learning_curve(each, Curves(series), "loss", {})["yAxis"].get("max", np.inf),
            learning_curve(each, Curves(series), "accuracy", {})["yAxis"]["min"],
        )
        for each in (goes_on, paused)
    ]
    assert ends[0][0] < 0.8 and ends[0][1] == 90 and ends[1][0] >= 1.3 and ends[1][1] <= 35
