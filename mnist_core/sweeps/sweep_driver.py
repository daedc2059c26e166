"""The process that carries sweeps out: `python -m mnist_core.sweeps.sweep_driver`.

It takes no worker's place, outlives the web server, and holds nothing that the studies and the store do not:
killed, it goes on from there when it is started again.
"""

from __future__ import annotations

import time
import traceback
from contextlib import suppress
from pathlib import Path
from subprocess import Popen

from filelock import FileLock, Timeout

from mnist_core.fields import ConfigError
from mnist_core.queue import background
from mnist_core.queue.engine import Engine
from mnist_core.queue.engine_connection import EngineError
from mnist_core.runs.store import Store
from mnist_core.runs.store_connection import ServiceError, runs_folder
from mnist_core.sweeps.studies import DONE, REASON, RUN, Studies, StudyError
from mnist_core.sweeps.tuning import Tuning

# A look costs processor time that training could use; no worker waits for it, as its next run waits in the queue.
_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_BEFORE_RETRY = 5
_SECONDS_IDLE = 60
_SECONDS_TO_RECOVER = 600

# The driver that this process started last.
_started: Popen | None = None


def start() -> None:
    """Have a driver: start one if none runs for this runs folder, nor is on its way there. Raises OSError."""
    global _started
    with suppress(Timeout), FileLock(lock_path(), timeout=0):
        # It takes the lock only after its imports, which take seconds; pages ask more often.
        if _started is None or _started.poll() is not None:
            _started = background.start("mnist_core.sweeps.sweep_driver", "sweep.log")


def lock_path() -> Path:
    """Whoever holds this file's lock is the driver of the runs folder."""
    runs_folder().mkdir(parents=True, exist_ok=True)
    return runs_folder() / "sweep.lock"


def main() -> None:
    try:
        # The one that starts us may still hold it.
        with FileLock(lock_path(), timeout=2):
            store = Store()
            _serve(store, Studies(store.id))
    except Timeout:
        print("A driver for this folder is running already.")


def _serve(store: Store, studies: Studies) -> None:
    """Drive until there has been nothing to do for a while, or all was in vain for longer."""
    driver = None
    last_used = last_well = time.monotonic()
    while time.monotonic() - last_used < _SECONDS_IDLE and time.monotonic() - last_well < _SECONDS_TO_RECOVER:
        try:
            if driver is None or not driver.engine.is_alive:
                # For nothing no engine is started.
                goes_on = any(wish != DONE for wish in studies.wishes().values())
                driver = Driver(_engine(store, studies), studies) if goes_on else None
            if driver and driver.step():
                last_used = time.monotonic()
            last_well = time.monotonic()
        except ServiceError:
            # A database that is locked, or started anew, ends no sweep that goes on overnight.
            traceback.print_exc()
            last_used = time.monotonic()
            time.sleep(_SECONDS_BEFORE_RETRY)
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def _engine(store: Store, studies: Studies) -> Engine:
    """The engine, or the reason why there is none beside every sweep that waits for it. Raises what that was."""
    try:
        return Engine(store)
    except EngineError as error:
        for study_id, wish in studies.wishes().items():
            if wish == RUN:
                studies.set(study_id, REASON, str(error))
        raise


class Driver:
    """Drives every sweep a step at a time."""

    def __init__(self, engine: Engine, studies: Studies) -> None:
        self.engine, self.studies = engine, studies
        self._tunings: dict[str, Tuning] = {}
        self._since: dict[str, int] = {}
        self._at_rest: dict[str, str] = {}
        self._retry_at: dict[str, float] = {}
        self._problems: dict[str, str] = {}
        self._last_step = time.monotonic()

    def step(self) -> bool:
        """Look once at all that goes on and do what is due; whether there was anything. Raises StudyError."""
        now = time.monotonic()
        elapsed, self._last_step = now - self._last_step, now
        wishes = {study_id: wish for study_id, wish in self.studies.wishes().items() if wish != DONE}
        due = {study_id: wish for study_id, wish in wishes.items() if self._at_rest.get(study_id) != wish}
        for study_id, wish in due.items():
            if now >= self._retry_at.get(study_id, 0):
                self._drive(study_id, wish, elapsed)
        return bool(due)

    def _drive(self, study_id: str, wish: str, elapsed: float) -> None:
        self._at_rest.pop(study_id, None)
        try:
            if study_id not in self._tunings:
                since = self._since.get(study_id)
                self._tunings[study_id] = Tuning(self.engine, self.studies, study_id, since)
                self._since[study_id] = self._tunings[study_id].since
            if self._tunings[study_id].step(wish, elapsed):
                # People may change the plan of what rests, and want it to go on; one that has ended is DONE by now.
                del self._tunings[study_id], self._since[study_id]
                if wish != RUN:
                    self._at_rest[study_id] = wish
        except ConfigError:
            # Another version of this program wrote it, and drives it.
            self._at_rest[study_id] = wish
        except Exception as error:
            # Whatever it is, the other sweeps go on, and this one is tried again: the log says it once.
            if self._problems.get(study_id) != str(error):
                self._problems[study_id] = str(error)
                traceback.print_exc()
            self._tunings.pop(study_id, None)
            self._retry_at[study_id] = time.monotonic() + _SECONDS_BEFORE_RETRY
            with suppress(StudyError):
                self.studies.set(study_id, REASON, f"This is tried again every few seconds: {error}")


if __name__ == "__main__":
    main()
