"""What the coach says about a run: each piece of advice a card with its remedy one click away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from mnist_core.coach import ending
from mnist_core.coach.advice import Advice
from mnist_core.coach.rules import advise
from mnist_core.config import setting_in_words
from mnist_core.runs.run import Curves, Run
from pages.parts.train import config_source, live_controls


def show(run: Run, curves: Curves) -> None:
    """A card for each piece of advice on this run, and nothing for a run that does well."""
    for number, advice in enumerate(_all(run, curves)):
        with st.container(border=True):
            st.markdown(f":material/lightbulb: **{advice.title}.** {advice.reason}")
            live_controls.offer_at_once(run, advice.changes)
            tried = bool(advice.changes) and st.button(
                f"Set for the next run: {_in_words(advice.changes)}",
                key=f"advice_{number}",
                help="Copies this run's settings to the form, with this change. Training starts when you press Train.",
                on_click=_set,
                args=[run, advice],
            )
        # The panel is a fragment, and the settings are outside it: only a whole run of the page moves them.
        if tried:
            st.rerun()
    if words := st.session_state.pop("train_tried", None):
        st.toast(f"Set: this run's settings with {words}. Press Train to try it.", icon=":material/tune:")


def _all(run: Run, curves: Curves) -> list[Advice]:
    since = max((change.step for change in run.changes if change.name == "learning_rate"), default=0)
    found = advise(run.config_now, curves, run.status, run.reason, run.diverged, since)
    # Last: more batches or another rate change more (benchmarks/coach.py).
    last = ending.reads_less(run, curves) if run.has_model else None
    return [*found, last] if last else found


def _set(run: Run, advice: Advice) -> None:
    config_source.take_over(replace(run.config_now, **advice.changes))
    st.session_state["train_tried"] = _in_words(advice.changes)


def _in_words(changes: dict[str, Any]) -> str:
    """`learning rate 0.001, activation Leaky ReLU`: the settings as the page calls them."""
    return ", ".join(setting_in_words(name, new) for name, new in changes.items())
