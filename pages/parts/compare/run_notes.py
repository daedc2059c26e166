"""What people do with runs in a list: open, reuse, star, rename, tag, note and delete."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mnist_core.runs.run import Run
from pages.parts import deletion, learnt_from, note_and_tags, person, problem, read_runs, services, take_along
from pages.parts.train import config_address, config_source

# How often notes were saved: another popover then, closed.
_SAVED = "compare_saved"
# Whether that is to be said once the page is drawn anew: what is said just before that is lost.
_TO_SAY = "compare_say_saved"
# The form that was shown last, and its run as it was then.
_BEFORE = "compare_before"
# More than the note of an imported run has: what stood in it before, and where it comes from.
_LONGEST_NOTE = 5000


def show(chosen: list[Run]) -> None:
    """The buttons that fit the chosen runs; only those that the person may touch can be changed."""
    problem.show("compare")
    own = [run for run in chosen if person.may_touch(run)]
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(chosen) == 1:
            show_ways_to(chosen[0])
            with st.popover("Take it with you", icon=":material/download:"):
                take_along.show_run(chosen[0], "compare")
        if own:
            star = not all(run.starred for run in own)
            label = "Star" if star else "Unstar"
            st.button(
                label, icon=":material/star:", on_click=_write, args=[own], kwargs={"starred": star}, key="compare_star"
            )
            if len(own) == len(chosen) == 1:
                _edit(own[0])
            count = "this run" if len(own) == 1 else f"{len(own)} runs"
            doomed = {run.id: run for run in own}
            deletion.button("compare", f"Delete {count}", "run", doomed, read_runs.forget_runs)
        if len(own) < len(chosen):
            st.caption("Only those who started a run can star, edit or delete it.")
        deletion.offer_undo("compare", lambda _: read_runs.look_again())
    if len(chosen) == 1:
        # The table has no room for all of it.
        if chosen[0].has_model and (doubt := learnt_from.doubt(chosen[0])):
            st.caption(f"Caution: {doubt}")
        note_and_tags.show(chosen[0])


def begin_anew() -> None:
    """Have the form say what is so now, for whoever has come to the page."""
    st.session_state.pop(_BEFORE, None)


def show_ways_to(run: Run, key: str = "") -> None:
    """Its own page, and its settings on the sliders; a `key` where a run may be shown twice."""
    help = "Sets the sliders of the Train page; starts nothing."
    st.page_link("pages/train.py", label="Open", icon=":material/open_in_new:", query_params={"run": run.id})
    if st.button("Use its settings", icon=":material/tune:", help=help, key=f"compare_use_{key}_{run.id}"):
        config_source.take_over(run.config_now)
        config_address.open_page()


def _edit(run: Run) -> None:
    if st.session_state.pop(_TO_SAY, False):
        st.toast("Saved.", icon=":material/check:")
    count = st.session_state.setdefault(_SAVED, 0)
    key = f"{run.id}_{count}"
    # As the form was first shown: another tab may change the run meanwhile.
    if st.session_state.get(_BEFORE, ("", run))[0] != key:
        st.session_state[_BEFORE] = key, run
    before: Run = st.session_state[_BEFORE][1]
    with (
        st.popover("Edit", icon=":material/edit:", key=f"compare_edit_popover_{count}"),
        st.form(f"compare_edit_{key}", enter_to_submit=False, border=False),
    ):
        said = _fields(before, key)
        is_sent = st.form_submit_button("Save", type="primary")
        if is_sent and not said["name"]:
            st.error("A run needs a name.")
        elif is_sent:
            _write([run], **{field: value for field, value in said.items() if value != getattr(before, field)})
            # Otherwise the form stays, with what was written.
            if not problem.of("compare"):
                st.session_state[_SAVED] += 1
                st.session_state[_TO_SAY] = True
            st.rerun()


def _fields(before: Run, key: str) -> dict[str, Any]:
    """Name, tags and note as they are written in the form, which begins with those of the run `before`."""
    name = st.text_input("Name", before.name, max_chars=200, key=f"compare_name_{key}")
    tags = st.multiselect(
        "Tags",
        # Another tab may have taken its own from the run meanwhile.
        sorted({*before.tags, *(tag for run in read_runs.runs() for tag in run.tags)}),
        list(before.tags),
        accept_new_options=True,
        placeholder="Type one, then press Enter",
        help="Up to 30, of up to 60 characters each.",
        max_selections=30,
        key=f"compare_tags_{key}",
    )
    note = st.text_area("Note", before.note, height=68, max_chars=_LONGEST_NOTE, key=f"compare_note_{key}")
    return {"name": name.strip(), "tags": tuple(tags), "note": note.strip()}


def _write(runs: list[Run], **changes: Any) -> None:
    """Say something else about `runs`; what is not in `changes` stays."""

    store = services.opening_store().result()

    def write(run_id: str) -> None:
        # As it is now: another tab may have changed it since this page was drawn.
        now = store.get(run_id)
        store.describe(run_id, **({name: getattr(now, name) for name in ("name", "note", "tags", "starred")} | changes))

    names = {run.id: run.name for run in runs}
    problem.each("compare", write, names, {})
    read_runs.forget_runs(names)
