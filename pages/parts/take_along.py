"""What people take home: a configuration as a program, a run as a model with all that belongs to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from mnist_core.artifacts import KERAS_FILE, LITERT_FILE, ONNX_FILE, ArtifactError, reading
from mnist_core.bundle_files import METRICS
from mnist_core.config import MNIST, TrainConfig
from mnist_core.data import MNIST_PATH
from mnist_core.runs.run import Run
from mnist_core.runs.store_connection import StoreError
from mnist_core.take_home import onnx_file
from mnist_core.take_home.bundle import USES, bundle, config_with_precision_used, differences
from mnist_core.take_home.notebook import notebook
from mnist_core.take_home.script import script
from mnist_core.uploads.imported_run import MOST_MEGABYTES
from pages.parts import services

_LONGEST = 50


def show_code(config: TrainConfig, name: str, key: str) -> None:
    """The configuration as a plain Keras script and as a notebook, and the digits that these read."""
    stem, is_mnist = f"train-{_as_file_name(name)}", config.data_set == MNIST
    with st.container(horizontal=True):
        _button("Python script", "code", f"{stem}.py", lambda: script(config, name), key)
        _button("Jupyter notebook", "menu_book", f"{stem}.ipynb", lambda: notebook(config, name), key)
        if is_mnist and MNIST_PATH.exists():
            megabytes = round(MNIST_PATH.stat().st_size / 1e6)
            _button(f"MNIST ({megabytes} MB)", "dataset", MNIST_PATH.name, MNIST_PATH.read_bytes, key)
    where = "`mnist.npz` beside it, or else from the internet" if is_mnist else "a file that the Data page gives"
    st.caption(
        f"Plain Keras with the preparation and the seed, without Digit Lab. It takes the digits from {where}. Sums are "
        "rounded differently there, so it may read a few test digits differently from a run here."
    )


def show_run(run: Run, key: str) -> None:
    """The run's program and, if it has one, its model, each with how to use it."""
    show_code(config_with_precision_used(run), run.name, key)
    for sentence in differences(run):
        st.caption(sentence)
    if not run.has_model:
        return
    stem = f"{_as_file_name(run.name)}-{run.short_id}"
    named = {file: stem + Path(file).suffix for file in USES}
    try:
        folder = services.opening_store().result().files.folder(run)
        with st.container(horizontal=True):
            _button("Keras model", "deployed_code", named[KERAS_FILE], _file(folder / KERAS_FILE), key)
            _button("LiteRT model", "smartphone", named[LITERT_FILE], _file(folder / LITERT_FILE), key)
            _button("ONNX model", "hub", named[ONNX_FILE], lambda: onnx_file.of_folder(folder), key)
            _button("Everything as a zip", "folder_zip", f"{stem}.zip", lambda: _zip(run, folder), key)
        # It holds the weights in three formats, which do not shrink.
        if 3 * (folder / KERAS_FILE).stat().st_size > MOST_MEGABYTES * 1_000_000:
            st.caption(f"The zip is above the {MOST_MEGABYTES} MB that Compare imports: import the Keras model.")
    except (StoreError, ArtifactError, OSError) as error:
        st.error(str(error), title="The model cannot be read")
        return
    for file, code in USES.items():
        with st.expander(f"How to use {named[file]}"):
            st.code(code.replace(file, named[file]), language="python")


def _as_file_name(name: str) -> str:
    """A run's name as part of a file's: those of a whole class lie beside each other."""
    return "-".join(re.findall(r"[a-z0-9.]+", name.lower()))[:_LONGEST].strip(".-") or "run"


def _file(path: Path) -> Callable[[], bytes]:
    """Read when it is asked for, but looked for now: a missing file is said on the page."""
    with reading(path):
        path.stat()
    return path.read_bytes


def _zip(run: Run, folder: Path) -> bytes:
    return bundle(run, services.opening_store().result().curves(run.id, METRICS), folder)


def _button(label: str, icon: str, file: str, data: Callable[[], str | bytes], key: str) -> None:
    kind = {".py": "text/x-python", ".ipynb": "application/x-ipynb+json", ".zip": "application/zip"}
    mime = kind.get(Path(file).suffix, "application/octet-stream")
    icon = f":material/{icon}:"
    st.download_button(label, data, file, mime, icon=icon, on_click="ignore", key=f"take_{file}_{key}")
