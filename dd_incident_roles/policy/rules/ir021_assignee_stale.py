"""IR021: an incident issue that is not assigned to the Incident Manager."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import (
    Facts,
    Holding,
    IncidentIssue,
    NotConnected,
    known,
    subject,
)
from dd_incident_roles.policy.policy import Breach, Evidence, Rule, RuleContext, SeenIn, evidence_of
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import age_label, command


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    # Without a tracker the rule is not asked; an issue that failed to be read matters only where
    # the incident has an Incident Manager.
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
    # Two people of one private incident are both called "someone", which is said once.
    assignees = " and ".join(dict.fromkeys(facts.named(each) for each in issue.assignees))
    return Breach(
        message=(
            f"The issue of {subject(facts)} has not been assigned to the Incident "
            f"Manager since {age_label(since, now)}: {facts.named(manager.person)} is "
            "Incident Manager, but the issue is assigned to "
            f"{assignees or facts.named(None)}."
        ),
        since=since,
        fix=command("sync", facts.incident.public_id, "--retry-refused"),
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
        "People who read the issue take its assignee for the Incident Manager. A "
        "wrong or missing assignee sends them to the wrong person."
    ),
    looks_at=(
        "Who the Incident Manager is in the record and since when, and who the "
        "incident's issue is assigned to. Other assignees beside the Incident Manager "
        "are allowed. Without an Incident Manager the rule reports nothing."
    ),
    how_to_fix=(
        "Assign the issue again: dd-incident-roles sync INCIDENT --retry-refused. If the "
        "assignee is right and the record is wrong, hand the role over: "
        "dd-incident-roles handoff INCIDENT im PERSON."
    ),
    default_level=Level.WARNING,
    evaluate=_evaluate,
    grace=timedelta(minutes=5),
    optional=True,
)
"""Fires when nobody, or only others, are assigned to the issue past the grace."""
