"""A confusion matrix to look at: a table in HTML, and its numbers by cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from mnist_core.architecture import NUM_CLASSES
from mnist_core.evaluation import confusion_shares

VIEWS = {"counts": "Counts", "true": "Share of row", "pred": "Share of column"}

_DIGITS = range(NUM_CLASSES)
_TABLE = "width:100%;table-layout:fixed;border-collapse:separate;border-spacing:1px;text-align:center"
_FONT = "font-size:clamp(.6rem,2.4vw,.85rem);font-variant-numeric:tabular-nums"
_ROOM = "padding:.45em 0"


def table(
    counts: np.ndarray,
    view: str = "counts",
    mute_diagonal: bool = False,
    chosen: tuple[int, int] | None = None,
    clickable: bool = False,
) -> str:
    """(10, 10) counts, rows the true digits, as one of VIEWS; words are in the colour of the page.

    Colour is logarithmic, so that a single error can be seen beside a thousand right answers. In a `clickable` table
    every cell with digits in it is a button whose value is `true,read`, and what it looks like is the page's matter.
    """
    shares = counts / max(1, counts.sum()) if view == "counts" else confusion_shares(counts, view)
    muted = np.eye(NUM_CLASSES, dtype=bool) & mute_diagonal
    shades = np.log1p(np.where(muted, 0, shares * counts.sum()))
    shades = shades / max(1.0, float(shades.max()))

    def cell(true: int, read: int) -> str:
        count, share, shade = int(counts[true, read]), shares[true, read], shades[true, read]
        if not count:
            return "<td></td>"
        title, shown = _title(true, read, count, share, view), f"{count}" if view == "counts" else f"{100 * share:.1f}"
        if clickable:
            return f"<td>{_button(f'{true},{read}', title, shown, shade, chosen == (true, read))}</td>"
        paint = f"background:rgba(70,110,230,{0.08 + 0.52 * shade:.2f});border-radius:3px;{_ROOM}"
        return f'<td title="{title}" style="{paint}">{shown}</td>'

    def row(true: int) -> str:
        # As high as the others where it has no digits.
        style = "" if clickable else f' style="{_ROOM}"'
        return f'<tr><th scope="row"{style}>{true}</th>{"".join(cell(true, read) for read in _DIGITS)}</tr>'

    return _framed("".join(map(row, _DIGITS)), clickable, "" if view == "counts" else " In percent.")


def _title(true: int, read: int, count: int, share: float, view: str) -> str:
    parts = {"true": f", {share:.2%} of the real {true}s", "pred": f", {share:.2%} of those read as {read}"}
    return f"{true} read as {read}: {count} {'digits' if count > 1 else 'digit'}{parts.get(view, '')}"


def _button(value: str, title: str, shown: str, shade: float, is_chosen: bool) -> str:
    return (
        f'<button data-value="{value}" aria-pressed="{str(is_chosen).lower()}" aria-label="{title}" '
        f'title="{title}" style="--shade:{100 * shade:.0f}%">{shown}</button>'
    )


def _framed(rows: str, clickable: bool, unit: str) -> str:
    """The whole table; the page has a style for one that is clickable."""
    table, caption = f' style="{_TABLE};{_FONT}"', ' style="text-align:left;opacity:.75;padding-bottom:6px"'
    if clickable:
        table = caption = ""
    corner = "true \\ read" if clickable else ""
    heads = "".join(f'<th scope="col">{digit}</th>' for digit in _DIGITS)
    return (
        f"<table{table}><caption{caption}>Rows: the true digit. Columns: what it was read as.{unit}</caption>"
        f'<tr><td aria-hidden="true">{corner}</td>{heads}</tr>{rows}</table>'
    )


def most_often(counts: np.ndarray) -> str:
    """The mistake that is made most often of (10, 10) counts, in words; empty where none is made."""
    mistakes = np.where(np.eye(NUM_CLASSES, dtype=bool), 0, counts)
    true, read = divmod(int(mistakes.argmax()), NUM_CLASSES)
    times = int(mistakes[true, read])
    return f"Most often {true} is read as {read}: {times:,} {'times' if times > 1 else 'time'}." if times else ""


def columns(counts: np.ndarray) -> dict[str, Any]:
    """A line for each cell of (10, 10) counts."""
    true, read = np.indices(counts.shape).reshape(2, -1)
    return {"true": true, "read as": read, "digits": counts.ravel()}
