"""A workshop: thirty people on one server who all draw, a stroke every two seconds.

    python benchmarks/workshop_drawing.py

The thirty have no browser (`visitors.py`): they send the strokes that a real one has drawn before on the same page.
Then that one draws among them. The result replaces its own section of benchmarks/RESULTS.md.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from playwright.sync_api import Page, WebSocket, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

# Importing `responsiveness` sets a runs folder of its own.
from benchmarks import visitors  # noqa: E402
from benchmarks.responsiveness import lifted_to_answer  # noqa: E402
from benchmarks.results import load, times, write_section  # noqa: E402
from tests.browsing import FLAGS, SEVEN, draw, start_server  # noqa: E402
from tests.find_browser import find  # noqa: E402

PEOPLE = 30
SECONDS_A_STROKE = 2.0
# Enough for the one with a browser to draw all of hers meanwhile.
STROKES = 120


@dataclass
class Drawer:
    """Somebody on the Home page who draws `strokes` over and over; `waits`: when, and seconds to the answer."""

    person: int
    strokes: list[BackMsg]
    page: str = ""
    waits: list[tuple[float, float]] = field(default_factory=list)

    async def stay(self, address: str) -> None:
        async with visitors.connected(address, self.person) as server:
            await self._answer(server, BackMsg(rerun_script=ClientState()))
            # Not all in step.
            await asyncio.sleep(SECONDS_A_STROKE * random.random())
            for number in range(STROKES):
                asked = time.monotonic()
                await self._answer(server, self.strokes[number % len(self.strokes)])
                waited = time.monotonic() - asked
                self.waits.append((asked, waited))
                await asyncio.sleep(max(0.0, SECONDS_A_STROKE - waited))

    async def _answer(self, server: ClientConnection, asked: BackMsg) -> None:
        """Ask, and wait until the page is drawn."""
        message = BackMsg()
        message.CopyFrom(asked)
        await visitors.ask(server, message, self.page)
        async for data in server:
            told = ForwardMsg.FromString(data)
            if told.WhichOneof("type") == "navigation":
                self.page = told.navigation.page_script_hash
            elif told.WhichOneof("type") == "script_finished":
                return


def main() -> None:
    server = start_server()
    try:
        with sync_playwright() as playwright:
            page = playwright.chromium.launch(executable_path=find(), args=FLAGS).new_page()
            strokes = recorded(page, server.address)
            alone = lifted_to_answer(page, server.address)
            people = [Drawer(n, strokes) for n in range(PEOPLE)]
            process = psutil.Process(server.process.pid)
            there = visitors.let_in([each.stay(server.address) for each in people])
            time.sleep(2 * SECONDS_A_STROKE)
            begun, used = time.monotonic(), sum(process.cpu_times()[:2])
            among_many = lifted_to_answer(page, server.address)
            seconds, used = time.monotonic() - begun, sum(process.cpu_times()[:2]) - used
            size = process.memory_info().rss / 2**20
            assert there.is_alive(), "The visitors were cut off: nothing was measured."
    finally:
        server.process.kill()
    waits = [wait for each in people for asked, wait in each.waits if asked > begun]
    print(measured := report(alone, among_many, waits, used / seconds, size))
    write_section("A workshop that draws", measured, "python benchmarks/workshop_drawing.py")


def recorded(page: Page, address: str) -> list[BackMsg]:
    """What the Home page sends after each of some strokes."""
    sent: list[BackMsg] = []

    def keep(data: bytes | str) -> None:
        if isinstance(data, bytes):
            sent.append(BackMsg.FromString(data))

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", keep)

    page.on("websocket", listen)
    page.goto(address)
    page.get_by_text("draw a digit first").wait_for()
    for _ in range(3):
        draw(page, SEVEN)
        page.wait_for_timeout(1500)
    strokes = [message for message in sent if message.rerun_script.fragment_id]
    assert strokes, "The page has sent no stroke."
    return strokes


def report(alone: list[float], among_many: list[float], waits: list[float], share: float, megabytes: float) -> str:
    rows = [("pen lifted to answer on the page, nobody else is there", alone)]
    rows.append((f"pen lifted to answer on the page, {PEOPLE} people draw", among_many))
    rows.append(("stroke of one of the thirty to its answer", waits))
    return f"{times(rows)}\n\n{load(share, megabytes)}"


if __name__ == "__main__":
    main()
