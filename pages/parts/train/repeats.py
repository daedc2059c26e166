"""The settings of a run trained again with other seeds: what tells the effect of a setting from chance."""

from __future__ import annotations

from dataclasses import replace
from itertools import count, islice

import streamlit as st

from mnist_core import comparison
from mnist_core.config import FIELDS, TrainConfig
from mnist_core.runs.run import Run
from mnist_core.runs.run_names import in_short, renamed
from mnist_core.runs.store_connection import ServiceError
from pages.parts import data_sets, once, person, read_runs, services

_MOST = 9
# Of so many runs every accuracy is said.
_FEW = 5
# How many were started just now.
_STARTED = "train_repeats"
# How often some were.
_TIMES = "train_repeated"
# In pixels: as wide as its text it would cover half of the page.
_WIDTH = 360


def offer(run: Run) -> None:
    """A button that trains a run's settings with other seeds, where the run is what its settings say."""
    if not comparison.is_clean(run) or data_sets.is_gone(run.config.data_set):
        return
    if started := st.session_state.pop(_STARTED, 0):
        runs = "One more run is" if started == 1 else f"{started} more runs are"
        st.toast(f"{runs} in the queue.", icon=":material/replay:")
    # Another popover, closed, once they have started: what comes of them stands under it.
    popover = st.popover("Repeat", icon=":material/replay:", key=f"repeat_popover_{st.session_state.get(_TIMES, 0)}")
    with popover, st.container(width=_WIDTH):
        st.markdown(
            "Trains the same settings anew, each time with another seed. With "
            f"{comparison.FEWEST_SEEDS} runs or more in all, Compare can tell what a setting does from what chance "
            "does; a small difference takes more of them."
        )
        more = st.number_input("Other seeds", 1, _MOST, comparison.FEWEST_SEEDS - 1, key=f"repeat_{run.id}")
        key = f"train_again_{run.id}"
        go = st.button("Train again", icon=":material/replay:", type="primary", key=key)
        wanted, who = _with_other_seeds(run, int(more)) if go else [], person.who()

        def submit() -> list[str]:
            return [services.engine().submit(config, name, *who) for name, config in wanted]

        try:
            if once.start(key, go, submit, services.STARTING, _remember):
                # The page looks again and again now that there are runs that go on.
                st.rerun()
        except (ServiceError, OSError) as error:
            st.error(f"Not all could be started. {error}")


def show(run: Run) -> None:
    """What has come of a run's settings with other seeds, and where that is judged."""
    if not comparison.is_clean(run):
        return
    alike = [other for other in read_runs.runs_if_known() if other.id != run.id and _differs_in_seed(other, run)]
    ended = {other.config.seed: other for other in alike if comparison.is_clean(other)}.values()
    going = sum(other.is_active for other in alike)
    if not ended and not going:
        return
    shares = sorted(other.metrics["test_accuracy"] for other in ended)
    few = ", ".join(f"{share:.2%}" for share in shares)
    results = few if len(shares) <= _FEW else f"{len(shares)} runs, {shares[0]:.2%} to {shares[-1]:.2%}"
    still = f"{going} still to come" if going else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"With other seeds: {'; '.join(filter(None, [results, still]))}.", width="content")
        if ended:
            chosen = ",".join(each.id for each in (run, *ended))
            query = {"runs": chosen, "view": "What differs"}
            st.page_link("pages/compare.py", label="Compare them", icon=":material/compare_arrows:", query_params=query)


def _differs_in_seed(other: Run, run: Run) -> bool:
    """And in nothing else."""
    ours, theirs = run.config, other.config
    alike = (getattr(ours, name) == getattr(theirs, name) for name in FIELDS if name != "seed")
    return ours.seed != theirs.seed and all(alike)


def _remember(started: list[str]) -> None:
    read_runs.forget_runs(started)
    st.session_state[_STARTED] = len(started)
    st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1


def _with_other_seeds(run: Run, more: int) -> list[tuple[str, TrainConfig]]:
    """As many configurations, with the names of their runs, and with seeds that no run of these settings has."""
    used = {run.config.seed, *(other.config.seed for other in read_runs.runs() if _differs_in_seed(other, run))}
    configs = [replace(run.config, seed=seed) for seed in islice((s for s in count() if s not in used), more)]
    return [(_name(run, config), config) for config in configs]


def _name(run: Run, config: TrainConfig) -> str:
    name = renamed(run.name, run.config, config, data_sets.named)
    if name != run.name:
        return name
    # One that a person gave it says nothing of the seed, unless it is a repeat itself.
    own, other = (f", {in_short('seed', each.seed)}" for each in (run.config, config))
    return name.removesuffix(own) + other
