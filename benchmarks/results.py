"""benchmarks/RESULTS.md: one section for each benchmark, replaced when it is run again."""

from __future__ import annotations

import os
import platform
import re
from datetime import date
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"


def write_section(title: str, body: str, command: str) -> None:
    """Replace the section under `## title`, or add it at the end."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else "# What was measured\n"
    measured = f"Measured on {date.today()}, {_machine()}:\n\n    {command}"
    section = f"## {title}\n\n{measured}\n\n{body.strip()}\n"
    others = re.sub(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", "", text, flags=re.MULTILINE | re.DOTALL)
    RESULTS.write_text(f"{others.rstrip()}\n\n{section}", encoding="utf-8")


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
