"""How a drawing becomes what a model gets, step by step."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core import drawing
from mnist_core.figures.pictures import gallery
from pages.shared.draw.way_in import Brought

_SIZE = 76


def show(brought: Brought, ink: np.ndarray, plain: bool) -> None:
    """What becomes of what somebody brought; `ink` (H, W) is that without specks, `plain` is without preparation."""
    if brought.label is not None:
        st.caption("The test digit, already prepared in MNIST.")
    elif plain:
        _show_just_shrunk(drawing.just_shrunk(brought.ink))
    elif steps := drawing.steps(ink):
        _show_steps(brought, steps)


def show_switch() -> None:
    """Whether to do without preparation is `st.session_state["draw_plain"]`."""
    st.toggle(
        "Without preparation",
        help="Give the model the whole board shrunk to 28×28, as many demos do, and see how its answer changes.",
        key="draw_plain",
    )


def show_number(images: list[np.ndarray]) -> None:
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
