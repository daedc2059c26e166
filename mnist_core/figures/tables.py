"""Columns of numbers as text, for people who want to go on with them elsewhere."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

import numpy as np

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(columns: Mapping[str, Iterable[Any]]) -> str:
    """Columns of equal length by name -> comma-separated text with a heading, floats in full.

    A text that a spreadsheet would take for a formula gets an apostrophe before it: others name runs.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(map(_without_formulas, zip(*columns.values(), strict=True)))
    return text.getvalue()


def _without_formulas(row: Iterable[Any]) -> list[Any]:
    return [f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value for value in row]


def cells(maps: np.ndarray, unit: str, value: str) -> dict[str, np.ndarray]:
    """Maps (H, W, N) as columns, a line for each number: the map is called `unit`, the number `value`."""
    rows, columns, numbers = np.indices(maps.shape).reshape(3, -1)
    return {unit: numbers, "row": rows, "column": columns, value: maps.ravel()}
