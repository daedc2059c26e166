"""Words anywhere in an ECharts picture, where its axes have none: the labels of points that are not seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def series(places: Iterable[Sequence[float]], texts: Iterable[str], **label: Any) -> dict[str, Any]:
    """A series that writes each of `texts` at its place; `label` is how, in ECharts' words."""
    points = [{"value": list(place), "name": text} for place, text in zip(places, texts, strict=True)]
    hidden = {"silent": True, "symbolSize": 0.1, "tooltip": {"show": False}}
    return {"type": "scatter", "data": points, "label": {"show": True, "formatter": "{b}"} | label} | hidden
