"""IR021: an incident issue that is not assigned to the Incident Manager."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import Facts, Holding, IncidentIssue, NotConnected, known
from dd_incident_roles.policy.finding import Breach, Evidence, SeenIn, evidence_of
from dd_incident_roles.policy.rule import Rule, RuleContext
from dd_incident_roles.policy.words import subject
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import age_label, command


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    # Without a tracker the rule is not asked; an issue that failed to be read matters only where
    # somebody manages the incident.
    if isinstance(facts.issue, NotConnected):
        known(facts.issue)
    manager = facts.manager
    if manager is None:
        return
    issue = known(facts.issue)
    if manager.person.key in {assignee.key for assignee in issue.assignees}:
        return
    since = max(manager.since, issue.since)
    if since + context.grace <= context.now:
        yield _breach(facts, manager, issue, since, context.now)


def _breach(
    facts: Facts, manager: Holding, issue: IncidentIssue, since: datetime, now: datetime
) -> Breach:
    # Two people of one private incident are both called "somebody", which is said once.
    assignees = " and ".join(dict.fromkeys(facts.named(each) for each in issue.assignees))
    return Breach(
        message=(
            f"The issue of {subject(facts)} has not been assigned to the Incident Manager since "
            f"{age_label(since, now)}: {facts.named(manager.person)} is "
            f"Incident Manager, and the issue is assigned to {assignees or facts.named(None)}."
        ),
        since=since,
        fix=command("sync", facts.incident.public_id),
        role=INCIDENT_MANAGER,
        evidence=tuple(_evidence(manager, issue)),
    )


def _evidence(manager: Holding, issue: IncidentIssue) -> Iterator[Evidence]:
    yield evidence_of(manager, "is Incident Manager")
    for assignee in issue.assignees:
        what = f"is assigned to {issue.name}"
        yield Evidence(what, SeenIn.ISSUE, who=assignee.key, since=issue.since)
    if not issue.assignees:
        what = f"nobody is assigned to {issue.name}"
        yield Evidence(what, SeenIn.ISSUE, since=issue.since)


ASSIGNEE_STALE = Rule(
    id="IR021",
    name="assignee-stale",
    title="The incident issue is not assigned to the Incident Manager",
    why=(
        "Whoever reads the issue takes its assignee for the one who leads; a wrong or missing "
        "assignee leaves them asking somebody who does not."
    ),
    looks_at=(
        "Who is Incident Manager in the record and since when, and to whom the issue of the "
        "incident is assigned. Others can be assigned beside the Incident Manager. Without an "
        "Incident Manager the rule says nothing."
    ),
    how_to_fix=(
        "Have the issue assigned anew: dd-incident-roles sync INCIDENT. If the assignee is right "
        "and the record is not, hand the role over: dd-incident-roles handoff INCIDENT im "
        "PERSON."
    ),
    default_level=Level.WARNING,
    evaluate=_evaluate,
    grace=timedelta(minutes=5),
    optional=True,
)
"""Fires when nobody, or only others, are assigned to the issue past the grace."""
