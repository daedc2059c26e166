"""What browsers ask of the server, looked at before Streamlit does it: where workarounds for it come in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

Look = Callable[[AppSession, ClientState], bool]


def look_first(look: Look) -> None:
    """Have `look` see every request to run a page or a part of it; it may change it, and says whether it is done."""
    # A Streamlit without this method does all by itself.
    if request_rerun := getattr(AppSession, "request_rerun", None):

        @wraps(request_rerun)
        def request(session: AppSession, state: ClientState | None) -> None:
            if state is None or look(session, state):
                request_rerun(session, state)

        AppSession.request_rerun = request  # type: ignore[assignment, method-assign]
