"""What is kept of a drawing, so that it survives an Undo and a visit to another page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Drawing:
    """One person's drawing on one canvas.

    `strokes` are Fabric.js objects, `pixels` (280, 280, 4) uint8; `shown` is what the browser was last
    told to draw, and `expected` how many strokes it should then send back.
    """

    strokes: list[dict[str, Any]] = field(default_factory=list)
    pixels: np.ndarray | None = None
    shown: dict[str, Any] | None = None
    edits: int = 0
    expected: int | None = None

    def show(self, strokes: list[dict[str, Any]]) -> None:
        """Have the browser draw these strokes: the count of edits makes it look even at a text it has seen."""
        self.edits += 1
        self.strokes = strokes
        self.shown = {"objects": strokes, "edits": self.edits}

    def undo(self) -> None:
        self.show(self.strokes[:-1])
        self.expected = len(self.strokes)

    def clear(self) -> None:
        self.show([])
        self.expected, self.pixels = 0, None
