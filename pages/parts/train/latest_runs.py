"""The queue and the latest runs, each a link to its curves."""

from __future__ import annotations

import streamlit as st

from mnist_core.runs.run import FAILED, FINISHED, QUEUED, RUNNING, STOPPED, Run
from pages.parts import person, read_runs
from pages.parts.as_written import as_written
from pages.parts.train import watched_run

_BADGES = {
    QUEUED: ("gray", ":material/schedule:"),
    RUNNING: ("blue", ":material/model_training:"),
    FINISHED: ("green", ":material/check:"),
    STOPPED: ("orange", ":material/pan_tool:"),
    FAILED: ("red", ":material/error:"),
}
_PAUSED = ("blue", ":material/pause:")
_MOST = 8


def show() -> None:
    """What trains, waits and has ended lately, but for what sweeps have tried; nothing while there is nothing."""
    runs = newest()
    if not runs:
        return
    # Looked up anew when it is opened: how runs stood when the page was drawn may be long ago.
    listed = st.expander("Queue and latest runs", key="train_queue", on_change="rerun")
    if listed.open:
        with listed:
            for run in _listed([run for run in runs if not run.tested_later or run.is_active]):
                link(run)
            st.page_link("pages/compare.py", label="All runs", icon=":material/compare_arrows:")


def _listed(runs: list[Run]) -> list[Run]:
    """Of `runs` so many that some of this person's are always among them: a class has soon begun many others."""
    own = [run for run in runs if person.is_own(run)][: _MOST // 2]
    others = [run for run in runs if run not in own][: _MOST - len(own)]
    return [run for run in runs if run in own or run in others]


def badge(run: Run) -> tuple[str, str]:
    """The colour and the icon that say how a run stands."""
    return _PAUSED if run.is_paused else _BADGES[run.status]


def newest() -> list[Run]:
    """Runs, those that train or wait first; none while the store cannot be read."""
    return sorted(read_runs.runs_if_known(), key=lambda run: not run.is_active)


def own_that_go_on() -> list[Run]:
    """This person's runs that train or wait."""
    visitor = person.visitor()
    return [run for run in newest() if run.is_active and run.visitor == visitor]


def but_trials(runs: list[Run]) -> list[Run]:
    """Without those of sweeps, which have a page of their own."""
    return [run for run in runs if not run.tested_later]


def link(run: Run) -> None:
    """To one run. Its id comes first, where nothing cuts it off: names may be long, and alike."""
    result = f"{run.metrics['test_accuracy']:.2%}" if run.has_model else run.status_in_words
    # Streamlit marks every link to this page as the one that is open.
    watched = watched_run.watched()
    here = "shown above · " if watched and run.id.startswith(watched) else ""
    text = f"{run.short_id} · {here}{result} · {as_written(run.name)} · {as_written(run.owner)}"
    st.page_link("pages/train.py", label=text, icon=badge(run)[1], query_params={"run": run.id})
