"""What the server does before it answers, so that its first visitor need not wait for it."""

from __future__ import annotations

import asyncio
import importlib
import inspect
from collections.abc import AsyncIterator
from concurrent.futures import Future, wait
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from streamlit.starlette import App

_PROJECT = Path(__file__).parents[2]
# A store elsewhere may be slow or down; the pages say so themselves.
_MOST_SECONDS = 10


@asynccontextmanager
async def make_ready(_: App) -> AsyncIterator[None]:
    """Streamlit's `lifespan` of the app: what comes before the `yield` is done before anybody is answered."""
    await asyncio.to_thread(_make_ready)
    yield


def _make_ready() -> None:
    """Import what pages are made of; open the store and, which takes a tenth of a second more, the sweeps."""
    # Not at the top of this file: their caches and the canvas register with a server, which is there by now.
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        importlib.import_module(".".join(file.relative_to(_PROJECT).with_suffix("").parts))
    from pages.parts import services

    opening: list[Future[Any]] = [services.opening_store(), services.opening_studies()]
    wait(opening, timeout=_MOST_SECONDS)
    # Before its first element, Streamlit asks who called, for which Python looks up every module's file, once.
    inspect.stack()
