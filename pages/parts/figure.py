"""A chart on a page, with its essential numbers in words and all of them as a file.

Every chart of every page is placed here.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.parts import download


def show(
    chart: Any, key: str, alt: str, file: str = "", columns: download.Columns | None = None, **options: Any
) -> Any:
    """An ECharts option or a Plotly figure over a button for its numbers, `file`.csv; its selection, if it has one.

    `alt` says in words what a sighted person sees in the chart, and its most important numbers. Without `columns`
    there is no button: another control beside the chart offers its numbers.
    """
    place = st.echarts_chart if isinstance(chart, dict) else st.plotly_chart
    state = place(chart, key=key, alt=alt, **options)
    if columns:
        download.show(file, columns)
    return state
