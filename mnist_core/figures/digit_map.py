"""Digits as points on a plane, in the colour of what they are, as a Plotly figure."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from mnist_core.architecture import NUM_CLASSES
from mnist_core.figures.braille import braille

# One for each digit, on light and on dark: 0 to 9 as blue, orange, green, red, violet, brown, pink, grey, yellow, teal.
DIGIT_COLOURS = (
    "#3366e6", "#d97400", "#1e9e4a", "#e02b2b", "#a035d8", "#925c36", "#d94fa3", "#6c727e", "#a89000", "#119c90",
)  # fmt: skip

_GROUND = "rgba(30, 36, 48, 0.75)"


def digit_map(points: np.ndarray, images: np.ndarray, labels: np.ndarray, read_as: np.ndarray) -> go.Figure:
    """A point (N, 2) for each digit in the colour of its label (N,), a cross where it is read as another (N,).

    Under the pointer it shows its image (28, 28) uint8. `customdata` of a point is its number, label and answer.
    """
    figure = go.Figure()
    drawn = np.array(braille(images))
    for label in range(NUM_CLASSES):
        chosen = np.flatnonzero(labels == label)
        # Crosses last: they lie on top, and the legend shows what the first point looks like.
        chosen = chosen[np.argsort(read_as[chosen] != label, kind="stable")]
        _add_points(figure, label, points[chosen], drawn[chosen], chosen, read_as[chosen])
        # Beside the colours, which not everybody tells apart.
        if len(chosen):
            x, y = np.median(points[chosen], axis=0)
            figure.add_annotation(
                x=x, y=y, text=f"<b>{label}</b>", showarrow=False, font={"size": 18, "color": "white"}, bgcolor=_GROUND
            )
    for axis in (figure.update_xaxes, figure.update_yaxes):
        axis(showticklabels=False, zeroline=False, showgrid=False)
    # Without "constant" a legend's dot is as small as the first point; at the top are Plotly's own buttons.
    legend = {"title": "True digit", "itemsizing": "constant", "y": 0.93}
    figure.update_layout(height=560, margin={"l": 10, "r": 10, "t": 10, "b": 10}, legend=legend)
    return figure


def _add_points(
    figure: go.Figure, label: int, points: np.ndarray, drawn: np.ndarray, numbers: np.ndarray, read_as: np.ndarray
) -> None:
    """All digits of one label, with the text that shows each."""
    wrong = read_as != label
    said = "%{text}<br>test digit %{customdata[0]}: %{customdata[1]} read as %{customdata[2]}<extra></extra>"
    figure.add_scatter(
        x=points[:, 0],
        y=points[:, 1],
        mode="markers",
        name=str(label),
        customdata=[[int(number), label, int(answer)] for number, answer in zip(numbers, read_as, strict=True)],
        text=drawn,
        hovertemplate=said,
        marker={
            "color": DIGIT_COLOURS[label],
            "size": np.where(wrong, 11, 6),
            "symbol": np.where(wrong, "x", "circle"),
            "opacity": np.where(wrong, 1.0, 0.7),
        },
    )
