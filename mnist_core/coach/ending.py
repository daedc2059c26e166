"""Why a run that has ended reads fewer digits than it did in training."""

from __future__ import annotations

import numpy as np

from mnist_core.coach.course import mean_of_late
from mnist_core.config import FIELDS
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


def lags_behind(run: Run, curves: Curves) -> str:
    """Why a network that has seen no digit twice reads far fewer digits than it did in training; else empty."""
    of_late = _accuracy_of_late(curves)
    uses_averages = run.config.batch_normalization and not run.config.precise_statistics
    sees_some_again = run.progress.step > run.config.steps_per_epoch
    if not uses_averages or sees_some_again or run.val_accuracy is None or of_late is None:
        return ""
    if of_late - run.val_accuracy < _LAG:
        return ""
    return (
        f"In its last batches it read {of_late:.0%} right. Batch normalization took the averages of each batch there; "
        "now it takes running averages, which still lag behind weights that change fast. Train it longer, or switch on "
        f"**{FIELDS['precise_statistics'].metadata['label']}** under **Expert** and train anew."
    )


def ends_on_few_digits(run: Run, curves: Curves) -> str:
    """That a last batch of few digits has cost a network what it had learnt, and which size has none; else empty."""
    config, of_late = run.config, _accuracy_of_late(curves)
    read = run.metrics.get("test_accuracy") if run.val_accuracy is None else run.val_accuracy
    few = config.digits_per_epoch % config.batch_size
    is_small = config.steps_per_epoch > 1 and 0 < few <= _SMALL_SHARE * config.batch_size
    if not is_small or run.is_within_epoch or read is None or of_late is None:
        return ""
    if of_late > _LEARNT_BY_HEART or of_late - read < _SHAKEN:
        return ""
    better = next(size for size in range(config.batch_size, 0, -1) if not 0 < config.digits_per_epoch % size < size / 2)
    return (
        f"In its last batches it read {of_late:.0%} right. But every epoch ended with a batch of only {few} digits, "
        f"which moves the weights at least as far as one of {config.batch_size}, but less surely the right way. With "
        f"**{FIELDS['batch_size'].metadata['label']}** {better} the last batch is not so small."
    )


def _accuracy_of_late(curves: Curves) -> float | None:
    """The share of digits that were read right in the latest tenth of the batches; None where none is known.

    Without the last one: an epoch may end with a few digits, and what was read of these says little.
    """
    accuracies = curves.series.get("batch_accuracy", (None, np.zeros(0)))[1][:-1]
    return mean_of_late(accuracies) if len(accuracies) else None
