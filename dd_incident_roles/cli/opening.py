"""From the global options to a working application, and the streams it talks on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from dd_incident_roles.cli.failures import warn
from dd_incident_roles.cli.invocation import Invocation
from dd_incident_roles.cli.saying import say, saying
from dd_incident_roles.words import long_duration

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dd_incident_roles.commands.application import Application, Configuration
    from dd_incident_roles.settings import Settings

_NOTED: Final = f"{__name__}.variables"

DONE_SO_FAR = "What was done is recorded; run again to go on."
NOTHING_DONE = "Nothing was recorded."


@contextmanager
def opened(
    invocation: Invocation,
    *,
    today: date | None = None,
    needs_policy: bool = False,
    reads_only: bool = False,
    is_run: bool = False,
    extra_seconds: float = 0.0,
) -> Iterator[Application]:
    """Open the application that the global options describe; waivers are read as of ``today``.

    A command that does not judge goes on without a policy that cannot be read, and one that
    ``reads_only`` without a record that can be written; each says so. A run has more time than a
    command that a person waits for, to which ``extra_seconds`` may be given. Ctrl-C is passed on
    with whether anything was recorded.
    """
    from dd_incident_roles.app import open_application
    from dd_incident_roles.cli.logs import set_up_logging

    set_up_logging(invocation, sys.stderr)
    _warn_of_variables()
    options = {"store": invocation.store}
    is_silent = invocation.quiet or (is_run and not sys.stderr.isatty())
    with open_application(
        invocation.config,
        options,
        today=today,
        needs_policy=needs_policy,
        reads_only=reads_only,
        clock=invocation.clock,
        is_run=is_run,
        extra_seconds=extra_seconds,
        on_wait=_say_nothing if is_silent else _say_what_for,
    ) as application:
        if application.policy_problem:
            warn(application.policy_problem, "The policy is left out until that is mended.")
        try:
            yield application
        except KeyboardInterrupt as interrupt:
            if interrupt.args:
                raise
            done = application.record.is_changed or set(application.session.requests) - {"GET"}
            raise KeyboardInterrupt(DONE_SO_FAR if done else NOTHING_DONE) from None
        if application.session.clock_ahead:
            _say_how_far(application.session.clock_ahead)
        if application.record.unnoted:
            warn(application.record.unnoted, "Nothing of what was seen could be noted there.")


def _say_how_far(ahead: timedelta) -> None:

    off = long_duration(abs(ahead) + timedelta(seconds=30))
    side = "behind" if ahead > timedelta() else "ahead of"
    click.echo(
        f"Warning: The clock of this machine is {off} {side} Datadog's, by which ages are counted "
        "here. Set it right: what is recorded has its time.",
        err=True,
    )


def _say_what_for(what: str) -> None:
    click.echo(what, err=True)


def _say_nothing(_what: str) -> None:
    return


def configured(invocation: Invocation, *, today: date | None = None) -> Configuration:
    """Read the configuration alone, for what needs neither record nor Datadog."""
    from dd_incident_roles.app import load_configuration
    from dd_incident_roles.cli.logs import set_up_logging

    set_up_logging(invocation, sys.stderr)
    _warn_of_variables()
    return load_configuration(invocation.config, {"store": invocation.store}, today=today)


def settings_of(invocation: Invocation) -> Settings:
    """Read the settings alone."""
    from dd_incident_roles.settings import load_settings

    _warn_of_variables()
    config = Path(invocation.config) if invocation.config else None
    return load_settings(config, {"store": invocation.store})


def _warn_of_variables() -> None:
    """Warn of variables that are none of ours, once for each call of the program."""
    from dd_incident_roles.environment import unknown_variables

    # A watching sync opens the application for each of its runs.
    noted = click.get_current_context().meta
    if noted.setdefault(_NOTED, False):
        return
    noted[_NOTED] = True
    for problem in unknown_variables():
        warn(problem, "It has no effect.")


def show(invocation: Invocation, content: RenderableType) -> None:
    """Print something made for people to stdout, in colour where that is wanted."""
    from dd_incident_roles.report import console

    opened_console = console.open_console(sys.stdout, no_color=invocation.no_color)
    # Taken as text first: rich ends the process by itself where a reader went away.
    with saying(), opened_console.capture() as captured:
        console.show(opened_console, content)
    say(captured.get())
