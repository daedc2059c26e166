"""What the coach has to say: a fault, its reason, and a remedy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Advice:
    """What is wrong, the reason with the run's own numbers, and the fields to change: name -> new value.

    `dataclasses.replace(config, **changes)` is always a valid configuration.
    """

    title: str
    reason: str
    changes: dict[str, Any]
