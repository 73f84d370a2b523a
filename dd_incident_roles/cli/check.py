"""``check``, ``snapshot`` and ``board``: incidents judged, as a file, and as a page to look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from dd_incident_roles import __version__
from dd_incident_roles.cli.opening import application_of, configuration_of
from dd_incident_roles.cli.options import (
    TIME,
    format_option,
    invocation_of,
    output_option,
    query_option,
    since_option,
)
from dd_incident_roles.cli.output import INCOMPLETE, note_gone, show, write
from dd_incident_roles.errors import UsageError
from dd_incident_roles.files import MIB, read_limited, write_private
from dd_incident_roles.words import count_of

if TYPE_CHECKING:
    from dd_incident_roles.facts.snapshot import CheckOptions
    from dd_incident_roles.policy.judge import Checked

SHAPES: Final = ("text", "json", "sarif", "junit", "github", "markdown")
"""The formats, that for people first."""

# That it cannot be read is said by the reader, in the words of all refusals.
_FILE = click.Path(exists=False, dir_okay=False, path_type=Path)
_LARGEST = 256 * MIB
"""A snapshot of about fifty thousand incidents, in bytes."""


@click.command()
@click.argument("incidents", nargs=-1, metavar="[INCIDENT]...")
@query_option
@since_option
@click.option(
    "--snapshot",
    metavar="FILE",
    type=_FILE,
    help="Judge the incidents of this file, as `snapshot` wrote it, without Datadog and keys.",
)
@click.option(
    "--now",
    metavar="TIME",
    type=TIME,
    help="Judge as of this later moment; a snapshot is judged as of when it was taken.",
)
@format_option(*SHAPES, explained="Text for people; the others for programs and for CI.")
@output_option
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="The lowest level of a finding that makes the exit code 1.",
)
@click.option("--select", metavar="IDS", help="Only these rules, such as IR001,IR01.")
@click.option("--ignore", metavar="IDS", help="All rules but these.")
@click.option(
    "--baseline",
    metavar="FILE",
    type=_FILE,
    help="Fail only on what is not in this earlier report, made with --format json.",
)
@click.pass_context
def check(
    context: click.Context,
    incidents: tuple[str, ...],
    query: str | None,
    since: timedelta | None,
    snapshot: Path | None,
    now: datetime | None,
    shape: str,
    output: Path | None,
    fail_on: str,
    select: str | None,
    ignore: str | None,
    baseline: Path | None,
) -> int:
    """Report incidents whose roles break the policy: the named ones, or all open ones.

    Exits with 0 when nothing at or above --fail-on was found, 1 when something was, and 3 when an
    incident could not be looked at, which is never "clean". Every format has the same exit codes.
    """
    from dd_incident_roles.facts.snapshot import CheckOptions
    from dd_incident_roles.policy.policy import FailOn
    from dd_incident_roles.policy.rules import RULES, choose

    if snapshot is not None and query is not None:
        raise UsageError(
            "--query searches Datadog, and --snapshot does not ask it.",
            hint="Name the incidents of the snapshot instead, or leave one of the two out.",
        )
    known = None
    if baseline is not None:
        from dd_incident_roles.facts.snapshot_file import read_baseline

        known = read_baseline(read_limited(baseline, most=_LARGEST), file=str(baseline))
    options = CheckOptions(
        rules=choose(RULES, select=_ids(select), ignore=_ids(ignore)),
        closed_within=since,
        baseline=known,
    )
    if snapshot is None:
        checked = _check_datadog(context, incidents, query=query, options=options, now=now)
    else:
        checked = _check_snapshot(context, snapshot, incidents, options=options, now=now)
    checked = replace(checked, verbose=invocation_of(context).verbosity > 0)
    if output is not None:
        # A file ends in one line break, whatever the format.
        write_private(output, _render(checked, shape).rstrip("\n") + "\n")
    elif shape == "text":
        from dd_incident_roles.report.check_text import check_text

        show(context, check_text(checked))
    else:
        write(_render(checked, shape))
    return checked.verdict.exit_code(FailOn(fail_on))


def _check_datadog(
    context: click.Context,
    incidents: tuple[str, ...],
    *,
    query: str | None,
    options: CheckOptions,
    now: datetime | None,
) -> Checked:
    from dd_incident_roles.commands.check import gather
    from dd_incident_roles.facts.snapshot import check_incidents

    today = now.date() if now else None
    with application_of(
        context, today=today, needs_policy=True, reads_only=True, is_run=True
    ) as application:
        gathered = gather(
            application, incidents, query=query, closed_within=options.closed_within, now=now
        )
        note_gone(gathered.gone)
        at = now or gathered.taken_at
        return check_incidents(gathered, options, policy=application.policy, now=at)


def _check_snapshot(
    context: click.Context,
    file: Path,
    incidents: tuple[str, ...],
    *,
    options: CheckOptions,
    now: datetime | None,
) -> Checked:
    from dd_incident_roles.facts.snapshot import check_incidents, narrow
    from dd_incident_roles.facts.snapshot_file import load_snapshot

    configuration = configuration_of(context, today=now.date() if now else None)
    policy = configuration.policy
    taken = load_snapshot(
        lambda: read_limited(file, most=_LARGEST),
        file=str(file),
        catalogue=configuration.catalogue,
        shows_private=policy.shows_private,
    )
    at = now or taken.taken_at

    def name_of(text: str) -> int | str:
        # Only who names an incident waits for what finds one anywhere.
        from dd_incident_roles.commands.naming import parse_reference

        open_ones = [each.incident for each in taken.incidents if each.incident.is_open]
        return parse_reference(text, configuration.settings, lambda: open_ones)

    part = narrow(
        taken,
        incidents,
        name_of=name_of,
        closed_within=options.closed_within,
        at=at,
    )
    return check_incidents(part, options, policy=policy, now=at)


def _ids(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _render(checked: Checked, shape: str) -> str:
    """The report as text; only the one format that was asked for is loaded."""
    match shape:
        case "json":
            from dd_incident_roles.report.documents.check import check_json

            return check_json(checked)
        case "sarif":
            from dd_incident_roles.report.check_ci import check_sarif

            return check_sarif(checked, version=__version__, root=Path.cwd())
        case "junit":
            from dd_incident_roles.report.check_ci import check_junit

            return check_junit(checked)
        case "github":
            from dd_incident_roles.report.check_ci import check_github

            return check_github(checked, root=Path.cwd())
        case "markdown":
            from dd_incident_roles.report.check_markdown import check_markdown

            return check_markdown(checked)
        case _:
            from dd_incident_roles.report.check_text import check_text

            return check_text(checked).plain


@click.command()
@click.argument("incidents", nargs=-1, metavar="[INCIDENT]...")
@query_option
@since_option
@output_option
@click.pass_context
def snapshot(
    context: click.Context,
    incidents: tuple[str, ...],
    query: str | None,
    since: timedelta | None,
    output: Path | None,
) -> int:
    """Write what is known of the named incidents, or of all open ones, as a file of JSON.

    `check --snapshot FILE` judges it without Datadog and without keys, and comes to the same
    verdict. Of a private incident only what is needed to judge it is written, without names and
    texts, unless the policy shows private incidents. Exits with 3 when something could not be
    read; what could be is written all the same.
    """
    from dd_incident_roles.commands.check import gather
    from dd_incident_roles.facts.redaction import fields_to_keep
    from dd_incident_roles.facts.snapshot_file import write_snapshot
    from dd_incident_roles.report.terminal import name_of
    from dd_incident_roles.words import clean

    with application_of(context, needs_policy=True, reads_only=True, is_run=True) as application:
        taken = gather(application, incidents, query=query, closed_within=since)
        kept = fields_to_keep(application.catalogue, application.policy.waivers)
    _put(output, write_snapshot(taken, kept_fields=kept), incidents=len(taken.incidents))
    # After the result, so that it stands last in a log.
    note_gone(taken.gone)
    for gap in taken.unread:
        name = "The list of incidents" if gap.incident is None else name_of(gap.incident)
        click.echo(clean(f"{name} could not be read: {gap.reason}"), err=True)
    return INCOMPLETE if taken.unread else 0


@click.command()
@click.argument("incidents", nargs=-1, metavar="[INCIDENT]...")
@query_option
@output_option
@click.pass_context
def board(
    context: click.Context, incidents: tuple[str, ...], query: str | None, output: Path | None
) -> int:
    """Make one page of HTML: the named incidents, or all open ones, with roles, gaps and findings.

    The page needs no network and no other file. It shows names and titles: give it only to people
    who may see them; of a private incident it shows neither, unless the policy shows private ones.
    What could not be read is shown as it was recorded last, is said on the page, and the command
    exits with 3.
    """
    from dd_incident_roles.commands.check import show_board
    from dd_incident_roles.report.board import board_html, check_library
    from dd_incident_roles.words import clean

    # Before a person waits for Datadog in vain.
    check_library()
    with application_of(context, needs_policy=True, reads_only=True, is_run=True) as application:
        shown = show_board(application, incidents, query=query)
    _put(output, [board_html(shown)], incidents=len(shown.cards))
    for gap in shown.unread:
        click.echo(clean(f"{gap.about} could not be read: {gap.reason}"), err=True)
    return INCOMPLETE if shown.unread else 0


def _put(file: Path | None, pieces: Iterable[str], *, incidents: int) -> None:
    """Write a result to a file, and how many incidents are in it to stderr, or else to stdout."""
    if file is None:
        write("".join(pieces))
    else:
        write_private(file, pieces)
        click.echo(f"{count_of(incidents, 'incident')} written to {file}.", err=True)
