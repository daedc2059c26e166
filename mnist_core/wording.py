"""Probabilities, intervals and digits as pages and the terminal say them."""

from __future__ import annotations

# What `in_percent` shows as more than 0.0%.
LEAST_SHOWN = 0.0005


def in_percent(probability: float) -> str:
    """A probability from 0 to 1 with one decimal; what would round to 100.0% is `>99.9%`: no answer is certain."""
    return ">99.9%" if probability >= 0.9995 else f"{probability:.1%}"


def sure_in_words(probability: float) -> str:
    """How sure an answer is, from 0 to 1, as pages and the terminal say it: `97.3% sure`. Never `100.0% sure`."""
    return f"{in_percent(probability).replace('>', 'more than ')} sure"


def interval_in_words(interval: tuple[float, float]) -> str:
    """What `wilson_interval` found, as pages and the terminal say it: `95% interval 98.70% to 99.12%`."""
    low, high = interval
    return f"95% interval {low:.2%} to {high:.2%}"


def article(digit: int) -> str:
    """The word that stands before a digit: a 3, an 8."""
    return "an" if digit == 8 else "a"
