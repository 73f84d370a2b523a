"""What there is to say of a handoff that was made nowhere: why, and who is responsible."""

from __future__ import annotations

from dd_incident_roles.errors import IncidentRolesError, NotHandedOver
from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.change_role import RoleChanged
from dd_incident_roles.operations.find_role import RoleOfIncident
from dd_incident_roles.roles.ledger import open_holdings

_AGAIN = "Try again, or add --no-sync to record it here and have the next sync carry it to Datadog."


def not_made(
    application: Application, named: RoleOfIncident, stream: str | None, error: IncidentRolesError
) -> NotHandedOver:
    """Something was in the way before anything was recorded."""
    return _told(application, named, stream, error.message, _AGAIN, exit_code=error.exit_code)


def refused(application: Application, named: RoleOfIncident, changed: RoleChanged) -> NotHandedOver:
    """Datadog would not have it, and it was taken back."""
    results = changed.carried.sync.incidents if changed.carried.sync else ()
    errors = [failure.error for result in results for failure in result.failures]
    return _told(
        application,
        named,
        changed.change.begun.stream if changed.change.begun else None,
        " ".join(error.message for error in errors),
        next((error.hint for error in errors if error.hint), _AGAIN),
        nobody=f"Nobody is {named.role.title}.",
    )


def overtaken(
    application: Application, named: RoleOfIncident, changed: RoleChanged
) -> NotHandedOver:
    """Somebody chose another holder in Datadog at the same moment."""
    stream = changed.change.begun.stream if changed.change.begun else None
    return _told(
        application,
        named,
        stream,
        "somebody else was chosen in Datadog at the same moment.",
        "Ask whoever holds the role now to hand it over.",
        still="",
    )


def _told(
    application: Application,
    named: RoleOfIncident,
    stream: str | None,
    why: str,
    hint: str,
    *,
    still: str = "still ",
    nobody: str = "Whoever holds the role is still responsible.",
    exit_code: int = NotHandedOver.exit_code,
) -> NotHandedOver:
    rows = open_holdings(application.record.assignments(named.incident_id), named.role.key)
    people = list(
        dict.fromkeys(
            application.person(row.person).label for row in rows if stream in (None, row.stream)
        )
    )
    title, who = named.role.title, nobody
    if people:
        are = "are" if len(people) > 1 else "is"
        who = f"{', '.join(people)} {are} {still}{title}."
    return NotHandedOver(
        f"Nothing was handed over in {application.known_as(named.incident_id)}: {why} {who}",
        hint=hint,
        exit_code=exit_code,
    )
