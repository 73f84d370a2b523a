"""What is waited for is bounded: one answer, everything together, and until it is given up."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Thread

import pytest
import responses

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.errors import DatadogError, OutOfTime, Unreachable
from dd_incident_roles.patience import Patience, uninterrupted
from tests.datadog import conftest
from tests.datadog.conftest import BASE, failure
from tests.datadog.peer import Drip, Peer, answer

URL = f"{BASE}/api/v2/x"
HOURS = 36_000.0
A_MOMENT = 0.05


class Clock:
    """A monotonic clock that a pause moves on, and nothing else."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.pauses.append(seconds)


def open_session(
    url: str, patience: Patience, *, sleep: Callable[[float], None] | None = None
) -> AbstractContextManager[Session]:
    """A session whose sockets would wait for hours."""
    pause = sleep or (lambda seconds: patience.sleep(seconds, "Waiting ..."))
    return conftest.open_session(url, sleep=pause, timeouts=(HOURS, HOURS), patience=patience)


def read(session: Session) -> bytes:
    return session.get("/api/v2/x", bytes)


@pytest.mark.parametrize("reply", [Drip(b""), Drip(answer(200, b"{}", announced=9_999))])
def test_an_answer_that_drips_is_cut(reply: bytes) -> None:
    """A byte now and then is no answer, be it of the head or of the body."""
    patience = Patience(answer_seconds=A_MOMENT, total_seconds=A_MOMENT)
    with Peer(reply) as peer, open_session(peer.url, patience) as session:
        error = failure(Unreachable, lambda: read(session))
    assert "took too long" in str(error)
    assert not error.ambiguous


def test_a_write_that_drips_is_in_doubt() -> None:
    """Nobody knows whether what was cut was carried out."""
    patience = Patience(answer_seconds=A_MOMENT, total_seconds=A_MOMENT)
    with Peer(Drip(b"")) as peer, open_session(peer.url, patience) as session:
        assert failure(Unreachable, lambda: session.patch("/api/v2/x", {}, bytes)).ambiguous


def test_after_the_end_nothing_is_sent(api: responses.RequestsMock) -> None:
    """When all the time is used up, the next request says so and stays here."""
    clock = Clock()
    patience = Patience(answer_seconds=5, total_seconds=20, monotonic=clock.monotonic)
    api.get(URL, body=b"{}")
    with open_session(BASE, patience) as session:
        assert read(session) == b"{}"
        clock.seconds = 20.0
        late = failure(OutOfTime, lambda: read(session))
        assert "took longer than 20 s, so reading from the API was not tried" in str(late)
        assert late.stops_the_run
        assert not failure(OutOfTime, lambda: session.patch("/api/v2/x", {}, bytes)).ambiguous
        assert session.requests == {"GET": 1}


@pytest.mark.parametrize(
    ("status", "seconds", "said", "pauses"),
    [
        # A failing Datadog is asked again only as long as there is time.
        (503, 0.6, "503", [0.25]),
        # A rate limit that is longer than what is left is not waited for.
        (429, 20, "30 s; one request waits 20 s at most", []),
    ],
)
def test_no_pause_outlasts_the_end(
    status: int, seconds: float, said: str, pauses: list[float], api: responses.RequestsMock
) -> None:
    """Pauses count, and one that cannot be taken whole is not begun."""
    clock = Clock()
    patience = Patience(answer_seconds=5, total_seconds=seconds, monotonic=clock.monotonic)
    api.get(URL, status=status, headers={"X-RateLimit-Reset": "30"})
    with open_session(BASE, patience, sleep=clock.sleep) as session:
        assert said in str(failure(DatadogError, lambda: read(session)))
    assert clock.pauses == pauses


def test_what_is_given_up_ends_at_once() -> None:
    """A request that waits for hours ends when it is given up, and no other one is sent."""
    patience = Patience(answer_seconds=HOURS)
    failures: list[Unreachable] = []

    def ask() -> None:
        try:
            read(session)
        except Unreachable as error:
            failures.append(error)

    with Peer(Drip(b"")) as peer, open_session(peer.url, patience) as session:
        asking = Thread(target=ask)
        asking.start()
        peer.arrived.wait()
        patience.give_up()
        asking.join()
        assert len(failures) == 1
        failure(OutOfTime, lambda: read(session))
        assert session.requests == {"GET": 1}


def test_what_is_waited_for_is_said_once() -> None:
    """After a second of waiting there is one line, whatever is asked then."""
    said: list[str] = []
    clock = Clock()
    patience = Patience(answer_seconds=A_MOMENT, on_wait=said.append, monotonic=clock.monotonic)
    with Peer(Drip(b"")) as peer, open_session(peer.url, patience, sleep=clock.sleep) as session:
        failure(Unreachable, lambda: session.get("/api/v2/incidents/1/timeline", bytes))
    assert session.requests == {"GET": 4}
    assert said == [f"Waiting for {session.host}: reading the timeline of the incident ..."]


def test_a_pause_is_waiting_too() -> None:
    """Many short ones that nobody is told of would look like a program that hangs."""
    said: list[str] = []
    clock = Clock()
    patience = Patience(answer_seconds=5, on_wait=said.append, monotonic=clock.monotonic)
    for _ in range(30):
        patience.sleep(0.001, "Waiting for another command ...")
        clock.sleep(0.1)
    assert said == ["Waiting for another command ..."]


def test_a_quick_answer_says_nothing(api: responses.RequestsMock) -> None:
    """Nobody is told of a wait that was none."""
    said: list[str] = []
    api.get(URL, body=b"{}")
    with open_session(BASE, Patience(answer_seconds=5, on_wait=said.append)) as session:
        read(session)
    assert said == []


def test_ctrl_c_waits_for_a_moment_of_work() -> None:
    """What is begun is brought to its end, with a part of it that would have waited by itself."""
    done = []

    def work() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            with uninterrupted():
                done.append("inner")
            done.append("outer")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["inner", "outer"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_pressed_again_does_not_wait() -> None:
    """So nobody is kept by a database that does not answer."""
    done = []

    def work() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("first")
            signal.raise_signal(signal.SIGINT)
            done.append("second")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["first"]


def test_who_handles_ctrl_c_is_left_alone() -> None:
    """A loop has a handler of its own, and no other thread has any."""
    handled: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: handled.append(number))
    try:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            assert handled == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)
    seen: list[object] = []

    def look() -> None:
        with uninterrupted():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
