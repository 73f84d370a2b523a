"""Each change of a role is told in one entry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import Entry, IncidentId, PersonKey
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.ledger import LedgerChange
from dd_incident_roles.timeline.role_entries import role_entry
from tests.roles.build import (
    GRACE,
    MANY,
    ONE,
    ONE_PER_STREAM,
    give,
    held,
    minute,
    place,
    rows,
    take,
)

INCIDENT = IncidentId("1001")


def told(change: LedgerChange, role: Role = ONE) -> Entry | None:
    def name(person: PersonKey) -> str:
        return person.partition("@")[0].capitalize()

    return role_entry(
        INCIDENT, change, role, name, minute(59), author="Linus", by="linus@corp.example"
    )


# the role, who holds it, who is given it (None where it is taken from all), what is told
CASES = [
    (ONE, "", "ada", "Ada is Pilot"),
    (ONE, "grace", "ada", "Ada took over Pilot from Grace"),
    # where a handover was cut off half-way, everybody who gives way is named
    (ONE, "grace linus", "ada", "Ada took over Pilot from Grace, Linus"),
    # whoever holds the role already stays, and the other one's end is told
    (ONE, "ada grace", "ada", "Grace is no longer Pilot"),
    # moving to a stream from none takes nothing over from oneself
    (ONE_PER_STREAM, "ada", "ada/db", "Ada is Pilot (database)"),
    # whoever keeps the stream has not left the role
    (ONE_PER_STREAM, "ada ada/db", "ada/db", "Ada is no longer Pilot without a stream"),
    (ONE, "ada", None, "Ada is no longer Pilot"),
    (ONE_PER_STREAM, "ada/db", None, "Ada is no longer Pilot (database)"),
    (ONE_PER_STREAM, "ada/db ada/net", None, "Ada is no longer Pilot"),
    (ONE, "ada", "ada", None),
]


@pytest.mark.parametrize(("role", "before", "given", "text"), CASES)
def test_what_is_told(role: Role, before: str, given: str | None, text: str | None) -> None:
    """Who has the role now and from whom, in its stream; nothing where nothing changed."""
    asked = rows(before)
    entry = told(take(asked, role) if given is None else give(asked, role, *place(given)), role)
    assert (entry.text if entry else None) == text


def test_an_entry_is_about_the_interval_that_began() -> None:
    """It has its key, and the instant of the change."""
    entry = told(give((), ONE, GRACE))
    assert entry is not None
    assert (entry.key, entry.at, entry.created) == ("role-1", minute(30), minute(59))
    assert (entry.kind, entry.origin, entry.author) == ("role_change", "cli", "Linus")


def test_an_entry_is_about_the_interval_that_ended() -> None:
    """Where none began."""
    entry = told(take([row := held(GRACE)], ONE))
    assert entry is not None
    assert (entry.key, entry.at) == (f"role-{row.id}-end", minute(30))


def test_several_end_at_once() -> None:
    """A sentence about several people is in the plural."""
    change = take(rows("ada"), MANY)
    entry = told(replace(change, ended=(*change.ended, held(GRACE, until=5))), MANY)
    assert entry is not None
    assert entry.text == "Ada, Grace are no longer Pilot"
