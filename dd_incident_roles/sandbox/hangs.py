"""Requests that are held without an answer until they are released or their time is up."""

from __future__ import annotations

import asyncio
import threading

from starlette.types import Receive


class Hangs:
    """Holds requests; released from any thread."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._held: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    @property
    def count(self) -> int:
        """How many requests are held now."""
        with self._condition:
            return len(self._held)

    def wait_for(self, count: int = 1, *, timeout_seconds: float = 10) -> bool:
        """Waits until so many requests are held; says whether that came about in time."""
        with self._condition:
            return self._condition.wait_for(
                lambda: len(self._held) >= count, timeout=timeout_seconds
            )

    def wait_until_free(self, *, timeout_seconds: float = 10) -> bool:
        """Waits until no request is held, because of a release or because the clients have gone."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._held, timeout=timeout_seconds)

    def release(self) -> None:
        """Lets every held request go on."""
        with self._condition:
            for event, loop in self._held.items():
                loop.call_soon_threadsafe(event.set)

    async def hold(self, receive: Receive, seconds: float | None) -> bool:
        """Holds the current request; says whether its client was still there at the end."""
        event = asyncio.Event()
        with self._condition:
            self._held[event] = asyncio.get_running_loop()
            self._condition.notify_all()
        released = asyncio.ensure_future(event.wait())
        gone = asyncio.ensure_future(disconnected(receive))
        try:
            await asyncio.wait(
                {released, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            return not gone.done()
        finally:
            with self._condition:
                del self._held[event]
                self._condition.notify_all()
            for task in (released, gone):
                task.cancel()
            await asyncio.gather(released, gone, return_exceptions=True)


async def disconnected(receive: Receive) -> None:
    """Returns once the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
