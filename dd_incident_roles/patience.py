"""How long is waited for Datadog: for one answer, and for all answers of a command together."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import TypeVar

T = TypeVar("T")

NOTICE_SECONDS = 1.0
"""After so many seconds a person is told what the program waits for."""

QUICK_SECONDS = 0.25
"""An answer that comes so soon is not felt as waiting."""

MARGIN_SECONDS = 0.25
"""The socket, which knows whether anything was sent, is given the chance to end a wait first."""


class TookTooLong(Exception):
    """The answer did not come whole in time, or nobody waits for it any more."""


class Patience:
    """The time that a command or a run gives Datadog; shared by all its threads.

    ``answer_seconds`` bounds one answer from its first byte to its last, ``total_seconds``
    everything from now on, pauses included; None is no bound. ``on_wait`` is called once, with what
    is being waited for, when no quick answer came for a second.
    """

    def __init__(
        self,
        *,
        answer_seconds: float,
        total_seconds: float | None = None,
        on_wait: Callable[[str], None] = lambda _what: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.answer_seconds = answer_seconds
        self.total_seconds = total_seconds
        self._monotonic = monotonic
        self._on_wait = on_wait
        began = monotonic()
        self._ends = math.inf if total_seconds is None else began + total_seconds
        self._lock = Lock()
        self._notice_at: float | None = None
        self._waits: set[Event] = set()
        self._given_up = False

    @property
    def left(self) -> float:
        """Seconds until everything must be done; infinite without a limit."""
        return 0.0 if self._given_up else max(0.0, self._ends - self._monotonic())

    def give_up(self) -> None:
        """End every wait at once, and all that would follow."""
        with self._lock:
            self._given_up = True
            for event in self._waits:
                event.set()

    def sleep(self, seconds: float, what: str) -> None:
        """Pause, or less where it is given up meanwhile; ``what`` is what is being waited for."""
        self._wait(Event(), seconds, what)

    def call(self, work: Callable[[Callable[[], bool]], T], what: str) -> T:
        """Have the work done in a thread that is left alone when time is up.

        The work is given a function that says whether nobody waits for it any more. Raises what the
        work raises, or TookTooLong.
        """
        done, result, began = Event(), Future[T](), self._monotonic()
        result.add_done_callback(lambda _: done.set())

        def run() -> None:
            # What comes after it was given up has nobody to go to.
            with suppress(InvalidStateError):
                try:
                    result.set_result(work(result.cancelled))
                # The error belongs to the caller, which waits, and not to this thread.
                except BaseException as error:
                    result.set_exception(error)

        # A daemon: a read that hangs in the socket must not hold up the end of the process.
        Thread(target=run, name="request", daemon=True).start()
        try:
            self._wait(done, self._answer_time() + MARGIN_SECONDS, what)
            if not result.done():
                raise TookTooLong
            found = result.result()
            if self._monotonic() - began < QUICK_SECONDS and self._notice_at != math.inf:
                self._notice_at = None
            return found
        finally:
            result.cancel()

    def _answer_time(self) -> float:
        return min(self.answer_seconds, self.left)

    def _wait(self, event: Event, seconds: float, what: str) -> None:
        with self._lock:
            if self._given_up:
                return
            self._waits.add(event)
            if self._notice_at is None:
                self._notice_at = self._monotonic() + NOTICE_SECONDS
            until_notice = max(0.0, self._notice_at - self._monotonic())
        try:
            if seconds <= until_notice:
                event.wait(seconds)
            elif until_notice <= 0 or not event.wait(until_notice):
                self._notice(what)
                event.wait(seconds - until_notice)
        finally:
            with self._lock:
                self._waits.discard(event)

    def _notice(self, what: str) -> None:
        with self._lock:
            is_first, self._notice_at = self._notice_at != math.inf, math.inf
        if is_first:
            self._on_wait(what)
