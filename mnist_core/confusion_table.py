"""A confusion matrix as an HTML table, in which every cell with digits in it is a button."""

from __future__ import annotations

import numpy as np

from mnist_core.architecture import NUM_CLASSES
from mnist_core.evaluation import confusion_shares

VIEWS = {"counts": "Counts", "true": "By row: recall", "pred": "By column: precision"}


def confusion_table(counts: np.ndarray, view: str, mute_diagonal: bool, chosen: tuple[int, int] | None) -> str:
    """(10, 10) counts, rows the true digits, as one of VIEWS; a button's value is `true,read`.

    Colour is logarithmic, so that a single error can be seen beside a thousand right answers.
    """
    shares = counts / counts.sum() if view == "counts" else confusion_shares(counts, view)
    muted = np.eye(NUM_CLASSES, dtype=bool) & mute_diagonal
    shades = np.log1p(np.where(muted, 0, shares * counts.sum()))
    shades = shades / max(1.0, float(shades.max()))
    heads = "".join(f'<th scope="col">{digit}</th>' for digit in range(NUM_CLASSES))
    rows = "".join(
        f'<tr><th scope="row">{true}</th>'
        + "".join(
            _cell(true, read, counts[true, read], shares[true, read], view, shades[true, read], chosen == (true, read))
            for read in range(NUM_CLASSES)
        )
        + "</tr>"
        for true in range(NUM_CLASSES)
    )
    return (
        "<table><caption>Rows: the true digit. Columns: what it was read as.</caption>"
        f'<tr><td aria-hidden="true">true \\ read</td>{heads}</tr>{rows}</table>'
    )


def _cell(true: int, read: int, count: int, share: float, view: str, shade: float, is_chosen: bool) -> str:
    if not count:
        return "<td></td>"
    parts = {"true": f", {share:.2%} of the real {true}s", "pred": f", {share:.2%} of those read as {read}"}
    title = f"{true} read as {read}: {count:,} {'digits' if count > 1 else 'digit'}{parts.get(view, '')}"
    shown = f"{count}" if view == "counts" else f"{100 * share:.1f}"
    return (
        f'<td><button data-value="{true},{read}" aria-pressed="{str(is_chosen).lower()}" aria-label="{title}" '
        f'title="{title}" style="--shade:{100 * shade:.0f}%">{shown}</button></td>'
    )
