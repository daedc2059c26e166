"""Bring your own digits: a file is checked, kept in the store and then chosen."""

from __future__ import annotations

from pathlib import PurePath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mnist_core.data import DataError, load_mnist
from mnist_core.data_set import LEAST_TO_TRAIN
from mnist_core.runs import data_store
from mnist_core.runs.data_store import Kept
from mnist_core.runs.store_connection import StoreError
from mnist_core.uploads import data_files
from pages.parts import data_sets, once, person, read_digits, services
from pages.parts.as_written import as_written

# How many have been brought: another popover then, closed and empty.
_COUNT = "data_brought"
# The name under which the same digits were there before.
_KNOWN_AS = "data_known_as"


def show() -> None:
    """A popover with the upload."""
    count = st.session_state.setdefault(_COUNT, 0)
    if known_as := st.session_state.pop(_KNOWN_AS, ""):
        st.toast(f"The same digits are here already: {as_written(known_as)}.", icon=":material/dataset:")
    with st.popover("Bring your own", icon=":material/upload:", key=f"data_popover_{count}"):
        st.caption(
            "A `.npz` file laid out like Keras' MNIST (`x_train`, `y_train`, `x_test`, `y_test`), a zip of "
            "pictures in folders `0` to `9`, or the CSV of Kaggle's digit recognizer, with labels or without: its "
            "first line is `label,pixel0,…,pixel783` or `pixel0,…,pixel783`. To train a network on them alone, there "
            f"must be at least {LEAST_TO_TRAIN}. Everybody on this server can see and use them."
        )
        # Of any type: what is wrong with another one is said in our own words.
        file = st.file_uploader("Digits", key=f"data_upload_{count}", max_upload_size=data_files.MOST_MEGABYTES)
        name = st.text_input(
            "Name", key=f"data_name_{count}", placeholder="As the file is called", max_chars=data_store.LONGEST_NAME
        )
        go = st.button("Check and keep", type="primary", disabled=file is None, key="data_keep")
        _keep(file, name.strip(), go)


def _keep(file: UploadedFile | None, name: str, go: bool) -> None:
    who = person.who()
    name = (name or PurePath(file.name).stem if file else "")[: data_store.LONGEST_NAME]

    def check() -> tuple[Kept, str]:
        assert file
        with services.READING:
            found = data_files.read(file.name, file.getvalue(), load_mnist())
        return data_store.add(services.opening_store().result(), found, name, *who), name

    try:
        # Of each upload by itself: the next one may come at once.
        key = f"data_keep_{st.session_state[_COUNT]}"
        if once.start(key, go and file is not None, check, "Checking every digit…", _choose):
            st.rerun()
    except DataError as error:
        st.error(as_written(str(error)), title="These digits are not accepted")
    except StoreError as error:
        st.error(str(error), title="The digits could not be kept")


def _choose(found: tuple[Kept, str]) -> None:
    """What was kept; under another name than was given it was there before."""
    kept, given = found
    if kept.name != given:
        st.session_state[_KNOWN_AS] = kept.name
    read_digits.forget_data_sets()
    data_sets.choose_next(kept.id)
    st.session_state[_COUNT] += 1
