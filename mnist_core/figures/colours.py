"""Colours that tell lines and points apart."""

from typing import Any

# One for each run, whatever its line: they tell apart on light, on dark and for the colour-blind (after M. Okabe and
# K. Ito, "Color Universal Design", 2008). The bright ones are darker than theirs: a line needs a contrast of 3 to its
# ground (WCAG 2.2, 1.4.11).
GREY = "#848a96"
COLOURS = ("#0072b2", "#cc8400", "#009e73", "#b0407f", "#3a9ad9", "#c44f00", GREY, "#7e3ff2")

# Of a series in ECharts: one point can be chosen, and then has a ring that is seen on light and on dark.
_RING = {"borderColor": "#ffffff", "borderWidth": 3, "shadowColor": "#000000", "shadowBlur": 4, "opacity": 1}
ONE_CHOSEN: dict[str, Any] = {"selectedMode": "single", "select": {"itemStyle": _RING}}
