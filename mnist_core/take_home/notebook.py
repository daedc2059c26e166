"""The program of `script` as a Jupyter notebook, which also draws what came of the training."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import Any

from mnist_core.config import TrainConfig
from mnist_core.take_home.script import Cell, cells


def notebook(config: TrainConfig, name: str) -> str:
    """Format 4.5, as JSON."""
    shown: list[dict[str, Any]] = []
    for number, cell in enumerate([*cells(config, name), _curves(config), _mistakes()]):
        shown.append({"cell_type": "markdown", "id": f"text-{number}", "metadata": {}, "source": cell.text})
        if cell.code:
            code = {"cell_type": "code", "id": f"code-{number}", "metadata": {}, "source": cell.code}
            shown.append(code | {"execution_count": None, "outputs": []})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": shown}, indent=1)


def _curves(config: TrainConfig) -> Cell:
    prefixes = '("", "val_")' if config.validation_digits else '("",)'
    code = f"""\
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots(1, 2, figsize=(10, 3.5), layout="constrained")
        for axis, name in zip(axes, ("loss", "accuracy")):
            for prefix in {prefixes}:
                values = [epoch[prefix + name] for epoch in history]
                axis.plot(range(1, len(values) + 1), values, "o-", label=prefix + name)
            axis.set_xlabel("epoch")
            axis.legend()
        plt.show()"""
    return Cell("## Curves\n\nOf each epoch. The pictures from here on need: pip install matplotlib", dedent(code))


def _mistakes() -> Cell:
    code = """\
        answers, labels = model.predict(x_test, verbose=0).argmax(axis=1), y_test.argmax(axis=1)
        confusion = np.zeros((10, 10), int)
        np.add.at(confusion, (labels, answers), 1)
        print(confusion)
        wrong = np.flatnonzero(answers != labels)
        figure, axes = plt.subplots(2, 10, figsize=(12, 3.2), layout="constrained")
        for axis in axes.flat:
            axis.axis("off")
        for axis, number in zip(axes.flat, wrong):
            axis.imshow(x_test[number], cmap="gray")
            axis.set_title(f"{labels[number]} as {answers[number]}")
        plt.show()"""
    text = (
        "## Mistakes\n\nThe confusion matrix, a row for each digit and a column for each answer,\n"
        "and the first test digits that are misread."
    )
    return Cell(text, dedent(code))
