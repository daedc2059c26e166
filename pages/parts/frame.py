"""What every page begins with: the menu and its title."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.parts import another_page, browser, clicks, keyboard, memory, person


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
# As wide as its words need: on a tablet the page is short of room.
_WIDTH_OF_MENU = 210
# In pixels: in such a window, Streamlit's sidebar covers the page.
_MENU_OVER_PAGE = 768


memory.give_back()
clicks.hear_once()
another_page.do_nothing_late()


def begin(label: str, title: str) -> bool:
    """Set up the page called `label` in the menu, under its own `title`; whether the person has just come to it."""
    st.set_page_config(
        page_title=f"{label} · Digit Lab", page_icon=_FAVICON, layout="wide", initial_sidebar_state=_WIDTH_OF_MENU
    )
    with st.sidebar:
        st.markdown("**Digit Lab**")
        for page in (HOME, *PAGES):
            st.page_link(page.path, label=page.label, icon=page.icon)
        person.ask_for_name()
        scripts = [person.keep(), browser.tell_kind(), keyboard.listen(), another_page.wait_for_what_was_typed()]
        scripts.append(_close_menu_once_chosen())
        st.html(f"<style>{keyboard.style()}</style>")
        st.html(f"<script>{''.join(scripts)}{_scroll_up()}</script>", unsafe_allow_javascript=True)
    st.title(title, anchor=False)
    has_come = st.session_state.get(_PAGE) != label
    st.session_state[_PAGE] = label
    return has_come


def page() -> str:
    """What the page that is shown is called in the menu."""
    return st.session_state.get(_PAGE, "")


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
