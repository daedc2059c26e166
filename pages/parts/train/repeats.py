"""The settings of a run trained again with other seeds: what tells the effect of a setting from chance."""

from __future__ import annotations

from dataclasses import replace
from itertools import count, islice

import streamlit as st

from mnist_core import comparison
from mnist_core.config import TrainConfig
from mnist_core.run_names import renamed
from mnist_core.runs import Run
from mnist_core.store_connection import ServiceError
from pages.parts import data_sets, frame, once, problem, read_runs, services

_MOST = 9
_STARTED = "train_repeats_started"


def offer(run: Run) -> None:
    """A button that trains a run's settings with other seeds, where the run is what its settings say."""
    if not comparison.is_clean(run):
        return
    with st.popover("Repeat", icon=":material/replay:"):
        st.markdown(
            "Trains the same settings anew, each time with another seed. With "
            f"{comparison.FEWEST_SEEDS} runs or more in all, Compare tells what a setting does from what chance does."
        )
        more = st.number_input("Other seeds", 1, _MOST, comparison.FEWEST_SEEDS - 1, key=f"repeat_{run.id}")
        label, icon, key = "Train again", ":material/replay:", f"train_again_{run.id}"
        st.button(label, icon=icon, type="primary", on_click=_start, args=[run, int(more)], key=key)
    if started := st.session_state.pop(_STARTED, 0):
        st.toast(f"{started} more run{'s' * (started > 1)} in the queue.", icon=icon)


def _start(run: Run, more: int) -> None:
    if not once.is_meant("train_again"):
        return
    try:
        for config in _with_other_seeds(run.config, more):
            name = renamed(run.name, run.config, config, data_sets.named)
            # One that a person gave it.
            name = f"{name}, seed {config.seed}" if name == run.name else name
            read_runs.forget_runs([services.engine().submit(config, name, *frame.who())])
        st.session_state[_STARTED] = more
        problem.forget(run.id)
    except (ServiceError, OSError) as error:
        problem.say(run.id, f"Not all could be started. {error}")


def _with_other_seeds(config: TrainConfig, more: int) -> list[TrainConfig]:
    """As many with seeds that no run of these settings has."""
    used = {run.config.seed for run in read_runs.runs() if replace(run.config, seed=config.seed) == config}
    return [replace(config, seed=seed) for seed in islice((s for s in count() if s not in used), more)]
