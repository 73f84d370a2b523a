"""Who holds a role or is in command: people, programs and former colleagues, and their roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from dd_incident_roles.model import (
    INCIDENT_MANAGER,
    Incident,
    Observation,
    Person,
    PersonKey,
    PersonKind,
    RoleKey,
    Source,
    UserId,
)
from dd_incident_roles.policy.facts import (
    Account,
    Facts,
    Holding,
    IncidentIssue,
    NotRead,
    TimelineActivity,
)
from dd_incident_roles.roles.catalogue import (
    ALWAYS,
    Catalogue,
    Condition,
    Exclusion,
    Holders,
    Streams,
)
from tests.policy.cases import (
    ADA,
    BACKUP,
    BO,
    CAI,
    DECLARED,
    LIAISON,
    SCRIBE,
    SUPPORT,
    TECH_LEAD,
    at,
    held,
    incident,
    person,
    role,
)

RESPONDER = RoleKey("first_responder")

DEPLOY_BOT = Person(
    key=PersonKey("deploy-bot"),
    name="Deploy Bot",
    handle="deploy-bot",
    user_id=UserId("user-deploy-bot"),
    kind=PersonKind.SERVICE_ACCOUNT,
)
"""An account that acts for a program."""

DAN = person("Dan")
FORMER = replace(DAN, active=False)
"""Somebody whose account was deactivated."""

GENERIC = Person(key=PersonKey("user:generic"), name="Slack app user", user_id=UserId("generic"))
"""What Datadog puts in for somebody who declares from Slack and has no user."""

HOSTILE = Person(
    key=PersonKey("eve@secret.example"),
    name="Eve`; rm -rf ~ \x1b[2J::error",
    email="eve@secret.example",
    handle="$(eve)",
    user_id=UserId("user-eve"),
)
"""A person whose every name would be told by mistake, or be run by a shell."""

ACCOUNTS: Mapping[PersonKey, Account] = {
    **{each.key: Account.PERSON for each in (ADA, BO, CAI, HOSTILE)},
    DEPLOY_BOT.key: Account.SERVICE_ACCOUNT,
    FORMER.key: Account.DEACTIVATED,
}

UNREAD = NotRead(reason="Datadog answered 503")
"""A fact that could not be read."""

CREW = Catalogue(
    file="roles.yaml",
    roles=(
        role(INCIDENT_MANAGER, "Incident Manager"),
        replace(role(RESPONDER, "First Responder"), holders=Holders.MANY),
        role(SCRIBE, "Scribe"),
        role(TECH_LEAD, "Tech Lead", streams=Streams.OPTIONAL),
        role(LIAISON, "Liaison", streams=Streams.REQUIRED),
        role(SUPPORT, "Customer Support Lead"),
        replace(role(BACKUP, "Backup", streams=Streams.OPTIONAL), holders=Holders.MANY),
    ),
)
"""One holder, many holders, with and without streams; nothing required, nothing excluded."""


def excluding(*rules: tuple[RoleKey, RoleKey, Condition]) -> Catalogue:
    """The catalogue with exclusions; the first is demanded in line 11, the next in line 12."""
    stated = [
        (key, Exclusion(role=other, when=when, file="roles.yaml", line=line))
        for line, (key, other, when) in enumerate(rules, start=11)
    ]
    return replace(
        CREW,
        roles=tuple(
            replace(each, excludes=tuple(rule for key, rule in stated if key == each.key))
            for each in CREW.roles
        ),
    )


MANAGER_NOT_LEAD = excluding((INCIDENT_MANAGER, TECH_LEAD, ALWAYS))
"""The catalogue in which the Incident Manager never leads the repair."""


def staffed(
    *holdings: Holding,
    about: Incident | None = None,
    catalogue: Catalogue = CREW,
    responders: Iterable[Person] | None = None,
    observations: tuple[Observation, ...] = (),
    accounts: Mapping[Person, Account | NotRead] | None = None,
    commander: Person | None = None,
    recorded: Holding | None = None,
) -> Facts:
    """An incident, SEV-1 unless said otherwise, with people in roles.

    Without further words all of them respond, and each account is as in ACCOUNTS, else a person's.
    ``commander`` is Datadog's, and ``recorded`` the Incident Manager of the record.
    """
    given = accounts or {}
    people = [*(each.person for each in holdings), *given]
    return Facts(
        incident=about or incident(),
        catalogue=catalogue,
        holdings=holdings,
        observations=observations,
        responders=frozenset(each.key for each in (people if responders is None else responders)),
        accounts={
            **{each.key: Account.PERSON for each in people},
            **ACCOUNTS,
            **{each.key: account for each, account in given.items()},
        },
        commander=commander,
        recorded_manager=recorded,
    )


def manager(
    by: Person = ADA,
    *,
    since: datetime = DECLARED,
    source: Source = Source.DATADOG,
    set_by: str | None = "datadog",
) -> Holding:
    """That somebody is Incident Manager, as taken over from Datadog unless said otherwise."""
    return held(INCIDENT_MANAGER, by=by, since=since, source=source, set_by=set_by)


def declared_by(person: Person | None, about: Incident | None = None) -> Incident:
    """An incident that somebody declared; Datadog does not say who where it is None."""
    return replace(about or incident(), declared_by=person.user_id if person else None)


def notes_by(*people: Person, minutes: float = 1) -> TimelineActivity:
    """That each of these people wrote a note so many minutes after the incident was declared."""
    return TimelineActivity(
        last_note=at(minutes), writers={person.key: at(minutes) for person in people}
    )


def issue(*assignees: Person, since: float = 0) -> IncidentIssue:
    """The issue of the incident, assigned to these people."""
    return IncidentIssue(name="ops#7", assignees=assignees, since=at(since))


def without_short_name(about: Facts) -> Facts:
    """The same incident, with a catalogue in which nobody is called "im"."""
    roles = tuple(replace(each, aliases=()) for each in about.catalogue.roles)
    return replace(about, catalogue=replace(about.catalogue, roles=roles))


def with_other_short_name(about: Facts) -> Facts:
    """The same incident, with a catalogue in which "im" is another role."""
    plain = without_short_name(about)
    other = replace(role(RoleKey("image_maker"), "Image Maker"), aliases=("im",))
    return replace(plain, catalogue=replace(plain.catalogue, roles=(*plain.catalogue.roles, other)))
