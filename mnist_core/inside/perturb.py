"""Changes of digits that a person still reads, and a model may not: moved, blurred, thickened, covered, inverted.

SciPy is imported where it is needed: that takes a third of a second, which whoever opens the page would wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np

from mnist_core.architecture import IMAGE_SIZE

_CENTRE = (IMAGE_SIZE - 1) / 2
# A pixel and its four neighbours.
_CROSS = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], bool)


@dataclass(frozen=True)
class Perturbation:
    """One change; `apply` takes images (N, 28, 28) float32 in [0, 1] and an amount, and gives the same form.

    `neutral` is the amount that changes nothing; amounts, in `unit`, go from `lowest` to `highest` in steps.
    """

    name: str
    unit: str
    lowest: float
    highest: float
    step: float
    neutral: float
    apply: Callable[[np.ndarray, float], np.ndarray]
    help: str

    @property
    def label(self) -> str:
        """Such as `Rotation (degrees)`."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    @property
    def levels(self) -> np.ndarray:
        """Nine amounts from the lowest to the highest, and the neutral one."""
        return np.union1d(np.linspace(self.lowest, self.highest, 9), self.neutral)


def _warped(images: np.ndarray, matrix: np.ndarray, offset: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """Output pixel p is read at `matrix` (p - centre) + centre - `offset`, rows before columns, bilinear."""
    whole = np.eye(3)
    whole[1:, 1:] = matrix
    shift = np.zeros(3)
    shift[1:] = np.full(2, _CENTRE) - matrix @ np.full(2, _CENTRE) - np.asarray(offset)
    from scipy import ndimage

    return ndimage.affine_transform(images, whole, shift, order=1)


def rotate(images: np.ndarray, degrees: float) -> np.ndarray:
    """Turned about the centre, clockwise."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return _warped(images, np.array([[c, -s], [s, c]]))


def move(images: np.ndarray, pixels: float) -> np.ndarray:
    """Moved to the right; what leaves the picture is lost."""
    return _warped(images, np.eye(2), (0.0, pixels))


def enlarge(images: np.ndarray, factor: float) -> np.ndarray:
    """So many times as large around the middle of the field; below 1 it becomes smaller."""
    return _warped(images, np.eye(2) / factor)


def thicken(images: np.ndarray, rounds: float) -> np.ndarray:
    """Each round a pixel becomes its brightest neighbour, or, with rounds below zero, its darkest.

    The last, broken round is blended in by its share.
    """
    from scipy import ndimage

    change = ndimage.grey_dilation if rounds > 0 else ndimage.grey_erosion
    left = abs(rounds)
    while left > 0:
        images = images + np.float32(min(left, 1)) * (change(images, footprint=_CROSS) - images)
        left -= 1
    return images


def blur(images: np.ndarray, pixels: float) -> np.ndarray:
    """A Gaussian of this standard deviation."""
    from scipy import ndimage

    return ndimage.gaussian_filter(images, (0, pixels, pixels)) if pixels else images


def cover(images: np.ndarray, side: float) -> np.ndarray:
    """A black square of this side on the centre; a pixel that it covers in part loses that share."""
    edges = np.arange(IMAGE_SIZE + 1) - IMAGE_SIZE / 2
    covered = np.diff(np.clip(edges, -side / 2, side / 2))
    return images * (1 - np.outer(covered, covered)).astype(np.float32)


def add_noise(images: np.ndarray, deviation: float) -> np.ndarray:
    """Gaussian noise on every pixel, the same at every call."""
    noise = np.random.default_rng(0).standard_normal(images.shape, np.float32)
    return np.clip(images + np.float32(deviation) * noise, 0, 1)


def invert(images: np.ndarray, share: float) -> np.ndarray:
    """Blended with dark ink on light paper; at 0.5 all is grey."""
    return images + np.float32(share) * (1 - 2 * images)


# In the order in which several are applied: first the pen, then the paper.
PERTURBATIONS: dict[str, Perturbation] = {
    "scale": Perturbation("Scale", "times", 0.5, 1.5, 0.05, 1.0, enlarge, "1 leaves the size as it is."),
    "rotation": Perturbation(
        "Rotation", "degrees", -90, 90, 5, 0, rotate, "Turned clockwise, or the other way below 0."
    ),
    "shift": Perturbation("Shift", "pixels", -10, 10, 1, 0, move, "To the right; below 0, to the left."),
    "stroke": Perturbation("Thickness", "pixels", -1.0, 2.0, 0.25, 0.0, thicken, "Added on each side of the line."),
    "blur": Perturbation("Blur", "pixels", 0.0, 4.0, 0.25, 0.0, blur, "Standard deviation of the blur."),
    "occlusion": Perturbation("Occlusion", "pixels", 0, 20, 2, 0, cover, "Side of a black square in the middle."),
    "noise": Perturbation("Noise", "", 0.0, 1.0, 0.05, 0.0, add_noise, "Standard deviation; ink is 1, paper 0."),
    "inverted": Perturbation("Inverted ink", "share", 0.0, 1.0, 0.05, 0.0, invert, "1 is dark ink on light paper."),
}


def perturb(images: np.ndarray, amounts: Mapping[str, float]) -> np.ndarray:
    """Apply several, each by its amount: (N, 28, 28) float32 in [0, 1] -> the same."""
    for name, perturbation in PERTURBATIONS.items():
        if (amount := amounts.get(name, perturbation.neutral)) != perturbation.neutral:
            images = np.clip(perturbation.apply(images, amount), 0, 1).astype(np.float32)
    return images
