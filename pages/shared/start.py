"""What the server does before anybody comes, and when a page fails in a way that nobody has thought of."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared import services

# What pages import only where they need it, and most visitors soon do.
_ALSO = ("pandas", "plotly.graph_objects", "sklearn.metrics")
# Importing MLflow takes the interpreter from the pages for seconds: not while the first visitors come with the server.
_SECONDS_UNTIL_THE_STORE = 10


@asynccontextmanager
async def before_anybody_comes(_: Any) -> AsyncIterator[None]:
    """Import what pages need, so that no first visitor waits for it; the store follows when it is quiet."""
    here = Path(__file__).parent
    for file in sorted(here.rglob("*.py")):
        import_module(".".join(file.relative_to(here.parent.parent).with_suffix("").parts))
    for name in _ALSO:
        import_module(name)
    later = threading.Timer(_SECONDS_UNTIL_THE_STORE, services.opening_store)
    later.daemon = True
    later.start()
    yield


def say_sorry(error: Exception) -> bool:
    """Instead of a traceback on the page; Streamlit has written it to the server's own window. Always True."""
    st.error(
        "Nothing was lost: runs go on, and what is stored stays. Reload the page. If it comes again, whoever started "
        "the server finds the details in the window in which it runs.",
        title=f"This page has a fault ({type(error).__name__})",
    )
    return True
