"""Digits as small pictures for a page: PNG in data URIs, so that fifty need one element and no request."""

from __future__ import annotations

import base64
from html import escape
from io import BytesIO

import numpy as np
from PIL import Image


def data_uri(image: np.ndarray) -> str:
    """(H, W) uint8, or float in [0, 1] -> a PNG as a `data:` address."""
    pixels = image if image.dtype == np.uint8 else np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def picture(image: np.ndarray, alt: str, size: int) -> str:
    """One digit as HTML, `size` pixels wide, its pixels left sharp; `alt` says what it is."""
    return (
        f'<img src="{data_uri(image)}" alt="{escape(alt)}" width="{size}" height="{size}" '
        'style="image-rendering:pixelated;border-radius:4px">'
    )


def gallery(images: np.ndarray, titles: list[str], captions: list[str], size: int = 84) -> str:
    """Digits in a grid that fits its width, each over a title and a caption, all as one piece of HTML."""
    cells = "".join(
        f'<figure style="margin:0;width:{size + 26}px">{picture(image, title, size)}'
        f'<figcaption style="font-size:.8rem;line-height:1.35"><b>{escape(title)}</b><br>'
        f'<span style="opacity:.75">{escape(caption)}</span></figcaption></figure>'
        for image, title, caption in zip(images, titles, captions, strict=True)
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:14px 10px">{cells}</div>'
