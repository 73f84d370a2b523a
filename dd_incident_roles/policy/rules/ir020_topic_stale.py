"""IR020: a chat topic that does not show who holds which role."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from dd_incident_roles.model import PersonKey
from dd_incident_roles.policy.facts import ChatTopic, Facts, known, subject
from dd_incident_roles.policy.policy import Breach, Evidence, Rule, RuleContext, SeenIn, evidence_of
from dd_incident_roles.roles.catalogue import Level, Role
from dd_incident_roles.words import age_label, command, join_names


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    topic = known(facts.topic)
    stale = [role for role in facts.catalogue.roles if _shown(topic, role) != _held(facts, role)]
    if not stale:
        return
    since = max(_changed(facts, topic, role) for role in stale)
    if since + context.grace <= context.now:
        yield _breach(facts, topic, stale, since, context.now)


def _shown(topic: ChatTopic, role: Role) -> frozenset[PersonKey]:
    return topic.holders.get(role.key, frozenset())


def _held(facts: Facts, role: Role) -> frozenset[PersonKey]:
    return frozenset(holding.person.key for holding in facts.holdings_of(role.key))


def _changed(facts: Facts, topic: ChatTopic, role: Role) -> datetime:
    shown, held = _shown(topic, role), _held(facts, role)
    changes = [
        *(each.since for each in facts.holdings_of(role.key) if each.person.key not in shown),
        *(
            row.until
            for row in facts.intervals
            if row.role == role.key and row.until and row.person in shown - held
        ),
    ]
    if not held and role.key in facts.vacancies:
        changes.append(facts.vacancies[role.key])
    return max(changes, default=topic.since)


def _breach(
    facts: Facts, topic: ChatTopic, stale: Sequence[Role], since: datetime, now: datetime
) -> Breach:
    titles = join_names(role.title for role in stale)
    return Breach(
        message=(
            f"The chat topic of {subject(facts)} has been out of date since "
            f"{age_label(since, now)}: it does not show who is {titles}."
        ),
        since=since,
        fix=command("sync", facts.incident.public_id, "--retry-refused"),
        evidence=tuple(each for role in stale for each in _evidence(facts, topic, role)),
    )


def _evidence(facts: Facts, topic: ChatTopic, role: Role) -> Iterator[Evidence]:
    shown, held = _shown(topic, role), _held(facts, role)
    for holding in facts.holdings_of(role.key):
        if holding.person.key not in shown:
            yield evidence_of(holding, f"is {role.title}, but {topic.room} does not show it")
    # A set has no order, and the same finding is told in the same words each time.
    for person in sorted(shown - held):
        what = f"is shown as {role.title} in {topic.room}, but is not"
        yield Evidence(what, SeenIn.CHAT, who=person, since=topic.since)


TOPIC_STALE = Rule(
    id="IR020",
    name="topic-stale",
    title="The chat topic does not show the present holders",
    why=(
        "People in the room read the topic to see whom to ask. An old topic sends "
        "them to the wrong person."
    ),
    looks_at=(
        "For every role of the catalogue: whom the topic of the incident's chat room "
        "shows, who holds the role in the record (in any stream), and when that last "
        "changed."
    ),
    how_to_fix=(
        "Write the topic again: dd-incident-roles sync INCIDENT --retry-refused. A topic "
        "that people changed is else written when a holder changes. If it is out of date "
        "again soon, another program writes the topic too: stop one of the two."
    ),
    default_level=Level.WARNING,
    evaluate=_evaluate,
    grace=timedelta(minutes=5),
    optional=True,
)
"""Fires once for an incident, naming every role that the topic shows wrongly or not at all."""
