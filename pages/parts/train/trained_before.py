"""What just these settings have come to: with the same seed they hardly come to anything else."""

from __future__ import annotations

from mnist_core.comparison import is_clean
from mnist_core.config import TrainConfig
from pages.parts import read_runs
from pages.parts.as_written import as_written


def words(config: TrainConfig | None) -> str | None:
    """Of the newest run that was trained so, anybody's; None if there is none, or no configuration."""
    run = next((run for run in read_runs.runs_if_known() if run.config == config and is_clean(run)), None)
    if run is None:
        return None
    result = f"{run.metrics['test_accuracy']:.2%} ({run.short_id} by {as_written(run.owner)})"
    return f"Trained before, with this seed: {result}. Another seed, in the section Data, is another attempt."
