"""How the learning rate changes during a run: from `progress` (N,) in [0, 1] to factors (N,) of the rate set."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Schedule = Callable[[np.ndarray], np.ndarray]


def constant(progress: np.ndarray) -> np.ndarray:
    """The same rate in every step."""
    return np.ones_like(progress)


def one_cycle(progress: np.ndarray) -> np.ndarray:
    """Up from 1/25 for the first 30% of the run, then down to 1/10,000 of it, along cosines.

    The shape of L. N. Smith and N. Topin, "Super-Convergence" (arXiv:1708.07120), with the
    usual proportions 0.3, 25 and 10,000.
    """
    start, end, peak = 1 / 25, 1e-4, 0.3
    rising = start + (1 - start) * (1 - np.cos(np.pi * progress / peak)) / 2
    falling = end + (1 - end) * (1 + np.cos(np.pi * (progress - peak) / (1 - peak))) / 2
    return np.where(progress < peak, rising, falling)


def cosine(progress: np.ndarray) -> np.ndarray:
    """Down to zero along half a cosine: I. Loshchilov and F. Hutter, "SGDR" (arXiv:1608.03983), no restarts."""
    return (1 + np.cos(np.pi * progress)) / 2


def exponential(progress: np.ndarray) -> np.ndarray:
    """Down to a hundredth, by the same factor in every step."""
    return 0.01**progress


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "one-cycle": one_cycle,
    "cosine": cosine,
    "exponential": exponential,
}


def learning_rates(schedule: str, learning_rate: float, steps: np.ndarray, total: int) -> np.ndarray:
    """The rate at each of `steps` (0-based) of a run of `total` steps, float32."""
    progress = np.clip(np.asarray(steps, float) / max(total, 1), 0, 1)
    return (learning_rate * SCHEDULES[schedule](progress)).astype(np.float32)
