"""``timeline export`` and ``timeline import``: timelines as files."""

from __future__ import annotations

import sys
from datetime import tzinfo
from typing import TYPE_CHECKING

import click

from dd_incident_roles.cli.failures import tell
from dd_incident_roles.cli.invocation import Invocation, invocation_of
from dd_incident_roles.cli.opening import opened, show
from dd_incident_roles.cli.options import no_sync_option
from dd_incident_roles.cli.reading import STDIN, read_file_or_stdin
from dd_incident_roles.cli.saying import say
from dd_incident_roles.errors import UsageError

ZONE_METAVAR = "ZONE"


def zone_of(name: str) -> tzinfo:
    """The zone with this name, such as Europe/Berlin; raises a usage error for any other."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.BadParameter(
            f"{name!r} is no time zone that this machine knows; try UTC or Europe/Berlin.",
            param_hint="--timezone",
        ) from None


if TYPE_CHECKING:
    from dd_incident_roles.commands.timeline import Prepared
    from dd_incident_roles.timeline.importing import Import


@click.command("export")
@click.argument("incident")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["markdown", "json"]),
    default="markdown",
    show_default=True,
    help="Markdown for people and for import, or JSON for programs.",
)
@click.option(
    "--timezone",
    metavar=ZONE_METAVAR,
    default="UTC",
    show_default=True,
    help="The zone of the times in Markdown, such as Europe/Berlin.",
)
@click.pass_context
def export(context: click.Context, incident: str, shape: str, timezone: str) -> int:
    """Write the timeline of INCIDENT to stdout, in a form that `timeline import` reads again."""
    from dd_incident_roles.commands.timeline import show_timeline
    from dd_incident_roles.report.documents.timeline import timeline_json
    from dd_incident_roles.timeline.markdown_form import timeline_markdown

    zone = zone_of(timezone)
    with opened(invocation_of(context), reads_only=True) as application:
        shown = show_timeline(application, incident)
    if shape == "json":
        say(timeline_json(shown.view))
    else:
        entries = [row.entry for row in shown.view.rows]
        say(timeline_markdown(entries, name=shown.view.name, title=shown.view.title, zone=zone))
    if shown.problem:
        tell(shown.problem)
    return shown.exit_code


@click.command("import")
@click.argument("incident")
@click.argument("file")
@click.option(
    "--timezone",
    metavar=ZONE_METAVAR,
    help="The zone of times that name none; default: the file's own, else UTC.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be added, and add nothing.")
@click.option("--yes", is_flag=True, help="Do not ask in a terminal.")
@click.option("--force", is_flag=True, help="Take a file that says it is about another incident.")
@no_sync_option
@click.pass_context
def import_(
    context: click.Context,
    incident: str,
    file: str,
    timezone: str | None,
    dry_run: bool,
    yes: bool,
    force: bool,
    no_sync: bool,
) -> int:
    """Add what FILE says and the timeline of INCIDENT lacks; "-" reads stdin.

    FILE is Markdown (lines such as "14:03 text" below a line with the date, or a table with a time
    column) or JSON. A time that could mean two moments is refused, and nothing is added. What is
    there already is not added again, so the same file can be imported any number of times.
    """
    from dd_incident_roles.commands.describe_import import describe_import
    from dd_incident_roles.commands.timeline import carry_import, prepare_import

    zone, text = zone_of(timezone) if timezone else None, read_file_or_stdin(file)
    invocation = invocation_of(context)
    # A long file takes several requests for each of its lines.
    with opened(invocation, extra_seconds=text.count("\n")) as application:
        prepared = prepare_import(
            application, incident, text, file=file, zone=zone, sync=not no_sync
        )
        asks = _asks(file, yes=yes)
        if prepared.other and not force and not (asks or dry_run):
            raise _about_another(prepared.other, incident, file)
        _show(invocation, prepared.found)
        if prepared.other:
            click.echo(f"The file says that it is about {prepared.other}.", err=True)
        if dry_run:
            return _compared(prepared)
        if prepared.found.new and asks and not click.confirm("Add?", err=True):
            click.echo("Nothing was added.", err=True)
            return 0
        carried = carry_import(application, prepared, sync=not no_sync)
        said = describe_import(application, carried, no_sync=no_sync)
    say(said.result)
    for line in said.talk:
        click.echo(line, err=True)
    return carried.exit_code


def _about_another(other: str, incident: str, file: str) -> UsageError:
    return UsageError(
        f"{file} says that it is about {other}; nothing was added to incident {incident}.",
        hint=f"Import it into {other}, or add --force.",
    )


def _asks(file: str, *, yes: bool) -> bool:
    return not yes and file != STDIN and sys.stdin.isatty() and sys.stderr.isatty()


def _show(invocation: Invocation, found: Import) -> None:
    from dd_incident_roles.report.timeline_table import entries_table

    if found.new:
        show(invocation, entries_table(found.new))
    there = f"{found.known} are there already" if found.known != 1 else "1 is there already"
    say(f"{len(found.new)} to add, {there}.")
    if found.system:
        click.echo(f"{found.system} that a system made are left out.", err=True)
    if found.stripped:
        click.echo(f"{found.stripped} control characters are left out of texts.", err=True)


def _compared(prepared: Prepared) -> int:
    if prepared.problem is None:
        return 0
    tell(prepared.problem)
    return prepared.problem.exit_code
