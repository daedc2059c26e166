"""Columns of numbers as text, for people who want to go on with them elsewhere."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any


def to_csv(columns: Mapping[str, Iterable[Any]]) -> str:
    """Columns of equal length by name -> comma-separated text with a heading, floats in full."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()
