"""Numbers as colours that read on light and dark: pictures of weights and of feature maps, and small tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from html import escape

import numpy as np

from mnist_core.figures.pictures import data_uri, picture

# Red for negative, blue for positive; between them white on pictures, the page itself in tables.
_NEGATIVE, _POSITIVE = (196, 57, 48), (38, 96, 196)


def signed(values: np.ndarray, most: float) -> np.ndarray:
    """(H, W) float -> (H, W, 3) uint8: red below zero, white at zero, blue above, full colour at `most`."""
    strength = np.clip(np.abs(values) / max(most, 1e-12), 0, 1)[..., None]
    colour = np.where((values < 0)[..., None], _NEGATIVE, _POSITIVE)
    return np.rint(255 + strength * (colour - 255)).astype(np.uint8)


def shaded(values: np.ndarray, most: float) -> np.ndarray:
    """(H, W) float -> grey from black at 0 to white at `most`; in two colours if any value is negative."""
    if values.min() < 0:
        return signed(values, most)
    return np.rint(np.clip(values / max(most, 1e-12), 0, 1) * 255).astype(np.uint8)


def colouring(values: np.ndarray) -> tuple[Callable[[np.ndarray, float], np.ndarray], str]:
    """One of the above that fits all of `values`, for pictures of parts of them, and what its colours mean."""
    if values.min() < 0:
        return signed, "blue above zero, red below"
    return shaded, "the brighter, the stronger"


def marked(image: np.ndarray, alt: str, size: int, box: tuple[float, float, float, float]) -> str:
    """A picture as HTML with a frame on it: `box` is top, left, height and width as shares of the picture."""
    top, left, height, width = (f"{100 * share:.1f}%" for share in box)
    frame = f"position:absolute;top:{top};left:{left};height:{height};width:{width};box-sizing:border-box"
    return (
        f'<div style="position:relative;width:{size}px;height:{size}px;overflow:hidden">{picture(image, alt, size)}'
        f'<div style="{frame};border:2px solid #f0a020"></div></div>'
    )


def clickable_map(values: np.ndarray, most: float, chosen: tuple[int, ...]) -> str:
    """A map (H, W) float as a picture in HTML on which each number is a button whose value is `row,column`."""
    rows, columns = values.shape

    def button(row: int, column: int) -> str:
        pressed = str((row, column) == chosen).lower()
        where = f"row {row}, column {column}: {number(float(values[row, column]))}"
        return f'<button data-value="{row},{column}" aria-pressed="{pressed}" title="{where}" aria-label="{where}">'

    buttons = "</button>".join(button(row, column) for row in range(rows) for column in range(columns))
    style = (
        f"grid-template:repeat({rows},1fr)/repeat({columns},1fr);background-image:url({data_uri(shaded(values, most))})"
    )
    return f'<div class="map" role="group" aria-label="Output map" style="{style}">{buttons}</button></div>'


def switches(images: Sequence[np.ndarray], name: str, off: Collection[int]) -> str:
    """Pictures as buttons in a grid, from `name` 0 on; those that are `off` are pale and crossed out.

    Pictures of a single pixel are small and without their numbers, which they tell whoever points at them.
    """
    is_dot = images[0].shape[:2] == (1, 1)
    cells = "".join(
        f'<button data-value="{n}" aria-pressed="{str(n not in off).lower()}" title="{name} {n}">'
        f"{picture(image, f'{name} {n}', 24 if is_dot else 52)}{'' if is_dot else n}</button>"
        for n, image in enumerate(images)
    )
    return f'<div class="switches" role="group" aria-label="On or off">{cells}</div>'


def numbered(images: Sequence[np.ndarray], alts: Sequence[str], first: int, size: int) -> str:
    """Pictures in a grid, each over its number, counted from `first`."""
    figures = "".join(
        f'<figure style="margin:0;text-align:center">{picture(image, alt, size)}'
        f'<figcaption style="font-size:.7rem;line-height:1.3;opacity:.75">{number}</figcaption></figure>'
        for number, (image, alt) in enumerate(zip(images, alts, strict=True), start=first)
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:4px">{figures}</div>'


def table(values: np.ndarray, title: str) -> str:
    """(rows, columns) float -> an HTML table of the numbers on their colours, under a title."""
    most = float(np.abs(values).max())
    rows = "".join(f"<tr>{''.join(_cell(value, most) for value in row)}</tr>" for row in values)
    return (
        f'<figure style="margin:0;max-width:100%;overflow-x:auto"><figcaption style="font-size:.85rem">{escape(title)}'
        f'</figcaption><table style="border-collapse:collapse;font-size:.72rem">{rows}</table></figure>'
    )


def _cell(value: float, most: float) -> str:
    red, green, blue = _NEGATIVE if value < 0 else _POSITIVE
    paint = f"rgba({red},{green},{blue},{0.55 * abs(value) / max(most, 1e-12):.2f})"
    style = f"background:{paint};border:1px solid rgba(128,128,128,.3);min-width:34px;padding:2px 3px;text-align:right"
    return f'<td style="{style}">{number(value)}</td>'


def number(value: float) -> str:
    """Short, with a real minus sign, but none before what is rounded to zero; a zero is plain."""
    return "0" if value == 0 else f"{round(value, 2) + 0:.2f}".replace("-", "−")


def side_by_side(*pieces: str) -> str:
    """Pieces of HTML and characters between them, on as many lines as they need."""
    style = "display:flex;flex-wrap:wrap;align-items:center;gap:10px 12px"
    return f'<div style="{style}">{"".join(f"<div style=max-width:100%>{piece}</div>" for piece in pieces)}</div>'
