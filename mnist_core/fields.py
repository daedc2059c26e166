"""What one field of a configuration may hold.

The same descriptions check a value, make its widget and write its help, so that
page, terminal and file can never disagree about what is allowed.

Each kind has `check(name, value)`, which gives the value in its plain type or raises a ConfigError that begins with
the name, and `parse(text)`, which gives a value still to be checked, or raises ValueError or KeyError.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names the field, the value and what is allowed."""


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`, both included.

    `step` is how far a widget moves it, by default 1, and how far apart the values are that a sweep tries. `check`
    takes any value between. One that is `logarithmic` lies on such a scale in figures and sweeps; its widget is a
    slider with `stops`, or one to type into where there is a step. `unit` is written behind it.
    """

    low: float
    high: float
    integer: bool = False
    step: float | None = None
    logarithmic: bool = False
    unit: str = ""

    def check(self, name: str, value: Any) -> float:
        kind = int if self.integer else float
        wrong = isinstance(value, bool) or not isinstance(value, Real)
        if wrong or not self.low <= value <= self.high or (self.integer and value != int(value)):
            what, style = ("a whole number", ",.0f") if self.integer else ("a number", "g")
            allowed = f"{what} from {self.low:{style}} to {self.high:{style}}"
            raise ConfigError(f"{name} is {value!r:.60}, but must be {allowed}.")
        return kind(value)

    def parse(self, text: str) -> float:
        return int(text) if self.integer else float(text)

    @property
    def stops(self) -> list[float]:
        """Where the slider of a logarithmic number stops: its ends, and 1, 2 and 5 of each power of ten between."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        kind = int if self.integer else float
        candidates = (float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5))
        return sorted({kind(stop) for stop in (self.low, *candidates, self.high) if self.low <= stop <= self.high})


@dataclass(frozen=True)
class Choice:
    """One of `options`, a mapping from the value to the words that a page shows for it."""

    options: Mapping[str, str]

    def check(self, name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in self.options:
            raise ConfigError(f"{name} is {value!r:.60}, but must be one of: {', '.join(self.options)}.")
        return value

    def parse(self, text: str) -> str:
        return text


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    def check(self, name: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ConfigError(f"{name} is {value!r:.60}, but must be true or false.")
        return value

    def parse(self, text: str) -> bool:
        return {"true": True, "false": False}[text.lower()]


@dataclass(frozen=True)
class Name:
    """The name of something that is kept elsewhere; `what` says how such names look, `pattern` matches them."""

    pattern: str
    what: str

    def check(self, name: str, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise ConfigError(f"{name} is {value!r:.60}, but must be {self.what}.")
        return value

    def parse(self, text: str) -> str:
        return text


@dataclass(frozen=True)
class Sequence:
    """Up to `most` entries, each checked by `entry`; written in text as `entry,entry`, such as `example`."""

    entry: Any
    most: int
    example: str

    def check(self, name: str, value: Any) -> tuple:
        if not isinstance(value, (list, tuple)) or len(value) > self.most:
            wanted = f"a list of at most {self.most} entries, such as {self.example}"
            raise ConfigError(f"{name} is {value!r:.60}, but must be {wanted}.")
        return tuple(self.entry.check(f"{name}[{i}]", entry) for i, entry in enumerate(value))

    def parse(self, text: str) -> tuple:
        return tuple(self.entry.parse(part) for part in text.split(",") if part.strip())


def described(default: Any, holds: Any, label: str, help: str) -> Any:
    """A dataclass field with what it `holds`, its `label` on a page and a `help` text."""
    return field(default=default, metadata={"holds": holds, "label": label, "help": help})


def check_fields(instance: Any) -> None:
    """Check every described field of a frozen dataclass and store the plain value. Raises ConfigError."""
    for name, entry in type(instance).__dataclass_fields__.items():
        value = entry.metadata["holds"].check(name, getattr(instance, name))
        object.__setattr__(instance, name, value)
