"""What to call a configuration: the preset that it is nearest to, and what was changed of that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mnist_core.config import FIELDS, TrainConfig, in_words, label_within, setting_in_words
from mnist_core.idle_fields import has_use
from mnist_core.presets import NOTES, PRESETS

# Of many changes, how many a run's name tells, and labels that are too long for it.
_MOST_NAMED = 2
# Named last, and so cut off first: how long a run is tells least about it.
_HOW_LONG = ("epochs", "train_size", "validation_split")
_SHORT = {
    "l2": "L2 penalty",
    "conv_blocks": "convolutions",
    "dense_units": "units",
    "conv_dropout": "convolution dropout",
    "dropout": "dropout",
    "schedule": "schedule",
    "handwriting": "handwriting",
}


def nearest(config: TrainConfig) -> str:
    """The preset with the fewest changes to `config`, its seed not counted."""
    names = [name for name in FIELDS if name != "seed"]
    return min(PRESETS, key=lambda preset: sum(getattr(PRESETS[preset], n) != getattr(config, n) for n in names))


def name_of(config: TrainConfig, preset: str) -> str:
    """What to call a run: its preset and changes, such as `fast, epochs 1, dropout 0.3, 2 more changes, seed 1`."""
    changed = changes_in_short(config, preset)
    # Never among those that are left out, as repeats differ in it alone; nor in the place of one that tells more.
    seed = [change for change in changed if change == in_short("seed", config.seed)]
    others = [change for change in changed if change not in seed]
    left = len(others) - _MOST_NAMED
    # To say that there is one more would be as long as to name it.
    named = others if left < 2 else [*others[:_MOST_NAMED], f"{left} more changes"]
    return ", ".join([preset, *named, *seed])


def changes_in_short(config: TrainConfig, preset: str) -> list[str]:
    """Every setting that differs from the preset's, such as `learning rate 0.003`."""
    return [in_short(name, getattr(config, name)) for name in _changed(config, preset)]


def is_automatic(name: str, config: TrainConfig, named: Callable[[str], str] = str) -> bool:
    """Whether `name_of`, with the names of data sets as `named` has them, gave a run its name, and not a person."""
    return any(name == named(name_of(config, preset)) for preset in PRESETS)


def renamed(name: str, before: TrainConfig, now: TrainConfig, named: Callable[[str], str] = str) -> str:
    """What to call a run whose configuration has changed: a name that `name_of` gave changes with it, others stay.

    `named` puts the names of data sets in the place of their ids, as was done with the run's name.
    """
    given = {named(name_of(before, preset)): preset for preset in PRESETS}
    return named(name_of(now, given[name])) if name in given else name


def in_short(name: str, value: Any) -> str:
    """A setting in the few words that a name has room for, such as `learning rate 0.003` or `convolutions 32-64`."""
    short = _SHORT.get(name) or label_within(name)
    if isinstance(value, tuple):
        return f"{short} {sizes(value)}"
    return f"{short} {value:.3g}" if isinstance(value, float) else f"{short} {in_words(name, value)}"


def sizes(layers: tuple) -> str:
    """How many filters or units each layer has: `32-64`, `none`."""
    return "-".join(str(getattr(layer, "filters", layer)) for layer in layers) or "none"


def about(config: TrainConfig, preset: str) -> str:
    """The preset's note; once something was changed, which the note knows nothing of, what that is."""
    changes = _changes(config, preset)
    return f"Changed from {preset}: {', '.join(changes)}." if changes else NOTES[preset]


def _changes(config: TrainConfig, preset: str) -> list[str]:
    """What differs from the preset, in words."""
    return [setting_in_words(name, getattr(config, name)) for name in _changed(config, preset)]


def _changed(config: TrainConfig, preset: str) -> list[str]:
    """The fields that differ from the preset's and make a difference: not the filters of a dense network.

    The data set first, as no number says much without it.
    """
    changed = [name for name in config.changes_from(PRESETS[preset]) if has_use(config, name)]
    return sorted(changed, key=lambda name: (name != "data_set", name in _HOW_LONG))
