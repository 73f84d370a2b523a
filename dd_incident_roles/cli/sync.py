"""``sync``: the scheduled job, once or again and again."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType

import click

from dd_incident_roles.cli import failures, opening, options, output
from dd_incident_roles.errors import IncidentRolesError, RecordLocked, UsageError


@click.command()
@click.argument("incidents", nargs=-1, metavar="[INCIDENT]...")
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@click.option(
    "--watch",
    metavar="DURATION",
    type=options.Duration("s", most=timedelta(days=1)),
    help="Sync again and again, with this pause in between, until stopped.",
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
@options.query_option
@options.table_or_json
@click.pass_context
def sync(
    context: click.Context,
    incidents: tuple[str, ...],
    dry_run: bool,
    watch: timedelta | None,
    allow_deletes: int | None,
    allow_creates: int | None,
    retry_refused: bool,
    query: str | None,
    shape: str,
) -> int:
    """Bring the record and Datadog into agreement, on the named incidents or on all open ones.

    Safe to run every minute, next to other writers, and to kill at any moment. A second run at the
    same time exits with 75, which -q does not tell of.
    """
    from dd_incident_roles.commands.sync import sync_incidents
    from dd_incident_roles.report.sync_text import sync_document, sync_text

    quiet = opening.invocation_of(context).quiet

    def once() -> int:
        with opening.application_of(context, is_run=True) as application:
            result = sync_incidents(
                application,
                incidents,
                query=query,
                dry_run=dry_run,
                allow_deletes=allow_deletes,
                allow_creates=allow_creates,
                retry_refused=retry_refused,
            )
            document = sync_document(
                result,
                person=application.person,
                title=application.role_title,
            )
            if document.is_news or not quiet:
                output.show_as(context, shape, document.text, lambda: sync_text(document))
        return result.exit_code

    def once_quietly() -> int:
        try:
            return once()
        except RecordLocked as locked:
            # A job that runs every minute would be mailed about each run that takes longer.
            if not quiet or locked.is_overdue:
                raise
            return locked.exit_code

    return once_quietly() if watch is None else run_repeatedly(once_quietly, watch.total_seconds())


STDERR = 2


def run_repeatedly(once: Callable[[], int], pause_seconds: float) -> int:
    """Run, pause, and run again; returns the last exit code when asked to end.

    SIGTERM and Ctrl-C end it after the run that is under way, a second one at once. A run that
    fails is told and tried again after the pause; wrong usage or configuration ends it, since
    waiting would not help.
    """
    with _end_requested() as wait:
        code = _safely(once)
        while not wait(pause_seconds):
            code = _safely(once)
    return code


@contextmanager
def _end_requested() -> Iterator[Callable[[float], bool]]:
    """Give a function that pauses and says whether the end was asked for meanwhile.

    A pipe and not an event: a signal may come while the event is being waited for, whose lock the
    handler would then wait for in vain.
    """
    reading, writing = os.pipe()
    # A pipe that is full must not stop the handler.
    os.set_blocking(writing, False)
    before = {
        name: signal.signal(name, _handler(writing)) for name in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield lambda seconds: bool(select.select([reading], [], [], seconds)[0])
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
        os.close(reading)
        os.close(writing)


def _handler(writing: int) -> Callable[[int, FrameType | None], None]:
    is_asked = False

    def end(name: int, _frame: FrameType | None) -> None:
        nonlocal is_asked
        if is_asked:
            raise KeyboardInterrupt
        is_asked = True
        if name == signal.SIGINT:
            # Python's own stderr may be in the middle of a line, where writing to it would fail.
            os.write(STDERR, b"Ends after this run; Ctrl-C again ends it at once.\n")
        try:
            os.write(writing, b".")
        except BlockingIOError:
            # Thousands asked for it already.
            return

    return end


def _safely(once: Callable[[], int]) -> int:
    try:
        return once()
    except UsageError:
        raise
    except IncidentRolesError as error:
        failures.tell(error)
        return error.exit_code
