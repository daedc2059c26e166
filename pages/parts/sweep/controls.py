"""What the person who started a sweep can do with it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mnist_core.config import TrainConfig
from mnist_core.fields import ConfigError
from mnist_core.runs.store_connection import ServiceError
from mnist_core.sweeps import sweep_driver
from mnist_core.sweeps.studies import DELETE, DONE, PAUSE, RUN, STOP, Study, StudyError
from mnist_core.sweeps.sweep import PLAN
from pages.parts import keyboard, once, person, problem, read_runs, services
from pages.parts.as_written import as_written
from pages.parts.sweep import choose
from pages.parts.train import config_address, config_source, watched_run

# The sweep whose best trial is to be trained fully.
_WANTED = "sweep_train_best"
# The key of the button that stands first while a sweep goes on.
FIRST = f"sweep_{PAUSE}"
# That of all of them.
_ROW = "sweep_controls"


def show(study: Study) -> None:
    """Pause, stop, go on, train the best one, delete."""
    problem.show(study.id)
    with st.container(horizontal=True, key=_ROW):
        _train_best(study)
        if not person.may_touch(study.sweep):
            st.caption(f"This sweep belongs to {person.whose(study.sweep)}; only they can pause, stop or delete it.")
            return
        # One place for both, as on the Train page.
        if study.wish == RUN:
            _button("Pause", study, PAUSE, "pause", "Trials stop where they are and later go on from there.")
        elif study.wish != DONE:
            _button("Go on", study, RUN, "play_arrow", key=FIRST)
        else:
            _offer_more(study)
        if study.wish in (RUN, PAUSE):
            _button("Stop the sweep", study, STOP, "pan_tool", "Trials end now; what they tried is tried again later.")
        with st.popover("Delete", icon=":material/delete:"):
            _offer_to_delete(study)
    keyboard.focus(FIRST)
    keyboard.focus(_ROW)


def _want_best(study_id: str) -> None:
    st.session_state[_WANTED] = study_id


def _train_best(study: Study) -> None:
    """One click from the best trial to a whole training with its settings."""
    best, sweep = study.best, study.sweep
    config = sweep.full_config(best.params) if best else sweep.base
    number = f"Trains with the settings of trial {best.number}" if best else "Once a trial has finished: trains"
    help = f"{number} for {config.epochs} epochs on {config.training_digits:,} digits. Opens the Train page."
    if best and (tried := sweep.config(best.params)).training_digits < config.training_digits:
        help += (
            f" What was best on {tried.training_digits:,} digits, the learning rate above all, may not be so on more."
        )
    label, icon = "Train the best one fully", ":material/trophy:"
    # Remembered: the panel looks for itself every second, and may begin anew before it comes to this button.
    st.button(label, type="primary", icon=icon, help=help, disabled=best is None, on_click=_want_best, args=[study.id])
    wanted, who = st.session_state.get(_WANTED) == study.id, person.who()

    def watch(started: tuple[str, TrainConfig]) -> None:
        # Not what is best by now, or in the sweep that is shown by now.
        run_id, config = started
        read_runs.forget_runs([run_id])
        config_source.take_over(config)
        watched_run.watch_next(run_id)
        st.session_state.pop(_WANTED, None)

    def submit() -> tuple[str, TrainConfig]:
        return services.engine().submit(config, f"{sweep.name} · best trial", *who), config

    try:
        if once.start("sweep_best", wanted, submit, services.STARTING, watch):
            config_address.open_page()
    except (ServiceError, OSError) as error:
        del st.session_state[_WANTED]
        problem.say(study.id, f"The run could not be started. {error}")
        st.rerun()


def _offer_more(study: Study) -> None:
    """Go on for some more trials or minutes, up to as many as a sweep may have."""
    plan = study.sweep.plan
    room = int(PLAN[plan.limit].metadata["holds"].high) - getattr(plan, plan.limit)
    # A grid ends when all of it was tried.
    if not room or (plan.sampler == "grid" and len(study.trials) >= study.sweep.grid_size):
        return
    with st.popover(f"Add {plan.limit}", icon=":material/playlist_add:"):
        st.number_input(f"More {plan.limit}", 1, room, min(10, room), key="sweep_more")
        st.button("Go on", icon=":material/play_arrow:", on_click=_extend, args=[study], key="sweep_extend")


def _extend(study: Study) -> None:
    # As the widget has it by now: it may have been left with the click.
    more = st.session_state["sweep_more"]
    _act(study, lambda studies: studies.extend(study.id, study.sweep, more))


def _button(label: str, study: Study, wish: str, icon: str, help: str | None = None, key: str = "") -> None:
    key = key or f"sweep_{wish}"
    st.button(label, icon=f":material/{icon}:", help=help, on_click=_wish, args=[study, wish], key=key)


def _wish(study: Study, wish: str) -> None:
    _act(study, lambda studies: studies.wish(study.id, wish))
    if wish == STOP:
        keyboard.focus_next(_ROW)


def _act(study: Study, change: Any) -> None:
    """Have a driver do it, or say why that could not be done; remembered after it is done, as what is done to a run."""
    try:
        change(services.opening_studies().result())
        sweep_driver.start()
        problem.forget(study.id)
    except (StudyError, ConfigError, OSError) as error:
        problem.say(study.id, f"This could not be done. {error}")
    read_runs.studies.clear()


def _offer_to_delete(study: Study) -> None:
    """Say what goes and what stays before it is done."""
    st.markdown(
        f"**{as_written(study.sweep.name)}** and the results of its {len(study.trials)} trials are lost for good."
    )
    st.caption(
        "Its runs stay on the Compare page, where **Hide sweep trials** hides them; those that still train are "
        "stopped, those that wait are withdrawn."
    )
    icon = ":material/delete:"
    if st.button("Delete this sweep", icon=icon, on_click=_delete, args=[study], key="sweep_delete"):
        st.rerun()


def _delete(study: Study) -> None:
    _wish(study, DELETE)
    if not problem.of(study.id):
        choose.show_next(None)
