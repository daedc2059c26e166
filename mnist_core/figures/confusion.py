"""A confusion matrix to look at: a table in HTML, and its numbers by cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from mnist_core.architecture import NUM_CLASSES

_DIGITS = range(NUM_CLASSES)
_TABLE = "width:100%;table-layout:fixed;border-collapse:separate;border-spacing:1px;text-align:center"
_FONT = "font-size:clamp(.6rem,2.4vw,.85rem);font-variant-numeric:tabular-nums"


def table(counts: np.ndarray) -> str:
    """(10, 10) counts, rows the true digits, blue where there are many; words are in the colour of the page.

    Colour is logarithmic, so that a single error can be seen beside a thousand right answers.
    """
    shades = np.log1p(counts) / max(1.0, float(np.log1p(counts.max())))
    heads = "".join(f'<th scope="col">{digit}</th>' for digit in _DIGITS)
    rows = "".join(
        f'<tr><th scope="row">{true}</th>'
        + "".join(_cell(true, read, int(counts[true, read]), shades[true, read]) for read in _DIGITS)
        + "</tr>"
        for true in _DIGITS
    )
    return (
        f'<table style="{_TABLE};{_FONT}"><caption style="text-align:left;opacity:.75;padding-bottom:6px">'
        f'Rows: the true digit. Columns: what it was read as.</caption><tr><td aria-hidden="true"></td>{heads}</tr>'
        f"{rows}</table>"
    )


def _cell(true: int, read: int, count: int, shade: float) -> str:
    if not count:
        return "<td></td>"
    title = f"{true} read as {read}: {count:,} {'digits' if count > 1 else 'digit'}"
    paint = f"background:rgba(70,110,230,{0.08 + 0.52 * shade:.2f});border-radius:3px;padding:.45em 0"
    return f'<td title="{title}" style="{paint}">{count}</td>'


def columns(counts: np.ndarray) -> dict[str, Any]:
    """A line for each cell of (10, 10) counts."""
    true, read = np.indices(counts.shape).reshape(2, -1)
    return {"true": true, "read as": read, "digits": counts.ravel()}
