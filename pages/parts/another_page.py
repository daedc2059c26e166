"""From one page to another: workarounds for Streamlit (seen in 1.67).

A browser may still ask something of the page that it leaves: for a timer, a stroke or a click that was on its way.
Streamlit does it once the next page is there (runtime/scriptrunner/script_runner.py, `_run_script`), and then shows the
page before at the other one's address; or, where it was for a fragment, the browser empties the page, and fails at its
next fragment with "Cannot set a node at a delta path". So what comes that late is not done.

What was typed is sent a moment after its box was left, and so after a tap on a link, for which a finger needs no time:
too late by then, too. So the link waits.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import NoReturn

import streamlit as st
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts import clicks, rerun_requests

# In milliseconds.
_SENT_BY_THEN = 150

# By session: the pages that were left of late, and when.
_left: dict[str, dict[str, float]] = {}


def switch_to(path: str, query: Mapping[str, str] | None = None) -> NoReturn:
    """As Streamlit's `switch_page`."""
    if context := get_script_run_ctx():
        _leave(context.session_id, context.page_script_hash)
    st.switch_page(path, query_params=query)


def do_nothing_late() -> None:
    """Have nothing done that is asked of a page after it was left."""
    rerun_requests.look_first(_comes_in_time)


def _comes_in_time(session: AppSession, asked: ClientState) -> bool:
    # All that a page has is sent along, unless by a link to another one, or by the browser's Back.
    if not asked.fragment_id and not asked.widget_states.widgets:
        # A Streamlit that keeps this elsewhere does what comes late.
        last = getattr(session, "_client_state", None) or asked
        _leave(session.id, last.page_script_hash)
        _left[session.id].pop(asked.page_script_hash, None)
        return True
    at = _left.get(session.id, {}).get(asked.page_script_hash, -math.inf)
    return time.monotonic() - at > clicks.SECONDS_ON_THE_WAY


def _leave(session_id: str, page: str) -> None:
    now = time.monotonic()
    for session, pages in list(_left.items()):
        if now - max(pages.values(), default=-math.inf) > clicks.SECONDS_ON_THE_WAY:
            _left.pop(session, None)
    _left.setdefault(session_id, {})[page] = now


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
