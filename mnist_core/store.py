"""The store: the truth about every run, kept by MLflow.

By default a SQLite file and a folder under `runs/`; MLFLOW_TRACKING_URI points at a server instead.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

import numpy as np
from filelock import FileLock

from mnist_core.config import TrainConfig
from mnist_core.npz import NpzError, read_npz
from mnist_core.runs import QUEUED, RUNNING, Change, Curves, Progress, Run

# Set before MLflow is imported: it must not call home, and its progress bars would fill the logs.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

EXPERIMENT = "Digit Lab"

_CONFIG, _OWNER, _VISITOR, _PROGRESS = "digit_lab.config", "mlflow.user", "digit_lab.visitor", "digit_lab.progress"
_REASON, _TRACEBACK, _ENVIRONMENT = "digit_lab.reason", "digit_lab.traceback", "digit_lab.environment"
_QUEUED, _CHANGES, _BACK_TO_BEST = "digit_lab.queued", "digit_lab.changes", "digit_lab.back_to_best"
_BROUGHT_BACK, _KILLED = "digit_lab.brought_back", "digit_lab.killed"
_TESTED_LATER, _TEST_PROBLEM = "digit_lab.tested_later", "digit_lab.test_problem"
_NOTE, _TAGS, _STARRED = "mlflow.note.content", "digit_lab.tags", "digit_lab.starred"
_TAG_LENGTH = 5000

# MLflow takes the value with the highest step for the latest: this one is beyond any epoch, so that what is said of
# a model counts even when its run has gone back to an earlier epoch.
FINAL_STEP = 10**9

# A program that makes the tables of a new database.
_MAKE = "import sys; from mlflow import MlflowClient; MlflowClient(sys.argv[1]).search_experiments()"

# A run's artifacts besides its model: the digits that people watch, and each epoch's validation confusion matrix.
WATCHED_PATH = "watched/digits.npz"
# What a run is taught that starts from another model: the digits of a person's own, and that model's `.keras` file.
OWN_DIGITS_PATH = "lesson/own_digits.npz"
_START_PATH = "lesson/model.keras"
# The weights of a run that was not trained here but brought back as a file.
BROUGHT_PATH = "brought_back/weights.npz"
_CHECKPOINTS = ("checkpoints/checkpoint_0.npz", "checkpoints/checkpoint_1.npz")


def confusion_path(epoch: int) -> str:
    """Where the (10, 10) `counts` of the validation digits after `epoch` (from 1) are."""
    return f"confusion/{epoch}.npz"


class StoreError(RuntimeError):
    """The store cannot be read or written; the message says why and what to do."""


class NoSuchRun(StoreError):
    """The run is not there (any more)."""


def runs_folder() -> Path:
    """Where the embedded store and engine keep their files: DIGIT_LAB_RUNS, or `runs/` in the project."""
    default = Path(__file__).parent.parent / "runs"
    return Path(os.environ.get("DIGIT_LAB_RUNS", default)).resolve()


class Store:
    """Reads and writes runs. Every method raises StoreError when the store cannot be reached or is full."""

    def __init__(self) -> None:
        with _explained():
            # Before MLflow: a thread that imports while a page does must not leave it a half-imported numpy.
            import pandas  # noqa: F401
            from mlflow import MlflowClient

            if "MLFLOW_TRACKING_URI" in os.environ:
                self._client = MlflowClient()
                self._experiment = self._find_experiment(None)
                return
            folder = runs_folder()
            folder.mkdir(parents=True, exist_ok=True)
            # The first client makes the database's tables; two at once would trip over each other.
            with FileLock(folder / "store.lock"), _made_whole(folder / "mlflow.db") as database:
                self._client = MlflowClient(f"sqlite:///{database}")
                self._experiment = self._find_experiment((folder / "artifacts").as_uri())

    def _find_experiment(self, artifacts: str | None, name: str = EXPERIMENT) -> str:
        from mlflow.exceptions import MlflowException

        for attempt in (1, 2):
            if found := self._client.get_experiment_by_name(name):
                return found.experiment_id
            try:
                return self._client.create_experiment(name, artifact_location=artifacts)
            except MlflowException:
                # Another process may have been first.
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def create(
        self, config: TrainConfig, name: str, owner: str, visitor: str = "", *, tested_later: bool = False
    ) -> str:
        """A new queued run; returns its id."""
        from mlflow.entities import Param

        tags = {_CONFIG: json.dumps(config.to_dict()), _OWNER: owner, _VISITOR: visitor}
        tags |= {_TESTED_LATER: "yes"} if tested_later else {}
        params = [Param(key, str(value)[:_TAG_LENGTH]) for key, value in asdict(config).items()]
        with _explained():
            run = self._client.create_run(self._experiment, run_name=name, tags=tags)
            self._client.update_run(run.info.run_id, status=QUEUED)
            self._client.log_batch(run.info.run_id, params=params)
        return run.info.run_id

    def get(self, run_id: str) -> Run:
        """Raises NoSuchRun for an unknown or deleted run."""
        from mlflow.exceptions import MlflowException

        with _explained():
            try:
                run = self._client.get_run(run_id)
            except MlflowException as error:
                if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                    raise NoSuchRun(f"There is no run {run_id}. It may have been deleted.") from None
                raise
        if run.info.lifecycle_stage == "deleted":
            raise NoSuchRun("This run was deleted.")
        if _CONFIG not in run.data.tags:
            raise NoSuchRun(f"{run_id} is no run.")
        with _explained():
            return _run_of(run)

    def newest(self, limit: int = 500) -> list[Run]:
        """The newest runs first; deleted ones are left out."""
        with _explained():
            found = self._client.search_runs([self._experiment], max_results=limit, order_by=["start_time DESC"])
        runs = []
        for run in found:
            # What another version of this program wrote may be unreadable, and hides no other run.
            with suppress(KeyError, ValueError, TypeError):
                runs.append(_run_of(run))
        return runs

    def curves(self, run_id: str, names: tuple[str, ...]) -> Curves:
        """The recorded points of the metrics that exist, up to where the run stands now.

        A step that was trained again keeps its last value.
        """
        progress = self.get(run_id).progress
        series = {}
        with _explained():
            for name in names:
                history = sorted(self._client.get_metric_history(run_id, name), key=lambda m: m.timestamp)
                points = sorted({metric.step: metric.value for metric in history}.items())
                if points:
                    steps, values = zip(*points, strict=True)
                    series[name] = np.array(steps), np.array(values)
        # A run that was brought back knows its epochs, not its steps.
        return Curves(series).up_to(progress.epoch, progress.step) if progress.step else Curves(series)

    def write(
        self,
        run_id: str,
        *,
        metrics: Sequence[tuple[str, float, int]] = (),
        progress: Progress | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Add metric points (name, value, step) and replace what is given of the rest."""
        from mlflow.entities import Metric, RunTag

        now = int(time.time() * 1000)
        points = [Metric(name, value, now, step) for name, value, step in metrics]
        tags = {_PROGRESS: asdict(progress) if progress else None, _ENVIRONMENT: environment}
        with _explained():
            self._client.log_batch(
                run_id, metrics=points, tags=[RunTag(key, json.dumps(tag)) for key, tag in tags.items() if tag]
            )

    def describe(self, run_id: str, *, name: str, note: str, tags: Sequence[str], starred: bool) -> None:
        """Replace what people say about a run. MLflow's own pages show the name and the note too."""
        with _explained():
            self._client.update_run(run_id, name=name)
            values = {_NOTE: note, _TAGS: json.dumps(list(tags)), _STARRED: "yes" if starred else ""}
            for key, text in values.items():
                self._client.set_tag(run_id, key, text)

    def mark_brought_back(self, run_id: str) -> None:
        """Say of a run that it was trained elsewhere."""
        with _explained():
            self._client.set_tag(run_id, _BROUGHT_BACK, "yes")

    def queue(self, run_id: str) -> None:
        """Have a run wait (again), behind all others."""
        with _explained():
            self._client.set_tag(run_id, _QUEUED, time.time())
            self._client.update_run(run_id, status=QUEUED)

    def reopen(self, run_id: str, config: TrainConfig, back_to_best: bool) -> None:
        """Have a run that has ended go on under a changed configuration, and be tested at its end.

        Its parameters stay as first written.
        """
        with _explained():
            self._client.set_tag(run_id, _CONFIG, json.dumps(config.to_dict()))
            if back_to_best:
                self._client.set_tag(run_id, _BACK_TO_BEST, "yes")
            for key in (_REASON, _TESTED_LATER, _KILLED):
                self._client.set_tag(run_id, key, "")
        self.queue(run_id)

    def went_back(self, run_id: str) -> None:
        """The run has gone back to its best epoch."""
        with _explained():
            self._client.delete_tag(run_id, _BACK_TO_BEST)

    def could_not_be_tested(self, run_id: str, problem: str) -> None:
        """Say why the run has no model; it does not await one any more."""
        with _explained():
            self._client.set_tag(run_id, _TEST_PROBLEM, problem)

    def put_changes(self, run_id: str, changes: list[Change]) -> None:
        """Replace the list of what was changed while the run went on."""
        with _explained():
            values = [[change.step, change.name, change.value] for change in changes]
            self._client.set_tag(run_id, _CHANGES, json.dumps(values))

    def start(self, run_id: str) -> None:
        """A worker has taken the run."""
        with _explained():
            self._client.update_run(run_id, status=RUNNING)

    def mark_killed(self, run_id: str) -> None:
        """Say of a run that its worker is killed because it does not stop."""
        with _explained():
            self._client.set_tag(run_id, _KILLED, "yes")

    def end(self, run_id: str, status: str, reason: str = "", traceback: str = "") -> None:
        """Close a run as FINISHED, STOPPED or FAILED, with the reason in plain words."""
        with _explained():
            for key, text in {_REASON: reason, _TRACEBACK: traceback[-_TAG_LENGTH:]}.items():
                if text:
                    self._client.set_tag(run_id, key, text)
            self._client.set_terminated(run_id, status)

    def delete(self, run_id: str) -> None:
        """Hide a run; `restore` brings it back. MLflow's own `gc` frees the disk."""
        with _explained():
            self._client.delete_run(run_id)

    def restore(self, run_id: str) -> None:
        with _explained():
            self._client.restore_run(run_id)

    def create_record(self, experiment: str, name: str) -> str:
        """A record of something else than a run, in an experiment of its own; artifacts and `delete` are as a run's."""
        artifacts = None if "MLFLOW_TRACKING_URI" in os.environ else (runs_folder() / "artifacts").as_uri()
        with _explained():
            return self._client.create_run(self._find_experiment(artifacts, experiment), run_name=name).info.run_id

    def tag_record(self, record: str, key: str, text: str) -> None:
        with _explained():
            self._client.set_tag(record, key, text)

    def records(self, experiment: str) -> list[tuple[str, dict[str, str]]]:
        """The ids and tags of what `create_record` made there, the newest first."""
        with _explained():
            if not (known := self._client.get_experiment_by_name(experiment)):
                return []
            found = self._client.search_runs([known.experiment_id], max_results=500, order_by=["start_time DESC"])
        return [(run.info.run_id, run.data.tags) for run in found]

    def put_folder(self, run_id: str, folder: Path) -> None:
        """Copy the files of `folder` into the run's artifacts."""
        with _explained():
            self._client.log_artifacts(run_id, str(folder))

    def folder(self, run: Run) -> Path:
        """The run's artifacts as a folder here; from another machine fetched once, and after more training again."""
        address = urlparse(run.artifact_uri)
        if address.scheme in ("file", ""):
            return Path(url2pathname(address.path))
        cached = runs_folder() / "cache" / f"{run.id}-{run.ended or 0:.0f}"
        if not cached.exists():
            cached.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=cached.parent) as scratch, _explained():
                fetched = Path(scratch) / "fetched"
                fetched.mkdir()
                self._client.download_artifacts(run.id, "", str(fetched))
                # Under its name only when it is whole; somebody else may have been faster.
                with suppress(OSError):
                    fetched.rename(cached)
        return cached

    def put_arrays(self, run_id: str, path: str, arrays: Mapping[str, Any], scratch: Path) -> None:
        """Keep `arrays` as the artifact `path` (.npz); `scratch` is a folder to write in."""
        local = scratch / Path(path).name
        np.savez(local, **arrays)
        with _explained():
            self._client.log_artifact(run_id, str(local), str(Path(path).parent))

    def put_start(self, run_id: str, model: Path) -> None:
        """Keep the `.keras` file that the run is to start from."""
        with _explained():
            self._client.log_artifact(run_id, str(model), str(Path(_START_PATH).parent))

    def start_model(self, run_id: str) -> Path:
        """What `put_start` kept, as a file on this machine."""
        with _explained():
            return Path(self._client.download_artifacts(run_id, _START_PATH))

    def arrays(self, run_id: str, path: str) -> dict[str, np.ndarray] | None:
        """What `put_arrays` kept; None if there is nothing that can be read, such as half a file."""
        try:
            with _explained():
                content = Path(self._client.download_artifacts(run_id, path)).read_bytes()
            return read_npz(content)
        except (StoreError, OSError, NpzError):
            return None

    def put_checkpoint(self, run_id: str, arrays: dict[str, Any], epoch: int, scratch: Path) -> None:
        """Keep the state within or after `epoch`. Two files take turns, so that one is whole whenever we are killed."""
        self.put_arrays(run_id, _CHECKPOINTS[epoch % 2], arrays, scratch)

    def checkpoint(self, run_id: str) -> dict[str, np.ndarray] | None:
        """The newest checkpoint that can be read, or None."""
        found = [arrays for path in _CHECKPOINTS if (arrays := self.arrays(run_id, path))]
        return max(found, key=lambda arrays: int(arrays["step"]), default=None)


@contextmanager
def _made_whole(database: Path) -> Iterator[Path]:
    """While a new database is made a file beside it says so: one whose making was cut short is made anew."""
    begun = database.with_suffix(".begun")
    if begun.exists():
        database.unlink(missing_ok=True)
    if not database.exists():
        begun.touch()
        # In a process of its own, because all that makes tables would stay in this one. If it fails, this one says why.
        subprocess.run([sys.executable, "-c", _MAKE, f"sqlite:///{database}"], capture_output=True, check=False)
    yield database
    begun.unlink(missing_ok=True)


def _run_of(run: Any) -> Run:
    tags, info = run.data.tags, run.info
    return Run(
        id=info.run_id,
        name=info.run_name,
        owner=tags.get(_OWNER, ""),
        visitor=tags.get(_VISITOR, ""),
        status=info.status,
        config=TrainConfig.from_dict(json.loads(tags[_CONFIG])),
        submitted=info.start_time / 1000,
        queued=float(tags.get(_QUEUED, info.start_time / 1000)),
        ended=info.end_time / 1000 if info.end_time else None,
        progress=Progress(**json.loads(tags.get(_PROGRESS, "{}"))),
        killed=bool(tags.get(_KILLED)),
        changes=[Change(*change) for change in json.loads(tags.get(_CHANGES, "[]"))],
        back_to_best=_BACK_TO_BEST in tags,
        brought_back=_BROUGHT_BACK in tags,
        tested_later=bool(tags.get(_TESTED_LATER)),
        test_problem=tags.get(_TEST_PROBLEM, ""),
        environment=json.loads(tags.get(_ENVIRONMENT, "{}")),
        metrics=dict(run.data.metrics),
        reason=tags.get(_REASON, ""),
        traceback=tags.get(_TRACEBACK, ""),
        artifact_uri=info.artifact_uri,
        note=tags.get(_NOTE, ""),
        tags=tuple(json.loads(tags.get(_TAGS, "[]"))),
        starred=bool(tags.get(_STARRED)),
    )


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what the store's parts raise into a StoreError in plain words."""
    try:
        yield
    except StoreError:
        raise
    except Exception as error:
        text = str(error)
        full = any(words in text.lower() for words in ("disk is full", "no space left", "disk i/o", "file too large"))
        if full:
            reason = f"The disk under {runs_folder()} is full. Free some space, then try again; finished runs are safe."
        else:
            reason = f"The store of runs cannot be used: {text.splitlines()[0] if text else type(error).__name__}"
        raise StoreError(reason) from error
