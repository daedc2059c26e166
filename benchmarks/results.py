"""benchmarks/RESULTS.md: one section for each benchmark, replaced when it is run again."""

from __future__ import annotations

import os
import platform
import re
import statistics
from datetime import date
from pathlib import Path

from mnist_core import processor

_INSTRUCTIONS = {"avx512_bf16": "AVX-512 with bfloat16", "avx512f": "AVX-512", "avx2": "AVX2"}

RESULTS = Path(__file__).parent / "RESULTS.md"


def write_section(title: str, body: str, command: str) -> None:
    """Replace the section under `## title`, or add it at the end."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else "# What was measured\n"
    measured = f"Measured on {date.today()}, {_machine()}:\n\n    {command}"
    section = f"## {title}\n\n{measured}\n\n{body.strip()}\n"
    others = re.sub(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", "", text, flags=re.MULTILINE | re.DOTALL)
    RESULTS.write_text(f"{others.rstrip()}\n\n{section}", encoding="utf-8")


def times(rows: list[tuple[str, list[float]]]) -> str:
    """A table of what was waited for and how long, in seconds: how often, the median, the worst."""
    measured = [f"{what} | {len(s):,} | {statistics.median(s):.2f} s | {max(s):.2f} s" for what, s in rows]
    return table(["what | times | median | worst", *measured])


def table(rows: list[str]) -> str:
    """Markdown of rows such as `a | b`; the first is the heading."""
    heading, *others = rows
    rule = " | ".join(["---"] * (heading.count("|") + 1))
    return "\n".join(f"| {row} |" for row in (heading, rule, *others))


def load(share: float, megabytes: float) -> str:
    """What a server takes of a core, from 0 to 1, and of memory, as a sentence."""
    return f"The server then takes {share:.0%} of a core and {megabytes:.0f} MB of memory."


def _machine() -> str:
    cores = f"{processor.name()}, {os.cpu_count()} cores"
    # What decides how fast convolutions are.
    newest = next((name for name in _INSTRUCTIONS if name in processor.flags()), "")
    system = f"{platform.system()} {platform.machine()}"
    return ", ".join(filter(None, [system, cores, _INSTRUCTIONS.get(newest), f"Python {platform.python_version()}"]))
