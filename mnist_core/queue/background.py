"""Starts the project's own programs as processes that outlive the one that starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mnist_core.runs.store_connection import runs_folder

# In bytes; a log that has grown beyond begins anew with the next start.
_LONGEST_LOG = 5_000_000


def start(module: str, log: str) -> subprocess.Popen:
    """Run `python -m module`; what it prints goes to the file `log` in the runs folder. Raises OSError."""
    runs_folder().mkdir(parents=True, exist_ok=True)
    path = runs_folder() / log
    with path.open("ab" if path.exists() and path.stat().st_size < _LONGEST_LOG else "wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=Path(__file__).parents[2],
            # A relative one would be another folder from there.
            env=os.environ | {"DIGIT_LAB_RUNS": str(runs_folder())},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            # On Windows: with a console that nobody sees, which its own processes share instead of opening theirs.
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
