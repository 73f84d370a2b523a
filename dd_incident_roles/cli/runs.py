"""The runs of a sync as they are carried out and told at a terminal or in a log."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import click

from dd_incident_roles.cli import opening, options, output
from dd_incident_roles.commands.sync import sync_incidents
from dd_incident_roles.errors import (
    IncidentRolesError,
    OutOfTime,
    RecordError,
    RecordLocked,
    UsageError,
)
from dd_incident_roles.report.sync import sync_document, sync_text
from dd_incident_roles.service.report import Report, log_run
from dd_incident_roles.service.watch import incidents_of
from dd_incident_roles.sync.plan import IncidentResult, SyncResult
from dd_incident_roles.sync.run import RunStopped
from dd_incident_roles.values import frozen

if TYPE_CHECKING:
    from dd_incident_roles.app import Kept
    from dd_incident_roles.application import Application
    from dd_incident_roles.policy.policy import Finding
    from dd_incident_roles.report.sync import Sync
    from dd_incident_roles.service.metrics import Metrics
    from dd_incident_roles.service.watch import Asked
    from dd_incident_roles.settings import Settings

TOLD_AGAIN_AFTER: Final = timedelta(minutes=10)
"""After so long, what is still wrong is told once more."""


@frozen
class Typed:
    """What was typed about a sync."""

    incidents: tuple[str, ...] = ()
    query: str | None = None
    dry_run: bool = False
    allow_deletes: int | None = None
    allow_creates: int | None = None
    retry_refused: bool = False
    shape: str = "table"


class Telling:
    """Tells what runs did and what is in their way; of a program that ``stays``, only news."""

    def __init__(self, context: click.Context, shape: str, *, stays: bool) -> None:
        self._context = context
        self._shape = shape
        self._stays = stays
        self._invocation = options.invocation_of(context)
        self.clock = self._invocation.clock
        self._day = self.clock().date()
        self._lock = Lock()
        self._is_ending = False
        self._told: dict[str, datetime] = {}
        self._was_outage = False

    def begin(self, *, is_whole: bool) -> tuple[Report, float]:
        """The report of a run that begins now, and the second of that by the stopwatch."""
        began, started = self.clock(), time.monotonic()
        run = uuid4().hex[:12]
        return Report(run=run, began=began, finished=began, seconds=0, is_whole=is_whole), started

    def end(self, report: Report, started: float) -> Report:
        """The report of a run that ends now, which is logged."""
        ended = replace(report, finished=self.clock(), seconds=time.monotonic() - started)
        log_run(ended)
        return ended

    def told(self, report: Report) -> None:
        """Tell what ended a run, and when Datadog answers again."""
        if report.error:
            self.tell(report.error)
        elif self._was_outage and not report.is_outage:
            click.echo("Datadog answers again.", err=True)
        if report.is_complete:
            self._told.clear()
        if not report.is_locked_out:
            self._was_outage = report.error is not None and report.is_outage

    def tell(self, error: IncidentRolesError) -> None:
        """Say what is wrong, but not in each run again."""
        if isinstance(error, RecordLocked) and not error.is_overdue:
            # It is waited for, which is normal.
            return
        if self.is_news(str(error)):
            output.tell(error)

    def keep_old(self, error: IncidentRolesError) -> None:
        """Say why the settings stay as they were."""
        output.warn(error, "The settings and files stay in force as they were read before.")

    def is_news(self, text: str) -> bool:
        """Whether something was not told in the last ten minutes."""
        now = self.clock()
        last = self._told.get(text)
        if last is not None and now - last < TOLD_AGAIN_AFTER:
            return False
        known = {each: at for each, at in self._told.items() if now - at < TOLD_AGAIN_AFTER}
        self._told = {**known, text: now}
        return True

    def show(self, application: Application, result: SyncResult) -> None:
        """Show what was done."""
        if self._shape == "none":
            return
        document = sync_document(result, person=application.person, title=application.role_title)
        if not self._stays:
            if document.is_news or not self._invocation.quiet:
                output.show_as(
                    self._context, self._shape, document.text, lambda: sync_text(document)
                )
        elif self._shape == "json":
            if document.is_news or self._invocation.verbosity:
                output.write(document.text(indent=None))
        elif self._invocation.verbosity or self._is_worth_showing(document):
            output.show(self._context, sync_text(document))

    def _is_worth_showing(self, document: Sync) -> bool:
        """Whether anything was done, or is wrong that was not so in the last run."""
        wrong = [each.error for each in document.failures]
        wrong += [each.reason for each in document.refused]
        return bool(document.changes) or (bool(wrong) and self.is_news("\n".join(wrong)))


class SyncRuns(Telling):
    """Carries out runs as they were typed; one that ``stays`` keeps connections and settings.

    With ``counts`` each report says what the rules find, and in how many incidents something waits.
    """

    def __init__(
        self, context: click.Context, typed: Typed, *, stays: bool, counts: bool = False
    ) -> None:
        super().__init__(context, typed.shape, stays=stays)
        self._typed = typed
        # What would be done is no figure of what is.
        self._counts = counts and not typed.dry_run
        self._kept: Kept | None = opening.kept_of(context) if stays else None
        self._application: Application | None = None
        self._is_settled = False
        self.metrics: Metrics | None = None
        self._metrics_file: Path | None = None

    def __enter__(self) -> SyncRuns:
        return self

    def __exit__(self, *_: object) -> None:
        if self._kept:
            self._kept.close()

    @property
    def settings(self) -> Settings:
        """The settings as they were read last."""
        if self._kept is None:
            raise TypeError("a sync that does not stay keeps no settings")
        return self._kept.configuration.settings

    def board(self) -> str:
        """The page of what these runs are about, as Datadog has it now."""
        from dd_incident_roles.commands.check import show_board
        from dd_incident_roles.report.board import board_html

        typed = self._typed
        with opening.application_of(
            self._context, needs_policy=True, reads_only=True, is_run=True
        ) as application:
            return board_html(show_board(application, typed.incidents, query=typed.query))

    def count_in(self, file: str | None = None) -> Metrics:
        """Count what runs do from now on, and write it to a file; raises UsageError."""
        # Loaded late: most syncs are counted by nobody.
        from dd_incident_roles.service.metrics import Metrics

        self.metrics = self.metrics or Metrics(clock=self.clock)
        if file is not None:
            self._metrics_file = Path(file)
            self.metrics.resume(self._metrics_file)
            # Better now than after the first run.
            self.metrics.write(self._metrics_file)
        return self.metrics

    def run(self, asked: Asked) -> Report:
        """Carry a run out and show what it did; raises UsageError and OutputError."""
        report, started = self.begin(is_whole=not asked.hints)
        if self._stays and report.began.date() != self._day:
            self._begin_day(report.began)
        try:
            with opening.application_of(self._context, is_run=True, kept=self._kept) as application:
                report = self._sync(application, asked, report)
        except (UsageError, output.OutputError):
            raise
        except IncidentRolesError as error:
            report = replace(report, error=error)
        if isinstance(report.error, RecordError):
            self._open_record_again()
        report = self.end(report, started)
        self._count(report)
        if self._stays:
            self._let_go()
        return report

    def _let_go(self) -> None:
        """Free what the run leaves behind in circles, which Python else finds much too late.

        What there is after the first run stays for good, and is not looked at again and again.
        """
        gc.collect()
        if not self._is_settled:
            self._is_settled = True
            gc.freeze()

    def _count(self, report: Report) -> None:
        # A run that was cut short does not tell how everything stands.
        if self.metrics is None or self._is_ending:
            return
        self.metrics.add(report)
        if self._metrics_file:
            try:
                self.metrics.write(self._metrics_file)
            except UsageError as error:
                # It could be written at the start, and what was done is worth more.
                self.tell(error)

    def _sync(self, application: Application, asked: Asked, report: Report) -> Report:
        typed = self._typed
        named: Sequence[str] = typed.incidents
        if asked.hints:
            named, unknown = (), len(asked.hints)
            # Of incidents that were chosen no others are synced: the next run comes sooner.
            if not typed.incidents and typed.query is None:
                named, unknown = incidents_of(application.record, asked.hints)
            report = replace(report, unknown=unknown)
            if not named:
                return report
        found: list[Finding] = []
        result: SyncResult | None = None
        self._begin(application)
        try:
            result = sync_incidents(
                application,
                named,
                query=None if asked.hints else typed.query,
                dry_run=typed.dry_run,
                allow_deletes=typed.allow_deletes,
                allow_creates=typed.allow_creates,
                retry_refused=typed.retry_refused and not asked.hints,
                on_judged=found.extend if self._counts and report.is_whole else None,
            )
        except UsageError:
            raise
        except IncidentRolesError as error:
            report = replace(report, error=error)
        finally:
            self._application = None
        answers = {"datadog": application.session.answers, **application.connections.answers}
        if result:
            result = without_unlooked(result) if self._is_ending else result
            self.show(application, result)
        report = replace(report, result=result, answers=answers)
        if self._counts and report.is_whole and result:
            pending = application.record.pending_incident_ids(application.target.name)
            findings = Counter((each.rule, str(each.level)) for each in found)
            report = replace(report, findings=findings, waiting=len(pending))
        return report

    def _begin(self, application: Application) -> None:
        with self._lock:
            self._application = application
            if self._is_ending:
                # The end was asked for while the application was being opened.
                application.wind_up()

    def wind_up(self) -> None:
        """Have the run that goes on, and any other, end after the step in hand."""
        with self._lock:
            self._is_ending = True
            if self._application:
                self._application.wind_up()

    def reload(self) -> None:
        """Read the settings and files again; what it raises leaves the old ones in force."""
        self._read_again()
        click.echo("The settings and files were read again.", err=True)

    def _read_again(self) -> None:
        kept, old = opening.kept_of(self._context), self._kept
        self._kept, self._day = kept, self.clock().date()
        if old:
            old.close()

    def _open_record_again(self) -> None:
        """Do not go on with connections that a server cut when it was started again."""
        # What is wrong was told; the next run tries again with what it has.
        with suppress(IncidentRolesError):
            if self._kept:
                self._kept = self._kept.with_record_opened_again(clock=self.clock)

    def _begin_day(self, now: datetime) -> None:
        """Read waivers as of a new day."""
        self._day = now.date()
        try:
            self._read_again()
        except IncidentRolesError as error:
            self.keep_old(error)


def without_unlooked(result: SyncResult) -> SyncResult:
    """What was done until the end was asked for, without the failures that only say so."""

    def looked_at(each: IncidentResult) -> IncidentResult:
        kept = (
            failure
            for failure in each.failures
            if not isinstance(failure.error, RunStopped | OutOfTime)
        )
        return replace(each, failures=tuple(kept))

    return replace(result, incidents=tuple(map(looked_at, result.incidents)))
