"""Each click is heard once, on slow machines too: a workaround for Streamlit (seen in 1.67)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

RequestRerun = Callable[[AppSession, ClientState | None], None]
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
    # A Streamlit without this method hears clicks as it does.
    if request_rerun := getattr(AppSession, "request_rerun", None):
        AppSession.request_rerun = _without_clicks_of_timers(request_rerun)  # type: ignore[assignment, method-assign]


def _without_clicks_of_timers(request_rerun: RequestRerun) -> RequestRerun:
    @wraps(request_rerun)
    def request(session: AppSession, state: ClientState | None) -> None:
        if state is not None and state.is_auto_rerun:
            widgets = state.widget_states.widgets
            for widget in [widget for widget in widgets if widget.WhichOneof("value") in _CLICKS]:
                widgets.remove(widget)
        request_rerun(session, state)

    return request
