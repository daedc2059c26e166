"""From an image file or a photo of paper to ink: what cannot be read safely is refused."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from mnist_core.drawing import pieces, to_ink
from mnist_core.sheet import is_ruled, only_the_sheet

MOST_MEGABYTES = 20
# A JPEG is shrunk while it is decoded, anything else after.
MOST_PIXELS, MOST_PIXELS_JPEG = 16_000_000, 60_000_000

# Pillow knows more, but gives PostScript to Ghostscript, a program that runs what is in the file.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")

# Start of scan (ITU T.81, table B.1). Those who draw a picture in steps take about ten.
_SCAN, _MOST_SCANS = b"\xff\xda", 100

# Larger pictures are shrunk: a digit needs no more, and a server has many visitors.
_SIDE = 800
# A longer side of more times the shorter one leaves nothing of a picture that is shrunk.
_NARROW = 20
# Paper whose brightness differs by more than this, of 255, is under uneven light; darker than this, it is a board.
_UNEVEN = 16
_DARK = 100
# The light is taken from a copy so small that only the paper is left of it.
_LIGHT_SIDE = 40
# Pencil on paper takes away at least this share of the light; less is shadow and grain. On even paper, just grain.
_LEAST_INK, _LEAST_INK_ON_EVEN = 0.12, 0.08
# How many kinds of lines on paper are left out, and the share of the picture that any line has at least.
_MOST_KINDS, _LEAST_LINE = 3, 0.0001


class PhotoError(ValueError):
    """A file that is not read as a picture; the message says why."""


def read(content: bytes) -> np.ndarray:
    """An image file -> (H, W, 4) uint8, upright, the longer side at most 800. Raises PhotoError."""
    if len(content) > MOST_MEGABYTES * 2**20:
        size = f"{len(content) / 2**20:.0f} MB"
        raise PhotoError(f"This file is too large: {size}, and the most is {MOST_MEGABYTES} MB.")
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            # Only the header is read so far: a few bytes can claim to be a picture of any size.
            _refuse_odd_sizes(image)
            # Phones keep a second, smaller picture in theirs (MPO).
            if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
                raise PhotoError("This picture is animated. Save one frame of it as PNG or JPEG.")
            _refuse_many_scans(image, content)
            image.draft("RGB", (_SIDE, _SIDE))
            ImageOps.exif_transpose(image, in_place=True)
            upright = in_8_bit(image)
            if upright.mode in ("1", "P", "PA"):
                # Of these Pillow would leave pixels out instead of averaging: thin lines would be gone.
                upright = upright.convert("RGBA")
            upright.thumbnail((_SIDE, _SIDE))
            return np.asarray(upright.convert("RGBA"))
    except Image.DecompressionBombError:
        raise PhotoError("This picture is too large: it would not fit in memory.") from None
    except UnidentifiedImageError:
        raise PhotoError("This file is not an image. PNG, JPEG, GIF, BMP, WebP and TIFF can be read.") from None
    except PhotoError:
        raise
    except Exception as error:
        # Damaged, a picture raises errors of a dozen kinds in Pillow.
        raise PhotoError(f"This image is damaged: {error!s:.100}") from None


def _refuse_odd_sizes(image: Image.Image) -> None:
    most = MOST_PIXELS_JPEG if image.format in ("JPEG", "MPO") else MOST_PIXELS
    size = f"{image.width:,}×{image.height:,} pixels"
    if image.width * image.height > most:
        allowed = f"{most // 1_000_000} million pixels are the most"
        raise PhotoError(f"This picture is too large: {size}, and {allowed}.")
    if max(image.size) > _NARROW * min(image.size):
        raise PhotoError(f"This picture is too narrow for a digit: {size}.")


def _refuse_many_scans(image: Image.Image, content: bytes) -> None:
    """A JPEG is drawn in scans, each as large as the picture, and a file has room for hundreds of thousands."""
    if image.format == "TIFF" and "jpeg" in image.info.get("compression", ""):
        raise PhotoError("This TIFF holds a JPEG. Save it as JPEG or PNG.")
    if image.format in ("JPEG", "MPO") and content.count(_SCAN) > _MOST_SCANS:
        raise PhotoError("This JPEG is drawn in too many scans. Save it anew, as JPEG or PNG.")


def in_8_bit(image: Image.Image) -> Image.Image:
    """A picture in 16 bit grey in 8 bit, any other as it is: Pillow itself would make white of all above 255.

    Raises PhotoError for one whose numbers have no bounds.
    """
    if image.mode in ("I", "F"):
        raise PhotoError("This picture does not say which of its numbers is white. Save it in 8 bit.")
    if not image.mode.startswith("I;16"):
        return image
    return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))


def photo_to_ink(rgba: np.ndarray) -> np.ndarray:
    """(H, W, 4) uint8 -> ink (H, W) float32 in [0, 1]: what is above Otsu's threshold of `drawing.to_ink`.

    Lines of ruled or squared paper are left out if they are fainter than the pen. Of light paper under uneven light,
    its light, from a small copy without the lines, is divided out instead. What lies around a sheet on a darker table
    is left out.
    """
    if (rgba[..., 3] == 255).all():
        rgba = only_the_sheet(rgba, _otsu(np.asarray(Image.fromarray(rgba).convert("L"), np.float32) / 255))
    border = np.concatenate([rgba[0], rgba[-1], rgba[:, 0], rgba[:, -1]])
    if np.median(border[:, 3]) < 128:
        return to_ink(rgba)
    grey, picture = border[:, :3].mean(axis=1), Image.fromarray(rgba).convert("L")
    light = _light(picture)
    if np.median(grey) < _DARK or max(_spread(light), _spread(grey)) < _UNEVEN:
        ink, least = to_ink(rgba), _LEAST_INK_ON_EVEN
    else:
        ink, least = np.clip(1 - np.asarray(picture, np.float32) / np.maximum(light, 1), 0, 1), _LEAST_INK
    none, full = _levels(ink, least)
    return np.clip((ink - none) / (full - none), 0, 1).astype(np.float32)


def _levels(ink: np.ndarray, least: float) -> tuple[float, float]:
    """Up to where there is none and from where it is full: around what parts ink from paper, at least `least`; and,
    where the paper has lines, above what parts it from those."""
    lowest = level = max(_otsu(ink), least)
    for _ in range(_MOST_KINDS):
        if not is_ruled(ink > level):
            break
        level += (1 - level) * _otsu((ink[ink > level] - level) / (1 - level))
    if is_ruled(ink > level):
        # The paper's lines are as dark as anything on it.
        level = lowest
    elif not _is_line(ink > level / 2):
        # There is only grain, all of it below.
        return 1.0, 2.0
    elif is_ruled(ink > level / 2) and _is_line(ink > level):
        return level, 2 * level
    return level / 2, 1.5 * level


def _is_line(mask: np.ndarray) -> bool:
    """Whether a mask (H, W) has a piece of a line's size; grain, and the darkest spots of paper's lines, lie apart."""
    return np.bincount(pieces(mask)[mask], minlength=1).max() > _LEAST_LINE * mask.size


def _spread(values: np.ndarray) -> float:
    low, high = np.quantile(values, [0.05, 0.95])
    return float(high - low)


def _light(picture: Image.Image) -> np.ndarray:
    """How bright blank paper would be at each pixel, (H, W): a small copy whose dark lines are closed, smoothed."""
    small = picture.copy()
    small.thumbnail((_LIGHT_SIDE, _LIGHT_SIDE))
    margin = 8
    closed = Image.fromarray(np.pad(np.asarray(small), margin, mode="edge"))
    for widen_or_narrow in (ImageFilter.MaxFilter(5), ImageFilter.MinFilter(5)):
        closed = closed.filter(widen_or_narrow).filter(widen_or_narrow)
    smooth = closed.filter(ImageFilter.GaussianBlur(1.5)).crop((margin, margin, *np.add(small.size, margin)))
    return np.asarray(smooth.resize(picture.size, Image.Resampling.BICUBIC), np.float32)


def _otsu(values: np.ndarray) -> float:
    """The threshold in [0, 1] that best parts values in two: N. Otsu, IEEE Trans. SMC 9 (1979), pages 62-66."""
    counts, edges = np.histogram(values, 64, (0, 1))
    middles = (edges[:-1] + edges[1:]) / 2
    below, sums = np.cumsum(counts), np.cumsum(counts * middles)
    above = below[-1] - below
    between = (sums[-1] * below / below[-1] - sums) ** 2 / np.maximum(below * above, 1)
    return float(edges[1:][np.argmax(between)])
