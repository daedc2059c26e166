"""Digits as small pictures for a page: PNG in data URIs, so that fifty need one element and no request."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from io import BytesIO

import numpy as np
from PIL import Image

# A bright picture needs an edge on a light page, a dark one on a dark page.
_EDGE = "1px solid #848a9680"


def data_uri(image: np.ndarray) -> str:
    """(H, W) or (H, W, 3), uint8, or float in [0, 1] -> a PNG as a `data:` address."""
    pixels = image if image.dtype == np.uint8 else np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    return _data_uri(pixels.tobytes(), pixels.shape)


# A page that is drawn anew shows much the same.
@lru_cache(maxsize=1024)
def _data_uri(pixels: bytes, shape: tuple[int, ...]) -> str:
    buffer = BytesIO()
    Image.fromarray(np.frombuffer(pixels, np.uint8).reshape(shape)).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def picture(image: np.ndarray, alt: str, size: int) -> str:
    """One digit as HTML, `size` pixels wide, its pixels left sharp; `alt` says what it is."""
    return (
        f'<img src="{data_uri(image)}" alt="{escape(alt)}" width="{size}" height="{size}" '
        f'style="max-width:100%;height:auto;image-rendering:pixelated;border-radius:4px;'
        f'outline:{_EDGE};outline-offset:-1px">'
    )


def with_influence(image: np.ndarray, influence: np.ndarray, full: float) -> np.ndarray:
    """A (28, 28) float image under blue where `influence` (14, 14) is positive and red where negative: (28, 28, 3).

    An influence of `full` or more has all its colour.
    """
    spread = np.kron(influence, np.ones((2, 2)))[..., None]
    strength = np.clip(np.abs(spread) / full, 0, 1) * 0.85
    colour = np.where(spread > 0, (0.25, 0.5, 1.0), (0.95, 0.25, 0.2))
    return (1 - strength) * 0.8 * image[..., None] + strength * colour


def strip(values: np.ndarray, alt: str, names: Iterable[str] = ()) -> str:
    """Values (N,) in [0, 1] as one line of N bright or dark cells that fills its width, over their names, in HTML."""
    style = f"width:100%;height:16px;image-rendering:pixelated;border-radius:4px;border:{_EDGE}"
    below = "".join(f'<span style="flex:1;text-align:center">{escape(name)}</span>' for name in names)
    line = f'<div style="display:flex;font-size:.8rem">{below}</div>' if below else ""
    return f'<img src="{data_uri(values[None])}" alt="{escape(alt)}" style="{style}">{line}'


def row(images: np.ndarray, alts: list[str], size: int = 42) -> str:
    """Digits side by side, as many rows as they need."""
    pictures = "".join(picture(image, alt, size) for image, alt in zip(images, alts, strict=True))
    return f'<div style="display:flex;flex-wrap:wrap;gap:4px">{pictures}</div>'


def gallery(images: Iterable[np.ndarray], titles: list[str], captions: list[str], size: int = 84) -> str:
    """Digits in a grid that fits its width, each over a title and a caption, all as one piece of HTML."""
    cells = "".join(
        f'<figure style="margin:0;width:{size + 26}px">{picture(image, title, size)}'
        f'<figcaption style="font-size:.8rem;line-height:1.35"><b>{escape(title)}</b><br>'
        f'<span style="opacity:.75">{escape(caption)}</span></figcaption></figure>'
        for image, title, caption in zip(images, titles, captions, strict=True)
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:14px 10px">{cells}</div>'


def buttons(images: np.ndarray, values: list[str], titles: list[str], captions: list[str], size: int = 84) -> str:
    """Digits in a grid that fits its width, each a button with a value, over a title and a caption."""
    cells = "".join(
        f'<button data-value="{escape(value)}" style="width:{size + 26}px">{picture(image, "", size)}'
        f"<b>{escape(title)}</b><br><small>{escape(caption)}</small></button>"
        for image, value, title, caption in zip(images, values, titles, captions, strict=True)
    )
    return f'<div class="digits">{cells}</div>'


def answers(images: np.ndarray, labels: np.ndarray, percent: np.ndarray) -> str:
    """Digits (N, 28, 28) in a grid, each over ten bars of `percent` (N, 10) and its answer; `labels` (N,) are right."""
    # Eight of them in a row beside the settings on a page of the usual width.
    cells, size, gap = [], 54, 8
    for image, label, values in zip(images, labels, percent, strict=True):
        answer = int(np.argmax(values))
        # No answer is certain.
        verdict = f"{answer} ({'>99' if values[answer] >= 99.5 else f'{values[answer]:.0f}'}%)"
        shown = f"<b>{verdict}</b>" if answer == label else f'<span style="opacity:.6">{verdict}</span>'
        cells.append(
            f'<figure style="margin:0;width:{size}px">{picture(image, f"{label} read as {answer}", size)}'
            f'{_bars(values, int(label), size)}<figcaption style="font-size:.8rem">{shown}</figcaption></figure>'
        )
    # By fours: eight digits stand in one row or in two even ones.
    fours = ("".join(cells[place : place + 4]) for place in range(0, len(cells), 4))
    groups = "".join(f'<div style="display:flex;gap:{gap}px">{four}</div>' for four in fours)
    return f'<div style="display:flex;flex-wrap:wrap;gap:{gap}px">{groups}</div>'


def _bars(percent: np.ndarray, label: int, width: int) -> str:
    """Ten upright bars from 0 to 9; the right one is full, the others are faint."""
    bars = "".join(
        f'<div style="flex:1;margin-right:1px;height:{value}%;background:currentColor;'
        f'opacity:{1 if digit == label else 0.35}"></div>'
        for digit, value in enumerate(percent)
    )
    style = f"display:flex;align-items:flex-end;width:{width}px;height:28px;border-bottom:1px solid"
    return f'<div aria-hidden="true" style="{style}">{bars}</div>'
