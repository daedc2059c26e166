"""The table of runs, in which people tick those that they want to look at."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pandas as pd
import streamlit as st

from mnist_core.comparison import overview
from mnist_core.runs.run import Run
from pages.parts import browser, data_sets, learnt_from, person

_CHOSEN, _FIRST, _TABLES = "compare_chosen", "compare_first", "compare_tables"
# The height of a row of Streamlit's tables, in pixels.
_ROW = 35
_ORDER_ON_A_PHONE = (
    *("★", "Id", "Test accuracy", "Name", "Caution", "Settings", "Status", "Validation accuracy", "Seconds", "Epochs"),
    *("Parameters", "Model size", "Test interval", "Validation interval", "Training accuracy", "Who", "When", "Tags"),
    "Note",
)
_ORDER = (
    *("★", "Id", "Name", "Test accuracy", "Caution", "Test interval", "Validation accuracy", "Epochs", "Seconds"),
    *("Parameters", "Status", "Settings", "Tags", "Note", "Who", "When", "Model size", "Validation interval"),
    "Training accuracy",
)
_HELP = {
    "Id": "The first characters of the run's id: names may be alike.",
    "Settings": "The closest preset, and what was changed in it.",
    "Test accuracy": "On the 10,000 test digits, when the run had ended.",
    "Test interval": "95% interval of the test accuracy, in percent: Wilson's. Where two overlap widely, "
    "either may be better; the tab Compare of Evaluate can tell more, as both read the same digits.",
    "Caution": "Why a test accuracy may flatter its network.",
    "Validation interval": "95% interval of the validation accuracy, in percent: the fewer digits, the wider.",
    "Validation accuracy": "Of the model that was kept, on the digits that were kept out of training.",
    "Training accuracy": "Averaged over the epoch that was kept: while the network still learnt, with its dropout and "
    "augmentation.",
    "Epochs": "How many it was trained for, to their end: of one that was stopped, fewer than planned.",
    "Seconds": "Of training, without pauses and without epochs that the run has left behind, going back. Runs that "
    "train beside one another take longer.",
    "Model size": "Of the .keras file, in megabytes.",
}


def filtered(runs: list[Run]) -> list[Run]:
    """Those of `runs` that the person wants listed."""
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        mine = st.toggle("Only mine", key="compare_mine", persist_state="session")
        starred = st.toggle("Only starred", key="compare_starred", persist_state="session")
        no_trials = _hides_trials([run for run in runs if run.tested_later])
        words = st.text_input(
            "Filter",
            placeholder="Filter by words",
            help="Only runs with all of these words in their id, name, settings, status, owner, tags or note.",
            label_visibility="collapsed",
            key="compare_words",
            persist_state="session",
            width=230,
        )
    visitor, wanted = person.visitor(), words.casefold().split()
    kept = [run for run in runs if (not mine or run.visitor == visitor) and (not starred or run.starred)]
    kept = [run for run in kept if not (no_trials and run.tested_later)]
    return [run for run in kept if _says(run, wanted)] if wanted else kept


def _hides_trials(trials: list[Run]) -> bool:
    """Whether to list none of `trials`: a sweep has many, and a page of its own. One that a link names is listed."""
    is_chosen = any(run.id in st.session_state.get(_CHOSEN, []) for run in trials)
    return bool(trials) and st.toggle(
        "Hide sweep trials", value=not is_chosen, key="compare_no_trials", persist_state="session"
    )


def _says(run: Run, words: list[str]) -> bool:
    """Whether all of `words` are in what is known of a run."""
    settings = data_sets.named(overview(run)["Settings"])
    said = " ".join([run.short_id, run.name, settings, run.status_in_words, run.owner, *run.tags, run.note]).casefold()
    return all(word in said for word in words)


def choose(runs: list[Run], room: int) -> list[Run]:
    """Show `runs` as a table with room for so many, so that what is below stays put; the ticked ones, the oldest first.

    Those that a link or an import has chosen are on top, where one sees them. Ticks belong to places in a table:
    another list of runs is another table, ticked at what was chosen.
    """
    first = st.session_state.get(_FIRST, [])
    runs = sorted(runs, key=lambda run: run.id not in first)
    ids = [run.id for run in runs]
    known = set(st.session_state.get(_CHOSEN, []))
    ticked: Any = {"selection": {"rows": [place for place, run_id in enumerate(ids) if run_id in known]}}
    listed, count = sha256("".join(ids).encode()).hexdigest()[:16], st.session_state.get(_TABLES, 0)
    state: Any = st.dataframe(
        _table(runs),
        key=f"compare_table_{listed}_{count}",
        on_select="rerun",
        selection_mode="multi-row",
        selection_default=ticked,
        hide_index=True,
        height=_ROW * (room + 1) + 2 if room <= 10 else 400,
        placeholder="–",
        column_order=_order(runs),
        column_config=_columns(),
        alt="All runs with their settings and results",
    )
    chosen = [runs[place] for place in state["selection"]["rows"] if place < len(runs)]
    # Those that are not listed now keep their ticks for when they are listed again.
    st.session_state[_CHOSEN] = [*known.difference(ids), *(run.id for run in chosen)]
    return sorted(chosen, key=lambda run: run.submitted)


def say_hidden(runs: list[Run], listed: list[Run]) -> None:
    """How many of `runs` are ticked and not among those that are listed: by filters, or marks in a picture."""
    shown = {run.id for run in listed}
    count = sum(run.id in st.session_state.get(_CHOSEN, []) and run.id not in shown for run in runs)
    if count:
        runs_are = "1 ticked run is" if count == 1 else f"{count} ticked runs are"
        st.caption(f"{runs_are} not listed now, and left out below.")


def _order(runs: list[Run]) -> list[str]:
    """Of the columns: a phone has room for little more than the first. Among several people, Who is one of them."""
    order = list(_ORDER_ON_A_PHONE if browser.is_on_a_phone() else _ORDER)
    if len({run.owner for run in runs}) > 1:
        order.remove("Who")
        order.insert(order.index("Name") + 1, "Who")
    return order


def choose_only(ids: list[str]) -> None:
    """Tick the runs with these ids, and no others, in a table made anew."""
    st.session_state[_CHOSEN] = st.session_state[_FIRST] = ids
    st.session_state[_TABLES] = st.session_state.get(_TABLES, 0) + 1


def _table(runs: list[Run]) -> pd.DataFrame:
    """A row for each; cautions only where there are any, as they seldom are."""
    table = pd.DataFrame([_row(run) for run in runs])
    return table if table["Caution"].any() else table.drop(columns="Caution")


def _row(run: Run) -> dict[str, Any]:
    seen = overview(run)
    settings = seen.pop("Settings")
    return {
        "★": "★" if run.starred else "",
        "Id": run.short_id,
        **_in_percent(seen),
        "Caution": learnt_from.doubt(run) if seen["Test accuracy"] is not None else "",
        "Settings": data_sets.named(settings),
        "Status": run.status_in_words,
        "Who": run.owner,
        "When": pd.Timestamp(run.submitted, unit="s", tz="UTC"),
        "Tags": list(run.tags),
        "Note": run.note,
    }


def _in_percent(seen: dict[str, Any]) -> dict[str, Any]:
    """An overview with its accuracies in percent, as `_columns` shows them."""
    shares = {name: seen[name] for name in ("Test accuracy", "Validation accuracy", "Training accuracy")}
    # Rounded here: browsers round 22.125 up, and Python's texts, which say it elsewhere, to the even digit.
    return seen | {name: None if share is None else round(100 * share, 2) for name, share in shares.items()}


def _columns() -> dict[str, Any]:
    formats = {
        "Test accuracy": "%.2f%%",
        "Validation accuracy": "%.2f%%",
        "Training accuracy": "%.2f%%",
        "Parameters": "localized",
        "Seconds": "%.1f",
        "Model size": "%.2f MB",
    }
    return {
        **{name: st.column_config.NumberColumn(format=text, help=_HELP.get(name)) for name, text in formats.items()},
        **{
            name: st.column_config.Column(help=_HELP[name])
            for name in ("Test interval", "Validation interval", "Epochs")
        },
        "Caution": st.column_config.Column(width=80, help=_HELP["Caution"]),
        "★": st.column_config.Column(width=32),
        "Id": st.column_config.Column(width=54, help=_HELP["Id"]),
        "Name": st.column_config.Column(width=290),
        "Who": st.column_config.Column(width=90),
        "Settings": st.column_config.Column(help=_HELP["Settings"]),
        "When": st.column_config.DatetimeColumn(format="distance"),
        "Tags": st.column_config.ListColumn(),
    }
