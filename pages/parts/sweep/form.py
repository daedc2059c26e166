"""A new sweep: what it starts from, what varies, how values are chosen and when it ends."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from mnist_core.config import FIELDS, TrainConfig, label, label_within
from mnist_core.evaluation import interval_of_accuracy
from mnist_core.fields import ConfigError
from mnist_core.idle_fields import is_idle
from mnist_core.presets import IN_SHORT, PRESETS
from mnist_core.runs.run_names import about
from mnist_core.sweeps import sweep_driver
from mnist_core.sweeps.studies import StudyError
from mnist_core.sweeps.sweep import PLAN, VALIDATION_SPLIT, VARIABLE, Plan, Sweep
from pages.parts import data_sets, keyboard, once, person, read_runs, services
from pages.parts.as_written import as_written
from pages.parts.sweep import choose, controls, ranges
from pages.parts.train import config_form, field_widget

_TRAIN_PAGE = "As set on the Train page"

# On fewer validation digits an accuracy, say this one, has an interval of more than eight points.
_FEW, _ACCURACY = 225, 0.9

# What TPE begins with: Optuna's default.
_AT_RANDOM = 10

_EXPLAINED = {
    "tpe": "Tree-structured Parzen estimator: after ten trials at random it tries more where good ones lie.",
    "random": "Every trial is a new draw, whatever the others came to: the yardstick for cleverer samplers.",
    "grid": "Every combination of a few values of each, evenly spaced, in an order of chance.",
    "none": "Every trial is trained to its end.",
    "median": "Ends a trial whose best epoch so far is below the median of the others at this epoch, once four have "
    "finished.",
    "hyperband": "Ends trials that are not among the best third after 1, 3, 9… epochs; some trials are looked at "
    "later only, and some never.",
}


def show() -> None:
    """The whole form, with what is wrong with it, if anything, where the button is."""
    try:
        sweep = _filled_in()
    except ConfigError as error:
        st.error(as_written(config_form.in_plain_words(error, FIELDS | PLAN)), title="This cannot be swept")
        return
    varied = list(sweep.ranges)
    if idle := [label_within(field) for field in varied if is_idle(sweep.base, field, varied)]:
        st.warning(f"In this network nothing depends on {', '.join(idle)}: trials would differ in name only.")
    st.caption(_in_words(sweep))
    if (digits := sweep.config({}).validation_digits) < _FEW:
        low, high = interval_of_accuracy(_ACCURACY, digits)
        st.warning(
            f"{digits} digits hardly tell trials apart: of an accuracy of {_ACCURACY:.0%} on them, the 95% interval is "
            f"{low:.0%} to {high:.0%}. Take more training digits."
        )
    if sweep.plan.sampler == "tpe" and sweep.most_trials and sweep.most_trials <= _AT_RANDOM:
        st.caption(f"TPE begins with {_AT_RANDOM} trials at random: so few trials are a random search.")
    if services.opening_engine().done():
        # It takes some seconds to start: while a person fills in the form, and not after the click.
        with suppress(OSError):
            sweep_driver.start()
    go = st.button("Start the sweep", type="primary", icon=":material/play_arrow:")
    try:
        if once.start("sweep", go, lambda: _start(sweep), "Starting the sweep…", choose.show_next):
            keyboard.focus_next(controls.FIRST)
            st.rerun()
    except (StudyError, OSError) as error:
        st.error(str(error), title="The sweep could not be started")


def _filled_in() -> Sweep:
    """The form's widgets, and the sweep that they describe. Raises ConfigError."""
    settings, plan = st.columns(2, gap="medium")
    with settings, st.container(border=True):
        name, base = _base()
        chosen = st.multiselect(
            "What varies",
            VARIABLE,
            ["learning_rate", "batch_size"],
            format_func=label,
            key="sweep_vary",
            help="Everything else stays as in what the sweep starts from, but what would end a trial early is off, and "
            f"at least {VALIDATION_SPLIT:.0%} of the digits are kept for validation.",
        )
        allowed = {field: ranges.show(field, base) for field in chosen}
    with plan, st.container(border=True):
        values = _plan()
        values["train_size"] = min(values["train_size"], data_sets.training_digits(base.data_set))
    words = ", ".join(label_within(field) for field in chosen)
    return Sweep(base, allowed, Plan(**values), f"{name}: {words}", person.name(), person.visitor())


def _base() -> tuple[str, TrainConfig]:
    """What the sweep starts from, by name."""
    known = dict(PRESETS)
    if "train_preset" in st.session_state:
        try:
            known[_TRAIN_PAGE] = config_form.read()
        except (ConfigError, KeyError):
            st.caption("What the Train page is set to cannot be trained.")
    name = st.selectbox(
        "Start from",
        list(known),
        list(known).index("fast"),
        format_func=lambda name: f"{name}: {IN_SHORT[name]}" if name in IN_SHORT else name,
        key="sweep_base",
    )
    if name == _TRAIN_PAGE:
        st.caption(as_written(data_sets.named(about(known[name], st.session_state["train_preset"]))))
        return st.session_state["train_preset"], known[name]
    st.caption(about(known[name], name))
    return name, known[name]


def _plan() -> dict:
    """The values of a `Plan`; what does not count now keeps its default."""
    values = {}
    for name in ("sampler", "pruner"):
        values[name] = _widget(name)
        st.caption(_EXPLAINED[values[name]])
        if values[name] == "grid":
            values["points"] = _widget("points")
    values["limit"] = _widget("limit")
    values[values["limit"]] = _widget(values["limit"])
    values["epochs"] = _widget("epochs")
    if values["epochs"] == 1 and values["pruner"] != "none":
        st.caption("Pruning has nothing to do here: a trial of one epoch is over before it could be ended.")
    values["train_size"] = _widget("train_size")
    return values


def _widget(name: str):
    return field_widget.show(f"sweep_{name}", PLAN[name])


def _in_words(sweep: Sweep) -> str:
    """What will happen, in a line."""
    plan, config = sweep.plan, sweep.config({})
    many = (
        _count(sweep.most_trials or 0, "trial")
        if plan.limit == "trials"
        else f"Trials for {_count(plan.minutes, 'minute')}"
    )
    if plan.sampler == "grid":
        many += f" (the grid has {sweep.grid_size})"
    each = f"{_count(plan.epochs, 'epoch')} on {config.training_digits:,} digits"
    return f"{many} of {each}, judged by {config.validation_digits:,} validation digits; never by the test digits."


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + "s" * (number != 1)


def _start(sweep: Sweep) -> str:
    study_id = services.opening_studies().result().create(sweep)
    sweep_driver.start()
    read_runs.studies.clear()
    return study_id
