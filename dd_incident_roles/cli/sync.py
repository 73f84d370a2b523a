"""``sync`` and ``worker``: the scheduled job, once, again and again, or beside others."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

import click

from dd_incident_roles.cli import opening, options
from dd_incident_roles.errors import ConfigurationError, RecordLocked, UsageError

if TYPE_CHECKING:
    from dd_incident_roles.cli.runs import SyncRuns
    from dd_incident_roles.service.watch import Event, Pulse


@click.command()
@click.argument("incidents", nargs=-1, metavar="[INCIDENT]...")
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@click.option(
    "--watch",
    metavar="SECONDS",
    type=options.Duration("s", most=timedelta(days=1)),
    help="Stay, and sync every so often until stopped; SIGHUP reads the settings again.",
)
@click.option(
    "--allow-deletes",
    metavar="N",
    type=click.IntRange(min=0),
    help="Let this run take away up to N holders or entries of an incident.",
)
@click.option(
    "--allow-creates",
    metavar="N",
    type=click.IntRange(min=0),
    help="Let this run write up to N new entries that nobody typed into one timeline, "
    "instead of 50.",
)
@click.option(
    "--retry-refused",
    is_flag=True,
    help="Send again what was refused, and show again what people changed in an issue or topic.",
)
@click.option(
    "--metrics-file",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="After each run, write figures for Prometheus to this file, which all may read.",
)
@click.option(
    "--listen",
    metavar="ADDRESS",
    help="With --watch, answer on a port (of this machine alone, unless it is HOST:PORT) or on "
    "unix:PATH: /metrics, /healthz, /livez, /hooks and, on this machine, the board.",
)
@options.query_option
@options.format_option(
    "table",
    "json",
    "none",
    explained="A table for people, JSON for programs, or none: what is collected as a log then has "
    "neither texts nor names.",
)
@click.pass_context
def sync(
    context: click.Context,
    /,
    watch: timedelta | None,
    metrics_file: str | None,
    listen: str | None,
    **typed: Any,
) -> int:
    """Bring the record and Datadog into agreement, on the named incidents or on all open ones.

    Safe to run every minute, next to other writers, and to kill at any moment. A second run at the
    same time exits with 75, which -q does not tell of; with --watch it is waited for.
    """
    from dd_incident_roles.cli.runs import SyncRuns, Typed

    counts = metrics_file is not None or listen is not None
    if listen is not None and watch is None:
        raise UsageError(
            "--listen is for a sync that stays.", hint="Add --watch SECONDS, such as --watch 30."
        )
    runs = SyncRuns(context, Typed(**typed), stays=watch is not None, counts=counts)
    if counts:
        runs.count_in(metrics_file)
    return run_once(context, runs) if watch is None else run_repeatedly(runs, watch, listen)


def run_once(context: click.Context, runs: SyncRuns) -> int:
    """Sync once; returns the exit code, and raises what was in the way."""
    from dd_incident_roles.service.watch import Asked

    report = runs.run(Asked())
    if report.error:
        locked = report.error if isinstance(report.error, RecordLocked) else None
        # A job that runs every minute would be mailed about each run that takes longer.
        is_quiet = options.invocation_of(context).quiet and locked and not locked.is_overdue
        if not is_quiet:
            raise report.error
    return report.exit_code


STDERR = 2


def run_repeatedly(runs: SyncRuns, every: timedelta, listen: str | None = None) -> int:
    """Sync every so often until SIGTERM or Ctrl-C, which let the step in hand come to its end."""
    import random
    from queue import Empty, SimpleQueue

    from dd_incident_roles.environment import of_systemd
    from dd_incident_roles.service.watch import Event, Pulse, Watch

    # Of all queues, this is the one that a signal handler may put into.
    events = SimpleQueue[Event]()

    def wait(seconds: float | None) -> Event | None:
        try:
            return events.get(timeout=seconds)
        except Empty:
            return None

    pulse = Pulse(
        of_systemd(), pid=os.getpid(), monotonic=time.monotonic, is_asked=listen is not None
    )
    with runs, ExitStack() as opened:
        if listen is not None:
            opened.enter_context(_answering(runs, listen, every, pulse, events.put))
        opened.enter_context(_signals(events.put))
        if sys.stderr.isatty():
            where = f" and answers on {listen}" if listen else ""
            click.echo(f"Syncs every {every.total_seconds():g} s{where}. Ctrl-C ends it.", err=True)
        Watch(
            runs,
            interval=every.total_seconds(),
            wait=wait,
            put=events.put,
            monotonic=time.monotonic,
            chance=random.random,
            pulse=pulse,
            on_report=runs.told,
        ).run()
    return 0


@contextmanager
def _answering(
    runs: SyncRuns,
    listen: str,
    every: timedelta,
    pulse: Pulse,
    put: Callable[[Event], None],
) -> Iterator[None]:
    """Answer on an address; raises UsageError where nothing can listen there."""
    from dd_incident_roles.service import server

    address = server.parse_address(listen)
    server.check_libraries(runs.settings.hook_secrets)
    board = server.Page(runs.board, time.monotonic) if address.is_here else None
    served = server.Served(
        metrics=runs.count_in(),
        interval=every,
        pulse=pulse,
        # Asked each time: they may be read again.
        secrets=lambda: runs.settings.hook_secrets,
        hint=put,
        clock=runs.clock,
        board=board,
    )
    with server.Server(served.application(), server.open_socket(address)):
        yield


@contextmanager
def _signals(put: Callable[[Event], None]) -> Iterator[None]:
    """Have signals become events; a second one that asks for the end is Ctrl-C as ever."""
    from dd_incident_roles.service.watch import End, Reload

    is_asked = False

    def end(name: int, _frame: FrameType | None) -> None:
        nonlocal is_asked
        if is_asked:
            raise KeyboardInterrupt("What was done is recorded; the next run goes on.")
        is_asked = True
        if name == signal.SIGINT:
            # Python's own stderr may be in the middle of a line, where writing to it would fail.
            os.write(STDERR, b"Ends after the step in hand; Ctrl-C again ends it at once.\n")
        put(End())

    handlers: dict[signal.Signals, Callable[[int, FrameType | None], None]] = {
        signal.SIGTERM: end,
        signal.SIGINT: end,
        signal.SIGHUP: lambda _name, _frame: put(Reload()),
    }
    before = {name: signal.signal(name, handler) for name, handler in handlers.items()}
    try:
        yield
    finally:
        for name, earlier in before.items():
            signal.signal(name, earlier)


_NEW_OBJECTS: Final = 2_000
"""After how many new objects to look for garbage, as Python does by itself."""


@click.command()
@click.option(
    "--once", is_flag=True, help="Look once at everything, work until nothing is left, and end."
)
@click.option(
    "--every",
    metavar="SECONDS",
    type=options.Duration("s", most=timedelta(days=1)),
    default="30s",
    show_default=True,
    help="How often one of the workers looks for incidents that changed.",
)
@click.option(
    "--lease",
    metavar="SECONDS",
    type=options.Duration("s", most=timedelta(hours=1)),
    default="15s",
    show_default=True,
    help="How long a worker may hang before the others take its incidents.",
)
@options.table_or_json
@click.pass_context
def worker(
    context: click.Context, once: bool, every: timedelta, lease: timedelta, shape: str
) -> int:
    """Sync incidents beside other workers that share one record in PostgreSQL.

    Start as many as you like, on as many hosts: they divide the incidents among them, and the
    others go on where one ends, hangs or loses its host. SIGTERM ends it after the steps in hand,
    SIGHUP reads the settings again. With --once it ends as `sync` does, with the same exit codes.
    """
    try:
        from dd_incident_roles.service.worker import Timing, Worker
        from dd_incident_roles.store.queue import demand_shared, open_queue
    except ImportError as error:
        raise ConfigurationError(
            f"workers need the libraries procrastinate and psycopg ({error})",
            hint="Install them: pip install 'dd-incident-roles[postgres]'.",
        ) from None
    from dd_incident_roles.cli.jobs import Carrier, work_once

    # They log each job, and a trace where we say in a sentence what is wrong.
    for name in ("procrastinate", "psycopg"):
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    store = opening.settings_of(context).store
    demand_shared(store)
    timing = Timing(every=every.total_seconds(), lease=lease.total_seconds())
    # The record first: beside what is none, no queue is made.
    with Carrier(context, shape, once=once) as carrier:
        working = Worker(
            open_queue(store),
            carrier,
            timing=timing,
            concurrency=carrier.concurrency,
            clock=carrier.clock,
        )
        if once:
            return work_once(working, carrier)
        # A short command looks for garbage late; this one stays, and what is loaded by now is none.
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
        working.stay()
    return 0
