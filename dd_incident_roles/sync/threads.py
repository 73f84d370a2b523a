"""Work on several things at once, in threads that never hold up the end of the process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

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
