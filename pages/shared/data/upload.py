"""Bring your own digits: a file is checked, kept in the store and then chosen."""

from __future__ import annotations

from pathlib import PurePath

import streamlit as st

from mnist_core import data_store
from mnist_core.bring import data_files
from mnist_core.data import DataError
from mnist_core.store_connection import StoreError
from pages.shared import data_sets, frame, read_digits, services

# How many have been brought: another popover then, closed and empty.
_COUNT = "data_brought"


def show() -> None:
    """A popover with the upload."""
    count = st.session_state.setdefault(_COUNT, 0)
    with st.popover("Bring your own", icon=":material/upload:", key=f"data_popover_{count}"):
        st.caption(
            "A `.npz` file laid out like Keras' MNIST (`x_train`, `y_train`, `x_test`, `y_test`), a zip of "
            "pictures in folders `0` to `9`, or the CSV of Kaggle's digit recognizer, with labels or without. "
            "Everybody on this server can see and use it."
        )
        key, types = f"data_upload_{count}", ["npz", "zip", "csv"]
        file = st.file_uploader("Digits", types, key=key, max_upload_size=data_files.MOST_MEGABYTES)
        if st.button("Check and keep", type="primary", disabled=file is None, key="data_keep") and file:
            _keep(file.name, file.getvalue())


def _keep(file_name: str, content: bytes) -> None:
    try:
        with st.spinner("Checking every digit…"):
            found = data_files.read(file_name, content, read_digits.test_digits()[0])
            store = services.opening_store().result()
            kept = data_store.add(store, found, PurePath(file_name).stem, frame.name(), frame.visitor())
    except DataError as error:
        st.error(str(error), title="These digits are not accepted")
    except StoreError as error:
        st.error(str(error), title="The digits could not be kept")
    else:
        read_digits.forget_data_sets()
        data_sets.choose_next(kept.id)
        st.session_state[_COUNT] += 1
        st.rerun()
