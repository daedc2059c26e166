"""Parallel coordinates: all runs through their settings and results at once, as an ECharts option."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np

from mnist_core.config import TrainConfig, in_words, label, label_within
from mnist_core.figures import words
from mnist_core.figures.axes import RESULTS, Axis, parallel_axes
from mnist_core.figures.colours import COLOURS
from mnist_core.idle_fields import value_with_use

# From the least accurate to the most: each has a contrast of 3 to light and to dark (WCAG 2.2, 1.4.11).
_WORSE_TO_BETTER = np.array([[0x8A, 0x63, 0xD2], [0x3A, 0x9A, 0xD9], [0xCC, 0x84, 0x00]])
COLOURED = "coloured by its accuracy, from violet (lowest) over blue to orange (highest)"

# The series of `parallel_coordinates`: a selection has under the first the lines that pass what is marked, under the
# second the one that was clicked.
PASSING, CLICKED = 0, 1
ROOM = {"left": 50, "right": 88, "top": 68, "bottom": 20}
# The longest line of a name.
_LONGEST = 14
# Where axes are closer than so many pixels, all words stand upright.
_CLOSE = 64
_NARROW_ROOM = {"left": 16, "right": 34, "top": 132, "bottom": 40}


def parallel_coordinates(
    runs: Sequence[tuple[TrainConfig, Mapping[str, Any]]], settings: Sequence[str], results: Sequence[str] = RESULTS
) -> dict[str, Any]:
    """An ECharts option: the axes of `axes.parallel_axes` and a line for each run, coloured by the last result.

    Ranges are marked by dragging along the axes; what does not pass all of them fades. Data indices of a
    selection are places in `runs`.
    """
    axes = parallel_axes(runs, settings, results)
    values = np.stack([axis.places for axis in axes], axis=1).round(4).tolist()
    colours = _colours(axes[-1].places)
    names = [_in_short(row, results[-1]) for _, row in runs]
    return {
        "animation": False,
        "tooltip": {"trigger": "item", "formatter": "{b}"},
        # Without a brush ECharts says nothing of marks on axes; with one it lists the lines of the linked series.
        "brush": {"brushLink": [PASSING], "outOfBrush": {}, "throttleType": "debounce", "throttleDelay": 200},
        "toolbox": {"show": False},
        "parallel": ROOM,
        "parallelAxis": [_drawn_axis(number, axis.label) for number, axis in enumerate(axes)],
        **_beside(axes, ROOM),
        "media": [{"query": {"maxWidth": _CLOSE * len(axes)}, "option": _upright(axes)}],
        "series": [_seen_lines(values, colours), _clickable_lines(values, names), _ticks(axes)],
    }


_CHOSEN = COLOURS[5]
_MARK = "#cfd2d7"


# A selection does not tell marked lines from a clicked one: each has a series, and only one of them is seen.
def _seen_lines(values: Sequence[Sequence[float]], colours: Sequence[str]) -> dict[str, Any]:
    lines = [{"value": value, "lineStyle": {"color": colour}} for value, colour in zip(values, colours, strict=True)]
    style = {"lineStyle": {"width": 1.5, "opacity": 1}, "inactiveOpacity": 0.06}
    return {"type": "parallel", "animation": False, "silent": True, "data": lines} | style


def _clickable_lines(values: Sequence[Sequence[float]], names: Sequence[str]) -> dict[str, Any]:
    lines = [{"value": value, "name": name} for value, name in zip(values, names, strict=True)]
    shown = {"lineStyle": {"width": 4, "opacity": 1, "color": _CHOSEN}}
    hidden = {"lineStyle": {"width": 4, "opacity": 0}, "activeOpacity": 0, "inactiveOpacity": 0}
    states = {"selectedMode": "single", "emphasis": shown, "select": shown}
    return {"type": "parallel", "animation": False, "data": lines} | hidden | states


def _drawn_axis(number: int, label: str) -> dict[str, Any]:
    """A name of several words has several lines, so that it is not wider than the way to the next axis."""
    return {
        "dim": number,
        "min": 0,
        "max": 1,
        "name": _in_lines(label),
        "nameGap": 12,
        "nameTextStyle": {"lineHeight": 14},
        "axisLine": {"lineStyle": {"color": COLOURS[6], "width": 1.5}},
        # Drawn anew when a mark is made and not at each move: with 500 lines that would take too long.
        "realtime": False,
        "axisTick": {"show": False},
        # Parallel axes show their labels whatever `show` says; words of our own stand in their place.
        "axisLabel": {"formatter": ""},
        # As ECharts draws a mark again once another one is made.
        "areaSelectStyle": {"width": 14, "borderWidth": 2, "borderColor": _MARK, "color": _MARK, "opacity": 1},
    }


def _in_lines(label: str) -> str:
    return "\n".join(wrap(label, _LONGEST))


def _upright(axes: Sequence[Axis]) -> dict[str, Any]:
    """What is otherwise on a narrow screen."""
    words = {"rotate": 90, "align": "center", "verticalAlign": "top", "distance": 3}
    return {
        "parallel": _NARROW_ROOM,
        "parallelAxis": [{"name": axis.label, "nameRotate": 90, "nameTruncate": {"maxWidth": 124}} for axis in axes],
        **_beside(axes, _NARROW_ROOM),
        "series": [{"type": "parallel"}, {"type": "parallel"}, {"type": "scatter", "label": words}],
    }


def _beside(axes: Sequence[Axis], room: dict[str, int]) -> dict[str, Any]:
    """Plain axes over the parallel ones, as those cannot have words of their own at places of their own."""
    hidden = {"type": "value", "show": False, "min": 0}
    return {
        "grid": room | {"outerBoundsMode": "none"},
        "xAxis": hidden | {"max": len(axes) - 1},
        "yAxis": hidden | {"max": 1},
    }


def _ticks(axes: Sequence[Axis]) -> dict[str, Any]:
    """What is written beside the axes."""
    ticks = [((number, place), text) for number, axis in enumerate(axes) for place, text in axis.ticks]
    places, texts = zip(*ticks, strict=True) if ticks else ((), ())
    # The outline, in the colour of the page, keeps lines out of the words.
    style = {"position": "right", "fontSize": 11, "lineHeight": 13, "distance": 8, "textBorderWidth": 4}
    return words.series(places, texts, **style) | {"z": 5}


def _colours(places: np.ndarray) -> list[str]:
    """A colour for each place in [0, 1], as `#rrggbb`."""
    mixed = np.stack([np.interp(places, [0, 0.5, 1], channel) for channel in _WORSE_TO_BETTER.T], axis=1)
    return ["#" + bytes(colour).hex() for colour in mixed.round().astype(np.uint8)]


def _in_short(row: Mapping[str, Any], result: str) -> str:
    """The name of a run, where it has one, and its result."""
    said = f"no {result.lower()}" if row[result] is None else f"{result.lower()} {row[result]:.2%}"
    return f"{row['Name']}: {said}" if "Name" in row else said


def _plain(name: str, value: Any) -> Any:
    """A number as it is, for other programs to read; anything else in words, and nothing as it is."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if value is None or is_number else in_words(name, value)


def columns(
    runs: Sequence[tuple[TrainConfig, Mapping[str, Any]]], settings: Sequence[str], results: Sequence[str] = RESULTS
) -> dict[str, list[Any]]:
    """What lies on the axes, a line for each run; None where it has no such result, or no use for a setting."""
    names = {"Name": [row["Name"] for _, row in runs]}
    chosen = {label(name): [_plain(name, value_with_use(c, name)) for c, _ in runs] for name in settings}
    return names | chosen | {name: [row[name] for _, row in runs] for name in results}


def alt(
    runs: Sequence[tuple[TrainConfig, Mapping[str, Any]]], settings: Sequence[str], results: Sequence[str] = RESULTS
) -> str:
    """How many lines there are, through what, and which ends best."""
    rows = [row for _, row in runs if row[results[-1]] is not None]
    along = ", ".join(label_within(name) for name in settings)
    best = f" The best: {_in_short(max(rows, key=lambda row: row[results[-1]]), results[-1])}." if rows else ""
    return f"{len(runs)} lines through {along} and {', '.join(results).lower()}.{best}"
