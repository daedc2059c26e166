"""From an image file or a photo of paper to ink: what cannot be read safely is refused."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from mnist_core.drawing import to_ink

MOST_BYTES = 20 * 2**20
MOST_PIXELS = 50_000_000

# Pillow knows more, but gives PostScript to Ghostscript, a program that runs what is in the file.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")

# Larger pictures are shrunk: a digit needs no more, and a server has many visitors.
_SIDE = 800
# A border whose brightness differs by more than this, of 255, is paper under uneven light.
_UNEVEN = 16
# The light is taken from a copy so small that only the paper is left of it.
_LIGHT_SIDE = 40
# Pencil on paper takes away at least this share of the light; less is shadow and grain.
_LEAST_INK = 0.2


class PhotoError(ValueError):
    """A file that is not read as a picture; the message says why."""


def read(content: bytes) -> np.ndarray:
    """An image file -> (H, W, 4) uint8, upright, the longer side at most 800. Raises PhotoError."""
    if len(content) > MOST_BYTES:
        raise PhotoError(f"This file is too large: {len(content) / 2**20:.0f} MB, and the most is 20 MB.")
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            # Only the header is read so far: a few bytes can claim to be a picture of any size.
            if image.width * image.height > MOST_PIXELS:
                raise PhotoError(f"This picture is too large: {image.width}x{image.height} pixels.")
            if getattr(image, "n_frames", 1) > 1:
                raise PhotoError("This picture is animated. Save one frame of it as PNG or JPEG.")
            image.draft("RGB", (_SIDE, _SIDE))
            image.thumbnail((_SIDE, _SIDE))
            return np.asarray(ImageOps.exif_transpose(image).convert("RGBA"))
    except Image.DecompressionBombError:
        raise PhotoError("This picture is too large: it would not fit in memory.") from None
    except UnidentifiedImageError:
        raise PhotoError("This file is not an image. PNG, JPEG, GIF, BMP, WebP and TIFF can be read.") from None
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, PhotoError):
            raise
        raise PhotoError(f"This image is damaged: {error!s:.100}") from None


def photo_to_ink(rgba: np.ndarray) -> np.ndarray:
    """(H, W, 4) uint8 -> ink (H, W) float32 in [0, 1]; for even paper as `drawing.to_ink`.

    Uneven paper is a photo: its light, from a blurred copy without the lines, is divided out, and what is
    darker than Otsu's threshold of the rest is ink. That takes a dark pen on light paper.
    """
    border = np.concatenate([rgba[0], rgba[-1], rgba[:, 0], rgba[:, -1]])
    grey = border[:, :3].mean(axis=1)
    if np.median(border[:, 3]) < 128 or np.quantile(grey, 0.95) - np.quantile(grey, 0.05) < _UNEVEN:
        return to_ink(rgba)
    picture = Image.fromarray(rgba).convert("L")
    share = 1 - np.asarray(picture, np.float32) / np.maximum(_light(picture), 1)
    threshold = max(_otsu(np.clip(share, 0, 1)), _LEAST_INK)
    return np.clip(share / threshold - 0.5, 0, 1).astype(np.float32)


def _light(picture: Image.Image) -> np.ndarray:
    """How bright blank paper would be at each pixel, (H, W): the brightest of each place's surroundings, smoothed."""
    small = picture.copy()
    small.thumbnail((_LIGHT_SIDE, _LIGHT_SIDE))
    for _ in range(2):
        small = small.filter(ImageFilter.MaxFilter(5))
    smooth = small.filter(ImageFilter.GaussianBlur(4))
    return np.asarray(smooth.resize(picture.size, Image.Resampling.BICUBIC), np.float32)


def _otsu(values: np.ndarray) -> float:
    """The threshold in [0, 1] that best parts values in two: N. Otsu, IEEE Trans. SMC 9 (1979), pages 62-66."""
    counts, edges = np.histogram(values, 64, (0, 1))
    middles = (edges[:-1] + edges[1:]) / 2
    below, sums = np.cumsum(counts), np.cumsum(counts * middles)
    above = below[-1] - below
    between = (sums[-1] * below / below[-1] - sums) ** 2 / np.maximum(below * above, 1)
    return float(edges[1:][np.argmax(between)])
