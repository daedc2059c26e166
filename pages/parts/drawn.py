"""What is kept of a drawing, so that it survives an Undo, a visit to another page and a reload."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from mnist_core.strokes import Stroke, draw

Strokes = list[dict[str, Any]]
# In pixels, to begin with.
PEN = 20
# Boards that Undo can bring back.
_MOST_UNDONE = 200
# A board's picture has a tenth of that at most.
_MOST_PIXELS = 4_000_000


class Board(NamedTuple):
    """What was on a canvas: Fabric.js objects, and as a PNG; None for a blank one."""

    strokes: Strokes
    picture: bytes | None


@dataclass
class Drawing:
    """One person's drawing on one canvas.

    `strokes` are Fabric.js objects, `picture` is a PNG of H by W pixels; `past` and `future` are what Undo
    and Redo bring back. `shown` is what the browser was last told to draw; until it has, it may still send what
    was there before: `stale`. `pen` is how wide the person has it, in pixels, and `given` how wide it was given last.
    """

    strokes: Strokes = field(default_factory=list)
    picture: bytes | None = None
    past: list[Board] = field(default_factory=list)
    future: list[Board] = field(default_factory=list)
    shown: dict[str, Any] | None = None
    edits: int = 0
    stale: list[Strokes] = field(default_factory=list)
    pen: int = PEN
    given: int = PEN

    @property
    def pixels(self) -> np.ndarray | None:
        """The picture, (H, W, 4) uint8; None while there is none."""
        return None if self.picture is None else np.asarray(_opened(self.picture).convert("RGBA"))

    def take_in(self, strokes: Strokes, picture: bytes | None) -> None:
        """Keep what the browser sent, unless it is from before an Undo, Redo or Clear, or no picture."""
        if picture is None or (strokes != self.strokes and strokes in self.stale):
            return
        if picture != self.picture and not _is_readable(picture):
            return
        if len(strokes) > len(self.strokes):
            self.past = [*self.past, self._board(), *self._between(strokes, picture)][-_MOST_UNDONE:]
            self.future = []
        self.stale = []
        self.strokes, self.picture = strokes, picture

    def show(self) -> None:
        """Have the browser draw the strokes: the count of edits makes it look even at a text it has seen."""
        self.edits += 1
        self.shown = {"objects": self.strokes, "edits": self.edits}

    def undo(self) -> None:
        # A second click may come before the button is known to be disabled.
        if not self.past:
            return
        self.future.append(self._board())
        self._change(self.past.pop())

    def redo(self) -> None:
        if not self.future:
            return
        self.past.append(self._board())
        self._change(self.future.pop())

    def clear(self) -> None:
        """Undo brings it back."""
        self.past, self.future = [*self.past, self._board()], []
        self._change(Board([], None))

    def take_over(self, other: Drawing) -> None:
        """What is on another board; Undo brings back what was on this one."""
        self.past, self.future = [*self.past, self._board()], []
        self._change(other._board())

    def _board(self) -> Board:
        return Board(self.strokes, self.picture)

    def _between(self, strokes: Strokes, picture: bytes) -> list[Board]:
        """Quick strokes may come together; each is undone for itself, and none but the last has a picture."""
        if len(strokes) == len(self.strokes) + 1:
            return []
        blank = np.zeros_like(_grey(picture))
        before = blank if self.picture is None else _grey(self.picture)
        grey = before if before.shape == blank.shape else blank
        boards = []
        for count in range(len(self.strokes) + 1, len(strokes)):
            grey = _with_stroke(grey, strokes[count - 1])
            boards.append(Board(strokes[:count], _as_png(grey)))
        return boards

    def _change(self, board: Board) -> None:
        """The picture changes at once: a browser that is still loading the canvas sends none of what it begins with."""
        self.stale.append(self.strokes)
        self.strokes, self.picture = board
        self.show()


def _with_stroke(grey: np.ndarray, stroke: dict[str, Any]) -> np.ndarray:
    """A picture (H, W) uint8 with one line more, nearly as the browser draws it; the eraser's line is black."""
    # Anybody can send anything in a line's place.
    with suppress(LookupError, ArithmeticError, TypeError, ValueError):
        points = np.array([command[-2:] for command in stroke["path"]], float)
        line = draw([Stroke(points, float(stroke["strokeWidth"]))], max(grey.shape))[: len(grey), : grey.shape[1], 0]
        return np.minimum(grey, 255 - line) if stroke["stroke"] == "#000000" else np.maximum(grey, line)
    return grey


def _grey(picture: bytes) -> np.ndarray:
    """(H, W) uint8."""
    return np.asarray(_opened(picture).convert("L"))


def _as_png(grey: np.ndarray) -> bytes:
    Image.fromarray(grey).save(file := io.BytesIO(), "PNG")
    return file.getvalue()


def _opened(picture: bytes) -> Image.Image:
    """Anybody can send anything in a picture's place: Pillow is not to guess what it is."""
    return Image.open(io.BytesIO(picture), formats=["PNG"])


def _is_readable(picture: bytes) -> bool:
    # Damaged, a picture raises errors of a dozen kinds in Pillow.
    with suppress(Exception):
        image = _opened(picture)
        if image.width * image.height <= _MOST_PIXELS:
            image.load()
            return True
    return False
