"""What a person wants of a run, carried from the page to the worker by Dask's scheduler."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

RUN, PAUSE, STOP = "run", "pause", "stop"

# Where in the scheduler's metadata the wishes are, by run.
TOPIC = "digit-lab-wishes"
_SECONDS_BETWEEN_LOOKS = 0.1


def ask(client: Any, run_id: str, wish: str, until: int | None = None) -> None:
    """Ask a run to RUN (and pause at step `until`), PAUSE or STOP, whether a worker has it yet or not.

    One that was asked to stop stops: a click on Resume that comes late must not make it train on for hours.
    `client` is a `distributed.Client`.
    """
    client.run_on_scheduler(_put_unless_stopped, [TOPIC, run_id, "wish"], [wish, until])


def _put_unless_stopped(key: list[str], asked: list[Any], dask_scheduler: Any) -> None:
    """In the scheduler, where nothing comes between the look and the change."""
    if dask_scheduler.get_metadata(key, default=[None])[0] != STOP:
        dask_scheduler.set_metadata(key, asked)


def begin_again(client: Any, run_id: str) -> None:
    """Forget everything that was asked of a run: what it is to keep of that, the store knows."""
    client.set_metadata([TOPIC, run_id], {})


def wish_of(client: Any, run_id: str) -> str:
    """What was last asked of a run."""
    return _asked(client, run_id)[0] or RUN


def stands_at(client: Any, run_id: str, step: int) -> int:
    """Where a run that is now at `step` pauses by what was asked of it: the store learns that a little later."""
    wish, until = _asked(client, run_id)
    return max(step, until or 0) if wish == RUN else step


def needs_a_worker(client: Any, run_id: str, step: int) -> bool:
    """Whether a run that is paused at `step` was asked to go on from there, or to stop: only a worker can do that."""
    wish, until = _asked(client, run_id)
    return wish == STOP or (wish == RUN and (until is None or until > step))


def _asked(client: Any, run_id: str) -> tuple[str | None, int | None]:
    """The wish, and the step until which; None and None before any."""
    return client.get_metadata([TOPIC, run_id, "wish"], default=(None, None))


def change(client: Any, run_id: str, name: str, value: float) -> None:
    """Give one of `config.LIVE_FIELDS` another value while the run goes on."""
    client.set_metadata([TOPIC, run_id, "settings", name], value)


class Listener:
    """In the worker: keeps `wanted`, a wish and the step until which, and `settings` up to date."""

    def __init__(self, client: Any, run_id: str) -> None:
        self._client = client
        self._key = [TOPIC, run_id]
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._listen, name=f"wishes of {run_id}", daemon=True)
        self._look()

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        wanted = self._client.get_metadata(self._key, default={})
        wish, until = wanted.get("wish", (RUN, None))
        self.settings: dict[str, float] = wanted.get("settings", {})
        # Together: a wish must never be seen with another one's step.
        self.wanted: tuple[str, int | None] = (wish, until)

    @property
    def wish(self) -> str:
        return self.wanted[0]

    def holds(self, step: int) -> bool:
        """Whether a run that stands at `step` is to pause there."""
        wish, until = self.wanted
        return wish == PAUSE or (wish == RUN and until is not None and step >= until)

    def _listen(self) -> None:
        while not self._done.wait(_SECONDS_BETWEEN_LOOKS):
            # One answer that is late, lost or broken must not make the run deaf.
            with suppress(Exception):
                self._look()
