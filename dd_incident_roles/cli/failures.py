"""Where every failure ends: one sentence for people, one exit code for scripts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from dd_incident_roles import __version__
from dd_incident_roles.errors import IncidentRolesError

if TYPE_CHECKING:
    from dd_incident_roles.sync.result import IncidentResult

WRONG = 2
"""The exit code of wrong usage or configuration."""

INCOMPLETE = 3
"""The exit code of an answer that may lack something."""

BUG = 70
"""The exit code of a failure that nobody foresaw."""

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells give it."""


def end_with(body: Callable[[], int]) -> int:
    """Run the body and turn whatever it raises into a sentence on stderr and an exit code."""
    try:
        return body()
    except IncidentRolesError as error:
        tell(error)
        return error.exit_code
    # Click would end with 1 for some, and that is for findings.
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return WRONG
    except (click.Abort, KeyboardInterrupt) as error:
        # Click turns Ctrl-C into Abort, and what is recorded is in the cause.
        interrupt = error.__cause__ if isinstance(error, click.Abort) else error
        known = " ".join(map(str, interrupt.args)) if interrupt else ""
        click.echo(f"Interrupted. {known or 'Nothing was recorded.'}", err=True)
        return INTERRUPTED
    # So click ends a help text, and not as a failure.
    except click.exceptions.Exit as request:
        return request.exit_code
    except Exception as error:
        tell_bug(error)
        return BUG


def tell(error: IncidentRolesError) -> None:
    """Say on stderr what happened, and what to do next."""
    _say("Error", error.message, *error.details, error.hint)


def tell_bug(error: Exception) -> None:
    """Say on stderr that something happened which nobody foresaw, and where its trace is."""
    click.echo(
        f"This is a bug in dd-incident-roles ({type(error).__name__}). {_kept_trace(error)}",
        err=True,
    )


def warn(error: IncidentRolesError, consequence: str) -> None:
    """Say on stderr what is wrong without ending the command for it, and what that means."""
    _say("Warning", error.message, consequence)


def _say(label: str, message: str, *below: str | None) -> None:
    from dd_incident_roles.report.clean import clean

    click.echo(f"{label}: {clean(message)}", err=True)
    for line in filter(None, below):
        click.echo(f"  {clean(line)}", err=True)


def note_gone(results: Iterable[IncidentResult]) -> None:
    """Say on stderr which incidents Datadog shows no longer, which is no failure."""
    from dd_incident_roles.report.clean import clean
    from dd_incident_roles.words import incident_label

    for each in results:
        name = incident_label(each.incident.public_id) if each.incident else each.incident_id
        for notice in each.notices:
            click.echo(clean(f"{name}  note: {notice}"), err=True)


def _kept_trace(error: Exception) -> str:
    """Write the trace to a file of its own, and say where it is."""
    # Only a bug needs them, and every command would load them.
    import platform
    import tempfile
    import traceback

    versions = f"dd-incident-roles {__version__}, Python {platform.python_version()}"
    try:
        # A file of its own that only its user may read: a trace quotes what was typed.
        handle, name = tempfile.mkstemp(prefix="dd-incident-roles-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(f"{versions}\n\n{_without_keys(''.join(traceback.format_exception(error)))}")
    except OSError as problem:
        return f"Its trace could not be kept: {problem.strerror}. Please report it."
    return f"The trace is in {name}; please report it."


def _without_keys(trace: str) -> str:
    """The trace of a library may quote what it was given, and is meant to be passed on."""
    from dd_incident_roles.environment import secrets

    for secret in secrets():
        trace = trace.replace(secret, "***")
    return trace
