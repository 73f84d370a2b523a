"""Who lost a turn at an incident writes nothing about it, whatever it had in mind."""

from __future__ import annotations

import inspect
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from types import MappingProxyType

import pytest

from dd_incident_roles.errors import RecordLocked, TakenOver
from dd_incident_roles.model import Organisation, Person
from dd_incident_roles.store.database import Database
from dd_incident_roles.store.opening import open_database
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.plan import PastRun
from tests.postgres import Server
from tests.store.samples import (
    ANA,
    NOTES,
    ONE,
    SHARED,
    TWO,
    clock,
    incident,
    opening,
    put,
    tombstone,
)
from tests.store.test_moving import READING

Write = Callable[[SqlRecord], object]

ABOUT_ONE: Mapping[str, Write] = MappingProxyType(
    {
        "commit": lambda record: record.commit(ONE, "datadog", [*SHARED, *NOTES]),
        "remember": lambda record: record.remember(
            incident(state="stable"), {ANA: Person(key=ANA, name="Ana")}, clock()
        ),
        "miss": lambda record: record.miss(ONE, at=clock(), grace=timedelta(0)),
        "find_again": lambda record: record.find_again(ONE),
        "forget": lambda record: record.forget(ONE, at=clock()),
        "settle": lambda record: record.settle("datadog"),
        "note_readings": lambda record: record.note_readings(
            "datadog", {TWO: READING, ONE: READING}
        ),
        "drop_reading": lambda record: record.drop_reading("datadog", ONE),
        "fill": lambda record: record.fill([], file="record.jsonl"),
    }
)
"""The methods that write of an incident."""

ABOUT_NONE: Mapping[str, Write] = MappingProxyType(
    {
        "adopt": lambda record: record.adopt(Organisation(site="datadoghq.com")),
        "put_cached": lambda record: record.put_cached("kind", "key", "value"),
        "forget_cached": lambda record: record.forget_cached("kind"),
        "note_run": lambda record: record.note_run(
            PastRun(began=clock(), finished=clock(), exit_code=0, incidents=1)
        ),
    }
)
"""The methods that write of none, which go on."""


def turn(record: SqlRecord | Database, wait_seconds: float = 0.0) -> AbstractContextManager[None]:
    return record.turn(ONE, sleep=lambda _: None, wait_seconds=wait_seconds)


@pytest.fixture
def other(store: str, record: SqlRecord) -> Iterator[Database]:
    """The same record in another program."""
    with closing(open_database(store)) as other:
        yield other


def test_every_method_that_writes_is_here() -> None:
    """A new way to write has to be told here whether it is about an incident."""
    writing = {
        name
        for name, method in inspect.getmembers(SqlRecord, inspect.isfunction)
        if not name.startswith("_")
        and any(way in inspect.getsource(method) for way in ("._note(", ".write("))
    }
    assert writing == {*ABOUT_ONE, *ABOUT_NONE}


@pytest.mark.parametrize("name", ABOUT_ONE)
def test_a_turn_that_was_lost_writes_nothing(record: SqlRecord, other: Database, name: str) -> None:
    """Once somebody else had a turn, no method writes a single row about the incident."""
    # The second lacks nothing, which is yet to be noted.
    for each, edits in ((ONE, [opening()]), (TWO, [tombstone()])):
        record.commit(each, "datadog", edits)
        record.remember(incident(each), {}, clock())
    with turn(record):
        with other.write(ONE) as connection:
            connection.exec_driver_sql("UPDATE ledgers SET epoch = epoch + 1")
        before = list(record.contents())
        with pytest.raises(TakenOver, match=ONE):
            ABOUT_ONE[name](record)
        assert list(record.contents()) == before


@pytest.mark.parametrize("name", ABOUT_NONE)
def test_what_is_about_no_incident_goes_on(record: SqlRecord, other: Database, name: str) -> None:
    """Of a turn that was lost, nothing else suffers."""
    with turn(record):
        with other.write(ONE) as connection:
            connection.exec_driver_sql("UPDATE ledgers SET epoch = epoch + 1")
        ABOUT_NONE[name](record)


def test_a_turn_that_was_kept_writes(record: SqlRecord, other: Database) -> None:
    """Who has the turn writes, others write as before, and each later turn is one of its own."""
    for text in ("First.", "Second."):
        with turn(record):
            record.commit(ONE, "datadog", [put(text=text)])
            SqlRecord(other, clock=clock).commit(ONE, "datadog", [put(text=f"{text} And mine.")])
            record.commit(ONE, "datadog", [put(text=text)])
        record.commit(ONE, "datadog", [put(text=f"{text} Afterwards.")])
    assert [entry.text for entry in record.entries(ONE)] == ["Second. Afterwards."]


in_postgresql = pytest.mark.parametrize("store", ["postgresql"], indirect=True)


@in_postgresql
def test_a_lock_that_was_lost_is_noticed(
    record: SqlRecord, other: Database, postgres: Server
) -> None:
    """A process whose connection the server dropped writes nothing once another had a turn."""
    with turn(record):
        record.commit(ONE, "datadog", [opening()])
        with postgres.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name"
                " LIKE 'ddir %'"
            )
        with turn(other):
            pass
        with pytest.raises(TakenOver):
            record.commit(ONE, "datadog", [put()])
    assert record.entries(ONE) == ()
    with turn(record):
        record.commit(ONE, "datadog", [put()])


HOLD = """
import sys
from tests.store.samples import ONE, clock
from dd_incident_roles.store.opening import open_database
database = open_database(sys.argv[1])
with database.turn(ONE, sleep=print, wait_seconds=0):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_stopped_holder_keeps_it_and_a_killed_one_does_not(store: str, record: SqlRecord) -> None:
    """Others give up with its name while a holder is stopped; the lock of a killed one is free."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, store], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        holder.send_signal(signal.SIGSTOP)
        named = f"process {holder.pid} on {socket.gethostname()[:20]}"
        with pytest.raises(RecordLocked, match=named), turn(record, wait_seconds=0.3):
            pass
        holder.kill()
    with turn(record, wait_seconds=60.0):
        pass
