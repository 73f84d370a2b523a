"""Work on several things at once, in threads that never hold up the end of the process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from itertools import count
from queue import Empty, SimpleQueue
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

    # A daemon, as below.
    Thread(target=run, name="begun", daemon=True).start()
    return outcome


def in_threads(work: Callable[[T], R], items: Iterable[T], *, at_most: int) -> list[R]:
    """Do the work for every item, ``at_most`` so many at a time; the results keep their order.

    What the work raises is raised when the work that is under way has ended. Ctrl-C waits for
    nothing, which the threads of the standard library's pools would do at the end of the process.
    """
    every = list(items)
    if len(every) <= 1 or at_most <= 1:
        return list(map(work, every))
    waiting: SimpleQueue[tuple[int, T]] = SimpleQueue()
    for numbered in enumerate(every):
        waiting.put(numbered)
    done: SimpleQueue[tuple[int, R] | BaseException | None] = SimpleQueue()
    # Daemons: Python joins the threads of its own pools when the process ends.
    workers = [
        Thread(target=_work, args=(work, waiting, done), name=f"worker-{number}", daemon=True)
        for number, _ in zip(count(), every[:at_most], strict=False)
    ]
    for worker in workers:
        worker.start()
    results: dict[int, R] = {}
    failure: BaseException | None = None
    running = len(workers)
    try:
        while running:
            match _next(done):
                case None:
                    running -= 1
                case BaseException() as error:
                    # The first is raised; the others are mostly its consequences.
                    failure = failure or error
                    _empty(waiting)
                case number, result:
                    results[number] = result
    except BaseException:
        _empty(waiting)
        raise
    if failure:
        raise failure
    return [results[number] for number in range(len(every))]


def _next(done: SimpleQueue[T]) -> T:
    while True:
        with suppress(Empty):
            return done.get(timeout=WAKE_SECONDS)


def _work(
    work: Callable[[T], R],
    waiting: SimpleQueue[tuple[int, T]],
    done: SimpleQueue[tuple[int, R] | BaseException | None],
) -> None:
    while True:
        try:
            number, item = waiting.get_nowait()
        except Empty:
            done.put(None)
            return
        try:
            done.put((number, work(item)))
        except BaseException as error:
            done.put(error)


def _empty(waiting: SimpleQueue[tuple[int, T]]) -> None:
    try:
        while True:
            waiting.get_nowait()
    except Empty:
        return
