"""The jobs of a worker as they are carried out and told at a terminal or in a log."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final, Self

import click

from dd_incident_roles.cli import opening, options, output
from dd_incident_roles.cli.runs import Telling, without_unlooked
from dd_incident_roles.commands.rounds import (
    Round,
    Task,
    find_tasks,
    note_round,
    sync_task,
    tries_again,
)
from dd_incident_roles.commands.sync import note_run, noting_failure
from dd_incident_roles.errors import DatadogError, IncidentRolesError
from dd_incident_roles.sync.plan import SyncResult

if TYPE_CHECKING:
    from dd_incident_roles.app import Kept
    from dd_incident_roles.application import Application
    from dd_incident_roles.service.worker import Previous, Worker

_LONGEST_WAIT: Final = 5.0
"""Seconds that a job waits for a rate limit before it makes way for others."""

_SHIFT_SECONDS: Final = 60.0
"""How long jobs share what was learned of Datadog, such as what it offers."""


def work_once(worker: Worker, carrier: Carrier) -> int:
    """Look once at everything, work until nothing is left, and show what was done."""
    began = carrier.clock()
    found = carrier.find_tasks(None, ())
    worker.work_empty(found.tasks)
    with carrier.opened() as application:
        result = carrier.together(found)
        note_run(application, began, result)
        carrier.show(application, result)
    return result.exit_code


class _Shift:
    """An application that jobs share for a while: what one learned the others need not ask."""

    def __init__(self, kept: Kept, invocation: options.Invocation) -> None:
        from dd_incident_roles.app import open_application

        self.kept = kept
        self.users = 0
        self.ends = time.monotonic() + _SHIFT_SECONDS
        self._stack = ExitStack()
        self.application = self._stack.enter_context(
            open_application(
                None,
                {},
                kept=kept,
                clock=invocation.clock,
                sleep=invocation.sleep,
                zone=invocation.timezone or UTC,
                longest_wait=_LONGEST_WAIT,
            )
        )

    def close(self) -> None:
        """Take the application apart."""
        self._stack.close()


class Carrier(Telling):
    """Carries out what the queue says; what is read and open is shared by all jobs.

    With ``once`` what they did is kept for the end, and else it is shown as it happens.
    """

    def __init__(self, context: click.Context, shape: str, *, once: bool) -> None:
        super().__init__(context, shape, stays=not once)
        self._once = once
        self._kept = opening.kept_of(context)
        self.concurrency = self._kept.configuration.settings.concurrency
        self._shifts: list[_Shift] = []
        self._done: list[SyncResult] = []
        self._requests = Counter[str]()
        self._place_requests: dict[str, Counter[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._shifts:
            each.close()
            each.kept.close()
        self._kept.close()

    @contextmanager
    def opened(self) -> Iterator[Application]:
        """The application of the present shift; raises as opening it does."""
        with self._lock:
            shift = self._shift()
            shift.users += 1
            if self._is_ending:
                shift.application.wind_up()
        try:
            yield shift.application
        finally:
            with self._lock:
                shift.users -= 1
                self._end_shifts()

    def _shift(self) -> _Shift:
        newest = self._shifts[-1] if self._shifts else None
        if newest and newest.kept is self._kept and time.monotonic() < newest.ends:
            return newest
        self._shifts.append(_Shift(self._kept, self._invocation))
        return self._shifts[-1]

    def _end_shifts(self) -> None:
        """Close the shifts that are over and that no job uses any more."""
        over = [each for each in self._shifts[:-1] if not each.users]
        for each in over:
            self._shifts.remove(each)
            self._count(each.application)
            each.close()
            self._close_unused(each.kept)

    def _close_unused(self, kept: Kept) -> None:
        """Close what old settings opened, once no shift goes by them any more."""
        if kept is not self._kept and all(each.kept is not kept for each in self._shifts):
            kept.close()

    def _count(self, application: Application) -> None:
        self._requests.update(application.session.requests)
        for place, requests in application.connections.requests.items():
            self._place_requests.setdefault(place, Counter()).update(requests)

    def tell_bug(self, error: Exception) -> None:
        """Say where the trace of a bug is, once for each; raises it where it is to end all."""
        if self._once:
            raise error
        with self._lock:
            is_news = self.is_news(repr(error))
        if is_news:
            output.tell_bug(error)

    def find_tasks(self, previous: Previous | None, waiting: Sequence[Task]) -> Round:
        """Look at everything, and note how the last round ended if nothing is left of it to do."""
        if self.clock().date() != self._day:
            # Waivers are read as of a new day.
            self.reload()
        report, started = self.begin(is_whole=True)
        try:
            with self.opened() as application, noting_failure(application, report.began):
                failed = Counter(kind for task in waiting for kind in task.failed)
                # While a task was not tried even once, the last round still goes on.
                if previous and all(task.tries for task in waiting):
                    note_round(
                        application,
                        began=previous.began,
                        incidents=previous.incidents,
                        failures=failed,
                    )
                found = find_tasks(application)
        except DatadogError as error:
            self.end(replace(report, error=error), started)
            raise
        result = SyncResult(dry_run=False, incidents=found.left)
        self.end(replace(report, result=result), started)
        return found

    def sync(self, task: Task) -> tuple[Task, timedelta] | None:
        """Sync one incident, and show and log what was done."""
        report, started = self.begin(is_whole=False)
        with self.opened() as application:
            result = sync_task(application, task)
            left = tries_again(task, result)
            if self._is_ending:
                result = without_unlooked(result)
            with self._lock:
                if self._once:
                    self._done.append(result)
                else:
                    self.show(application, result)
        self.end(replace(report, result=result), started)
        return left

    def wind_up(self) -> None:
        """Have what goes on end after the step in hand."""
        with self._lock:
            self._is_ending = True
            for each in self._shifts:
                each.application.wind_up()

    def reload(self) -> None:
        """Read the settings and files again; those that are wrong leave the old ones in force."""
        self._day = self.clock().date()
        try:
            kept = opening.kept_of(self._context)
        except IncidentRolesError as error:
            self.keep_old(error)
            return
        with self._lock:
            old, self._kept = self._kept, kept
            self._close_unused(old)

    def together(self, found: Round) -> SyncResult:
        """What all jobs of this process did, with what a round found to be left alone."""
        done = {(each.incident_id, each.target): each for each in found.left}
        with self._lock:
            for each in (one for result in self._done for one in result.incidents):
                before = done.get((each.incident_id, each.target))
                # What failed before was done since.
                after = (
                    replace(before.followed_by(each), failures=each.failures) if before else each
                )
                done[each.incident_id, each.target] = after
            for shift in self._shifts:
                self._count(shift.application)
        return SyncResult(
            dry_run=False,
            incidents=tuple(done.values()),
            requests=self._requests,
            place_requests=self._place_requests,
        )
