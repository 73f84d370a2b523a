"""What the commands that change something say of it, and the card of a role for its new holder."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from dd_incident_roles.cli.output import rendered, write

if TYPE_CHECKING:
    from dd_incident_roles.commands.application import Application
    from dd_incident_roles.commands.assign import RoleChanged
    from dd_incident_roles.commands.record_then_sync import Carried
    from dd_incident_roles.model import Person, PersonKey
    from dd_incident_roles.report.sentences import Message, Progress


def progress_of(
    application: Application,
    carried: Carried[Any],
    *,
    sync: bool,
    people: Mapping[PersonKey, Person] | None = None,
) -> Progress:
    """How far a change has come; ``people`` are those whom the record may not know yet."""
    from dd_incident_roles.report.sentences import Progress

    result = next(iter(carried.sync.incidents if carried.sync else ()), None)
    seen = result.incident if result else None
    known = {**(result.people if result else {}), **(people or {})}
    return Progress(
        incident_id=carried.incident_id,
        incident=seen or application.record.incident(carried.incident_id),
        result=result,
        problem=carried.problem,
        sync=sync,
        person=lambda key: known.get(key) or application.person(key),
    )


def write_message(message: Message) -> None:
    """Write what is true now to stdout, and what else there is to know to stderr."""
    write(message.result)
    for line in message.stderr:
        click.echo(line, err=True)


def report_role_change(
    context: click.Context,
    application: Application,
    changed: RoleChanged,
    *,
    sync: bool,
    brief: tuple[str, ...] = (),
) -> int:
    """Say who holds a role now, and give its new holder the brief and the card of the role."""
    from dd_incident_roles.report.clean import clean
    from dd_incident_roles.report.role_text import taken_card
    from dd_incident_roles.report.sentences import role_changed

    progress = progress_of(application, changed.carried, sync=sync, people=changed.people)
    message = role_changed(
        progress,
        changed.role,
        changed.change,
        people=changed.people,
        overtaken_by=changed.overtaken_by,
        warning=changed.warning,
        doubt=changed.doubt,
    )
    write(message.result)
    begun = changed.change.begun
    if begun and brief:
        write("\n" + "\n".join(f"  {clean(line)}" for line in brief) + "\n")
    if begun and not changed.overtaken_by:
        card = taken_card(changed.role, progress.number, stream=begun.stream)
        click.echo(f"\n{rendered(context, card, sys.stderr)}", err=True, nl=False)
    # What went wrong comes last, so that a card does not push it out of sight.
    for line in message.stderr:
        click.echo(line, err=True)
    return changed.exit_code
