"""Looking up the accounts of holders, each once for a whole check."""

from __future__ import annotations

from collections.abc import Iterable

from dd_incident_roles.errors import Forbidden, IncidentRolesError
from dd_incident_roles.model import Person, PersonKey, PersonKind
from dd_incident_roles.operations.application import Application
from dd_incident_roles.policy.surroundings import Account, NotRead
from dd_incident_roles.sync.threads import in_threads


def read_accounts(
    application: Application, people: Iterable[Person]
) -> dict[PersonKey, Account | NotRead]:
    """What kind of account each person has; one that could not be read says why."""
    wanted = {person.key: person for person in people}
    found = in_threads(
        lambda person: _account(application, person),
        wanted.values(),
        at_most=application.settings.concurrency,
    )
    return dict(zip(wanted, found, strict=True))


def _account(application: Application, person: Person) -> Account | NotRead:
    try:
        read = application.directory.checked(person)
    except Forbidden as error:
        return NotRead(reason=(error.hint or error.message).rstrip("."))
    except IncidentRolesError as error:
        return NotRead(reason=error.message.rstrip("."))
    if not read.active:
        return Account.DEACTIVATED
    is_service = read.kind is PersonKind.SERVICE_ACCOUNT
    return Account.SERVICE_ACCOUNT if is_service else Account.PERSON
