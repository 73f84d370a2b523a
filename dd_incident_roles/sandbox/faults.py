"""What can go wrong between a client and Datadog, and the log of what was asked of it."""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count

from pydantic import StrictFloat, StrictInt
from starlette.types import Receive

from dd_incident_roles.sandbox.world import Given


class FaultKind(StrEnum):
    """What happens to a request; "before" and "after" speak of its being carried out."""

    LATENCY = "latency"
    RATE_LIMIT = "rate_limit"
    STATUS_BEFORE = "status_before"
    STATUS_AFTER = "status_after"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    TRUNCATE = "truncate"
    HTML = "html"
    REDIRECT = "redirect"
    HANG_BEFORE = "hang_before"
    HANG_AFTER = "hang_after"


class Fault(Given):
    """One rule: which requests it is for, and what it does to them.

    ``path`` is a regular expression, searched for in the path and query. The rule passes over
    the first ``nth`` - 1 requests that match and then strikes ``count`` times, or for good where
    ``count`` is None. ``seconds`` is the length of a latency or a hang (None: until released) and
    the reset of a rate limit; a hang whose client has gone is not carried out any more.
    """

    kind: FaultKind
    method: str | None = None
    path: str = ""
    nth: StrictInt = 1
    # Once, so that a client that tries again gets through.
    count: StrictInt | None = 1
    seconds: StrictFloat | None = None
    status: StrictInt = 502
    # A name that no server has, by RFC 2606.
    location: str = "https://elsewhere.invalid/"


@dataclass(slots=True)
class _Waiting:
    fault: Fault
    seen: int = 0
    struck: int = 0

    @property
    def is_left(self) -> bool:
        return self.fault.count is None or self.struck < self.fault.count

    def is_for(self, method: str, target: str) -> bool:
        is_method = self.fault.method in (None, method)
        return self.is_left and is_method and re.search(self.fault.path, target) is not None


@dataclass(slots=True)
class FaultPlan:
    """The rules in force; not safe between threads."""

    _waiting: list[_Waiting] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Puts a rule in force, behind those that are there."""
        self._waiting.append(_Waiting(fault))

    def clear(self) -> None:
        """Takes all rules out of force."""
        self._waiting.clear()

    def pending(self) -> list[Fault]:
        """Lists the rules that can still strike."""
        return [each.fault for each in self._waiting if each.is_left]

    def strike(self, method: str, target: str) -> list[Fault]:
        """Lists what befalls this request: every latency, and at most one other fault."""
        befallen: list[Fault] = []
        taken = False
        for each in self._waiting:
            slows = each.fault.kind is FaultKind.LATENCY
            # A rule that is passed over here keeps its turn for the next request.
            if not each.is_for(method, target) or (taken and not slows):
                continue
            # Only what reaches the rule counts towards its turn.
            each.seen += 1
            if each.seen < each.fault.nth:
                continue
            each.struck += 1
            taken = taken or not slows
            befallen.append(each.fault)
        return befallen


PATIENCE_SECONDS = 10.0


async def disconnected(receive: Receive) -> None:
    """Returns once the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


class Hangs:
    """Requests that are held without an answer until any thread releases them."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._held: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    @property
    def count(self) -> int:
        """How many requests are held now."""
        with self._condition:
            return len(self._held)

    def wait_for(self, count: int = 1, *, timeout_seconds: float = PATIENCE_SECONDS) -> bool:
        """Waits until so many requests are held; says whether that came about in time."""
        with self._condition:
            return self._condition.wait_for(
                lambda: len(self._held) >= count, timeout=timeout_seconds
            )

    def wait_until_free(self) -> bool:
        """Waits until no request is held, because of a release or because the clients have gone."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._held, timeout=PATIENCE_SECONDS)

    def release(self) -> None:
        """Lets every held request go on."""
        with self._condition:
            for event, loop in self._held.items():
                loop.call_soon_threadsafe(event.set)
            # At once, so that what is held from now on is another request.
            self._held.clear()
            self._condition.notify_all()

    async def hold(self, receive: Receive, seconds: float | None) -> bool:
        """Holds the current request; says whether its client was still there at the end."""
        event = asyncio.Event()
        with self._condition:
            self._held[event] = asyncio.get_running_loop()
            self._condition.notify_all()
        # Two tasks, because a client may leave before anybody releases it.
        released = asyncio.ensure_future(event.wait())
        gone = asyncio.ensure_future(disconnected(receive))
        try:
            await asyncio.wait(
                {released, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            return not gone.done()
        finally:
            with self._condition:
                # Whether released, timed out or left alone, it is held no longer.
                self._held.pop(event, None)
                self._condition.notify_all()
            for task in (released, gone):
                task.cancel()
            await asyncio.gather(released, gone, return_exceptions=True)


@dataclass(slots=True, kw_only=True)
class LoggedRequest:
    """One request; no status means that no answer was sent, or none yet.

    ``applied`` says that a write was carried out, whatever the client was told. ``began`` and
    ``ended`` are numbers in the one order of all arrivals and answers.
    """

    method: str
    target: str
    template: str
    body: bytes = b""
    status: int | None = None
    applied: bool = False
    began: int = 0
    ended: int | None = None

    @property
    def path(self) -> str:
        """The path without the query."""
        return self.target.partition("?")[0]


@dataclass(slots=True)
class RequestLog:
    """The requests in the order in which they came."""

    entries: list[LoggedRequest] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def begin(self, entry: LoggedRequest) -> None:
        """Notes that a request came."""
        entry.began = next(self.numbers)
        self.entries.append(entry)

    def end(self, entry: LoggedRequest) -> None:
        """Notes that it is answered."""
        entry.ended = next(self.numbers)

    def waves(self) -> list[list[LoggedRequest]]:
        """Lists the requests in waves, each of which had to wait for an answer to the one before.

        So many round trips is how long a client waits, however many requests it sends at once.
        """
        waves: list[list[LoggedRequest]] = []
        for entry in self.entries:
            before = [
                depth
                for depth, wave in enumerate(waves, start=1)
                if any(each.ended is not None and each.ended < entry.began for each in wave)
            ]
            depth = max(before, default=0)
            if depth == len(waves):
                waves.append([])
            waves[depth].append(entry)
        return waves

    def matching(self, method: str | None = None, path: str = "") -> list[LoggedRequest]:
        """Lists the requests with this method whose target the regular expression finds."""
        return [
            entry
            for entry in self.entries
            if method in (None, entry.method) and re.search(path, entry.target)
        ]

    def count(self, method: str | None = None, path: str = "") -> int:
        """Counts the requests with this method whose target the regular expression finds."""
        return len(self.matching(method, path))

    def writes(self) -> list[LoggedRequest]:
        """Lists the requests that were meant to change something."""
        return [entry for entry in self.entries if entry.method != "GET"]

    def by_template(self) -> Counter[tuple[str, str]]:
        """Counts the requests by method and path template."""
        return Counter((entry.method, entry.template) for entry in self.entries)

    def resent(self) -> list[LoggedRequest]:
        """Lists the writes that came again, to the byte, after they had been carried out."""
        applied: set[tuple[str, str, bytes]] = set()
        again = []
        for entry in self.writes():
            # The same request with another body is another wish.
            key = (entry.method, entry.target, entry.body)
            if key in applied:
                again.append(entry)
            if entry.applied:
                applied.add(key)
        return again
