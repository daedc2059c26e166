"""What the Train page shows in the place of a run while none is watched."""

from __future__ import annotations

import streamlit as st

from mnist_core.queue.engine import Engine
from pages.parts import services, waiting, workers
from pages.parts.train import latest_runs

_SECONDS_BETWEEN_LOOKS = 2


def show() -> None:
    """What to do when no run is watched: look at those of one's own that go on, or start one."""
    with st.container(border=True):
        goes_on = bool(latest_runs.own_that_go_on())
        st.fragment(_show_own, run_every=_SECONDS_BETWEEN_LOOKS if goes_on else None)(goes_on)
        st.markdown(
            "Press **Train** and watch the curves grow here. You may close this page: "
            "the run goes on. This page's link brings you back to it, and so does its list of latest runs."
        )


def _show_own(goes_on: bool) -> None:
    """One's own runs that go on, looked up again as long as there are any."""
    active = latest_runs.own_that_go_on()
    if goes_on and not active:
        st.rerun()
    own = latest_runs.but_trials(active)
    st.markdown("**Your runs that go on**" if active else "**Nothing of yours is training now.**")
    for run in own:
        latest_runs.link(run)
    if len(own) < len(active):
        st.page_link("pages/sweep.py", label="Your sweep", icon=":material/manage_search:")


def show_engine(opening: services.Opening[Engine]) -> None:
    """Whether a run can begin at once, for whoever watches none."""
    if not opening.done():
        waiting.until_open(opening, lambda: st.caption("The training engine is starting. You can press **Train** now."))
    elif opening.exception() is None:
        missing = workers.about_missing()
        st.caption(f"The training engine is there, but {missing}." if missing else "The training engine is ready.")
