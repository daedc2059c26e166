"""What everybody who polls asks for: one session looks, and the others take what it has found.

Streamlit's caches have everybody wait for the one who looks, and a page that is asked for again while it waits begins
anew. Where a class polls, and a look takes about as long as it is good for, nobody gets an answer.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")

# While somebody looks, what was found before is good enough for others, up to this age.
_OLDEST = 10.0
_MOST = 100


@dataclass
class _Found:
    """The last answer and when it was asked for, by `time.monotonic`; the lock is held while somebody looks."""

    value: Any = None
    at: float = -math.inf
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def age(self) -> float:
        return time.monotonic() - self.at


class SharedLook(Generic[T]):
    """A function of hashable arguments whose answer, not to be changed, is good for so many seconds."""

    def __init__(self, look: Callable[..., T], seconds: float) -> None:
        self._look, self._seconds = look, seconds
        self._found: dict[tuple[Any, ...], _Found] = {}

    def __call__(self, *args: Any) -> T:
        found = self._found.setdefault(args, _Found())
        age = found.age
        if age >= self._seconds and found.lock.acquire(blocking=age > _OLDEST):
            try:
                # Somebody else may have looked while this one waited.
                if found.age >= self._seconds:
                    asked = time.monotonic()
                    found.value, found.at = self._look(*args), asked
            finally:
                found.lock.release()
        # A copy: others add theirs meanwhile.
        for oldest in list(self._found)[:-_MOST]:
            self._found.pop(oldest, None)
        return found.value

    def clear(self) -> None:
        """Have the next one look, whatever is known."""
        self._found = {}


def shared_look(seconds: float) -> Callable[[Callable[..., T]], SharedLook[T]]:
    """Make a function a `SharedLook`."""
    return lambda look: SharedLook(look, seconds)
