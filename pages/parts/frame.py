"""What every page begins with: its title, the menu, and who is there."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import streamlit as st

from pages.parts import clicks, memory
from pages.parts.as_written import as_written


@dataclass(frozen=True)
class Page:
    """An entry of the menu; `about` says on the home page what the page is for."""

    path: str
    label: str
    icon: str
    about: str = ""


# A picture of our own: Streamlit would fetch a Material icon from the internet, which a workshop may not have.
_FAVICON = Path(__file__).parent / "favicon.png"

HOME = Page("app.py", "Home", ":material/home:")
PAGES = (
    Page(
        "pages/train.py",
        "Train",
        ":material/model_training:",
        "Choose a network, move the sliders, and watch it learn from 60,000 handwritten digits.",
    ),
    Page(
        "pages/evaluate.py",
        "Evaluate",
        ":material/grid_on:",
        "See how often a network is right on digits it has never seen, and which ones it confuses.",
    ),
    Page(
        "pages/inside.py",
        "Look inside",
        ":material/biotech:",
        "Follow a digit through a network's layers down to the single number, and try to fool it.",
    ),
    Page(
        "pages/compare.py",
        "Compare",
        ":material/compare_arrows:",
        "Put runs beside each other: what differs, what it did, and whether that is more than chance.",
    ),
    Page(
        "pages/sweep.py",
        "Sweep",
        ":material/manage_search:",
        "Let the computer try settings for you, and see which of them matter and which do best.",
    ),
    Page(
        "pages/draw.py",
        "Draw",
        ":material/draw:",
        "Draw for any network, yours too, and see the small picture that it really gets.",
    ),
    Page(
        "pages/data.py",
        "Data",
        ":material/dataset:",
        "Look through the digits that networks learn from, and bring digits of your own.",
    ),
)

_PAGE, _SCROLL = "frame_page", "frame_scroll_up"
# The cookie by which a browser says that its window is narrow.
_NARROW = "digit_lab_narrow"
# In pixels; below, Streamlit puts columns under one another.
_MOST_OF_A_PHONE = 640
# As wide as its words need: on a tablet the page is short of room.
_WIDTH_OF_MENU = 210
# In pixels too: in such a window, Streamlit's sidebar covers the page.
_MENU_OVER_PAGE = 768
# What of them does not fit between a text and a table, in pixels.
_HEIGHT_OF_TOOLS = 24
_COOKIE, _NAME, _SECONDS_KNOWN = "digit_lab_visitor", "digit_lab_name", 90 * 24 * 3600
_LONGEST_NAME = 40
# In this session: the person's name, and whether it was given here.
_GIVEN, _HAS_GIVEN = "frame_given_name", "frame_has_given_name"


memory.give_back()
clicks.hear_once()


def begin(label: str, title: str) -> bool:
    """Set up the page called `label` in the menu, under its own `title`; whether the person has just come to it."""
    st.set_page_config(
        page_title=f"{label} · Digit Lab", page_icon=_FAVICON, layout="wide", initial_sidebar_state=_WIDTH_OF_MENU
    )
    with st.sidebar:
        st.markdown("### Digit Lab")
        for page in (HOME, *PAGES):
            st.page_link(page.path, label=page.label, icon=page.icon)
        _ask_for_name()
        script = "".join([_stay_known(), _stay_named(), _tell_width(), _close_menu_once_chosen(), _scroll_up()])
        st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
    st.title(title)
    has_come = st.session_state.get(_PAGE) != label
    st.session_state[_PAGE] = label
    return has_come


def page() -> str:
    """What the page that is shown is called in the menu."""
    return st.session_state.get(_PAGE, "")


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


def _stay_known() -> str:
    """Have a browser keep Streamlit's token until long after its last visit: who closes it over lunch may stop their
    runs afterwards."""
    token = _kept_token() or _streamlits_token()
    return _set_cookie(f"{_COOKIE}=1|{token.hex()}; max-age={_SECONDS_KNOWN}") if token else ""


def _tell_width() -> str:
    """Have the browser say, from the next page that it loads on, whether its window is as narrow as a phone."""
    return _set_cookie(f"{_NARROW}=${{+(window.innerWidth <= {_MOST_OF_A_PHONE})}}")


def _set_cookie(text: str) -> str:
    """Of this site; `text` is a JavaScript template."""
    return f"document.cookie = `{text}; path=/; samesite=lax`;"


def _close_menu_once_chosen() -> str:
    """Where the menu lies over the page: links in a sidebar leave it open, unlike Streamlit's own menu."""
    return f"""
        window.digitLabMenu ??= addEventListener("click", event => {{
          if (window.innerWidth <= {_MENU_OVER_PAGE} && event.target.closest("[data-testid=stSidebar] a"))
            document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click()
        }}) ?? true;
        """


def scroll_up_next() -> None:
    """Have the next run of the page show its top: what was just chosen may be far above. A callback."""
    st.session_state[_SCROLL] = True


def _scroll_up() -> str:
    return "document.querySelector('[data-testid=stMain]').scrollTop = 0;" if st.session_state.pop(_SCROLL, 0) else ""


def is_on_a_phone() -> bool:
    """Whether this browser says that it is a phone's, or its window was as narrow when it last loaded a page."""
    return "Mobi" in st.context.headers.get("User-Agent", "") or st.context.cookies.get(_NARROW) == "1"


def leave_room_for_tools() -> None:
    """Before a table that comes after text: to a finger its tools are always there, and lie above it."""
    if is_on_a_phone():
        st.space(_HEIGHT_OF_TOOLS)


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
    return _set_cookie(f"{_NAME}={_given_name().encode().hex()}; max-age={_SECONDS_KNOWN}")


def _ask_for_name() -> None:
    def remember() -> None:
        st.session_state[_GIVEN] = st.session_state["frame_name"].strip()
        st.session_state[_HAS_GIVEN] = True

    st.text_input(
        "Your name",
        value=_given_name(),
        placeholder=name(),
        max_chars=_LONGEST_NAME,
        key="frame_name",
        on_change=remember,
        help="Shown beside your runs, so that others know whose they are.",
    )
