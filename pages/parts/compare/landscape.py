"""All listed runs in one picture: which settings led where, and what accuracy costs."""

from __future__ import annotations

from collections import Counter
from functools import partial
from hashlib import sha256
from typing import Any

import streamlit as st

from mnist_core.comparison import config_with_epochs_done, overview
from mnist_core.config import FIELDS, label
from mnist_core.figures import parallel, trade_off
from mnist_core.figures.axes import RESULTS
from mnist_core.idle_fields import value_with_use
from mnist_core.runs.run import Run
from pages.parts import browser, figure
from pages.parts.as_written import as_written
from pages.parts.compare import run_notes

# What people change first.
_FIRST = ("train_size", "epochs", "model", "dense_units", "dropout", "optimizer", "learning_rate", "batch_size")
_MOST_AXES = 6

_EXPLAINED = (
    f"Each line is a run, {parallel.COLOURED}. Drag along one axis or several: lines that do not pass there fade; "
    "click elsewhere on an axis to remove its mark."
)
_ANSWERS = " The table lists only the runs whose lines are left, until you choose another view."
_CLEARED = "compare_marks_cleared"
# In pixels: of a button.
_HEIGHT_OF_OFFER = 40


def show_settings(runs: list[Run]) -> list[Run]:
    """Parallel coordinates of what ended; those of `runs` that pass what is marked there."""
    ended = [run for run in runs if not run.is_active]
    if len(ended) < 2:
        st.caption("Two runs that have ended are needed.")
        return runs
    configs = [config_with_epochs_done(run) for run in ended]
    values = {name: [value_with_use(config, name) for config in configs] for name in FIELDS}
    differing = [name for name in FIELDS if len(set(values[name])) > 1]
    telling = sorted(differing, key=lambda name: _tells_most(values[name], name))
    settings = st.multiselect(
        "Settings",
        differing,
        telling[:_MOST_AXES],
        format_func=label,
        help="Those in which the listed runs differ.",
        key="compare_settings",
    )
    clicked = st.container()
    selected = _draw(ended, settings)
    with clicked:
        _offer([ended[place] for place in selected.get(parallel.CLICKED, [])], "line")
    return [ended[place] for place in selected.get(parallel.PASSING, [])] or runs


def _tells_most(values: list[Any], name: str) -> tuple[int, int]:
    """To sort settings by: first those in which fewest runs have the most common value, then what people change."""
    return max(Counter(values).values()), _FIRST.index(name) if name in _FIRST else len(_FIRST)


def show_marked(passing: list[Run], runs: list[Run]) -> None:
    """Say which runs the table lists, and offer them all again; in the same place whether any are marked or not."""
    with st.container(horizontal=True, vertical_alignment="center"):
        # On the left: the table's own buttons hover over what is above its right end.
        marked = len(passing) < len(runs)
        # Where no run passes, nothing tells marks from none: it takes them back all the same.
        st.button("List all again", on_click=_clear, key="compare_list_all")
        st.caption(
            f"Listed are {len(passing)} of {len(runs)} runs: those that pass through what you marked below."
            if marked
            else f"All {len(runs)} runs are listed. Mark some in the picture below; if none fits, all are listed."
        )
    browser.leave_room_for_tools()


def _draw(runs: list[Run], settings: list[str]) -> dict[int, list[int]]:
    """The picture, and the places in `runs` of the lines that are selected in it, by series."""
    rows = [overview(run) for run in runs]
    # An axis on which all lines meet says nothing.
    found = {name: {row[name] for row in rows} for name in RESULTS}
    results = [name for name in RESULTS if len(found[name]) > 1 or ("accuracy" in name and found[name] != {None})]
    drawn = [*zip(map(config_with_epochs_done, runs), rows, strict=True)], settings, results
    option, alt = parallel.parallel_coordinates(*drawn), parallel.alt(*drawn)
    # Marks cannot be taken back from here, and mean nothing on other axes.
    key = _key("parallel", str(st.session_state.get(_CLEARED, 0)), *settings, *[run.id for run in runs])
    columns = partial(parallel.columns, *drawn)
    figure.show(option, key, alt, "runs", columns, height=440, **figure.when_selected())
    st.caption(_EXPLAINED + (_ANSWERS if figure.CAN_SELECT else ""))
    return figure.selection(key)


def _key(*drawn: str) -> str:
    """Of a picture of just this: what is selected there are places, which in another picture are other runs."""
    return f"compare_{drawn[0]}_{sha256(' '.join(drawn).encode()).hexdigest()[:16]}"


def _clear() -> None:
    st.session_state[_CLEARED] = st.session_state.get(_CLEARED, 0) + 1


def _offer(clicked: list[Run], kind: str) -> None:
    """The run whose line or point was clicked, above the picture, where one sees it; what to do while none was."""
    if not figure.CAN_SELECT:
        return
    # As high without a run as with one whose name is short: then the picture stays where it is.
    height: Any = "content" if clicked else _HEIGHT_OF_OFFER
    with st.container(horizontal=True, vertical_alignment="center", height=height, border=False):
        if not clicked:
            st.caption(f"Click on a {kind} to see here which run it is, and to open it.")
        for run in clicked:
            st.markdown(f"**{as_written(run.name)}** · {as_written(run.owner)}")
            run_notes.show_ways_to(run, kind)


def show_trade_offs(runs: list[Run], chosen: list[Run]) -> None:
    """Accuracy against parameters, time or size; a click on a point opens that run."""
    costs = list(trade_off.COSTS)
    cost = st.segmented_control("Against", costs, default="Parameters", required=True, key="compare_cost")
    left_out = ""
    if cost == "Seconds" and any(run.taught for run in runs):
        runs = [run for run in runs if not run.taught]
        left_out = " Models that were taught handwriting are left out: most of their training was another run's."
    several = len({run.owner for run in runs}) > 1
    rows = [overview(run) | ({"Who": run.owner} if several else {}) for run in runs]
    drawn = trade_off.places(rows, cost)
    if not drawn:
        st.caption(f"No run has both numbers yet.{left_out}")
        return
    picked = {run.id for run in chosen}
    key = _key("trade_off", cost, *[run.id for run in runs])
    option, alt = trade_off.trade_off(rows, cost, [run.id in picked for run in runs]), trade_off.alt(rows, cost)
    columns = partial(trade_off.columns, rows)
    clicked = st.container()
    figure.show(option, key, alt, "accuracy-and-cost", columns, height=420, **figure.when_selected())
    with clicked:
        _offer([runs[drawn[place]] for place in figure.selection(key).get(trade_off.POINTS, [])], "point")
    names = "the names of who trained them" if several else "their names"
    st.caption(
        f"On the line, with {names}, are the best trade-offs: no run is both cheaper and more accurate. Diamonds are "
        "ticked. The accuracy axis is stretched towards 100%: from 99.0 to 99.5% is as far as from 90 to 95%."
        + left_out
    )
