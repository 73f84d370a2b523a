"""The right to run: one holder, known by name, and gone with its process."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from dd_incident_roles.errors import RecordLocked
from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.opening import open_database
from tests.store.samples import ONE, clock

ROOT = Path(__file__).parents[2]


def never(seconds: float) -> None:
    pytest.fail("It waited, and nothing had asked it to.")


@contextmanager
def lock(store: str | Path) -> Iterator[None]:
    """The lock for a run, of a program of its own."""
    with closing(open_database(str(store))) as database, database.run_lock(clock=clock):
        yield


@contextmanager
def turn(
    store: str, *, sleep: Callable[[float], None] = never, wait_seconds: float = 0.0
) -> Iterator[None]:
    """The turn of an incident, of a program of its own."""
    with (
        closing(open_database(store)) as database,
        database.turn(ONE, sleep=sleep, wait_seconds=wait_seconds),
    ):
        yield


def file_of(store: Path) -> Path:
    return store.with_name(f"{store.name}.lock")


def test_the_second_holder_is_told_who_the_first_is(store: str) -> None:
    """Each further run is refused at once with exit 75, and learns process, host and time."""
    with lock(store):
        for _ in range(2):
            with pytest.raises(RecordLocked) as refused, lock(store):
                pass
            assert refused.value.exit_code == 75
            for part in (f"process {os.getpid()}", socket.gethostname(), "2026-01-01T13:00"):
                assert part in str(refused.value)


def test_leaving_lets_the_next_one_in(store: str) -> None:
    """The lock can be taken again and again, after failures too."""
    with pytest.raises(ZeroDivisionError), lock(store):
        _ = 1 / 0
    for _ in range(2):
        with lock(store):
            pass


def test_records_are_locked_apart(tmp_path: Path) -> None:
    """Runs over two records do not know of each other."""
    with lock(tmp_path / "a.db"), lock(tmp_path / "b.db"):
        names = {each.name for each in tmp_path.iterdir()}
        assert {"a.db.lock", "b.db.lock"} <= names


def test_the_lock_is_private(location: Path) -> None:
    """The file of the lock, and a folder made for it, are their owner's under any umask."""
    before = os.umask(0)
    try:
        with lock(location):
            assert stat.S_IMODE(file_of(location).stat().st_mode) == 0o600
            assert stat.S_IMODE(location.parent.stat().st_mode) == 0o700
    finally:
        os.umask(before)


def test_a_holder_without_a_name_is_a_holder(location: Path) -> None:
    """In the instant before the holder has signed, the second is refused all the same."""
    with lock(location):
        file_of(location).write_text("")
        with pytest.raises(RecordLocked, match=r"record\.db\."), lock(location):
            pass


def test_waiting_until_the_holder_is_done(store: str) -> None:
    """Somebody who may wait gets the turn as soon as it is free."""
    first = turn(store)
    first.__enter__()
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            first.__exit__(None, None, None)

    with turn(store, sleep=nap, wait_seconds=2.0):
        assert len(naps) == 3


def test_waiting_ends(store: str) -> None:
    """Somebody who may wait two seconds waits two seconds, and is then refused."""
    naps: list[float] = []
    with (
        turn(store),
        pytest.raises(RecordLocked),
        turn(store, sleep=naps.append, wait_seconds=2.0),
    ):
        pass
    assert sum(naps) == pytest.approx(2.0, abs=0.11)


def test_a_killed_holder_holds_nothing(location: Path) -> None:
    """The lock of a process that was killed is free, though its name is still in the file."""
    script = "import sys; from pathlib import Path; from tests.store.crashing import lock; "
    done = subprocess.run(
        [sys.executable, "-c", f"{script} lock(Path(sys.argv[1]))", str(location)],
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert "process" in file_of(location).read_text()
    with lock(location):
        pass


def test_a_child_does_not_inherit_it(location: Path) -> None:
    """A program started during a run does not keep the lock after the run."""
    with lock(location):
        child = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"],
            stdin=subprocess.PIPE,
            close_fds=False,
        )
    try:
        with lock(location):
            pass
    finally:
        child.communicate()


def test_a_lock_that_is_held_too_long_is_told(store: str) -> None:
    """A run that has not ended for ten minutes is no ordinary neighbour, and is named."""
    began = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for minutes, is_overdue in ((9, False), (25, True)):
        late = partial(datetime.fromisoformat, (began + timedelta(minutes=minutes)).isoformat())
        with (
            closing(open_database(store)) as one,
            closing(open_database(store)) as other,
            one.run_lock(clock=lambda: began),
            pytest.raises(RecordLocked) as refused,
            other.run_lock(clock=late),
        ):
            pass
        assert refused.value.is_overdue is is_overdue
        assert ("for 25 minutes (process" in refused.value.message) is is_overdue


@pytest.mark.parametrize("programs", [1, 2])
def test_turns_are_about_one_incident(store: str, programs: int) -> None:
    """Two incidents are worked on at once, one by one at a time, be it a thread or a program."""
    one, other = IncidentId("one"), IncidentId("other")
    pauses: list[float] = []
    with ExitStack() as opened:
        first, *others = (
            opened.enter_context(closing(open_database(store))) for _ in range(programs)
        )
        second = others[0] if others else first
        with first.turn(one, sleep=pauses.append, wait_seconds=0):
            with second.turn(other, sleep=pauses.append, wait_seconds=0):
                pass
            with (
                pytest.raises(RecordLocked, match=f"process {os.getpid()}"),
                second.turn(one, sleep=pauses.append, wait_seconds=0.3),
            ):
                pass
        assert pauses
        with second.turn(one, sleep=pauses.append, wait_seconds=0):
            pass
