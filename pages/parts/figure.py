"""A chart on a page, with its essential numbers in words and all of them as a file.

Every chart of every page is placed here.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

import streamlit as st

from pages.parts import download

# Streamlit 1.65 draws ECharts' options and says nothing of what is clicked there.
CAN_SELECT = "on_select" in signature(st.echarts_chart).parameters


def show(
    chart: Any, key: str, alt: str, file: str = "", columns: download.Columns | None = None, **options: Any
) -> None:
    """An ECharts option or a Plotly figure over a button for its numbers, `file`.csv.

    `alt` says in words what a sighted person sees in the chart, and its most important numbers. Without `columns`
    there is no button: another control beside the chart offers its numbers.
    """
    place = st.echarts_chart if isinstance(chart, dict) else st.plotly_chart
    place(chart, key=key, alt=alt, **options)
    if columns:
        download.show(file, columns)


def selection(key: str) -> dict[int, list[int]]:
    """The places in the data of each series that are selected in the ECharts option with this key, if any are."""
    selected = st.session_state.get(key, {}).get("selection", {}).get("selected", [])
    return {group["series_index"]: group["data_indices"] for group in selected}


def when_selected(act: Callable[[], None] | str = "rerun") -> dict[str, Any]:
    """The options for `show` with which a chart calls `act` once its selection changes, where it can tell."""
    return {"on_select": act} if CAN_SELECT else {}
