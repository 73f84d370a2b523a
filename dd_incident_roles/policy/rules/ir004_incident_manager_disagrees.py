"""IR004: several places that each name another Incident Manager."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import combinations

from dd_incident_roles.model import INCIDENT_MANAGER, Person, PersonKey
from dd_incident_roles.policy.facts import (
    Facts,
    IncidentIssue,
    NotRead,
    due,
    known,
    role_command,
    subject,
)
from dd_incident_roles.policy.policy import Breach, Evidence, Rule, RuleContext, SeenIn
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.values import frozen
from dd_incident_roles.words import age_label


@frozen
class _Naming:
    """The people that one place names, at least one, and since when at the latest."""

    seen_in: SeenIn
    what: str
    people: tuple[Person, ...]
    since: datetime

    @property
    def keys(self) -> frozenset[PersonKey]:
        return frozenset(person.key for person in self.people)


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    namings = tuple(_namings(facts, context.now))
    # IR005 reports a conflict that a sync recorded.
    is_disputed = any(dispute.role == INCIDENT_MANAGER for dispute in facts.disputes)
    if not namings or is_disputed:
        return
    since = max(naming.since for naming in namings)
    # An issue that could not be read can only start the clock later: it matters past the grace.
    if since + context.grace > context.now:
        return
    if any(not one.keys & other.keys for one, other in combinations(namings, 2)):
        yield _breach(facts, namings, since, context)
    if isinstance(facts.issue, NotRead):
        known(facts.issue)


def _namings(facts: Facts, now: datetime) -> Iterator[_Naming]:
    commander, record = facts.commander, facts.recorded_manager
    if commander and not facts.is_non_person(commander):
        is_recorded = record is not None and record.person.key == commander.key
        # Nobody noted when Datadog's commander changed; it is dated as late as it can be.
        changed = min(facts.incident.modified, now)
        yield _Naming(
            seen_in=SeenIn.DATADOG,
            what="commander",
            people=(commander,),
            since=record.since if record and is_recorded else changed,
        )
    if record:
        title = facts.catalogue.commander.title
        yield _Naming(
            seen_in=SeenIn.RECORD, what=title, people=(record.person,), since=record.since
        )
    issue = facts.issue
    if isinstance(issue, IncidentIssue) and issue.assignees:
        what = f"assignee of {issue.name}"
        yield _Naming(seen_in=SeenIn.ISSUE, what=what, people=issue.assignees, since=issue.since)


def _breach(
    facts: Facts, namings: tuple[_Naming, ...], since: datetime, context: RuleContext
) -> Breach:
    # Two people of one private incident are both called "someone", which is said once.
    named = ", ".join(
        f"{' and '.join(dict.fromkeys(map(facts.named, each.people)))} in {each.seen_in.place}"
        for each in namings
    )
    return Breach(
        message=(
            f"Different people are {facts.catalogue.commander.title} of "
            f"{subject(facts)}, since {age_label(since, context.now)} at the latest: "
            f"{named}; agreement was {due(context.grace)}."
        ),
        since=since,
        fix=role_command(facts, "assign", INCIDENT_MANAGER),
        role=INCIDENT_MANAGER,
        evidence=tuple(_evidence(namings)),
    )


def _evidence(namings: tuple[_Naming, ...]) -> Iterator[Evidence]:
    for naming in namings:
        # Of Datadog's commander only a bound is known, which is no evidence.
        since = None if naming.seen_in is SeenIn.DATADOG else naming.since
        for person in naming.people:
            yield Evidence(naming.what, naming.seen_in, who=person.key, since=since)


INCIDENT_MANAGER_DISAGREES = Rule(
    id="IR004",
    name="incident-manager-disagrees",
    title="Several places name different Incident Managers",
    why=(
        "People ask the person whom the page in front of them names. Where pages "
        "differ, two people decide, or each waits for the other."
    ),
    looks_at=(
        "Datadog's commander, the Incident Manager in the record, and the assignees "
        "of the incident's issue if a tracker is connected. A place that names nobody "
        "does not count. The clock starts when one of them may last have changed."
    ),
    how_to_fix=(
        "Agree on one person and assign them, which writes it everywhere: "
        "dd-incident-roles assign INCIDENT im PERSON."
    ),
    default_level=Level.ERROR,
    evaluate=_evaluate,
    grace=timedelta(minutes=10),
)
"""Fires when Datadog, the record and the issue name different people past the grace."""
