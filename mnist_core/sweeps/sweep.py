"""A sweep: which hyperparameters vary and in what range, how their values are chosen, and when it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import prod
from typing import Any

import numpy as np

from mnist_core.config import FIELDS, TrainConfig, holds, label
from mnist_core.fields import Choice, ConfigError, Flag, Number, check_fields, described

SAMPLERS = {"tpe": "TPE", "random": "Random", "grid": "Grid"}
PRUNERS = {"none": "None", "median": "Median", "hyperband": "Hyperband"}
LIMITS = {"trials": "Trials", "minutes": "Minutes"}

# What trials are judged by must be the same digits for all of them; chance and time are not hyperparameters. Precise
# statistics are measured when a run ends, after the last epoch that a trial is judged by.
_SAME_FOR_ALL = (
    "data_set",
    "validation_split",
    "train_size",
    "epochs",
    "early_stopping",
    "target_accuracy",
    "seed",
    "precision",
    "precise_statistics",
)
VARIABLE = tuple(name for name in FIELDS if name not in _SAME_FOR_ALL)

# Kept out of training by trials of a base that keeps less: they are short, and few digits tell none from another.
VALIDATION_SPLIT = 0.1


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a sweep chooses values, how long a trial is, and when the sweep ends. Raises ConfigError."""

    sampler: str = described(
        "tpe",
        Choice(SAMPLERS),
        "Sampler",
        "After ten random trials TPE tries more of what did well; random tries anything in range, grid every "
        "combination of a few values.",
    )
    points: int = described(
        3, Number(2, 10, integer=True), "Values of each range", "How many values of each range the grid has."
    )
    pruner: str = described(
        "median",
        Choice(PRUNERS),
        "Pruning",
        "Median ends a trial whose best epoch is below the median of the others, once four have finished; Hyperband "
        "those that are not among the best third after a few epochs. Both need trials of several epochs.",
    )
    limit: str = described("trials", Choice(LIMITS), "Ends after", "When no new trial begins.")
    trials: int = described(
        20,
        Number(1, 500, integer=True),
        "Trials",
        "How many trials begin, failed ones included. Five finished ones show how much each setting matters.",
    )
    minutes: int = described(
        10, Number(1, 1440, integer=True), "Minutes", "Pauses do not count; trials under way end as they would."
    )
    epochs: int = described(2, Number(1, 50, integer=True), "Epochs of a trial", "Short trials find what matters.")
    train_size: int = described(
        10_000,
        Number(100, 60_000, integer=True, logarithmic=True),
        "Training digits of a trial",
        "Validation digits are part of them.",
    )

    def __post_init__(self) -> None:
        check_fields(self)


PLAN = Plan.__dataclass_fields__


@dataclass(frozen=True)
class Sweep:
    """A sweep over `ranges`: field -> (lowest, highest) of a number, or all values to try of anything else.

    Trials are `base` with other values in these fields, as short as `plan` says. Raises ConfigError for
    a range in which nothing varies, and for ends of ranges that cannot be trained.
    """

    base: TrainConfig
    ranges: Mapping[str, tuple]
    plan: Plan
    name: str
    owner: str = ""
    visitor: str = ""

    def __post_init__(self) -> None:
        if not self.ranges:
            raise ConfigError("Nothing varies: choose at least one setting.")
        for name, values in self.ranges.items():
            _check(name, values)
        for name, values in self.ranges.items():
            for value in values:
                self.config({name: value})
        for end in (0, -1):
            self.config({name: values[end] for name, values in self.ranges.items()})

    def config(self, params: Mapping[str, Any]) -> TrainConfig:
        """What a trial trains. Raises ConfigError for values that contradict each other."""
        share = max(self.base.validation_split, VALIDATION_SPLIT)
        short: dict[str, Any] = {
            "epochs": self.plan.epochs,
            "train_size": self.plan.train_size,
            "validation_split": share,
            # Trials that end at a target are all alike, and after how many epochs one is judged is the pruner's matter.
            "early_stopping": 0,
            "target_accuracy": 0.0,
        }
        return _changed(replace(self.base, **short), params)

    def full_config(self, params: Mapping[str, Any]) -> TrainConfig:
        """The same values in a whole training: with the epochs, digits and validation share of `base`."""
        return _changed(self.base, params)

    def distributions(self) -> dict[str, Any]:
        """What Optuna draws from, by field."""
        return {name: _distribution(holds(name), values) for name, values in self.ranges.items()}

    def grid(self) -> dict[str, list]:
        """The values that the grid combines, by field."""
        return {name: _points(holds(name), values, self.plan.points) for name, values in self.ranges.items()}

    @property
    def grid_size(self) -> int:
        """How many combinations the grid has."""
        return prod(map(len, self.grid().values()))

    @property
    def most_trials(self) -> int | None:
        """How many trials there can be; None if only time ends it."""
        limits = [self.plan.trials] if self.plan.limit == "trials" else []
        if self.plan.sampler == "grid":
            limits.append(self.grid_size)
        return min(limits, default=None)

    @property
    def most_seconds(self) -> float:
        """For how long trials may begin; infinite if only their number ends it."""
        return 60.0 * self.plan.minutes if self.plan.limit == "minutes" else float("inf")

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, texts, lists and mappings."""
        plain = {name: getattr(self, name) for name in ("name", "owner", "visitor")}
        ranges = {name: list(values) for name, values in self.ranges.items()}
        return {"base": self.base.to_dict(), "ranges": ranges, "plan": asdict(self.plan), **plain}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Sweep:
        """The inverse of `to_dict`. Raises ConfigError, also for what another version of this program wrote."""
        try:
            ranges = {name: tuple(allowed) for name, allowed in values["ranges"].items()}
            base, plan = TrainConfig.from_dict(values["base"]), Plan(**values["plan"])
            return cls(base, ranges, plan, values["name"], values["owner"], values["visitor"])
        except (KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"This is no sweep that this program can read: {error}") from None


def _check(name: str, values: tuple) -> None:
    """Raises ConfigError for a field or a range that cannot vary."""
    if name not in VARIABLE:
        raise ConfigError(f"{name} cannot vary in a sweep.")
    kind = holds(name)
    if not isinstance(kind, Number):
        if len(set(values)) < 2:
            raise ConfigError(f"{label(name)}: choose at least two values, or let it not vary.")
        return
    low, high = (kind.check(name, value) for value in values)
    if low >= high:
        raise ConfigError(f"{label(name)}: from {low:g} to {high:g} is no range. The first must be below the second.")


def _changed(config: TrainConfig, params: Mapping[str, Any]) -> TrainConfig:
    """`config` with these values, of which texts are parsed."""
    texts = [f"{name}={value}" for name, value in params.items() if isinstance(value, str)]
    plain: dict[str, Any] = {name: value for name, value in rounded(params).items() if not isinstance(value, str)}
    return replace(config, **plain).changed(texts)


def rounded(params: Mapping[str, Any]) -> dict[str, Any]:
    """What a sampler drew, by field, as it is trained with."""
    return {name: _rounded(value, holds(name)) for name, value in params.items()}


def _rounded(value: Any, kind: Choice | Flag | Number) -> Any:
    """A rate of 0.000750195 as 0.00075, as people write it, 0.15000000000000002 as 0.15; no such number as it is."""
    digits = 3 if isinstance(kind, Number) and kind.logarithmic else 12
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value


def _distribution(holds: Choice | Flag | Number, values: tuple) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if not isinstance(holds, Number):
        return CategoricalDistribution(values)
    low, high = values
    if holds.integer:
        return IntDistribution(low, high, log=holds.logarithmic, step=int(holds.step or 1))
    return FloatDistribution(low, high, log=holds.logarithmic, step=holds.step)


def _points(holds: Choice | Flag | Number, values: tuple, count: int) -> list:
    """All of some choices; `count` of a range, evenly spread from its lowest to its highest value, or over powers."""
    if not isinstance(holds, Number):
        return list(values)
    low, high = values
    if not holds.logarithmic:
        step = holds.step or 1
        places = np.unique(np.rint(np.linspace(0, round((high - low) / step), count)).astype(int))
        return [_rounded(low + step * int(place), holds) for place in places]
    kind = int if holds.integer else float
    inner = [kind(float(f"{value:.3g}")) for value in np.geomspace(low, high, count)[1:-1]]
    # Rounded, one may lie beyond the ends of a narrow range.
    return sorted({low, *(value for value in inner if low < value < high), high})
