"""Who is there: by which browser a person is known, what they are called, and what is theirs."""

from __future__ import annotations

import hashlib
import re
from typing import Protocol

import streamlit as st

from pages.parts import browser
from pages.parts.as_written import as_written

_COOKIE, _NAME = "digit_lab_visitor", "digit_lab_name"
_LONGEST_NAME = 40
# In this session: the person's name, and whether it was given here.
_GIVEN, _HAS_GIVEN = "person_given_name", "person_has_given_name"


def visitor() -> str:
    """A short secret of this browser, the same after a reload: who may stop or delete a run.

    Alone or in a test there may be no cookie, and then everybody is the same person.
    """
    token = _kept_token() or _streamlits_token()
    return hashlib.sha256(token).hexdigest()[:16] if token else ""


def _kept_token() -> bytes:
    """What `_stay_known` has given this browser, as `1|token`; whatever else somebody put there is none."""
    parts = st.context.cookies.get(_COOKIE, "").split("|")
    return bytes.fromhex(parts[1]) if len(parts) == 2 and re.fullmatch("[0-9a-f]{32}", parts[1]) else b""


def _streamlits_token() -> bytes:
    """The random token that Streamlit gives every browser until that is closed, as `2|mask|masked token|time`."""
    parts = st.context.cookies.get("_streamlit_xsrf", "").split("|")
    if len(parts) != 4 or not all(re.fullmatch("([0-9a-f]{2})+", part) for part in parts[1:3]):
        return b""
    mask, masked = map(bytes.fromhex, parts[1:3])
    return bytes(byte ^ mask[i % len(mask)] for i, byte in enumerate(masked))


def keep() -> str:
    """The script that has the browser keep who this is, and the name."""
    return _stay_known() + _stay_named()


def _stay_known() -> str:
    """Have a browser keep Streamlit's token until long after its last visit: who closes it over lunch may stop their
    runs afterwards."""
    token = _kept_token() or _streamlits_token()
    return browser.set_cookie(f"{_COOKIE}=1|{token.hex()}") if token else ""


class Owned(Protocol):
    """What somebody has started or brought: a run, a sweep, a data set."""

    @property
    def visitor(self) -> str: ...

    @property
    def owner(self) -> str: ...


def may_touch(started: Owned) -> bool:
    """Whether this person may pause, stop or delete it: their own; on the server's own screen, any."""
    # Behind a proxy on this machine everybody seems to be here.
    is_here = st.context.ip_address is None and "X-Forwarded-For" not in st.context.headers
    return is_own(started) or is_here


def is_own(started: Owned) -> bool:
    """Whether this person has started or brought it."""
    return started.visitor == visitor()


def whose(started: Owned) -> str:
    """The name of whoever has started or brought what is not this person's; who has the same name may be the same."""
    return f"{as_written(started.owner)}{' in another browser' * (started.owner == name())}"


def name() -> str:
    """What this person wants to be called beside their runs."""
    return _given_name() or f"Guest {visitor()[:4]}".strip()


def who() -> tuple[str, str]:
    """`name` and `visitor`. To be asked before anything that takes long: once the browser has gone, nobody is there."""
    return name(), visitor()


def _given_name() -> str:
    """What the person has given: in this session, or before, as their browser has kept it."""
    return st.session_state.setdefault(_GIVEN, _kept_name())


def _kept_name() -> str:
    """What `_stay_named` has given this browser; whatever else somebody put there is none."""
    try:
        name = bytes.fromhex(st.context.cookies.get(_NAME, "")).decode().strip()
    except (TypeError, ValueError):
        return ""
    return name if len(name) <= _LONGEST_NAME else ""


def _stay_named() -> str:
    """Have the browser keep the name, in hexadecimal digits: it may have any characters.

    Only once it was given: another tab may have given another one, of which this session does not know.
    """
    if not st.session_state.get(_HAS_GIVEN):
        return ""
    return browser.set_cookie(f"{_NAME}={_given_name().encode().hex()}")


def ask_for_name() -> None:
    """The box for the name, in the menu."""

    def remember() -> None:
        # Streamlit may call this for a box of a page that was left meanwhile.
        if (given := st.session_state.get("person_name")) is not None:
            st.session_state[_GIVEN], st.session_state[_HAS_GIVEN] = given.strip(), True

    st.text_input(
        "Your name",
        value=_given_name(),
        placeholder=name(),
        max_chars=_LONGEST_NAME,
        key="person_name",
        on_change=remember,
        help="Shown beside your runs, so that others know whose they are.",
    )
