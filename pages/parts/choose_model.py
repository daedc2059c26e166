"""The choice of a trained model, the same on every page, kept in the address and between pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from mnist_core.artifacts import ArtifactError
from mnist_core.runs.store_connection import NoSuchRun, ServiceError
from pages.parts import frame, read_models, read_runs, services, waiting
from pages.parts.as_written import as_written

_KEY, _BOX = "model_id", "model_box"
# The page on which a model was asked for that is not there, and what was said.
_PROBLEM = "model_problem"


def show() -> read_models.Model:
    """A box of all models, runs' too; `?model=ID` in the address chooses one, and so does `?run=ID`."""
    # A place of its own for what comes and goes: a canvas below whose place changed would lose its strokes.
    with st.container():
        return _choose()


def choose_next(id: str) -> None:
    """Have the box stand at this model from the next run of the page on. A callback."""
    st.session_state[_BOX] = id
    _remember(id)


def suggest(id: str) -> None:
    """Have every page begin at this model that is opened without another one in its address."""
    st.session_state[_KEY] = id


def forget(id: str | None) -> None:
    """Have no page begin at this model, which was deleted."""
    if st.session_state.get(_KEY) == id:
        st.session_state.pop(_KEY, None)


def _choose() -> read_models.Model:
    models = {model.id: model for model in read_models.models()}
    complete = services.opening_store().done()
    wanted = _wanted(models, complete)
    # On the page on which it was asked for, however often that is drawn.
    page, problem = st.session_state.get(_PROBLEM, ("", ""))
    if page == frame.page():
        st.warning(as_written(problem))
    else:
        st.session_state.pop(_PROBLEM, None)
    chosen = _box(models, wanted, complete)
    if not complete:
        # The runs are missing from the box until then.
        waiting.until_open(services.opening_store())
    return _within_reach(models[chosen])


def _wanted(models: dict[str, read_models.Model], complete: bool) -> str:
    """The model that is asked for, by the address before the session; one that was looked for is added to `models`."""
    first = next(iter(models))
    # As the Train page names it: whoever puts that behind another page's address means its model.
    if run_id := st.query_params.pop("run", None):
        st.query_params["model"] = run_id
    wanted = st.query_params.get("model") or st.session_state.get(_KEY) or first
    if wanted not in models and complete and (found := _look_for(wanted)):
        wanted = found.id
        models.setdefault(wanted, found)
    # Each change of the address is a step that the browser's Back takes back: without need there is none.
    if wanted in models and (wanted != first or "model" in st.query_params):
        _remember(wanted)
    return wanted


def _box(models: Mapping[str, read_models.Model], wanted: str, complete: bool) -> str:
    """The box itself, which begins at the model `wanted`; the id of the one chosen."""
    ids = list(models)
    # Another box once all runs are known: it begins at the model that the address names, which the first did not have.
    key = _BOX if complete else f"{_BOX}_early"
    # The address may say another one than the box did: whoever goes back in the browser is shown that one.
    if wanted in models and st.session_state.get(key, wanted) != wanted:
        st.session_state[key] = wanted
    return st.selectbox(
        # Said here and not below, where it would push the page down and let it jump back.
        "Model" if complete else "Model · looking for your own runs…",
        ids,
        # On another page this is another box, whatever the session says of this one.
        index=ids.index(wanted) if wanted in models else 0,
        format_func=lambda id: models[id].label,
        help="Every run that ended or was stopped is here too.",
        key=key,
        on_change=lambda: _take(st.session_state[key], models),
    )


def _within_reach(model: read_models.Model) -> read_models.Model:
    """The model, fetched if it is elsewhere; if that fails the page ends here and says why."""
    try:
        _ = model.folder
    except ArtifactError as error:
        st.error(str(error), title="Choose another model, or try again")
        st.stop()
    return model


def _look_for(id: str) -> read_models.Model | None:
    """The model of a run that is too old for the list, or named by the beginning of its id; else None, and said why."""
    try:
        if model := read_models.of_run(read_runs.whole_id(id)):
            return model
        problem = "That run has no model. Instead, the one in the box is shown."
        _drop(id)
    except NoSuchRun:
        problem = "That model is not here; its run may have been deleted. Instead, the one in the box is shown."
        _drop(id)
    except (ServiceError, OSError) as error:
        problem = f"That model cannot be looked for. {error}"
    st.session_state[_PROBLEM] = frame.page(), problem
    return None


def _drop(id: str) -> None:
    """Ask for it no more, on this page or another."""
    st.query_params.pop("model", None)
    forget(id)


def _take(id: str, models: Mapping[str, read_models.Model]) -> None:
    """A browser names what is chosen by its label: of a model that was renamed since, by one that nobody knows now."""
    if id in models:
        _remember(id)


def stay(key: str, known: Collection[str]) -> None:
    """Before a box of models: have it stay where it was, though what is chosen there was renamed since."""
    kept, now = f"{key}_kept", st.session_state.get(key)
    if now in known:
        st.session_state[kept] = now
    elif st.session_state.get(kept) in known:
        st.session_state[key] = st.session_state[kept]


def _remember(id: str) -> None:
    st.session_state.pop(_PROBLEM, None)
    st.session_state[_KEY] = id
    st.query_params["model"] = id
