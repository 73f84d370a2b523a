"""Incidents with people in roles, in a catalogue with a role of every kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dd_incident_roles.model import (
    INCIDENT_MANAGER,
    Incident,
    Observation,
    Person,
    PersonKey,
    RoleKey,
)
from dd_incident_roles.policy.facts import Account, Facts, Holding, NotRead
from dd_incident_roles.roles.catalogue import Catalogue, Exclusion, Holders, Streams
from dd_incident_roles.roles.conditions import ALWAYS, Condition
from tests.policy.cases import BACKUP, LIAISON, SCRIBE, SUPPORT, TECH_LEAD, incident, person, role

RESPONDER = RoleKey("first_responder")

DAN = person("Dan")

HOSTILE = replace(person("Mallory"), name="Mallory\x1b[2J::error")
"""Somebody whose name nobody wants in a log."""

SECRET = incident(title="Acquisition of Initech", private=True)
"""An incident of which nothing but the number may be told."""

LEAKS = ("Mallory", "mallory", "corp.example", "Acquisition", "Initech", "SEV-1", "initech east")
"""What must not be said of it."""

CREW = Catalogue(
    file="roles.yaml",
    roles=(
        role(INCIDENT_MANAGER, "Incident Manager"),
        replace(role(RESPONDER, "First Responder"), holders=Holders.MANY),
        role(SCRIBE, "Scribe"),
        role(TECH_LEAD, "Tech Lead", streams=Streams.OPTIONAL),
        role(LIAISON, "Liaison", streams=Streams.REQUIRED),
        role(SUPPORT, "Customer Support Lead"),
        replace(
            role(BACKUP, "Backup", streams=Streams.OPTIONAL),
            holders=Holders.MANY,
        ),
    ),
)
"""One holder, many holders, with and without streams; nothing required, nothing excluded."""


def excluding(*rules: tuple[RoleKey, RoleKey, Condition], catalogue: Catalogue = CREW) -> Catalogue:
    """The catalogue with exclusions; the first is demanded in line 11, the next in line 12."""
    stated = [
        (key, Exclusion(role=other, when=when, file="roles.yaml", line=line))
        for line, (key, other, when) in enumerate(rules, start=11)
    ]
    return replace(
        catalogue,
        roles=tuple(
            replace(each, excludes=tuple(rule for key, rule in stated if key == each.key))
            for each in catalogue.roles
        ),
    )


MANAGER_NOT_LEAD = excluding((INCIDENT_MANAGER, TECH_LEAD, ALWAYS))
"""The catalogue in which the Incident Manager never leads the repair."""


def keys(*persons: Person) -> frozenset[PersonKey]:
    """What the record calls people."""
    return frozenset(each.key for each in persons)


def staffed(
    *holdings: Holding,
    about: Incident | None = None,
    catalogue: Catalogue = CREW,
    responders: Iterable[Person] | None = None,
    observations: tuple[Observation, ...] = (),
    accounts: Mapping[Person, Account | NotRead] | None = None,
) -> Facts:
    """An incident, SEV-1 unless said otherwise, with people in roles.

    Without further words all of them respond, and each account is that of a person.
    """
    people: dict[Person, Account | NotRead] = {each.person: Account.PERSON for each in holdings}
    people.update(accounts or {})
    return Facts(
        incident=about or incident(),
        catalogue=catalogue,
        holdings=holdings,
        observations=observations,
        responders=keys(*(people if responders is None else responders)),
        accounts={each.key: account for each, account in people.items()},
    )
