"""Each click is heard once, on slow machines too: a workaround for Streamlit (seen in 1.67)."""

from __future__ import annotations

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

from pages.parts import rerun_requests

# As what a click is sent: of a button, and of a component.
_CLICKS = ("trigger_value", "json_trigger_value")
# A click comes with the address that the browser had when it was made: so long that may be another one by then.
SECONDS_ON_THE_WAY = 3.0


def hear_once() -> None:
    """Leave clicks out of what a fragment's timer sends.

    The browser sends a click a moment after it was made (frontend/lib/src/WidgetStateManager.ts, `scheduleFlush`). A
    timer that comes in between sends it along, and then it is sent as itself: in a slow browser "One batch" often
    trained two (tests/test_browser.py).
    """
    rerun_requests.look_first(_without_clicks_of_timers)


def _without_clicks_of_timers(session: AppSession, asked: ClientState) -> bool:
    if asked.is_auto_rerun:
        widgets = asked.widget_states.widgets
        for widget in [widget for widget in widgets if widget.WhichOneof("value") in _CLICKS]:
            widgets.remove(widget)
    return True
