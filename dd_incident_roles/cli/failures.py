"""Where every failure ends: one sentence for people, one exit code for scripts."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import click

from dd_incident_roles import __version__
from dd_incident_roles.errors import IncidentRolesError

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
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted. What was done is recorded; run again to go on.", err=True)
        return INTERRUPTED
    except click.exceptions.Exit as request:
        return request.exit_code
    except BrokenPipeError:
        # The reader of a pipe went away; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        click.echo(
            f"This is a bug in dd-incident-roles ({type(error).__name__}). "
            f"The trace is in {_keep_trace(error)}; please report it.",
            err=True,
        )
        return BUG


def tell(error: IncidentRolesError) -> None:
    """Say on stderr what happened, and what to do next."""
    from dd_incident_roles.report.clean import clean

    click.echo(f"Error: {clean(error.message)}", err=True)
    if error.hint:
        click.echo(f"  {clean(error.hint)}", err=True)


def _keep_trace(error: Exception) -> Path:
    handle, name = tempfile.mkstemp(prefix="dd-incident-roles-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"dd-incident-roles {__version__}, Python {platform.python_version()}\n\n")
        file.writelines(traceback.format_exception(error))
    return Path(name)
