"""From the global options to a working application, and the streams it talks on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

from dd_incident_roles.cli.failures import warn
from dd_incident_roles.cli.invocation import Invocation
from dd_incident_roles.cli.saying import say, saying

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dd_incident_roles.operations.application import Application
    from dd_incident_roles.operations.configuration import Configuration


@contextmanager
def opened(
    invocation: Invocation,
    *,
    today: date | None = None,
    needs_policy: bool = False,
    reads_only: bool = False,
) -> Iterator[Application]:
    """Open the application that the global options describe; waivers are read as of ``today``.

    A command that does not judge goes on without a policy that cannot be read, and one that
    ``reads_only`` without a record that can be written; each says so.
    """
    from dd_incident_roles.app import open_application
    from dd_incident_roles.cli.logs import set_up_logging

    set_up_logging(invocation, sys.stderr)
    options = {"store": invocation.store}
    with open_application(
        invocation.config,
        options,
        today=today,
        needs_policy=needs_policy,
        reads_only=reads_only,
        clock=invocation.clock,
    ) as application:
        if application.policy_problem:
            warn(application.policy_problem, "The policy is left out until that is mended.")
        yield application
        if application.record.unnoted:
            warn(application.record.unnoted, "Nothing of what was seen could be noted there.")


def configured(invocation: Invocation, *, today: date | None = None) -> Configuration:
    """Read the configuration alone, for what needs neither record nor Datadog."""
    from dd_incident_roles.app import load_configuration
    from dd_incident_roles.cli.logs import set_up_logging

    set_up_logging(invocation, sys.stderr)
    return load_configuration(invocation.config, {"store": invocation.store}, today=today)


def show(invocation: Invocation, content: RenderableType) -> None:
    """Print something made for people to stdout, in colour where that is wanted."""
    from dd_incident_roles.report import console

    opened_console = console.open_console(sys.stdout, no_color=invocation.no_color)
    # Taken as text first: rich ends the process by itself where a reader went away.
    with saying(), opened_console.capture() as captured:
        console.show(opened_console, content)
    say(captured.get())
