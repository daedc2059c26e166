"""Has the C library give freed memory back: importing MLflow and reading MNIST leave much of it behind."""

from __future__ import annotations

import ctypes
import sys

# The names of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
# Smaller ones are kept at hand: to ask for each small array anew made a drawing's answer wait a tenth of a second.
_BYTES = 1 << 20


def give_back() -> None:
    """From now on, in this process; where the C library is another one, nothing."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_MMAP_THRESHOLD, _BYTES)
        mallopt(_TRIM_THRESHOLD, _BYTES)
        mallopt(_ARENA_MAX, 1)
