"""What just these settings, with the same seed, have come to or are coming to: they hardly come to anything else."""

from __future__ import annotations

import streamlit as st

from mnist_core.comparison import is_as_configured, is_clean
from mnist_core.config import TrainConfig
from pages.parts import read_runs
from pages.parts.as_written import as_written
from pages.parts.train import latest_runs, watched_run

_ANOTHER = "Another seed, in the section Data, is another attempt."


def words(config: TrainConfig | None) -> str | None:
    """Of the newest run that was trained so, anybody's; None if there is none, or no configuration."""
    run = next((run for run in read_runs.runs_if_known() if run.config == config and is_clean(run)), None)
    if run is None:
        return None
    result = f"{run.metrics['test_accuracy']:.2%} ({run.short_id} by {as_written(run.owner)})"
    return f"Trained before, with this seed: {result}. {_ANOTHER}"


def lead_to_what_goes_on(config: TrainConfig | None) -> bool:
    """Watch this person's run of just these settings that trains or waits, with nothing changed; False without one."""
    own = latest_runs.but_trials(latest_runs.own_that_go_on())
    # One that is saved was perhaps stopped, to begin anew.
    training = [run for run in own if run.progress.phase != "saving"]
    same = [run for run in training if run.config == config and is_as_configured(run)]
    if not same:
        return False
    watched_run.watch(same[0].id)
    st.toast(f"{same[0].short_id}, with these settings and this seed, is under way: here it is. {_ANOTHER}")
    return True
