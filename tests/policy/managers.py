"""Incidents that somebody, or something, is in command of; each builder shows what a test means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from dd_incident_roles.model import (
    INCIDENT_MANAGER,
    Assignment,
    Incident,
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
from tests.policy.cases import ADA, BO, CAI, DECLARED, at, facts, held, incident, role

DEPLOY_BOT = Person(
    key=PersonKey("deploy-bot"),
    name="Deploy Bot",
    handle="deploy-bot",
    user_id=UserId("user-deploy-bot"),
    kind=PersonKind.SERVICE_ACCOUNT,
)
"""An account that acts for a program."""

FORMER = Person(
    key=PersonKey("dan@corp.example"),
    name="Dan",
    email="dan@corp.example",
    user_id=UserId("user-dan"),
    active=False,
)
"""Somebody whose account was deactivated."""

GENERIC = Person(key=PersonKey("user:generic"), name="Slack app user", user_id=UserId("generic"))
"""What Datadog puts in for somebody who declares from Slack and has no user."""

HOSTILE = Person(
    key=PersonKey("eve@secret.example"),
    name="Eve`; rm -rf ~ #",
    email="eve@secret.example",
    handle="$(eve)",
    user_id=UserId("user-eve"),
)
"""A person whose every name would be told by mistake, or be run by a shell."""

MALLORY = replace(HOSTILE, key=PersonKey("mal@secret.example"), email="mal@secret.example")
"""Another one with the same name."""

SECRETS = ("Eve", "rm -rf", "secret", "$(", "takeover", "mal@", "SEV-1", "payroll")
"""What a private incident must not tell."""

PRIVATE = incident(private=True, title="Hostile takeover of payroll")
"""An incident of which nothing but the number may be told."""

ACCOUNTS: Mapping[PersonKey, Account] = {
    ADA.key: Account.PERSON,
    BO.key: Account.PERSON,
    CAI.key: Account.PERSON,
    HOSTILE.key: Account.PERSON,
    MALLORY.key: Account.PERSON,
    DEPLOY_BOT.key: Account.SERVICE_ACCOUNT,
    FORMER.key: Account.DEACTIVATED,
}

UNREAD = NotRead(reason="Datadog answered 503")
"""A fact that could not be read."""


def manager(
    by: Person = ADA,
    *,
    since: datetime = DECLARED,
    source: Source = Source.DATADOG,
    set_by: str | None = "datadog",
) -> Holding:
    """That somebody is Incident Manager, as taken over from Datadog unless said otherwise."""
    return held(INCIDENT_MANAGER, by=by, since=since, source=source, set_by=set_by)


def commanded(
    *holdings: Holding,
    commander: Person | None = None,
    recorded: Holding | None = None,
    about: Incident | None = None,
) -> Facts:
    """An incident with these holders and this account as Datadog's commander."""
    return replace(
        facts(about),
        holdings=holdings,
        commander=commander,
        recorded_manager=recorded,
        accounts=ACCOUNTS,
    )


def declared_by(person: Person | None, about: Incident | None = None) -> Incident:
    """An incident that somebody declared; Datadog does not say who where it is None."""
    return replace(about or incident(), declared_by=person.user_id if person else None)


def former(
    key: RoleKey = INCIDENT_MANAGER,
    *,
    by: Person = BO,
    until: datetime | None = DECLARED,
    set_by: str = "datadog",
) -> Assignment:
    """An interval of the record, ended unless said otherwise."""
    return Assignment(
        id=f"{key}-{by.key}",
        role=key,
        stream=None,
        person=by.key,
        since=DECLARED,
        until=until,
        set_by=set_by,
        source=Source.DATADOG,
    )


def notes_by(*people: Person, minutes: float = 1) -> TimelineActivity:
    """That each of these people wrote a note so many minutes after the incident was declared."""
    return TimelineActivity(
        last_note=at(minutes), writers={person.key: at(minutes) for person in people}
    )


def issue(*assignees: Person, since: datetime = DECLARED) -> IncidentIssue:
    """The issue of the incident, assigned to these people."""
    return IncidentIssue(name="ops#7", assignees=assignees, since=since)


def without_short_name(about: Facts) -> Facts:
    """The same incident, with a catalogue in which nobody is called "im"."""
    roles = tuple(replace(each, aliases=()) for each in about.catalogue.roles)
    return replace(about, catalogue=replace(about.catalogue, roles=roles))


def with_other_short_name(about: Facts) -> Facts:
    """The same incident, with a catalogue in which "im" is another role."""
    plain = without_short_name(about)
    other = replace(role(RoleKey("image_maker"), "Image Maker"), aliases=("im",))
    roles = (*plain.catalogue.roles, other)
    return replace(plain, catalogue=replace(plain.catalogue, roles=roles))
