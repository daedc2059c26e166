"""Import a model: upload the zip of a run or a `.keras` file, and have it among the runs."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mnist_core.architecture import INPUT_SCALINGS
from mnist_core.runs.store_connection import ServiceError
from mnist_core.uploads import imported_run
from mnist_core.uploads.imported_run import MOST_MEGABYTES, RunImportError
from pages.parts import once, person, read_runs, services
from pages.parts.as_written import as_written
from pages.parts.compare import run_table

# How many have been imported: another popover then, closed and empty.
_COUNT = "compare_imports"
_IMPORTED = "compare_imported"


def show() -> None:
    """A popover with the upload; the run that comes of it is then in the table like any other."""
    # Said once the page is drawn anew: what is said just before that is lost.
    if name := st.session_state.pop(_IMPORTED, None):
        st.toast(f"Imported {as_written(name)}. It is being tested.", icon=":material/check:")
    count = st.session_state.setdefault(_COUNT, 0)
    with st.popover("Import a run", icon=":material/upload:", key=f"compare_popover_{count}"):
        st.caption(
            "The zip of a run, as “Take it with you” gives it, or a `.keras` file of a dense or convolutional network "
            "whose layers Digit Lab has too. No code from the file is executed; its test results are measured anew."
        )
        # Of any type: what is wrong with another one is said in our own words.
        file = st.file_uploader("A run or a model", key=f"compare_upload_{count}", max_upload_size=MOST_MEGABYTES)
        scaling = "0-1"
        if file and file.name.lower().endswith(".keras"):
            scaling = st.segmented_control(
                "Pixel values that it was trained with",
                list(INPUT_SCALINGS),
                format_func=INPUT_SCALINGS.__getitem__,
                default="0-1",
                required=True,
                key="compare_upload_pixels",
            )
        go = st.button("Import", type="primary", disabled=file is None, key="compare_import")
        _import(file, go, scaling)


def _import(file: UploadedFile | None, go: bool, scaling: str) -> None:
    who = person.who()

    def read_and_queue() -> tuple[str, str]:
        assert file
        with services.READING:
            read = imported_run.read(file.name, file.getvalue(), scaling)
        return services.engine().import_run(read, *who), read.name

    try:
        # Of each upload by itself: the next one may come at once.
        key = f"compare_import_{st.session_state[_COUNT]}"
        if once.start(key, go and file is not None, read_and_queue, "Looking at the file, and testing it…", _choose):
            st.rerun()
    except RunImportError as error:
        st.error(as_written(str(error)), title="This file is not accepted")
    except (ServiceError, OSError) as error:
        st.error(str(error), title="The model could not be imported")


def _choose(imported: tuple[str, str]) -> None:
    """The run that was imported, by its id and name, alone."""
    run_id, name = imported
    read_runs.forget_runs([run_id])
    run_table.choose_only([run_id])
    st.session_state[_COUNT] += 1
    st.session_state[_IMPORTED] = name
