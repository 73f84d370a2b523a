"""One incident as it stands in a snapshot file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from math import isfinite

from dd_incident_roles.model import (
    Assignment,
    FieldValue,
    Incident,
    Observation,
    Person,
    PersonKey,
    RoleKey,
)
from dd_incident_roles.policy.facts import Facts, Holding
from dd_incident_roles.policy.surroundings import (
    Account,
    ChatTopic,
    DatadogRoles,
    Dispute,
    IncidentIssue,
    NotConnected,
    NotRead,
    Proposal,
    RefusedChange,
    TimelineActivity,
)
from dd_incident_roles.report.document import JsonValue, instant


def facts_row(facts: Facts) -> Mapping[str, JsonValue]:
    """Everything that the facts say of the incident; catalogue and policy are the reader's own."""
    return {
        **_incident(facts.incident),
        "redacted": facts.is_redacted,
        "holdings": [_holding(each) for each in facts.holdings],
        "vacancies": _times(facts.vacancies),
        "observations": [_observation(each) for each in facts.observations],
        "responders": None if facts.responders is None else sorted(facts.responders),
        "commander": _anybody(facts.commander),
        "recorded_manager": _holding_or_none(facts.recorded_manager),
        "accounts": {key: _account(found) for key, found in sorted(facts.accounts.items())},
        "disputes": [_dispute(each) for each in facts.disputes],
        "proposals": [_proposal(each) for each in facts.proposals],
        "refused": [_refused(each) for each in facts.refused],
        "datadog_roles": _datadog_roles(facts.datadog_roles),
        "timeline": _timeline(facts.timeline),
        "issue": _issue(facts.issue),
        "topic": _topic(facts.topic),
        "intervals": [_interval(each) for each in facts.intervals],
        "watched_since": _instant(facts.watched_since),
    }


def _incident(incident: Incident) -> Mapping[str, JsonValue]:
    return {
        "id": incident.id,
        "public_id": incident.public_id,
        "title": incident.title,
        "severity": incident.severity,
        "state": incident.state,
        "type": incident.incident_type,
        "private": incident.private,
        "test": incident.is_test,
        "customer_impacted": incident.customer_impacted,
        "declared": instant(incident.declared),
        "modified": instant(incident.modified),
        "resolved": _instant(incident.resolved),
        "declared_by": incident.declared_by,
        "commander_id": incident.commander,
        "fields": {name: _field(value) for name, value in sorted(incident.fields.items())},
    }


def _field(value: FieldValue) -> JsonValue:
    # JSON has no such number, and a condition compares its text.
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def _person(person: Person) -> JsonValue:
    return {
        "key": person.key,
        "name": person.name,
        "email": person.email,
        "handle": person.handle,
        "user_id": person.user_id,
        "kind": person.kind.value,
        "active": person.active,
    }


def _anybody(person: Person | None) -> JsonValue:
    return None if person is None else _person(person)


def _holding(holding: Holding) -> JsonValue:
    return {
        "role": holding.role,
        "stream": holding.stream,
        "person": _person(holding.person),
        "since": instant(holding.since),
        "source": holding.source.value,
        "pending": holding.pending,
        "set_by": holding.set_by,
    }


def _holding_or_none(holding: Holding | None) -> JsonValue:
    return None if holding is None else _holding(holding)


def _observation(observation: Observation) -> JsonValue:
    return {
        "at": instant(observation.at),
        "severity": observation.severity,
        "state": observation.state,
        "customer_impacted": observation.customer_impacted,
    }


def _interval(interval: Assignment) -> JsonValue:
    return {
        "id": interval.id,
        "role": interval.role,
        "stream": interval.stream,
        "person": interval.person,
        "since": instant(interval.since),
        "until": _instant(interval.until),
        "set_by": interval.set_by,
        "source": interval.source.value,
        "ended_by": interval.ended_by,
        "ended_source": interval.ended_source and interval.ended_source.value,
    }


def _dispute(dispute: Dispute) -> JsonValue:
    return {
        "role": dispute.role,
        "wanted": _anybody(dispute.wanted),
        "standing": _anybody(dispute.standing),
        "since": instant(dispute.since),
    }


def _proposal(proposal: Proposal) -> JsonValue:
    return {
        "role": proposal.role,
        "stream": proposal.stream,
        "holder": _anybody(proposal.holder),
        "receiver": _person(proposal.receiver),
        "proposed": instant(proposal.proposed),
        "expires": instant(proposal.expires),
    }


def _refused(refused: RefusedChange) -> JsonValue:
    return {
        "attempt": refused.attempt,
        "reason": refused.reason,
        "since": instant(refused.since),
        "tries": refused.tries,
        "role": refused.role,
        "person": _anybody(refused.person),
        "entry": refused.entry,
    }


def _account(found: Account | NotRead) -> JsonValue:
    return _absent(found) if isinstance(found, NotRead) else found.value


def _absent(fact: NotConnected | NotRead) -> JsonValue:
    match fact:
        case NotConnected(reason=reason):
            return {"not_connected": reason}
        case NotRead(reason=reason):
            return {"not_read": reason}


def _datadog_roles(roles: DatadogRoles | NotConnected) -> JsonValue:
    if isinstance(roles, NotConnected):
        return _absent(roles)
    return {
        "unknown": roles.unknown,
        "undefined": roles.undefined,
        "one_person": roles.one_person,
    }


def _timeline(timeline: TimelineActivity | NotConnected | NotRead) -> JsonValue:
    if isinstance(timeline, NotConnected | NotRead):
        return _absent(timeline)
    return {"last_note": _instant(timeline.last_note), "writers": _times(timeline.writers)}


def _issue(issue: IncidentIssue | NotConnected | NotRead) -> JsonValue:
    if isinstance(issue, NotConnected | NotRead):
        return _absent(issue)
    return {
        "name": issue.name,
        "assignees": [_person(person) for person in issue.assignees],
        "since": instant(issue.since),
    }


def _topic(topic: ChatTopic | NotConnected | NotRead) -> JsonValue:
    if isinstance(topic, NotConnected | NotRead):
        return _absent(topic)
    return {
        "room": topic.room,
        "holders": _holders(topic.holders.items()),
        "since": instant(topic.since),
    }


def _holders(holders: Iterable[tuple[RoleKey, frozenset[PersonKey]]]) -> JsonValue:
    return {role: sorted(keys) for role, keys in sorted(holders)}


def _times(times: Mapping[RoleKey, datetime] | Mapping[PersonKey, datetime]) -> JsonValue:
    return {name: instant(at) for name, at in sorted(times.items())}


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant(at)
