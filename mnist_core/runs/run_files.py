"""The files of a run: its model, checkpoints, and arrays of all sorts."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

import numpy as np

from mnist_core.artifacts import MODEL_FILES
from mnist_core.npz import NpzError, read_npz
from mnist_core.runs.run import Run
from mnist_core.runs.store_connection import explained, runs_folder

# A run's artifacts besides its model: the digits that people watch, and each epoch's validation confusion matrix.
WATCHED_PATH = "watched/digits.npz"
# What a run is taught that starts from another model: the digits of a person's own, and that model's `.keras` file.
OWN_DIGITS_PATH = "lesson/own_digits.npz"
_START_PATH = "lesson/model.keras"
# The weights of a run that was not trained here but imported from a file.
IMPORTED_PATH = "brought_back/weights.npz"
_CHECKPOINTS = ("checkpoints/checkpoint_0.npz", "checkpoints/checkpoint_1.npz")
# Models from elsewhere that are kept here.
_MOST_FETCHED = 100


def confusion_path(epoch: int) -> str:
    """Where the (10, 10) `counts` of the validation digits after `epoch` (from 1) are."""
    return f"confusion/{epoch}.npz"


def _used_longest_ago(cache: Path) -> list[Path]:
    """All folders of models but the _MOST_FETCHED that were asked for last."""
    return sorted(cache.iterdir(), key=lambda folder: folder.stat().st_mtime)[:-_MOST_FETCHED]


class RunFiles:
    """The artifacts of runs. Every method raises StoreError when they cannot be reached, or the disk is full."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def put_folder(self, run_id: str, folder: Path) -> None:
        """Copy the files of `folder` into the run's artifacts."""
        with explained():
            self._client.log_artifacts(run_id, str(folder))

    def folder(self, run: Run) -> Path:
        """The files of the run's model, in a folder here; fetched once from elsewhere, after more training again."""
        address = urlparse(run.artifact_uri)
        if address.scheme in ("file", ""):
            return Path(url2pathname(address.path))
        cache = runs_folder() / "cache"
        cached = cache / f"{run.id}-{run.ended or 0:.0f}"
        if not cached.exists():
            with explained():
                cache.mkdir(parents=True, exist_ok=True)
            outdated = list(cache.glob(f"{run.id}-*"))
            with explained(), TemporaryDirectory(dir=cache) as scratch:
                self._fetch_model(run.id, Path(scratch) / "model")
                # Under its name only when it is whole; somebody else may have been faster.
                with suppress(OSError):
                    (Path(scratch) / "model").rename(cached)
            # Another process may do the same.
            with suppress(OSError):
                for folder in [*outdated, *_used_longest_ago(cache)]:
                    shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            cached.touch()
        return cached

    def _fetch_model(self, run_id: str, folder: Path) -> None:
        """What there is of a model's files; not the checkpoints, which are larger than all of them."""
        folder.mkdir()
        there = {entry.path for entry in self._client.list_artifacts(run_id)}
        for name in sorted(there.intersection(MODEL_FILES)):
            self._client.download_artifacts(run_id, name, str(folder))

    def put_arrays(self, run_id: str, path: str, arrays: Mapping[str, Any], scratch: Path) -> None:
        """Keep `arrays` as the artifact `path` (.npz); `scratch` is a folder to write in."""
        local = scratch / Path(path).name
        with explained():
            np.savez(local, **arrays)
            self._client.log_artifact(run_id, str(local), str(Path(path).parent))

    def put_start(self, run_id: str, model: Path) -> None:
        """Keep the `.keras` file that the run is to start from."""
        with explained():
            self._client.log_artifact(run_id, str(model), str(Path(_START_PATH).parent))

    def start_model(self, run_id: str, scratch: Path) -> Path:
        """What `put_start` kept, as a file in the folder `scratch`."""
        with explained():
            return Path(self._client.download_artifacts(run_id, _START_PATH, str(scratch)))

    def arrays(self, run_id: str, path: str) -> dict[str, np.ndarray] | None:
        """What `put_arrays` kept; None if it never was, or is damaged, such as half a file."""
        with explained(), TemporaryDirectory() as scratch:
            folder = str(PurePosixPath(path).parent)
            if path not in {entry.path for entry in self._client.list_artifacts(run_id, folder)}:
                return None
            content = Path(self._client.download_artifacts(run_id, path, scratch)).read_bytes()
        try:
            return read_npz(content)
        except NpzError:
            return None

    def put_checkpoint(self, run_id: str, arrays: dict[str, Any], epoch: int, scratch: Path) -> None:
        """Keep the state within or after `epoch`. Two files take turns, so that one is whole whenever we are killed."""
        self.put_arrays(run_id, _CHECKPOINTS[epoch % 2], arrays, scratch)

    def put_last_checkpoint(self, run_id: str, arrays: dict[str, Any], epoch: int, scratch: Path) -> None:
        """Keep the state at a run's end, and in the place of the one before it nothing: it is not needed any more."""
        self.put_checkpoint(run_id, arrays, epoch, scratch)
        self.put_arrays(run_id, _CHECKPOINTS[(epoch + 1) % 2], {}, scratch)

    def checkpoint(self, run_id: str) -> dict[str, np.ndarray] | None:
        """The newest checkpoint that can be read, or None."""
        found = [arrays for path in _CHECKPOINTS if (arrays := self.arrays(run_id, path))]
        return max(found, key=lambda arrays: int(arrays["step"]), default=None)
