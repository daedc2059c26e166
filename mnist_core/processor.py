"""What Linux says of the processor; other systems say less."""

from __future__ import annotations

import platform
from pathlib import Path

_BFLOAT16 = {"avx512_bf16", "amx_bf16"}


def name() -> str:
    """The processor's name where Linux tells it, else what Python knows."""
    return _told().get("model name") or platform.processor() or platform.machine()


def has_bfloat16() -> bool:
    """Whether it has instructions for bfloat16, as far as its system tells."""
    return bool(flags() & _BFLOAT16)


def flags() -> set[str]:
    """Its groups of instructions in Linux' words; empty elsewhere."""
    return set(_told().get("flags", "").split())


def _told() -> dict[str, str]:
    """The lines about the last core, which is like the others."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return {}
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
