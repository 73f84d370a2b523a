"""IR004: several places that each name another Incident Manager."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from dd_incident_roles.model import INCIDENT_MANAGER, Person, PersonKey
from dd_incident_roles.policy.facts import Facts, IncidentIssue, NotRead, known
from dd_incident_roles.policy.finding import Breach, Evidence, SeenIn
from dd_incident_roles.policy.rule import Rule, RuleContext
from dd_incident_roles.policy.words import due, role_command, subject
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import age_label


@dataclass(frozen=True, slots=True, kw_only=True)
class _Naming:
    """Whom one place names, at least one person, and since when at the latest."""

    place: SeenIn
    what: str
    people: tuple[Person, ...]
    since: datetime

    @property
    def keys(self) -> frozenset[PersonKey]:
        return frozenset(person.key for person in self.people)


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    namings = tuple(_namings(facts, context.now))
    if not namings or _is_disputed(facts):
        return
    since = max(naming.since for naming in namings)
    # An issue that could not be read can only start the clock later: it matters past the grace.
    if since + context.grace > context.now:
        return
    if _disagree(namings):
        yield _breach(facts, namings, since, context)
    if isinstance(facts.issue, NotRead):
        known(facts.issue)


def _is_disputed(facts: Facts) -> bool:
    return any(dispute.role == INCIDENT_MANAGER for dispute in facts.disputes)


def _disagree(namings: tuple[_Naming, ...]) -> bool:
    return any(not one.keys & other.keys for one, other in combinations(namings, 2))


def _namings(facts: Facts, now: datetime) -> Iterator[_Naming]:
    commander, record = facts.commander, facts.recorded_manager
    if commander and not facts.is_stand_in(commander):
        is_recorded = record is not None and record.person.key == commander.key
        # Nobody noted when Datadog's commander changed; it is dated as late as it can be.
        changed = min(facts.incident.modified, now)
        yield _Naming(
            place=SeenIn.DATADOG,
            what="commander",
            people=(commander,),
            since=record.since if record and is_recorded else changed,
        )
    if record:
        yield _Naming(
            place=SeenIn.RECORD,
            what=facts.catalogue.commander.title,
            people=(record.person,),
            since=record.since,
        )
    match facts.issue:
        case IncidentIssue(name=name, assignees=assignees, since=since) if assignees:
            yield _Naming(
                place=SeenIn.ISSUE, what=f"assignee of {name}", people=assignees, since=since
            )
        case _:
            return


def _breach(
    facts: Facts, namings: tuple[_Naming, ...], since: datetime, context: RuleContext
) -> Breach:
    named = ", ".join(_words(facts, naming) for naming in namings)
    return Breach(
        message=(
            f"Different people are {facts.catalogue.commander.title} of {subject(facts)}, since "
            f"{age_label(since, context.now)} at the latest: {named}; "
            f"one and the same was {due(context.grace)}."
        ),
        since=since,
        fix=role_command(facts, "assign", INCIDENT_MANAGER),
        role=INCIDENT_MANAGER,
        evidence=tuple(_evidence(namings)),
    )


def _words(facts: Facts, naming: _Naming) -> str:
    people = " and ".join(dict.fromkeys(facts.named(person) for person in naming.people))
    match naming.place:
        case SeenIn.DATADOG:
            return f"{people} in Datadog"
        case SeenIn.RECORD:
            return f"{people} in the record"
        case _:
            return f"{people} in the issue"


def _evidence(namings: tuple[_Naming, ...]) -> Iterator[Evidence]:
    for naming in namings:
        since = None if naming.place is SeenIn.DATADOG else naming.since
        for person in naming.people:
            yield Evidence(naming.what, naming.place, who=person.key, since=since)


INCIDENT_MANAGER_DISAGREES = Rule(
    id="IR004",
    name="incident-manager-disagrees",
    title="Several places name different Incident Managers",
    why=(
        "Whoever looks for the Incident Manager asks whom the page in front of them names; where "
        "the pages differ, two people decide, or each waits for the other."
    ),
    looks_at=(
        "The commander that Datadog shows, the Incident Manager of the record, and the assignees "
        "of the incident's issue where a tracker is connected. An empty seat names nobody. The "
        "clock starts when one of them may last have changed."
    ),
    how_to_fix=(
        "Settle on one person and say so in every place at once: dd-incident-roles assign INCIDENT "
        "im PERSON."
    ),
    default_level=Level.ERROR,
    evaluate=_evaluate,
    grace=timedelta(minutes=10),
)
"""Fires when Datadog, the record and the issue name different people past the grace."""
