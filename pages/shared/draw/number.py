"""Several digits side by side, read as one number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from mnist_core.drawing import prepare
from mnist_core.figures.pictures import gallery
from mnist_core.splitting import split
from pages.shared import answer


def show(ink: np.ndarray, folder: Path) -> None:
    """The number that the model in `folder` reads in ink (H, W), and each digit with how sure it is."""
    images = [prepare(part) for part in split(ink)]
    found = [answer.probabilities(image, folder) for image in images]
    answers = [proba for proba in found if proba is not None]
    if len(answers) < len(images):
        return
    digits = [str(proba.argmax()) for proba in answers]
    st.metric("This reads", "".join(digits))
    sure = [f"{proba.max():.1%} sure" for proba in answers]
    st.html(gallery(images, digits, sure, 56))
    st.caption("Digits that touch each other are not taken apart.")
