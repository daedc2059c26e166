"""How a drawing becomes what a model gets, step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_core import drawing
from mnist_core.figures.pictures import gallery
from mnist_core.splitting import split
from pages.parts.draw.way_in import Brought

_SIZE = 76


@dataclass(frozen=True)
class Prepared:
    """What was brought, its `ink` (H, W) without specks, that of each digit in it, and these prepared (28, 28).

    `shrunk` (28, 28) is the whole board, where the person has models do without preparation.
    """

    brought: Brought
    ink: np.ndarray
    parts: list[np.ndarray]
    images: list[np.ndarray]
    shrunk: np.ndarray | None = None

    @property
    def given(self) -> list[np.ndarray]:
        """The pictures (28, 28) that models get."""
        return self.images if self.shrunk is None else [self.shrunk]


def prepare(brought: Brought | None, as_number: bool) -> Prepared | None:
    """One digit, or those of a number; None while there is nothing to read."""
    ink = drawing.without_specks(brought.ink) if brought else None
    if brought is None or ink is None or not ink.any():
        return None
    # One whose label is known is MNIST's, a single one and prepared already.
    if brought.label is not None:
        return Prepared(brought, ink, [ink], [ink])
    parts = split(ink) if as_number else [ink]
    is_plain = st.session_state.get("draw_plain", False) and not as_number
    shrunk = drawing.just_shrunk(brought.ink) if is_plain else None
    return Prepared(brought, ink, parts, [drawing.prepare(part) for part in parts], shrunk)


def show(found: Prepared | None, as_number: bool, may_do_without: bool) -> None:
    """The pictures on the way to what the model gets, and the switch that leaves preparation out."""
    st.markdown("**What the model gets**")
    if may_do_without:
        st.toggle(
            "Without preparation",
            help="Give the model the whole board shrunk to 28×28, as many demos do, and see how its answer changes.",
            key="draw_plain",
        )
    if found is None:
        st.caption("How your digit becomes the model's 28×28 picture appears here.")
    elif as_number:
        _show_number(found.images)
    elif found.brought.label is not None:
        st.caption("The test digit, already prepared in MNIST.")
    elif found.shrunk is not None:
        _show_just_shrunk(found.shrunk)
    elif steps := drawing.steps(found.ink):
        _show_steps(found.brought, steps)


def _show_number(images: list[np.ndarray]) -> None:
    """The prepared digits (28, 28) of a number, from left to right."""
    names = [f"{place} of {len(images)}" for place in range(1, len(images) + 1)]
    st.html(gallery(images, names, ["28×28"] * len(images), _SIZE))


def _show_steps(brought: Brought, steps: drawing.Steps) -> None:
    """The five pictures from the ink to the model's 28x28."""
    ink = brought.ink
    height, width = steps.scaled.shape
    shown = {
        brought.name: (ink, f"at {ink.shape[1]}×{ink.shape[0]} pixels"),
        "Cropped": (steps.cropped, "to the ink, without specks"),
        "As a pencil": (steps.pencil, "lines as wide as MNIST's"),
        "Scaled": (steps.scaled, f"to {width}×{height}: the longer side is 20"),
        "Centred": (steps.image, "on 28×28, by the ink's mass"),
    }
    pictures = [_square(picture) for picture, _ in shown.values()]
    st.html(gallery(pictures, list(shown), [caption for _, caption in shown.values()], _SIZE))


def _show_just_shrunk(image: np.ndarray) -> None:
    """The one picture (28, 28) there is without preparation."""
    st.html(gallery([image], ["Just shrunk"], ["the whole board at 28×28"], _SIZE))


def _square(picture: np.ndarray) -> np.ndarray:
    """A picture (h, w) in the middle of a square of zeros, shrunk if a page would show only some of its pixels."""
    if max(picture.shape) > 2 * _SIZE:
        picture = drawing.scale(picture, 2 * _SIZE)
    height, width = picture.shape
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    return np.pad(picture, [(top, side - height - top), (left, side - width - left)])
