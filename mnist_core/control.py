"""What a person wants of a run, carried from the page to the worker by Dask's scheduler."""

from __future__ import annotations

import threading
from typing import Any

RUN, PAUSE, STOP = "run", "pause", "stop"

_TOPIC = "digit-lab-wishes"
_SECONDS_BETWEEN_LOOKS = 0.1


def ask(client: Any, run_id: str, wish: str) -> None:
    """Ask a run to RUN, PAUSE or STOP, whether a worker has it yet or not. `client` is a `distributed.Client`."""
    client.set_metadata([_TOPIC, run_id], wish)


class Listener:
    """In the worker: keeps `wish` up to date while the run goes on."""

    def __init__(self, client: Any, run_id: str) -> None:
        self._client = client
        self._key = [_TOPIC, run_id]
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._listen, name=f"wishes of {run_id}", daemon=True)
        self.wish = self._look()

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> str:
        return self._client.get_metadata(self._key, default=RUN)

    def _listen(self) -> None:
        while not self._done.wait(_SECONDS_BETWEEN_LOOKS):
            self.wish = self._look()
