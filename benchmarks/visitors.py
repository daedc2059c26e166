"""People on a server without a browser each: they speak with it as Streamlit's page does, and draw nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol


@asynccontextmanager
async def connected(address: str, person: int) -> AsyncIterator[ClientConnection]:
    """A person's connection to the server at `address`, which asks for nothing by itself."""
    at = f"ws://{urlsplit(address).netloc}/_stcore/stream"
    # As Streamlit gives it to every browser: the second part, here of zeros, masks the third.
    cookie = {"Cookie": f"_streamlit_xsrf=2|00000000|{_token(person).hex()}|0"}
    protocols = [Subprotocol("streamlit")]
    async with connect(
        at, origin=Origin(address), additional_headers=cookie, subprotocols=protocols, max_size=None
    ) as server:
        yield server


def visitor(person: int) -> str:
    """What the pages take a person for, by the token in the cookie: as `person.visitor` has it."""
    return sha256(_token(person)).hexdigest()[:16]


def _token(person: int) -> bytes:
    return person.to_bytes(16, "big")


async def ask(server: ClientConnection, message: BackMsg, page: str, name: str = "") -> None:
    """Send a request for a page: for `name` in the address until the server has told `page`, its own name for it."""
    message.rerun_script.page_name = "" if page else name
    message.rerun_script.page_script_hash = page
    await server.send(message.SerializeToString())


def let_in(stays: list[Coroutine[Any, Any, None]]) -> threading.Thread:
    """All of them at once, in a thread of their own, which ends when one of them is cut off."""

    async def stay() -> None:
        with suppress(ConnectionClosed):
            await asyncio.gather(*stays)

    thread = threading.Thread(target=asyncio.run, args=(stay(),), daemon=True)
    thread.start()
    return thread
