"""A workshop: thirty people on one server, each with a run that trains or waits, and the Train page open.

    python benchmarks/workshop.py

Thirty browsers do not fit on the machine that is measured: the thirty have none (`visitors.py`), the one who clicks
has. The result replaces its own section of benchmarks/RESULTS.md.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

# Importing `responsiveness` sets a runs folder of its own.
from benchmarks import visitors  # noqa: E402
from benchmarks.responsiveness import clicks, wait_until  # noqa: E402
from benchmarks.results import load, times, write_section  # noqa: E402
from mnist_core.presets import PRESETS  # noqa: E402
from mnist_core.queue.engine import Engine  # noqa: E402
from mnist_core.runs.store import Store  # noqa: E402
from tests.browsing import FLAGS, start_server  # noqa: E402
from tests.conftest import end_engine  # noqa: E402
from tests.find_browser import find  # noqa: E402

PEOPLE = 30
SECONDS_TO_SETTLE = 20


@dataclass
class Visitor:
    """Somebody with the Train page open on a run; `answered` are the times at which it was drawn again.

    `page` is the page's own name in Streamlit's protocol, once the server has told it.
    """

    person: int
    run_id: str
    page: str = ""
    answered: list[float] = field(default_factory=list)
    timers: list[asyncio.Task] = field(default_factory=list)

    async def stay(self, address: str) -> None:
        """Open the page and keep it up to date, as its own page in a browser would."""
        async with visitors.connected(address, self.person) as server:
            await self._ask(server)
            async for data in server:
                message = ForwardMsg.FromString(data)
                kind = message.WhichOneof("type")
                if kind == "new_session" and not message.metadata.run.fragment_ids:
                    self._forget_timers()
                elif kind == "navigation":
                    self.page = message.navigation.page_script_hash
                elif kind == "auto_rerun":
                    again = self._ask_again(server, message.auto_rerun.interval, message.auto_rerun.fragment_id)
                    self.timers.append(asyncio.create_task(again))
                elif kind == "script_finished":
                    self.answered.append(time.monotonic())

    def _forget_timers(self) -> None:
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()

    async def _ask_again(self, server: ClientConnection, interval: float, fragment: str) -> None:
        while True:
            await asyncio.sleep(interval)
            await self._ask(server, fragment)

    async def _ask(self, server: ClientConnection, fragment: str = "") -> None:
        asked = BackMsg()
        asked.rerun_script.query_string = f"run={self.run_id}"
        asked.rerun_script.fragment_id = fragment
        asked.rerun_script.is_auto_rerun = bool(fragment)
        await visitors.ask(server, asked, self.page, "train")


def main() -> None:
    server = start_server()
    try:
        with sync_playwright() as playwright:
            page = playwright.chromium.launch(executable_path=find(), args=FLAGS).new_page()
            page.goto(f"{server.address}/train")
            engine = Engine(Store())
            wait_until(lambda: engine.workers == 2)
            alone = clicks(page)
            people = [Visitor(n, submit(engine, n)) for n in range(PEOPLE)]
            process = psutil.Process(server.process.pid)
            there = visitors.let_in([each.stay(server.address) for each in people])
            time.sleep(SECONDS_TO_SETTLE)
            begun, used = time.monotonic(), sum(process.cpu_times()[:2])
            among_many = clicks(page)
            seconds, used = time.monotonic() - begun, sum(process.cpu_times()[:2]) - used
            size = process.memory_info().rss / 2**20
            assert there.is_alive(), "The visitors were cut off: nothing was measured."
    finally:
        server.process.kill()
        end_engine(Path(os.environ["DIGIT_LAB_RUNS"]))
    print(measured := report(alone, among_many, between(people, begun), used / seconds, size))
    write_section("A workshop", measured, "python benchmarks/workshop.py")


def submit(engine: Engine, person: int) -> str:
    """The id of a person's own run."""
    return engine.submit(PRESETS["cnn-3x3"], "workshop", f"Guest {person}", visitors.visitor(person))


def between(people: list[Visitor], since: float) -> list[float]:
    """Seconds from one answer to the next, of everybody, those before `since` left out."""
    times = [[at for at in each.answered if at > since] for each in people]
    return [later - at for each in times for at, later in pairwise(each)]


def report(alone: list[float], among_many: list[float], waits: list[float], share: float, megabytes: float) -> str:
    rows = [("click on another page, nobody else is there", alone)]
    rows.append((f"click on another page, {PEOPLE} people watch {PEOPLE} runs, of which two train", among_many))
    rows.append(("from one look at a watched run to the next", waits))
    return f"{times(rows)}\n\n{load(share, megabytes)}"


if __name__ == "__main__":
    main()
