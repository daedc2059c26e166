"""From one page to another: workarounds for Streamlit (seen in 1.67).

A browser may ask for a fragment of the page that it leaves, before it knows of the next one: for a timer, or for a
stroke that is on its way. Streamlit draws it once the next page is there, as a part of the page before
(runtime/scriptrunner/script_runner.py, `_run_script`), and the browser empties the page; at its next fragment it fails
with "Cannot set a node at a delta path". So a page that is left forgets its fragments: Streamlit leaves requests for
those that it does not know.

What was typed is sent a moment after its box was left, and so after a tap on a link, for which a finger needs no time:
the page that was left comes back, with an error where something is done about what was typed. So the link waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import streamlit as st
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts import rerun_requests

# In milliseconds.
_SENT_BY_THEN = 150


def switch_to(path: str, query: Mapping[str, str] | None = None) -> NoReturn:
    """As Streamlit's `switch_page`."""
    if context := get_script_run_ctx():
        context.fragment_storage.clear()
    st.switch_page(path, query_params=query)


def forget_when_left() -> None:
    """Have pages forget their fragments when a person leaves them by a link, or goes back."""
    rerun_requests.look_first(_forget_if_left)


def _forget_if_left(session: AppSession, asked: ClientState) -> None:
    if not asked.fragment_id and asked.page_script_hash != session._client_state.page_script_hash:
        session._fragment_storage.clear()


def wait_for_what_was_typed() -> str:
    """The script: a click on a link just after a box was left is made a moment later."""
    return f"""
        window.digitLabLinks ??= (() => {{
          let left = -{_SENT_BY_THEN}
          addEventListener("focusout", event => {{
            if (event.target.matches("input, textarea")) left = performance.now()
          }})
          addEventListener("click", event => {{
            const link = event.target.closest?.("a")
            const isForHere = !event.ctrlKey && !event.metaKey && !event.shiftKey
            if (!link || !event.isTrusted || !isForHere || performance.now() - left > {_SENT_BY_THEN}) return
            event.preventDefault()
            event.stopImmediatePropagation()
            const again = new MouseEvent("click", {{bubbles: true, cancelable: true, detail: event.detail}})
            setTimeout(() => link.dispatchEvent(again), {_SENT_BY_THEN})
          }}, true)
          return true
        }})();
        """
