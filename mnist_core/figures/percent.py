"""Accuracies in percent, as pages write them: the store and the files have shares of 1."""

from __future__ import annotations

from dataclasses import replace

from mnist_core.runs.run import Curves

TITLES = {"loss": "Loss", "accuracy": "Accuracy (%)"}


def in_percent(curves: Curves) -> Curves:
    """The same curves with every accuracy times 100."""
    scaled = {name: 100 if name.endswith("accuracy") else 1 for name in curves.series}
    return replace(curves, series={name: (at, scaled[name] * ys) for name, (at, ys) in curves.series.items()})
