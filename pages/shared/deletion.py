"""Delete runs and data sets without asking first, and bring them back: the store only hides them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from mnist_core.store import StoreError
from pages.shared import services


def delete(page: str, names: Mapping[str, str], then: Callable[[], None]) -> None:
    """Delete what `names` has by its id in the store, and remember it on this page. A callback, as `then` is."""
    hide = services.opening_store().result().delete
    done = {id: name for id, name in names.items() if _succeeds(page, hide, id, name)}
    st.session_state[f"{page}_deleted"] = done
    if done:
        then()


def offer_undo(page: str, then: Callable[[list[str]], None]) -> None:
    """What was deleted last, with a button that brings it back and gives `then` the ids."""
    if problem := st.session_state.pop(f"{page}_not_deleted", None):
        st.error(problem)
    deleted: dict[str, str] = st.session_state.get(f"{page}_deleted", {})
    if not deleted:
        return

    def undo() -> None:
        restore = services.opening_store().result().restore
        back = [id for id, name in deleted.items() if _succeeds(page, restore, id, name)]
        st.session_state[f"{page}_deleted"] = {id: name for id, name in deleted.items() if id not in back}
        then(back)

    names = ", ".join(list(deleted.values())[:3]) + (" and others" if len(deleted) > 3 else "")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Deleted: {names}.")
        st.button("Undo", icon=":material/undo:", on_click=undo, key=f"{page}_undo")


def _succeeds(page: str, act: Callable[[str], None], id: str, name: str) -> bool:
    try:
        act(id)
    except StoreError as error:
        st.session_state[f"{page}_not_deleted"] = f"{name} could not be changed. {error}"
        return False
    return True
