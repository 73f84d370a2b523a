"""How long is waited for Datadog, for one answer and for a command, and for work in threads."""

from __future__ import annotations

import math
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread, current_thread, main_thread
from typing import Any, Final, Generic, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")

NOTICE_SECONDS = 1.0
"""After so many seconds a person is told what the program waits for."""

QUICK_SECONDS = 0.25
"""An answer that comes so soon is not felt as waiting."""

MARGIN_SECONDS = 0.25
"""The socket, which knows whether anything was sent, is given the chance to end a wait first."""


_IDLE_SECONDS = 5.0
"""How long a thread waits for another request before it ends."""


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait for some milliseconds of work; pressed again, it ends that too.

    Between a commit and the note of it, an interrupt would have the program deny what it did.
    """
    handler = signal.getsignal(signal.SIGINT)
    # Other threads get no signals, and with another handler nothing is raised anywhere.
    if current_thread() is not main_thread() or handler is not signal.default_int_handler:
        yield
        return
    is_wanted = False

    def note(*_: object) -> None:
        nonlocal is_wanted
        is_wanted = True
        signal.signal(signal.SIGINT, handler)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if is_wanted:
        raise KeyboardInterrupt


class TookTooLong(Exception):
    """The answer did not come whole in time, or nobody waits for it any more."""


class _Job(Generic[T]):
    """Some work, and what came of it; once it is left nobody waits for that any more."""

    def __init__(self, work: Callable[[Callable[[], bool]], T]) -> None:
        self.work = work
        self.done = Event()
        self.is_over = False
        self.is_left = False
        self.result: T | None = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Do the work."""
        try:
            self.result = self.work(lambda: self.is_left)
        # The error belongs to the caller, which waits, and not to this thread.
        except BaseException as error:
            self.error = error
        self.is_over = True


class _Worker(Thread):
    """Does one job after the other, as long as ``rests`` takes it in among those that wait.

    ``leaves`` says whether it may end, because no job came for a while. A daemon: a read that hangs
    in the socket must not hold up the end of the process.
    """

    def __init__(self, rests: Callable[[_Worker], bool], leaves: Callable[[_Worker], bool]) -> None:
        super().__init__(name="request", daemon=True)
        self.queue: SimpleQueue[_Job[Any] | None] = SimpleQueue()
        self._rests = rests
        self._leaves = leaves

    def run(self) -> None:
        """Work until there is nothing more to do."""
        while job := self._next():
            job.run()
            # Before the caller goes on, so that its next job finds this thread.
            stays = self._rests(self)
            job.done.set()
            # Nothing of it may live on while this thread waits: it holds a request, with the keys.
            del job
            if not stays:
                return

    def _next(self) -> _Job[Any] | None:
        while True:
            try:
                return self.queue.get(timeout=_IDLE_SECONDS)
            except Empty:
                if self._leaves(self):
                    return None


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
        self._pauses: set[Event] = set()
        self._given_up = False
        self._idle: list[_Worker] = []

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
            for worker in self._idle:
                worker.queue.put(None)
            self._idle.clear()

    def wind_up(self) -> None:
        """Let what is under way come to its end, and begin nothing more; pauses end at once."""
        with self._lock:
            self._ends = min(self._ends, self._monotonic())
            for event in self._pauses:
                event.set()

    def sleep(self, seconds: float, what: str) -> None:
        """Pause, or less where it ends meanwhile; ``what`` is what is being waited for."""
        pause = Event()
        with self._lock:
            if self._ends <= self._monotonic():
                return
            self._pauses.add(pause)
        try:
            self._wait(pause, seconds, lambda: what)
        finally:
            with self._lock:
                self._pauses.discard(pause)

    def call(self, work: Callable[[Callable[[], bool]], T], what: Callable[[], str]) -> T:
        """Have the work done in a thread that is left alone when time is up.

        The work is given a function that says whether nobody waits for it any more. Raises what the
        work raises, or TookTooLong.
        """
        began, job = self._monotonic(), _Job(work)
        self._thread().queue.put(job)
        try:
            self._wait(job.done, self._answer_time() + MARGIN_SECONDS, what)
            if not job.is_over:
                raise TookTooLong
            if job.error:
                raise job.error
            if self._monotonic() - began < QUICK_SECONDS and self._notice_at != math.inf:
                self._notice_at = None
            return cast("T", job.result)
        finally:
            job.is_left = True

    def _thread(self) -> _Worker:
        """A thread that waits for a job, else a new one, which costs as much as a reading."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        worker = _Worker(self._rests, self._leaves)
        worker.start()
        return worker

    def _rests(self, worker: _Worker) -> bool:
        with self._lock:
            if not self._given_up:
                self._idle.append(worker)
            return not self._given_up

    def _leaves(self, worker: _Worker) -> bool:
        with self._lock:
            # Whoever took it meanwhile is about to give it a job.
            is_idle = worker in self._idle
            if is_idle:
                self._idle.remove(worker)
            return is_idle

    def _answer_time(self) -> float:
        return min(self.answer_seconds, self.left)

    def _wait(self, event: Event, seconds: float, what: Callable[[], str]) -> None:
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

    def _notice(self, what: Callable[[], str]) -> None:
        with self._lock:
            is_first, self._notice_at = self._notice_at != math.inf, math.inf
        if is_first:
            self._on_wait(what())


WAKE_SECONDS: Final = 0.5
"""How long to wait at a time: a Ctrl-C that comes just before a wait begins does not end it."""


def begin(work: Callable[[], R]) -> Callable[[], R]:
    """Begin some work in a thread of its own; what is returned waits for its end.

    It returns what the work returns, and raises what the work raises, each time it is called.
    """
    result = Future[R]()

    def run() -> None:
        try:
            result.set_result(work())
        # The error belongs to whoever waits, and not to this thread.
        except BaseException as error:
            result.set_exception(error)

    def outcome() -> R:
        while not result.done():
            # What the work raises, which may be this too, comes below.
            with suppress(TimeoutError):
                result.result(WAKE_SECONDS)
        return result.result()

    # A daemon: Python joins the threads of its own pools when the process ends.
    Thread(target=run, name="worker", daemon=True).start()
    return outcome


def in_threads(work: Callable[[T], R], items: Iterable[T], *, at_most: int) -> list[R]:
    """Do the work for every item, ``at_most`` so many at a time; the results keep their order.

    What the work raises is raised when the work that is under way has ended. Ctrl-C waits for
    nothing, which the threads of the standard library's pools would do at the end of the process.
    """
    every = list(items)
    if len(every) <= 1 or at_most <= 1:
        return list(map(work, every))
    waiting = deque(enumerate(every))
    results: dict[int, R] = {}
    failures: list[BaseException] = []

    def work_off() -> None:
        try:
            while True:
                try:
                    number, item = waiting.popleft()
                except IndexError:
                    return
                results[number] = work(item)
        except BaseException as error:
            failures.append(error)
            waiting.clear()

    try:
        for wait in [begin(work_off) for _ in every[:at_most]]:
            wait()
    except BaseException:
        waiting.clear()
        raise
    if failures:
        # The others are mostly its consequences.
        raise failures[0]
    return [results[number] for number in range(len(every))]
