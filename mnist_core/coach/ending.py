"""Why a run that has ended reads fewer digits than it did in training."""

from __future__ import annotations

import numpy as np

from mnist_core.coach.advice import Advice
from mnist_core.coach.course import mean_of_late
from mnist_core.runs.run import Curves, Run

# A network that has seen no digit twice reads new ones as it did those of its last batches, unless the running averages
# of batch normalization lag behind: the preset fast, stopped after 61 batches as in tests/test_coach.py, read 46% of
# the validation digits and 95% of its batches.
_LAG = 0.1

# A last batch of at most this share of the others throws weights off: the preset dense-512 on 5,000 digits for two
# epochs, in batches of 128 and a last one of 8 as in tests/test_coach.py, read 92% of its last batches and 76% of the
# test digits; in batches of 126 it read 91% of both. One that has learnt its digits by heart has such a gap anyway.
_SMALL_SHARE = 1 / 8
_SHAKEN, _LEARNT_BY_HEART = 0.05, 0.97


def reads_less(run: Run, curves: Curves) -> Advice | None:
    """For a run that has ended with a model, where this reads fewer digits than the network did in its last batches
    and not because it knows its digits by heart; `curves` has the series batch_accuracy."""
    return _lags_behind(run, curves) or _ends_on_few_digits(run, curves)


def _lags_behind(run: Run, curves: Curves) -> Advice | None:
    """For a network with batch normalization that has seen no digit twice."""
    of_late = _accuracy_of_late(curves)
    uses_averages = run.config.batch_normalization and not run.config.precise_statistics
    if not uses_averages or run.val_accuracy is None or of_late is None:
        return None
    sees_some_again = run.progress.step > run.config.steps_per_epoch
    if sees_some_again or of_late - run.val_accuracy < _LAG:
        return None
    reason = (
        f"It read {of_late:.0%} right in its last batches, and {run.val_accuracy:.0%} of the validation digits. Batch "
        "normalization took the averages of each batch in training; now it takes running averages, and the weights "
        "changed faster than these. Longer training mends that, or measuring them once more at the end."
    )
    return Advice("Running averages lag behind", reason, {"precise_statistics": True})


def _ends_on_few_digits(run: Run, curves: Curves) -> Advice | None:
    """For a network which a last batch of few digits has cost what it had learnt."""
    config, of_late = run.config, _accuracy_of_late(curves)
    read, of_which = run.val_accuracy, "validation"
    if read is None:
        read, of_which = run.metrics.get("test_accuracy"), "test"
    few = config.digits_per_epoch % config.batch_size
    is_small = config.steps_per_epoch > 1 and 0 < few <= _SMALL_SHARE * config.batch_size
    if not is_small or run.is_within_epoch or read is None or of_late is None:
        return None
    if of_late > _LEARNT_BY_HEART or of_late - read < _SHAKEN:
        return None
    better = next(size for size in range(config.batch_size, 0, -1) if not 0 < config.digits_per_epoch % size < size / 2)
    count = "only one digit" if few == 1 else f"only {few} digits"
    reason = (
        f"It read {of_late:.0%} right in its last batches, and {read:.0%} of the {of_which} digits. Every epoch ended "
        f"with a batch of {count}, which moves the weights at least as far as one of {config.batch_size}, but less "
        f"surely the right way. In batches of {better} the last one is not so small."
    )
    return Advice("The last batch is too small", reason, {"batch_size": better})


def _accuracy_of_late(curves: Curves) -> float | None:
    """The share of digits that were read right in the latest tenth of the batches; None where none is known.

    Without the last one: an epoch may end with a few digits, and what was read of these says little.
    """
    accuracies = curves.series.get("batch_accuracy", (None, np.zeros(0)))[1][:-1]
    return mean_of_late(accuracies) if len(accuracies) else None
