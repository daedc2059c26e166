"""Where sweeps are kept: each is an Optuna study, with what people want of it and how it stands.

By default in a SQLite file under `runs/`; OPTUNA_STORAGE, Optuna's own variable, names another database.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import uuid4

from filelock import FileLock

from mnist_core.fields import ConfigError
from mnist_core.runs import database_file
from mnist_core.runs.store_connection import ServiceError, no_room, runs_folder
from mnist_core.sweeps.sweep import Sweep, rounded

# What a person wants of a sweep; a driver sets DONE when it has ended by itself.
RUN, PAUSE, STOP, DONE, DELETE = "run", "pause", "stop", "done", "delete"

# How a trial stands. WAITING has no run (any more); STOPPED was stopped by a person, DELETED has lost its run.
WAITING, RUNNING, PAUSED, FINISHED, PRUNED = "waiting", "running", "paused", "finished", "pruned"
FAILED, STOPPED, DELETED = "failed", "stopped", "deleted"

# The attributes of a study, and of a trial, in Optuna's storage.
SWEEP, WISH, SECONDS, REASON, IMPORTANCE = "sweep", "wish", "seconds", "reason", "importance"
RUN_ID, OUTCOME = "run", "outcome"
CREATED, STORE = "created", "store"


class StudyError(ServiceError):
    """The sweeps cannot be read or written; the message says why."""


class NoSuchStudy(StudyError):
    """The sweep is not there (any more)."""


@dataclass(frozen=True)
class Trial:
    """One trial: `number` counts from 1, `accuracies` are validation accuracies by epoch (from 1).

    `params` are the values that vary, by field; `reason` says why it did not end as it should.
    """

    number: int
    state: str
    params: dict[str, Any]
    run_id: str
    accuracies: dict[int, float]
    reason: str

    @property
    def accuracy(self) -> float | None:
        """Validation accuracy after the last epoch, in [0, 1]."""
        return self.accuracies[max(self.accuracies)] if self.accuracies else None


@dataclass(frozen=True)
class Study:
    """A sweep as its storage knows it; `seconds` is how long it has been going on, pauses left out.

    `importance` are shares that sum to 1, by field; empty until a few trials have finished.
    """

    id: str
    sweep: Sweep
    created: float
    wish: str
    seconds: float
    reason: str
    importance: dict[str, float]
    trials: list[Trial]

    @property
    def is_live(self) -> bool:
        """Whether a driver has something to do."""
        return self.wish in (RUN, DELETE) or any(trial.state == RUNNING for trial in self.trials)

    @property
    def best(self) -> Trial | None:
        """The finished trial with the highest validation accuracy."""
        finished = [trial for trial in self.trials if trial.state == FINISHED]
        return max(finished, key=lambda trial: trial.accuracy or 0.0, default=None)

    @property
    def ended(self) -> int:
        """How many trials are over, however they ended."""
        return sum(trial.state not in (WAITING, RUNNING, PAUSED) for trial in self.trials)


class Studies:
    """Reads and writes the sweeps whose runs are in the store with the id `store`, and those that name none.

    Every method raises StudyError when their storage cannot be used.
    """

    def __init__(self, store: str) -> None:
        import optuna

        self._store = store
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        with _explained():
            self.storage = _storage()

    def create(self, sweep: Sweep) -> str:
        """A new sweep that is to run; returns its id."""
        import optuna

        study_id = uuid4().hex[:12]
        with _explained():
            study = optuna.create_study(storage=self.storage, study_name=study_id, direction="maximize")
            # The wish last: without it there is no sweep yet.
            values = {SWEEP: sweep.to_dict(), CREATED: time.time(), STORE: self._store, WISH: RUN}
            for name, value in values.items():
                study.set_user_attr(name, value)
        return study_id

    def all(self) -> list[Study]:
        """Every sweep that nobody has deleted, the newest first."""
        studies = []
        with _explained():
            for each in self._own():
                # What another version of this program wrote may be unreadable, and hides no other sweep.
                with suppress(ConfigError, KeyError):
                    studies.append(self._study(each))
        return sorted((each for each in studies if each.wish != DELETE), key=lambda study: -study.created)

    def wishes(self) -> dict[str, str]:
        """What people want of each sweep, by its id."""
        with _explained():
            return {each.study_name: each.user_attrs[WISH] for each in self._own()}

    def wish(self, study_id: str, wish: str) -> None:
        """Say what a driver is to do with a sweep. Raises NoSuchStudy."""
        self.set(study_id, WISH, wish)

    def extend(self, study_id: str, sweep: Sweep, more: int) -> None:
        """Let a sweep have so many trials, or minutes, more, and go on."""
        plan = sweep.plan
        longer = {plan.limit: getattr(plan, plan.limit) + more}
        self.set(study_id, SWEEP, replace(sweep, plan=replace(plan, **longer)).to_dict())
        self.wish(study_id, RUN)

    def set(self, study_id: str, name: str, value: Any) -> None:
        """Write an attribute of a sweep. Raises NoSuchStudy."""
        with _explained():
            self.storage.set_study_user_attr(self.storage.get_study_id_from_name(study_id), name, value)

    def delete(self, study_id: str) -> None:
        """Forget a sweep and its trials at once, not their runs. Raises NoSuchStudy."""
        with _explained():
            self.storage.delete_study(self.storage.get_study_id_from_name(study_id))

    def _own(self) -> list[Any]:
        """Optuna's studies that are sweeps with runs in this store.

        A database may be shared: other programs' studies, and one that is being created, have no sweep or wish.
        """
        sweeps = [each for each in self.storage.get_all_studies() if {SWEEP, WISH} <= each.user_attrs.keys()]
        return [each for each in sweeps if each.user_attrs.get(STORE, self._store) == self._store]

    def _study(self, frozen: Any) -> Study:
        attributes = frozen.user_attrs
        return Study(
            id=frozen.study_name,
            sweep=_sweep(json.dumps(attributes[SWEEP])),
            created=attributes[CREATED],
            wish=attributes[WISH],
            seconds=attributes.get(SECONDS, 0.0),
            reason=attributes.get(REASON, ""),
            importance=attributes.get(IMPORTANCE, {}),
            trials=[_trial(each) for each in self.storage.get_all_trials(frozen._study_id, deepcopy=False)],
        )


@lru_cache(maxsize=500)
def _sweep(written: str) -> Sweep:
    """What a sweep's attribute says, as JSON: looked at every second, and always the same. Raises ConfigError."""
    return Sweep.from_dict(json.loads(written))


def _trial(frozen: Any) -> Trial:
    attributes = frozen.user_attrs
    names = {"RUNNING": RUNNING, "WAITING": WAITING, "COMPLETE": FINISHED, "PRUNED": PRUNED, "FAIL": FAILED}
    state = names[frozen.state.name]
    if state == RUNNING:
        state = PAUSED if attributes.get(PAUSED) else RUNNING if attributes.get(RUN_ID) else WAITING
    outcome, reason = attributes.get(OUTCOME, (state, ""))
    return Trial(
        number=frozen.number + 1,
        state=outcome if state == FAILED else state,
        params=rounded(frozen.params),
        run_id=attributes.get(RUN_ID, ""),
        accuracies=dict(frozen.intermediate_values),
        reason=reason,
    )


def _storage() -> Any:
    from optuna.storages import RDBStorage, get_storage

    if address := os.environ.get("OPTUNA_STORAGE"):
        return get_storage(address)
    folder = runs_folder()
    folder.mkdir(parents=True, exist_ok=True)
    database_file.follow_replacements()
    # The first to open it makes the tables. Its writers wait for one another, and the disk may be slow.
    with FileLock(folder / "sweeps.lock"):
        options = {"connect_args": {"timeout": 60}}
        return get_storage(RDBStorage(f"sqlite:///{folder / 'sweeps.db'}", engine_kwargs=options))


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what the storage raises into a StudyError in plain words."""
    try:
        yield
    except StudyError:
        raise
    except KeyError:
        raise NoSuchStudy("This sweep was deleted.") from None
    except Exception as error:
        if database_file.has_no_room(error):
            raise StudyError(no_room("sweeps", "OPTUNA_STORAGE")) from error
        raise StudyError(f"The sweeps cannot be used: {database_file.reason(error)}") from error
