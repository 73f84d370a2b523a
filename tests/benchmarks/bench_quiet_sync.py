"""A run over many incidents in which nothing happened: what each costs, beside a plain script."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

import requests

from dd_incident_roles.commands.naming import OPEN_INCIDENTS
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.benchmarks.bench_many_incidents import staff
from tests.benchmarks.measuring import (
    PROGRAM,
    Measure,
    Spent,
    instructions,
    output,
    spent,
)
from tests.product import reaching

FEW, MORE, MANY, MOST = 20, 100, 200, 5_000
SYNC = (*PROGRAM, "sync")
SCRIPT = ("-W", "ignore", "-m", "tests.benchmarks.plain_script")
COUNTED = ("-m", "tests.benchmarks.counted")
READ_WHOLE = ("sync", "--query", OPEN_INCIDENTS)
"""Nothing that is searched for by hand is left unread."""

GOAL_TIMES = {0.0: 1.0, 0.05: 10.0}
"""How many times as fast as the script a run should be, by the seconds that each answer takes."""

GOAL_CALLS = 6_000
GOAL_MILLIONS = 9.0
GOAL_STATEMENTS = 25
GOAL_SWITCHES = 10_000
GOAL_MEMORY = 120
RUNS = 3


def measures() -> Iterator[Measure]:
    """The counts of an incident, then the times of a run; with ``--slow`` the memory of a big one.

    What an incident costs is the difference between two runs, so that the start is left out.
    """
    yield from _counts()
    yield from _times()
    if "--slow" in sys.argv:
        with quiet(MOST) as (_, environment):
            memory = spent(SYNC, environment).memory
        what = f"quiet sync of {MOST:,}, memory"
        yield Measure(what=what, figure=memory, unit="MB", goal=GOAL_MEMORY)


@contextmanager
def quiet(number: int) -> Iterator[tuple[Replay, Mapping[str, str]]]:
    """A local Datadog with so many open incidents, and the environment of a synced record."""
    # What was declared a moment ago is not quiet yet.
    datadog = Sandbox(clock=lambda: datetime.now(UTC) - timedelta(hours=1))
    staff(datadog, number)
    with (
        tempfile.TemporaryDirectory() as folder,
        RunningSandbox(datadog) as running,
        Replay(running.url) as replay,
    ):
        environment = reaching(replay.url, Path(folder) / "record.db")
        for _ in range(2):
            spent(SYNC, environment)
        yield replay, environment


def _counts() -> Iterator[Measure]:
    with quiet(FEW) as (_, few), quiet(MORE) as (_, more):
        for name, command in (("", ("sync",)), (" read whole", READ_WHOLE)):
            counts = [json.loads(output((*COUNTED, *command), each)) for each in (few, more)]
            calls = (counts[1]["calls"] - counts[0]["calls"]) / (MORE - FEW)
            yield Measure(what=f"quiet incident{name}, Python calls", figure=calls, goal=GOAL_CALLS)
            yield Measure(
                what=f"quiet sync of {MORE}{name}, SQL statements",
                figure=counts[1]["statements"],
                goal=GOAL_STATEMENTS,
                anchor=f"{counts[0]['statements']} of {FEW}",
            )
        script = _slope([instructions(SCRIPT, each) for each in (few, more)])
        for name, command in (("", ("sync",)), (" read whole", READ_WHOLE)):
            ours = _slope([instructions((*PROGRAM, *command), each) for each in (few, more)])
            if ours and script:
                yield Measure(
                    what=f"quiet incident{name}, instructions",
                    figure=ours,
                    unit="M",
                    goal=GOAL_MILLIONS,
                    anchor=f"plain script {script:.1f} M",
                )


def _slope(counts: Sequence[float | None]) -> float | None:
    few, more = counts
    return (more - few) / (MORE - FEW) if more and few else None


def _times() -> Iterator[Measure]:
    with quiet(MANY) as (replay, environment):
        for replay.seconds, times in GOAL_TIMES.items():
            seconds = replay.seconds
            ours, plain = (_quickest(command, environment) for command in (SYNC, SCRIPT))
            what = f"quiet sync of {MANY} at {seconds * 1000:.0f} ms"
            yield _beside(f"{what}, wall", ours.wall, plain.wall, times)
            yield _beside(f"{what}, CPU", ours.cpu, plain.cpu, 1.0)
            if not seconds:
                yield Measure(
                    what=f"{what}, context switches",
                    figure=ours.switches,
                    goal=GOAL_SWITCHES,
                    anchor=f"plain script {plain.switches:,}",
                )


def _quickest(command: Sequence[str], environment: Mapping[str, str]) -> Spent:
    runs = [spent(command, environment) for _ in range(RUNS)]
    return min(runs, key=lambda run: run.wall)


def _beside(what: str, ours: float, plain: float, times: float) -> Measure:
    anchor = f"plain script {plain:.2f} s: {plain / ours:.1f} x"
    return Measure(what=what, figure=ours, unit="s", goal=plain / times, anchor=anchor)


_HEAD_END = b"\r\n\r\n"
_OWN = ("content-length", "content-encoding", "connection", "date")


class Replay:
    """Gives each reading the answer that the ``origin`` gave to the first of its address.

    An answer is ``seconds`` late. What is not a GET, or fails, is not answered.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.seconds = 0.0
        self.url = ""
        self._answers: dict[bytes, bytes] = {}
        self._loop = asyncio.new_event_loop()
        self._ready = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(_HEAD_END)
                line = head.partition(b"\r\n")[0]
                if line not in self._answers:
                    self._answers[line] = await asyncio.to_thread(self._ask, head)
                if self.seconds:
                    await asyncio.sleep(self.seconds)
                # A date that is repeated would be that of a clock that stands still.
                writer.write(f"HTTP/1.1 200 OK\r\nDate: {formatdate(usegmt=True)}\r\n".encode())
                writer.write(self._answers[line])
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _ask(self, head: bytes) -> bytes:
        lines = head.decode("ascii").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        kept = {name: text for name, text in headers.items() if name.upper().startswith("DD-")}
        answer = requests.get(self.origin + lines[0].split(" ")[1], headers=kept, timeout=60)
        answer.raise_for_status()
        named = [f"{name}: {text}" for name, text in answer.headers.items()]
        named = [each for each in named if not each.lower().startswith(_OWN)]
        shown = [*named, f"Content-Length: {len(answer.content)}"]
        return "\r\n".join(shown).encode("ascii") + _HEAD_END + answer.content
