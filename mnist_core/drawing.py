"""From a drawing to the picture that a network trained on MNIST expects.

The same steps as MNIST's makers took (Y. LeCun et al., "Gradient-based learning applied to document
recognition", 1998, section III.A): crop to the ink, scale the longer side to 20 pixels keeping the
proportions, and put the centre of mass at the centre of 28x28. Before that, what a pencil on paper
never did is mended: specks go, faint ink becomes full ink, and the lines of thin and thick pens become a pencil's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from mnist_core.architecture import IMAGE_SIZE

GLYPH_SIZE = 20

# Ink fainter than this share of the darkest ink is smudge or shadow, not stroke.
_FAINT = 0.1
# Ink whose strongest differs less than this from the paper is none.
_LEAST_CONTRAST = 0.06
# A piece apart that has less than this share of all ink is a speck: a bar or a hat has more.
_SPECK = 0.03
# So is a tap of the pen: as long as this share of the longest piece at most, about as wide as long, with little ink.
_TAP, _ROUND, _INK_OF_A_TAP = 0.18, 0.6, 0.12
# A canvas needs no more pixels a side.
_ENOUGH = 500
# Specks are looked for on a grid of about so many cells a side.
_CELLS = 48
# Ink of less than this is paper where lines are measured.
_INK = 0.5
# Lines are thickened or thinned at so many times MNIST's size, to widths from _THINNEST to _THICKEST in MNIST's pixels.
_FINE = 4
_THINNEST, _THICKEST = 1.75, 3.5


def to_ink(rgba: np.ndarray) -> np.ndarray:
    """How much ink is at each pixel: (H, W, 4) uint8 -> (H, W) float32 in [0, 1], bright ink on zeros.

    Transparent pixels are paper. The paper is the colour of most of the border, so that light on
    dark and dark on light come out the same. Raises ValueError for another shape or dtype.
    """
    rgba = np.asarray(rgba)
    if rgba.ndim != 3 or rgba.shape[2] != 4 or rgba.dtype != np.uint8 or not rgba.size:
        raise ValueError(f"A drawing is (height, width, 4) uint8, not {rgba.shape} {rgba.dtype}.")
    border = np.concatenate([rgba[0], rgba[-1], rgba[:, 0], rgba[:, -1]])
    # A colour that is there: of a border half dark and half light, not the grey between.
    paper = np.quantile(border, 0.5, axis=0, method="lower").astype(np.int16)
    alpha = rgba[..., 3].astype(np.float32) / 255
    if paper[3] < 128:
        ink = np.clip((alpha - paper[3] / 255) / (1 - paper[3] / 255), 0, 1)
    else:
        difference = np.abs(rgba[..., :3].astype(np.int16) - paper[:3]).max(axis=2)
        ink = difference.astype(np.float32) / 255 * alpha
    return ink * (ink.max() > _LEAST_CONTRAST)


def without_specks(ink: np.ndarray) -> np.ndarray:
    """The ink without small pieces that touch nothing, such as a tap of the pen: (H, W) float -> the same."""
    height, width = ink.shape
    cell = -(-max(ink.shape) // _CELLS)
    padded = np.pad(ink, [(0, -height % cell), (0, -width % cell)])
    cells = padded.reshape(padded.shape[0] // cell, cell, -1, cell).max(axis=(1, 3))
    owners = pieces(cells > _FAINT * ink.max()).repeat(cell, axis=0).repeat(cell, axis=1)[:height, :width]
    visible = owners * (ink > _FAINT * ink.max())
    masks = {piece: visible == piece for piece in np.unique(visible[visible > 0])}
    sizes = {piece: mask[box(mask)].shape for piece, mask in masks.items()}
    if len(sizes) < 2:
        return ink
    shares = np.bincount(owners.ravel(), ink.ravel()) / ink.sum()
    longest = max(max(sides) for sides in sizes.values())
    specks = [piece for piece, sides in sizes.items() if _is_speck(sides, shares[piece], longest)]
    return ink * ~np.isin(owners, specks)


def _is_speck(sides: tuple[int, int], share: float, longest: int) -> bool:
    """Whether a piece with so large a share of the ink, beside one `longest` pixels long, is no part of a digit."""
    is_tap = max(sides) < _TAP * longest and min(sides) > _ROUND * max(sides)
    return share < _SPECK or (is_tap and share < _INK_OF_A_TAP)


def box(mask: np.ndarray) -> tuple[slice, slice]:
    """The rows and the columns of the smallest rectangle that holds a mask (H, W) which is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def pieces(mask: np.ndarray) -> np.ndarray:
    """A number above 0 for each connected piece of a mask (h, w), diagonals included; 0 elsewhere."""
    from scipy import ndimage

    return ndimage.label(mask, np.ones((3, 3)))[0]


def crop(ink: np.ndarray) -> np.ndarray:
    """The smallest rectangle that holds the ink: (H, W) float -> (h, w); (0, 0) when there is none."""
    visible = ink > _FAINT * max(float(ink.max(initial=0)), _FAINT)
    if not visible.any():
        return ink[:0, :0]
    return ink[box(visible)]


def scale(cropped: np.ndarray, side: int = GLYPH_SIZE) -> np.ndarray:
    """The crop with its longer side at `side` pixels, antialiased: (h, w) float in [0, 1] -> at most (side, side)."""
    height, width = cropped.shape
    factor = side / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = Image.fromarray(cropped.astype(np.float32)).resize(size, Image.Resampling.BOX)
    return np.clip(np.asarray(small), 0, 1)


def as_pencil(cropped: np.ndarray) -> np.ndarray:
    """The crop with its ink at full strength and its lines about as wide as MNIST's: (h, w) -> (h', w') in [0, 1].

    The longer side is then about four times MNIST's 20 pixels.
    """
    fine = scale(cropped, GLYPH_SIZE * _FINE)
    fine = np.clip(fine / np.quantile(fine[fine > _FAINT * fine.max()], 0.9), 0, 1)
    width = line_width(fine)
    missing = np.clip(width, _THINNEST * _FINE, _THICKEST * _FINE) - width
    # Each round moves both edges of a line by a pixel.
    rounds = round(abs(missing) / 2)
    picture = Image.fromarray(np.rint(np.pad(fine, rounds) * 255).astype(np.uint8))
    for _ in range(rounds):
        changed = picture.filter(ImageFilter.MaxFilter(3) if missing > 0 else ImageFilter.MinFilter(3))
        # A surface with a few holes is thinner in most places than its area and outline say.
        if np.asarray(changed).max() < 255 * _INK:
            break
        picture = changed
    return crop(np.asarray(picture, np.float32) / 255)


def line_width(ink: np.ndarray) -> float:
    """The mean width of the lines of ink (h, w), in pixels: twice their area over the length of their outline."""
    mask = np.pad(ink > _INK, 1)
    steps = np.count_nonzero(np.diff(mask, axis=0)) + np.count_nonzero(np.diff(mask, axis=1))
    # Counted in steps along rows and columns, an outline in all directions is 4/pi times as long as it is.
    return 2 * np.count_nonzero(mask) / max(steps * np.pi / 4, 1)


def centre(glyph: np.ndarray) -> np.ndarray:
    """The glyph on 28x28 with its centre of mass at the centre, moved by whole pixels and kept inside."""
    rows, columns = glyph.shape
    field = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.float32)
    middle = (IMAGE_SIZE - 1) / 2
    mass_row = np.average(np.arange(rows), weights=glyph.sum(axis=1))
    mass_column = np.average(np.arange(columns), weights=glyph.sum(axis=0))
    top = int(np.clip(round(middle - mass_row), 0, IMAGE_SIZE - rows))
    left = int(np.clip(round(middle - mass_column), 0, IMAGE_SIZE - columns))
    field[top : top + rows, left : left + columns] = glyph
    return field


@dataclass(frozen=True)
class Steps:
    """Ink on its way to MNIST's form, float32 in [0, 1]: `cropped` (h, w), `pencil` (h', w') with its lines as wide
    as a pencil's, `scaled` with its longer side at 20 pixels, and `image` (28, 28), centred."""

    cropped: np.ndarray
    pencil: np.ndarray
    scaled: np.ndarray
    image: np.ndarray


def steps(ink: np.ndarray) -> Steps | None:
    """What becomes of ink (H, W) float in [0, 1], step by step; None when there is none."""
    cropped = crop(ink)
    if not cropped.size:
        return None
    pencil = as_pencil(cropped)
    scaled = scale(pencil)
    return Steps(cropped, pencil, scaled, centre(scaled))


def prepare(ink: np.ndarray) -> np.ndarray:
    """Ink (H, W) float in [0, 1] -> (28, 28) float32 in [0, 1], as MNIST's digits were prepared; zeros if blank."""
    prepared = steps(ink)
    return prepared.image if prepared else np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.float32)


def just_shrunk(ink: np.ndarray) -> np.ndarray:
    """What most demos do instead: the whole picture (H, W) at 28x28, float32 in [0, 1]."""
    size = IMAGE_SIZE, IMAGE_SIZE
    return np.asarray(Image.fromarray(ink.astype(np.float32)).resize(size, Image.Resampling.BOX))


def to_mnist(rgba: np.ndarray) -> np.ndarray:
    """(H, W, 4) uint8 -> (28, 28) float32 in [0, 1], ink bright; all zeros for a blank canvas."""
    return prepare(without_specks(_reduced(to_ink(rgba))))


def _reduced(ink: np.ndarray) -> np.ndarray:
    """Ink (H, W) of a canvas much larger than is needed, smaller by a whole factor; of another one as it is."""
    factor = max(ink.shape) // _ENOUGH
    return np.asarray(Image.fromarray(ink).reduce(factor)) if factor > 1 else ink
