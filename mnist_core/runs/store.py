"""The store: the truth about every run, kept by MLflow.

By default a SQLite file and a folder under `runs/`; MLFLOW_TRACKING_URI points at a server instead.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from mnist_core.config import TrainConfig
from mnist_core.runs import run_tags as tag
from mnist_core.runs.run import QUEUED, RUNNING, Change, Curves, Progress, Run
from mnist_core.runs.run_files import RunFiles
from mnist_core.runs.store_connection import NoSuchRun, StoreError, connect, experiment, explained

EXPERIMENT = "Digit Lab"
# So many runs are looked at: with more, a look takes too long to wait for. MLflow's own pages show the older ones.
LISTED = 2000
_RECORDS_AT_ONCE = 500

_LONGEST_TEXT = 5000
# MLflow cuts what is longer than 8,000 characters, which would leave a list that cannot be read.
_MOST_TAGS, _LONGEST_TAG, _MOST_CHANGES = 30, 60, 150

# MLflow takes the value with the highest step for the latest: this one is beyond any epoch, so that what is said of
# a model counts even when its run has gone back to an earlier epoch.
FINAL_STEP = 10**9


class Store:
    """Reads and writes runs; `files` are what belongs to them.

    Every method raises StoreError when the store cannot be reached or is full.
    """

    def __init__(self) -> None:
        """Connect, and make the store if there is none."""
        self._client = connect()
        self._experiment = experiment(self._client, EXPERIMENT)
        self.files = RunFiles(self._client)

    @property
    def id(self) -> str:
        """What tells this store from any other: numbers of experiments start anew in each, times do not."""
        with explained():
            return f"{self._experiment}-{self._client.get_experiment(self._experiment).creation_time}"

    def create(
        self,
        config: TrainConfig,
        name: str,
        owner: str,
        visitor: str = "",
        *,
        tested_later: bool = False,
        taught: str = "",
        imported: bool = False,
    ) -> str:
        """A new queued run; returns its id. The last three are as in `Run`.

        One that is taught or imported is `incomplete` until `mark_complete` is told that its files are there too.
        """
        from mlflow.entities import Param, RunTag

        tags = {tag.CONFIG: json.dumps(config.to_dict()), tag.OWNER: owner, tag.VISITOR: visitor, tag.INCOMPLETE: "yes"}
        kinds = {tag.TESTED_LATER: tested_later, tag.TAUGHT: taught, tag.IMPORTED: imported}
        tags |= {key: value if isinstance(value, str) else "yes" for key, value in kinds.items() if value}
        params = [Param(key, str(value)[:_LONGEST_TEXT]) for key, value in asdict(config).items()]
        with explained():
            run_id = self._client.create_run(self._experiment, run_name=name, tags=tags).info.run_id
            try:
                self._client.update_run(run_id, status=QUEUED)
                is_whole = [] if taught or imported else [RunTag(tag.INCOMPLETE, "")]
                self._client.log_batch(run_id, params=params, tags=is_whole)
            except Exception:
                with suppress(Exception):
                    self._client.delete_run(run_id)
                raise
        return run_id

    def mark_complete(self, run_id: str) -> None:
        """All that belongs to a new run is in the store: it may begin."""
        self._set_tags(run_id, {tag.INCOMPLETE: ""})

    def get(self, run_id: str) -> Run:
        """Raises NoSuchRun for an unknown or deleted run."""
        from mlflow.exceptions import MlflowException

        with explained():
            try:
                run = self._client.get_run(run_id)
            except MlflowException as error:
                if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                    raise NoSuchRun(f"There is no run {run_id}. It may have been deleted.") from None
                raise
        if run.info.lifecycle_stage == "deleted":
            raise NoSuchRun("This run was deleted.")
        if tag.CONFIG not in run.data.tags:
            raise NoSuchRun(f"{run_id} is no run.")
        with explained():
            return tag.run_of(run)

    def is_deleted(self, run_id: str) -> bool:
        """Whether somebody has deleted a run, who may yet restore it. While the store does not answer: no."""
        try:
            self.get(run_id)
        except NoSuchRun:
            return True
        except StoreError:
            pass
        return False

    def newest(self, limit: int = LISTED) -> list[Run]:
        """The newest runs first, fewer than `limit` only if there are no more; deleted ones are left out."""
        return self._runs(limit)

    def deleted(self, visitor: str) -> list[Run]:
        """The deleted runs of a visitor that can be restored, the newest first: not the trials of sweeps, and none
        that has not begun, as it may not be whole."""
        runs = self._runs(LISTED, deleted=True, that=f"tags.`{tag.VISITOR}` = '{visitor}'")
        return [run for run in runs if not run.tested_later and (run.status != QUEUED or run.progress.step)]

    def _runs(self, limit: int, **wanted: Any) -> list[Run]:
        runs: list[Run] = []
        for run in self._search(self._experiment, limit, **wanted):
            # What another version of this program wrote may be unreadable, and hides no other run.
            with suppress(KeyError, ValueError, TypeError):
                runs.append(tag.run_of(run))
            if len(runs) == limit:
                break
        return runs

    def _search(self, experiment_id: str, at_once: int, deleted: bool = False, that: str = "") -> Iterator[Any]:
        """All that MLflow has in an experiment, or what was deleted of it, the newest first; `that` is a filter."""
        from mlflow.entities import ViewType

        view, token = ViewType.DELETED_ONLY if deleted else ViewType.ACTIVE_ONLY, None
        while True:
            with explained():
                found = self._client.search_runs(
                    [experiment_id],
                    filter_string=that,
                    run_view_type=view,
                    max_results=at_once,
                    order_by=["start_time DESC"],
                    page_token=token,
                )
            yield from found
            token = found.token
            if not token:
                return

    def curves(self, run_id: str, names: tuple[str, ...]) -> Curves:
        """The recorded points of the metrics that exist, up to where the run stands now.

        A step that was trained again keeps its last value; what was left behind by going back is not there any more.
        """
        run = self.get(run_id)
        progress, series = run.progress, {}
        with explained():
            for name in names:
                if points := _points(self._client.get_metric_history(run_id, name), run.went_back):
                    steps, values = zip(*points, strict=True)
                    series[name] = np.array(steps), np.array(values)
        # An imported run knows its epochs, not its steps.
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

        now = _milliseconds()
        points = [Metric(name, value, now, step) for name, value, step in metrics]
        tags = {tag.PROGRESS: asdict(progress) if progress else None, tag.ENVIRONMENT: environment}
        with explained():
            self._client.log_batch(
                run_id, metrics=points, tags=[RunTag(key, json.dumps(value)) for key, value in tags.items() if value]
            )

    def _set_tags(self, run_id: str, texts: Mapping[str, Any]) -> None:
        """Replace these tags of a run, all or none: whoever is killed meanwhile has not said half of it."""
        from mlflow.entities import RunTag

        with explained():
            self._client.log_batch(run_id, tags=[RunTag(key, str(text)) for key, text in texts.items()])

    def describe(self, run_id: str, *, name: str, note: str, tags: Sequence[str], starred: bool) -> None:
        """Replace what people say about a run: the first 30 of `tags`, the first 60 characters of each.

        MLflow's own pages show the name and the note too.
        """
        # MLflow has room for 8,000 characters; what is not printable takes six each.
        printable = ("".join(filter(str.isprintable, each)).strip()[:_LONGEST_TAG] for each in tags)
        kept = list(filter(None, printable))[:_MOST_TAGS]
        self._set_tags(run_id, {tag.NOTE: note, tag.TAGS: _compact_json(kept), tag.STARRED: "yes" if starred else ""})
        with explained():
            self._client.update_run(run_id, name=name)

    def queue(self, run_id: str, keeps_place: bool = False) -> None:
        """Have a run wait (again), behind all others unless it `keeps_place`."""
        if not keeps_place:
            self._set_tags(run_id, {tag.QUEUED: time.time()})
        with explained():
            self._client.update_run(run_id, status=QUEUED)

    def reopen(self, run_id: str, config: TrainConfig, name: str, back_to_best: bool) -> None:
        """Have a run that has ended go on under a changed configuration and name, and be tested at its end.

        Its parameters stay as first written.
        """
        # First: cut short after that, it trains no epoch more, is tested again, and nothing untrue is said of it.
        self.queue(run_id)
        # It was saving when it ended.
        progress = json.dumps(asdict(replace(self.get(run_id).progress, phase="starting", starts=0)))
        went_on = {tag.CONFIG: json.dumps(config.to_dict()), tag.TRAINED_ON: "yes", tag.PROGRESS: progress}
        ending = dict.fromkeys((tag.REASON, tag.DIVERGED, tag.TRACEBACK, tag.KILLED), "")
        tests = dict.fromkeys((tag.TESTED_LATER, tag.TEST_ASKED), "")
        self._set_tags(run_id, {**went_on, tag.BACK_TO_BEST: "yes" if back_to_best else "", **ending, **tests})
        with explained():
            self._client.update_run(run_id, name=name)

    def went_back(self, run_id: str, step: int) -> None:
        """The run has gone back to `step`, its best epoch's end: what its curves had after that is left behind."""
        before = [back for back in self.get(run_id).went_back if back[0] < step]
        self._set_tags(run_id, {tag.BACK_TO_BEST: "", tag.WENT_BACK: _compact_json([*before, (step, _milliseconds())])})

    def ask_for_test(self, run_id: str) -> None:
        """The run awaits a test, whatever came of one before."""
        self._set_tags(run_id, {tag.TEST_ASKED: "yes", tag.TEST_PROBLEM: ""})

    def could_not_be_tested(self, run_id: str, problem: str) -> None:
        """Say why the run has no model; it does not await one any more."""
        self._set_tags(run_id, {tag.TEST_PROBLEM: problem, tag.TESTS_BEGUN: ""})

    def count_test(self, run_id: str) -> int:
        """How often a test of the run has begun, this one counted, since it was last said why there is none."""
        with explained():
            begun = int(self._client.get_run(run_id).data.tags.get(tag.TESTS_BEGUN) or 0) + 1
        self._set_tags(run_id, {tag.TESTS_BEGUN: begun})
        return begun

    def put_changes(self, run_id: str, changes: list[Change]) -> None:
        """Replace the list of what was changed while the run went on: the newest, and the last of each setting."""
        before, newest = changes[:-_MOST_CHANGES], changes[-_MOST_CHANGES:]
        kept = [*{change.name: change for change in before}.values(), *newest]
        values = [[change.step, change.name, change.value] for change in kept]
        self._set_tags(run_id, {tag.CHANGES: _compact_json(values)})

    def start(self, run_id: str) -> None:
        """A worker has taken the run."""
        with explained():
            self._client.update_run(run_id, status=RUNNING)

    def mark_killed(self, run_id: str) -> None:
        """Say of a run that its worker is killed because it does not stop."""
        self._set_tags(run_id, {tag.KILLED: "yes"})

    def end(self, run_id: str, status: str, reason: str = "", traceback: str = "", diverged: str = "") -> None:
        """Close a run as FINISHED, STOPPED or FAILED, with the reason in plain words; `diverged` is as in `Run`."""
        said = {tag.REASON: reason, tag.TRACEBACK: traceback[-_LONGEST_TEXT:], tag.DIVERGED: diverged}
        self._set_tags(run_id, {key: text for key, text in said.items() if text})
        with explained():
            self._client.set_terminated(run_id, status)

    def delete(self, run_id: str) -> None:
        """Hide a run; `restore` brings it back. MLflow's own `gc` frees the disk."""
        with explained():
            self._client.delete_run(run_id)

    def restore(self, run_id: str) -> None:
        """Bring a deleted run back."""
        with explained():
            self._client.restore_run(run_id)

    def create_record(self, kind: str, name: str) -> str:
        """A record of another `kind` than runs, in an experiment of that name; `files` and `delete` are as a run's."""
        with explained():
            record = self._client.create_run(experiment(self._client, kind), run_name=name).info.run_id
            # It does nothing, and MLflow's pages should not show it as running.
            self._client.set_terminated(record)
        return record

    def tag_record(self, record: str, key: str, text: str) -> None:
        """Say something of a record, in the place of what was said under this key before."""
        self._set_tags(record, {key: text})

    def records(self, kind: str) -> list[tuple[str, dict[str, str]]]:
        """The ids and tags of what `create_record` made there, the newest first."""
        with explained():
            if not (known := self._client.get_experiment_by_name(kind)):
                return []
        return [(run.info.run_id, run.data.tags) for run in self._search(known.experiment_id, _RECORDS_AT_ONCE)]


def _points(history: Sequence[Any], went_back: Sequence[tuple[int, int]]) -> list[tuple[int, float]]:
    """The last value of each step; none that is older than a time when the run went back to before its step."""
    # Batches may be noted at other steps since, so that no new value takes the place of the old one.
    there = [m for m in history if not any(m.step > step and m.timestamp <= when for step, when in went_back)]
    return sorted({m.step: tag.value(m.value) for m in sorted(there, key=lambda m: m.timestamp)}.items())


def _milliseconds() -> int:
    """Now, as MLflow notes it beside a point of a curve."""
    return int(time.time() * 1000)


def _compact_json(values: list) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
