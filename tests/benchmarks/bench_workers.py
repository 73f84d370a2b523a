"""Workers of one record in PostgreSQL: how much several do, and how soon one takes over.

Busy incidents have news on both sides: a note that somebody wrote in Datadog, and one that was
recorded here.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from dd_incident_roles.model import Entry, EntryKey, IncidentId
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.sync.state import PutEntry
from tests import postgres as postgresql
from tests.benchmarks.bench_many_incidents import LATENCY_SECONDS, staff
from tests.benchmarks.measuring import PROGRAM, Measure
from tests.product import reaching

INCIDENTS = 400
IN_HAND = 2
"""How many incidents each has in hand: so few that waiting for Datadog counts, and not this CPU."""

FIRST = 1001
JOBS = "SELECT count(*) FROM public_queue.procrastinate_jobs WHERE task_name = 'sync'"
NOW = (
    "SET search_path TO public_queue;"
    "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'discover'"
)
"""Has the next round begin, for which the queue's own functions want its schema."""

TRANSACTIONS = (
    "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
)
HANDS = {"killed": signal.SIGKILL, "stopped": signal.SIGSTOP}
TAKEN_OVER_IN = 25.0
"""Seconds: a lease, a look for jobs of others, and the work itself."""


def measures() -> Iterator[Measure]:
    """Incidents per second, requests and transactions of 1, 2 and 4; and two that are replaced."""
    with tempfile.TemporaryDirectory() as folder:
        server = postgresql.start(Path(folder), os.getpid(), "bench")
        if isinstance(server, str):
            return
        for count in (1, 2, 4):
            yield from _of_workers(server, count)
        for name, hand in HANDS.items():
            yield Measure(
                what=f"taken over from a worker that is {name}",
                figure=_until_taken_over(server, hand),
                unit="s",
                goal=TAKEN_OVER_IN,
                anchor="a lease of 15 s",
            )


def _of_workers(server: postgresql.Server, count: int) -> Iterator[Measure]:
    name = server.database()
    with (
        _datadog(INCIDENTS) as (datadog, url),
        server.connect(name) as connection,
        _workers(url, server.url(name), count=count, every=86400) as workers,
    ):
        # The first round brings all of them into the record, and the next one waits for a day.
        _wait(lambda: _is_at_rest(connection))
        _make_busy(datadog, server.url(name))
        datadog.fault(FaultKind.LATENCY, path=".*", count=None, seconds=LATENCY_SECONDS)
        datadog.forget_requests()
        before, spent = _transactions(server, name), _processor(workers)
        connection.execute(NOW.encode())
        _wait(lambda: _jobs(connection) > 0)
        began = time.monotonic()
        looks = _wait(lambda: _jobs(connection) == 0)
        seconds = time.monotonic() - began
        # What a session did is counted when it has been idle for a while.
        time.sleep(12)
        done = _transactions(server, name) - before - looks
        what = f"{count} worker{'s' if count > 1 else ''}, {INCIDENTS} busy at 50 ms"
        yield Measure(what=f"{what}, per second", figure=INCIDENTS / seconds)
        requests = len(datadog.requests.entries)
        yield Measure(what=f"{what}, requests", figure=requests)
        yield Measure(what=f"{what}, writes", figure=len(datadog.requests.writes()))
        yield Measure(what=f"{what}, transactions each", figure=done / INCIDENTS)
        used = (_processor(workers) - spent) / INCIDENTS * 1000
        yield Measure(what=f"{what}, processor each", figure=used, unit="ms")


def _until_taken_over(server: postgresql.Server, hand: signal.Signals) -> float:
    """How long it takes until a handover is done whose worker is gone in the middle of it."""
    name = server.database()
    store = server.url(name)
    with (
        _datadog(1) as (datadog, url),
        server.connect(name) as connection,
        _workers(url, store, count=1, every=3600) as [first],
    ):
        _wait(lambda: _is_at_rest(connection))
        _record_note(store, FIRST, datadog)
        datadog.fault(FaultKind.HANG_AFTER, method="POST", count=1)
        connection.execute(NOW.encode())
        datadog.hangs.wait_for(1, timeout_seconds=60)
        with _workers(url, store, count=1, every=3600):
            _wait(lambda: _workers_known(connection) == 2)
            began = time.monotonic()
            first.send_signal(hand)
            _wait(lambda: not _waits(store))
            return time.monotonic() - began


@contextmanager
def _datadog(incidents: int) -> Iterator[tuple[Sandbox, str]]:
    datadog = Sandbox(clock=lambda: datetime.now(UTC))
    staff(datadog, incidents)
    with RunningSandbox(datadog) as running:
        yield datadog, running.url


@contextmanager
def _workers(
    url: str, store: str, *, count: int, every: int
) -> Iterator[list[subprocess.Popen[bytes]]]:
    settings: Mapping[str, str] = {
        **os.environ,
        **reaching(url, Path()),
        "DD_INCIDENT_ROLES_STORE": store,
        "DD_INCIDENT_ROLES_CONCURRENCY": str(IN_HAND),
    }
    command = [sys.executable, *PROGRAM, "worker", "--every", str(every)]
    started = [
        subprocess.Popen(
            command, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(count)
    ]
    try:
        yield started
    finally:
        for each in started:
            with suppress(ProcessLookupError):
                each.kill()
            each.wait()


def _make_busy(datadog: Sandbox, store: str) -> None:
    for number in range(FIRST, FIRST + INCIDENTS):
        datadog.add_note(number, "person2@corp.example", f"Somebody wrote this of {number}")
        _record_note(store, number, datadog)


def _record_note(store: str, number: int, datadog: Sandbox) -> None:
    now = datetime.now(UTC)
    note = Entry(
        key=EntryKey(f"bench-{number}"),
        at=now,
        created=now,
        text=f"Recorded here of {number}",
        author="person1@corp.example",
    )
    with open_record(store, clock=lambda: now) as record:
        incident_id = IncidentId(datadog.incident(number).id)
        record.commit(incident_id, "datadog", [PutEntry(entry=note)])


def _wait(is_so: Any) -> int:
    """Wait for workers; says how often it looked."""
    ends, looks = time.monotonic() + 600, 0
    while not is_so():
        looks += 1
        if time.monotonic() > ends:
            raise TimeoutError
        time.sleep(0.1)
    return looks


def _is_at_rest(connection: psycopg.Connection[Any]) -> bool:
    """Whether the first round is over, and the next one waits."""
    with suppress(psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        waits = "SELECT count(*) FROM public_queue.procrastinate_jobs WHERE scheduled_at > now()"
        [(rounds,)] = connection.execute(waits)
        return bool(rounds) and _jobs(connection) == 0
    return False


def _jobs(connection: psycopg.Connection[Any]) -> int:
    [(count,)] = connection.execute(JOBS.encode())
    return int(count)


def _workers_known(connection: psycopg.Connection[Any]) -> int:
    [(count,)] = connection.execute("SELECT count(*) FROM public_queue.procrastinate_workers")
    return int(count)


def _waits(store: str) -> bool:
    with open_record(store, clock=lambda: datetime.now(UTC)) as record:
        return bool(record.pending_incident_ids("datadog"))


def _transactions(server: postgresql.Server, name: str) -> int:
    with server.connect(name) as connection:
        [(count,)] = connection.execute(TRANSACTIONS.encode())
    return int(count)


def _processor(workers: list[subprocess.Popen[bytes]]) -> float:
    """Seconds of CPU that processes have had."""
    ticks = os.sysconf("SC_CLK_TCK")
    parts = (Path(f"/proc/{each.pid}/stat").read_text().rpartition(") ")[2] for each in workers)
    return sum(int(each) for part in parts for each in part.split()[11:13]) / ticks
