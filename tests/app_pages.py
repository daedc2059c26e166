"""Pages without a browser: how tests open them and read what they show."""

import io
import json
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from PIL import Image
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from mnist_core import strokes
from pages.parts import read_results, read_runs, services
from pages.parts.drawn import Drawing
from tests.conftest import PROJECT

PAGES = ["train", "evaluate", "inside", "compare", "sweep", "draw", "data"]


@pytest.fixture(scope="session", autouse=True)
def packages_are_looked_through_once() -> Iterator[None]:
    """Every AppTest looks for components in all packages that are installed; they stay the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def fresh_caches(monkeypatch):
    """Every test is a fresh server, with nobody whose page must come before the engine."""
    monkeypatch.setattr(services, "_SECONDS_FOR_THE_PAGE", 0)
    for cached in (
        services.opening_store,
        services.opening_engine,
        services.opening_studies,
        read_runs.studies,
        read_runs._all_runs,
        read_runs._newest_after,
        read_runs.runs,
        read_runs._run,
        read_results._curves,
    ):
        cached.clear()


def open_page(name: str = "", **query: str) -> AppTest:
    page = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    if name:
        page.switch_page(f"pages/{name}.py")
    return page


def with_store(page: AppTest) -> AppTest:
    """The page where the store is open already."""
    services.opening_store().result()
    return page.run()


def texts(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.warning, *page.error, *page.info, *page.title, *page.header]
    return " ".join(element.value for element in shown)


def png(image: np.ndarray, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, kind)
    return buffer.getvalue()


SEVEN = [(84, 70), (196, 70), (126, 224)]


def draw(page: AppTest, key: str, *drawn: list[tuple[int, int]]) -> AppTest:
    """Put strokes on a page's canvas, as the browser would send them, and run the page."""
    picture = png(strokes.draw(strokes.Stroke(np.array(points)) for points in drawn))
    page.session_state[f"{key}_drawing"] = Drawing(strokes=[{}] * len(drawn), picture=picture)
    return page.run()


def clickable(page: AppTest, key: str) -> str:
    """The HTML that a page shows under this key, its quotes as in the source."""
    found = [element.proto for element in page.get("bidi_component") if key in element.proto.id]
    return json.loads(found[0].json) if found else ""
