"""What is kept of a drawing, so that it survives an Undo, a visit to another page and a reload."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

Strokes = list[dict[str, Any]]
# In pixels, to begin with.
PEN = 20


@dataclass
class Drawing:
    """One person's drawing on one canvas.

    `strokes` are Fabric.js objects, `pixels` (280, W, 4) uint8; `past` and `future` are what Undo and Redo
    bring back. `shown` is what the browser was last told to draw; until it has, it may still send what was
    there before: `stale`. `pen` is how wide the person has it, in pixels.
    """

    strokes: Strokes = field(default_factory=list)
    pixels: np.ndarray | None = None
    past: list[Strokes] = field(default_factory=list)
    future: list[Strokes] = field(default_factory=list)
    shown: dict[str, Any] | None = None
    edits: int = 0
    stale: list[Strokes] = field(default_factory=list)
    pen: int = PEN

    def take_in(self, strokes: Strokes, pixels: np.ndarray | None) -> None:
        """Keep what the browser sent, unless it is from before an Undo, Redo or Clear."""
        if pixels is None or (strokes != self.strokes and strokes in self.stale):
            return
        if len(strokes) > len(self.strokes):
            # Quick strokes may come together; each is undone for itself.
            self.past += [strokes[:count] for count in range(len(self.strokes), len(strokes))]
            self.future = []
        elif len(strokes) < len(self.strokes):
            # The board has buttons of its own, which take strokes away.
            self.past, self.future = [*self.past, self.strokes], []
        self.stale = []
        self.strokes, self.pixels = strokes, pixels

    def show(self) -> None:
        """Have the browser draw the strokes: the count of edits makes it look even at a text it has seen."""
        self.edits += 1
        self.shown = {"objects": self.strokes, "edits": self.edits}

    def undo(self) -> None:
        self.future.append(self.strokes)
        self._change(self.past.pop())

    def redo(self) -> None:
        self.past.append(self.strokes)
        self._change(self.future.pop())

    def clear(self) -> None:
        """Undo brings it back."""
        self.past, self.future = [*self.past, self.strokes], []
        self._change([])

    def _change(self, strokes: Strokes) -> None:
        self.stale.append(self.strokes)
        self.strokes = strokes
        self.show()
        if not strokes:
            self.pixels = None
