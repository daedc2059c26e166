"""What a data set holds: how many of each digit, what they look like, and what is odd about them."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import streamlit as st

from mnist_core.coach.remedies import with_enough_batches
from mnist_core.config import MNIST, TrainConfig
from mnist_core.data import load_mnist
from mnist_core.data_set import LEAST_TO_TRAIN, OfOneDigit, by_digit
from mnist_core.figures.pictures import picture, row
from mnist_core.presets import PRESETS
from mnist_core.runs.data_store import Kept
from pages.parts import browser, data_sets, deletion, person, read_digits, read_runs
from pages.parts.as_written import as_written
from pages.parts.train import config_address, config_form

# Beside the numbers a phone has room for two.
_EXAMPLES, _ON_A_PHONE = 9, 2
_PRESET = "fast"


def show(kept: Kept) -> None:
    """Raises DataError or StoreError."""
    with st.container(horizontal=True):
        st.metric("Training digits", f"{kept.train:,}")
        st.metric("Test digits", f"{kept.test:,}")
    for remark in kept.remarks:
        st.warning(as_written(remark))
    if kept.id == MNIST:
        st.caption(
            "The MNIST database of handwritten digits, by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, "
            "under CC BY-SA 3.0. Whatever a network has learnt from, it is tested on these test digits."
        )
    else:
        _what_to_do(kept)
    if kept.train or kept.is_labelled:
        st.html(_table(by_kind(kept.id), _ON_A_PHONE if browser.is_on_a_phone() else _EXAMPLES))


@st.cache_data(max_entries=8, show_spinner="Looking at every digit…")
def by_kind(id: str) -> list[OfOneDigit]:
    """What a data set holds of each digit from 0 to 9. Raises DataError or StoreError."""
    return by_digit(load_mnist() if id == MNIST else read_digits.uploaded_digits(id), _EXAMPLES)


def _table(found: list[OfOneDigit], examples: int) -> str:
    names = ("Digit", "Training", "Test", "Mean", "Examples")
    heads = "".join(f'<th style="text-align:left">{name}</th>' for name in names)
    rows = "".join(_row(digit, of, of.examples[:examples]) for digit, of in enumerate(found))
    return f'<table style="border-spacing:12px 4px;border-collapse:separate">{heads}{rows}</table>'


def _row(digit: int, of: OfOneDigit, examples: np.ndarray) -> str:
    return (
        f"<tr><th>{digit}</th><td>{of.train:,}</td><td>{of.test:,}</td>"
        f"<td>{picture(of.mean, f'The mean {digit}', 42)}</td>"
        f"<td>{row(examples, [f'A {digit}'] * len(examples), 30)}</td></tr>"
    )


def _what_to_do(kept: Kept) -> None:
    if 0 < kept.train < LEAST_TO_TRAIN:
        st.info(
            f"Too few to train on: at least {LEAST_TO_TRAIN} training digits are needed. A model can read them below."
        )
    with st.container(horizontal=True):
        if kept.train >= LEAST_TO_TRAIN:
            _train_on(kept)
        npz = f"{kept.id}.npz"
        st.download_button(
            "Download as .npz", lambda: _as_npz(kept.id), npz, icon=":material/download:", on_click="ignore"
        )
        if person.may_touch(kept):
            runs = sum(run.config.data_set == kept.id for run in read_runs.runs_if_known())
            have = "1 run has" if runs == 1 else f"{runs} runs have"
            caution = f"{have} learnt from these digits, and cannot be repeated without them." if runs else ""
            deletion.button("data", "Delete", "data set", {kept.record: kept}, lambda ids: _forget(), caution)


def _train_on(kept: Kept) -> None:
    preset = PRESETS[_PRESET]
    config = with_enough_batches(replace(preset, data_set=kept.id, train_size=min(preset.train_size, kept.train)))
    if st.button("Train on it", icon=":material/model_training:", help=_about(config), key="data_train"):
        st.session_state["train_preset"] = _PRESET
        config_form.put(config)
        config_address.open_page()


def _about(config: TrainConfig) -> str:
    """What a run on these digits begins with, and why."""
    preset = PRESETS[_PRESET]
    if (config.batch_size, config.epochs) == (preset.batch_size, preset.epochs):
        return f"Opens Train with the preset {_PRESET} for these digits."
    return (
        f"Opens Train with the preset {_PRESET} for these digits, but {config.batch_size} of them in a batch, and "
        f"{config.epochs} epochs: with so few, the preset's own would be over before anything is learnt."
    )


def _forget() -> None:
    read_digits.forget_data_sets()
    data_sets.choose_next(MNIST)


def _as_npz(id: str) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **vars(read_digits.uploaded_digits(id)))
    return buffer.getvalue()
