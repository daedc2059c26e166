"""What people take home: a configuration as a program, a run as a model with all that belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from mnist_core.artifacts import KERAS_FILE, LITERT_FILE, ONNX_FILE
from mnist_core.bring.brought_back import MOST_MEGABYTES
from mnist_core.config import TrainConfig
from mnist_core.runs import Run
from mnist_core.store_connection import StoreError
from mnist_core.take_home import onnx_file
from mnist_core.take_home.bundle import METRICS, USES, bundle, config_as_trained, differences
from mnist_core.take_home.script import notebook, script
from pages.shared import services


def show_code(config: TrainConfig, name: str, key: str) -> None:
    """The configuration as a plain Keras script and as a notebook."""
    with st.container(horizontal=True):
        _button("Python script", "code", "train.py", lambda: script(config, name), key)
        _button("Jupyter notebook", "menu_book", "train.ipynb", lambda: notebook(config, name), key)
    st.caption("Plain Keras, with the data, the preparation and the seed. It runs without Digit Lab.")


def show_run(run: Run, key: str) -> None:
    """The run's program and, if it has one, its model, each with how to use it."""
    show_code(config_as_trained(run), run.name, key)
    for sentence in differences(run):
        st.caption(sentence)
    if not run.has_model:
        return
    try:
        folder = services.opening_store().result().files.folder(run)
        with st.container(horizontal=True):
            _button("Keras model", "deployed_code", KERAS_FILE, _file(folder / KERAS_FILE), key)
            _button("LiteRT model", "smartphone", LITERT_FILE, _file(folder / LITERT_FILE), key)
            _button("ONNX model", "hub", ONNX_FILE, lambda: onnx_file.of_folder(folder), key)
            name = f"digit-lab-{run.id[:8]}.zip"
            _button("Everything as a zip", "folder_zip", name, lambda: _zip(run, folder), key)
        # It holds the weights in three formats, which do not shrink.
        if 3 * (folder / KERAS_FILE).stat().st_size > MOST_MEGABYTES * 1_000_000:
            st.caption(f"The zip is above the {MOST_MEGABYTES} MB that Compare imports: bring back the Keras model.")
    except (StoreError, OSError) as error:
        st.error(str(error), title="The model cannot be read")
        return
    for file, code in USES.items():
        with st.expander(f"How to use {file}"):
            st.code(code, language="python")


def _file(path: Path) -> Callable[[], bytes]:
    """Read when it is asked for, but looked for now: a missing file is said on the page."""
    path.stat()
    return path.read_bytes


def _zip(run: Run, folder: Path) -> bytes:
    return bundle(run, services.opening_store().result().curves(run.id, METRICS), folder)


def _button(label: str, icon: str, file: str, data: Callable[[], str | bytes], key: str) -> None:
    kind = {".py": "text/x-python", ".ipynb": "application/x-ipynb+json", ".zip": "application/zip"}
    mime = kind.get(Path(file).suffix, "application/octet-stream")
    icon = f":material/{icon}:"
    st.download_button(label, data, file, mime, icon=icon, on_click="ignore", key=f"take_{file}_{key}")
