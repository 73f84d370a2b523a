"""Workers share one record in PostgreSQL: whatever becomes of one, the others go on."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event

import psycopg
import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.store.postgres import key_of
from tests import postgres as postgresql
from tests.endtoend.agreement import (
    BO,
    CAROL,
    COMMANDER_PATH,
    INCIDENT_MANAGER,
    RESPONDERS_PATH,
    SCRIBE,
    Sides,
)
from tests.product import Product

pytestmark = pytest.mark.usefixtures("timeline_on")

LATEST = 90.0
"""Seconds after which what is waited for will not come any more.

Whoever is stopped in the middle of a transaction keeps others waiting for IDLE_SECONDS, and what
failed meanwhile is tried again some seconds later.
"""

Rows = psycopg.Connection[tuple[object]]
Start = Callable[[], BaseProcess]


@pytest.fixture
def database(postgres: postgresql.Server) -> str:
    """A database of its own, in which a queue may stay."""
    return postgres.database()


@pytest.fixture
def settings(
    settings: dict[str, str], postgres: postgresql.Server, database: str
) -> dict[str, str]:
    return {**settings, "DD_INCIDENT_ROLES_STORE": postgres.url(database)}


@pytest.fixture
def sides(product: Product, sandbox: Sandbox) -> Sides:
    """Both sides together, after a first look by a worker."""
    sides = Sides(product, sandbox)
    sides.run("worker", "--once")
    sandbox.forget_requests()
    return sides


@pytest.fixture
def start(sides: Sides) -> Iterator[Start]:
    """Start workers, of which each is taken for dead after a second without a sign of life."""
    started: list[BaseProcess] = []

    def start() -> BaseProcess:
        started.append(sides.product.start("worker", "--every", "1s", "--lease", "1s"))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.join()


@pytest.fixture
def queue(
    postgres: postgresql.Server, database: str
) -> Iterator[psycopg.Connection[tuple[object]]]:
    """A look at the queue."""
    with postgres.connect(database) as connection:
        yield connection


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for what other processes do."""
    pause = Event()
    for _ in range(int(LATEST / 0.05)):
        if is_so():
            return
        pause.wait(0.05)
    raise AssertionError("it did not come about")


def end(worker: BaseProcess) -> None:
    """Have a worker end as a supervisor does: after the steps in hand, and well."""
    worker.terminate()
    worker.join(LATEST)
    assert worker.exitcode == os.EX_OK


def test_a_file_is_not_shared(product: Product, tmp_path: Path) -> None:
    """Workers need a record in PostgreSQL, which is said before anything is made."""
    file = tmp_path / "none.sqlite3"
    ran = product.run("worker", "--store", str(file))
    assert (ran.exit_code, file.exists()) == (2, False)
    assert "--store postgresql+psycopg://" in ran.stderr


def test_once_is_as_a_sync(sides: Sides) -> None:
    """It does what waits, and tells the same as a sync; the next one has nothing to do."""
    sides.run("assign", "1001", "scribe", BO, "--no-sync")
    told = sides.run("worker", "--once", "--format", "json").json()
    assert told["schema"] == "dd-incident-roles/sync/1"
    assert told["incidents"] == 2
    assert told["requests"]["POST"] == 3
    assert [each["summary"] for each in told["changes"] if each["what"] == "assignment"]
    sides.assert_agreed(SCRIBE, [BO])
    told = sides.run("worker", "--once", "--format", "json").json()
    assert (told["changes"], set(told["requests"])) == ([], {"GET"})
    sides.assert_quiet()


def test_once_ends_as_a_sync(sides: Sides) -> None:
    """What is incomplete, held back or wrong has the exit code that a sync has for it."""
    sides.run("note", "1001", "Paged the DBA", "--no-sync")
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, path=RESPONDERS_PATH, count=None)
    assert "IR-1001  Datadog failed" in sides.end_with(3, "worker", "--once").stdout
    sides.sandbox.clear_faults()
    sides.run("worker", "--once")
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, status=401, count=None)
    assert "401" in sides.end_with(3, "worker", "--once").stderr


def test_what_a_pause_is_asked_for_is_put_off(sides: Sides, queue: Rows) -> None:
    """A rate limit holds no job up: the job is queued once more, for when it is over."""
    sides.run("note", "1001", "Paged the DBA", "--no-sync")
    sides.sandbox.fault(FaultKind.RATE_LIMIT, path=RESPONDERS_PATH, seconds=600.0, count=None)
    assert "asks for a pause" in sides.end_with(3, "worker", "--once").stdout
    soon = queue.execute(
        "SELECT scheduled_at < now() + interval '9 minutes' FROM public_queue.procrastinate_jobs"
        " WHERE task_name = 'sync'"
    )
    assert set(soon) == {(False,)}
    sides.sandbox.clear_faults()
    # It is not looked for before that either.
    asked = len(sides.sandbox.requests.entries)
    sides.run("worker", "--once")
    assert len(sides.sandbox.requests.entries) == asked + 1


def test_one_is_killed_in_a_handover(sides: Sides, start: Start) -> None:
    """Another one finishes it: what was sent is found there, and is not sent again."""
    sides.run("assign", "1001", "im", BO, "--no-sync")
    sides.sandbox.fault(FaultKind.HANG_AFTER, method="PATCH", path=COMMANDER_PATH)
    first = start()
    assert sides.sandbox.hangs.wait_for(1)
    second = start()
    first.kill()
    first.join()
    sides.sandbox.clear_faults()
    wait_until(lambda: sides.shown(INCIDENT_MANAGER) == [BO] and not is_waiting(sides))
    end(second)
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    sides.assert_quiet()


def test_one_is_stopped_for_longer_than_its_lease(sides: Sides, start: Start) -> None:
    """Another one finishes what it had begun, and it writes nothing once it wakes up."""
    sides.run("assign", "1001", "scribe", CAROL, "--no-sync")
    # The first of three writes: whoever goes on sends two more.
    sides.sandbox.fault(FaultKind.HANG_AFTER, method="POST", path=RESPONDERS_PATH)
    first = start()
    assert sides.sandbox.hangs.wait_for(1)
    os.kill(first.pid or 0, signal.SIGSTOP)
    second = start()
    wait_until(lambda: sides.shown(SCRIBE) == [CAROL] and not is_waiting(sides))
    end(second)
    written = len(sides.sandbox.requests.writes())
    rounds = len(past(sides))
    os.kill(first.pid or 0, signal.SIGCONT)
    sides.sandbox.clear_faults()
    # It goes on as a worker, and it is the only one.
    wait_until(lambda: len(past(sides)) > rounds)
    end(first)
    assert len(sides.sandbox.requests.writes()) == written
    sides.assert_agreed(SCRIBE, [CAROL])
    sides.assert_quiet()


def test_a_turn_is_freed_once_its_holder_is_silent(
    sides: Sides, start: Start, postgres: postgresql.Server, database: str
) -> None:
    """Whoever took it a moment before they were stopped is looked at again, and not only once."""
    sides.run("assign", "1001", "scribe", CAROL, "--no-sync")
    sides.sandbox.fault(FaultKind.HANG_AFTER, method="POST", path=RESPONDERS_PATH)
    first = start()
    assert sides.sandbox.hangs.wait_for(1)
    first.kill()
    first.join()
    sides.sandbox.clear_faults()
    with postgres.connect(database) as holder:
        holder.execute("SELECT pg_advisory_lock(%s)", [key_of("public", sides.incident_id())])
        start()
        # For some rounds, so that the job of the first one is found more than once.
        searches = searches_in(sides)
        wait_until(lambda: bool(holder.execute("SELECT 1")) and searches_in(sides) > searches + 3)
        assert is_waiting(sides)
        wait_until(lambda: not is_waiting(sides))
        with pytest.raises(psycopg.OperationalError, match="terminat"):
            holder.execute("SELECT 1")
    sides.assert_agreed(SCRIBE, [CAROL])


def test_the_database_goes_away_for_a_moment(sides: Sides, start: Start, queue: Rows) -> None:
    """A worker waits for it, and goes on by itself."""
    worker = start()
    wait_until(lambda: len(past(sides)) > 1)
    queue.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    sides.run("note", "1001", "Paged the DBA", "--no-sync")
    wait_until(lambda: not is_waiting(sides))
    end(worker)


def test_settings_are_read_again(sides: Sides, start: Start, queue: Rows) -> None:
    """After SIGHUP, however often, it goes on; what nobody uses any more is closed."""
    worker = start()
    wait_until(lambda: len(past(sides)) > 1)
    used = sessions_of(queue)
    for _ in range(5):
        os.kill(worker.pid or 0, signal.SIGHUP)
    rounds = len(past(sides))
    sides.run("note", "1001", "Paged the DBA", "--no-sync")
    wait_until(lambda: not is_waiting(sides) and len(past(sides)) > rounds)
    # What the shift before the first of them opened stays until that is over.
    assert sessions_of(queue) <= 2 * used
    end(worker)


def sessions_of(queue: Rows) -> int:
    """How many connections there are, but for the one that asks."""
    found = queue.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    return int(str(next(found)[0]))


def searches_in(sides: Sides) -> int:
    """How many rounds began."""
    return sum(each.template.endswith("/search") for each in sides.sandbox.requests.entries)


def past(sides: Sides) -> tuple[object, ...]:
    """The rounds that came to their end."""
    with sides.product.record() as record:
        return record.last_runs()


def is_waiting(sides: Sides) -> bool:
    """Whether something is still to be carried to Datadog, or is in doubt."""
    with sides.product.record() as record:
        return bool(record.pending_incident_ids("datadog"))
