"""From the global options to a working application."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Final, TextIO

import click

from dd_incident_roles.cli.options import Invocation, invocation_of
from dd_incident_roles.cli.output import warn

if TYPE_CHECKING:
    from dd_incident_roles.app import Kept
    from dd_incident_roles.application import Application
    from dd_incident_roles.configuration.configuration import Configuration
    from dd_incident_roles.settings import Settings

_WARNED: Final = f"{__name__}.variables"


class ProgressLine:
    """How many incidents are done, on a terminal, and only where that takes more than a second."""

    def __init__(self, stream: TextIO, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._monotonic = monotonic
        self._began = monotonic()
        self._width = 0

    def show(self, done: int, total: int) -> None:
        """Show how many are done of how many; the line goes when all are."""
        if done >= total:
            self.clear()
        elif self._stream.isatty() and self._monotonic() - self._began >= 1.0:
            text = f"{done} of {total} incidents"
            self._width = max(self._width, len(text))
            self._stream.write(f"\r{text}")
            self._stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        # Blanks and not an escape sequence: --no-color promises that there is none.
        self._stream.write(f"\r{' ' * self._width}\r" if self._width else "")
        self._stream.flush()
        self._width = 0


@contextmanager
def application_of(
    context: click.Context,
    *,
    today: date | None = None,
    needs_policy: bool = False,
    reads_only: bool = False,
    is_run: bool = False,
    extra_seconds: float = 0.0,
    kept: Kept | None = None,
) -> Iterator[Application]:
    """Open the application that the global options describe; waivers are read as of ``today``.

    A command that does not judge goes on without a policy that cannot be read, and one that
    ``reads_only`` without a record that can be written; each says so. A run has more time than a
    command that a person waits for, to which ``extra_seconds`` may be given. What is ``kept`` from
    run to run serves in place of what would be opened. Ctrl-C is passed on
    with whether anything was recorded.
    """
    from dd_incident_roles.app import open_application

    invocation = _set_up(context)
    # Nobody waits for a scheduled run, whose mail would tell of each pause, nor for one that stays.
    is_silent = invocation.quiet or (is_run and not sys.stderr.isatty()) or kept is not None
    line = ProgressLine(sys.stderr)

    def say(what: str) -> None:
        line.clear()
        click.echo(what, err=True)

    with open_application(
        invocation.config,
        {"store": invocation.store},
        kept=kept,
        today=today,
        needs_policy=needs_policy,
        reads_only=reads_only,
        only_here=invocation.only_here,
        zone=invocation.timezone or UTC,
        clock=invocation.clock,
        sleep=invocation.sleep,
        is_run=is_run,
        extra_seconds=extra_seconds,
        on_wait=(lambda _what: None) if is_silent else say,
        on_progress=(lambda _done, _total: None) if is_silent else line.show,
    ) as application:
        if application.policy_problem:
            warn(application.policy_problem, "The policy is not used until that is fixed.")
        try:
            yield application
        except KeyboardInterrupt as interrupt:
            # Whoever raised it has said already what is recorded.
            if interrupt.args:
                raise
            so_far = "Nothing was recorded."
            if application.record.is_changed or set(application.session.requests) - {"GET"}:
                so_far = "What was done is recorded; run again to go on."
            raise KeyboardInterrupt(so_far) from None
        finally:
            line.clear()
        if application.session.clock_ahead:
            _warn_of_clock(context, application.session.clock_ahead)
        if application.record.unnoted:
            warn(application.record.unnoted, "Nothing of what was seen could be noted there.")


def kept_of(context: click.Context) -> Kept:
    """Open what the runs of a watching sync share."""
    from dd_incident_roles.app import open_kept

    invocation = _set_up(context)
    return open_kept(invocation.config, {"store": invocation.store}, clock=invocation.clock)


def configuration_of(context: click.Context, *, today: date | None = None) -> Configuration:
    """Read the configuration alone, for what needs neither record nor Datadog."""
    from dd_incident_roles.configuration.configuration import load_configuration

    invocation = _set_up(context)
    return load_configuration(
        invocation.config, {"store": invocation.store}, today=today or invocation.clock().date()
    )


def settings_of(context: click.Context) -> Settings:
    """Read the settings alone."""
    from dd_incident_roles.settings import load_settings

    invocation = invocation_of(context)
    _warn_of_variables(context)
    return load_settings(invocation.config, {"store": invocation.store})


def _set_up(context: click.Context) -> Invocation:
    from dd_incident_roles.cli.logs import set_up_logging

    invocation = invocation_of(context)
    set_up_logging(invocation, sys.stderr)
    _warn_of_variables(context)
    return invocation


def _warn_of_variables(context: click.Context) -> None:
    """Warn of variables that are none of ours, once for each call of the program."""
    from dd_incident_roles.environment import unknown_variables

    if _is_first(context, _WARNED):
        for problem in unknown_variables():
            warn(problem, "It has no effect.")


def _is_first(context: click.Context, warning: str) -> bool:
    """Whether a warning is given for the first time: a watching sync would give it in each run."""
    was_given, context.meta[warning] = context.meta.get(warning, False), True
    return not was_given


def _warn_of_clock(context: click.Context, ahead: timedelta) -> None:
    from dd_incident_roles.words import long_duration

    if not _is_first(context, f"{__name__}.clock"):
        return
    # Rounded to the nearest minute, since words cut off what is below one.
    off = long_duration(abs(ahead) + timedelta(seconds=30))
    side = "behind" if ahead > timedelta() else "ahead of"
    click.echo(
        f"Warning: The clock of this machine is {off} {side} Datadog's, by which ages are counted "
        "here. Set it right: what is recorded has its time.",
        err=True,
    )
