"""From the global options to a working application, and the streams it talks on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dd_incident_roles.cli.invocation import Invocation
from dd_incident_roles.cli.saying import say, saying

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dd_incident_roles.operations.application import Application


@contextmanager
def opened(invocation: Invocation) -> Iterator[Application]:
    """Open the application that the global options describe."""
    from dd_incident_roles.app import open_application
    from dd_incident_roles.cli.logs import set_up_logging

    set_up_logging(invocation, sys.stderr)
    with open_application(invocation.config, {"store": invocation.store}) as application:
        yield application


def show(invocation: Invocation, content: RenderableType) -> None:
    """Print something made for people to stdout, in colour where that is wanted."""
    from dd_incident_roles.report import console

    opened_console = console.open_console(sys.stdout, no_color=invocation.no_color)
    # Taken as text first: rich ends the process by itself where a reader went away.
    with saying(), opened_console.capture() as captured:
        console.show(opened_console, content)
    say(captured.get())
