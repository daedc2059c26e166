"""What a long benchmark has measured so far, so that one that was interrupted goes on where it was."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from mnist_core.runs.store_connection import runs_folder


class Journal:
    """Named measurements in `runs/benchmark-NAME.json`, which `close` removes: the next time all is measured anew."""

    def __init__(self, name: str) -> None:
        self._path = runs_folder() / f"benchmark-{name}.json"
        self._known: dict[str, Any] = json.loads(self._path.read_text()) if self._path.exists() else {}
        if self._known:
            print(f"Going on with what {self._path} holds; delete it to begin again.", flush=True)

    def once(self, name: str, measure: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """What `measure` answers to the arguments, or has answered under this name before: what JSON can hold."""
        if name not in self._known:
            print(f"{time.strftime('%H:%M:%S')} {name} …", flush=True)
            self._known[name] = measure(*arguments, **options)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial = self._path.with_suffix(".partial")
            partial.write_text(json.dumps(self._known))
            partial.replace(self._path)
        print(f"{name}: {self._known[name]}", flush=True)
        return self._known[name]

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
