"""The facts about one incident, from its line in a snapshot file."""

from __future__ import annotations

from dd_incident_roles.model import (
    Assignment,
    FieldValue,
    Incident,
    IncidentId,
    Observation,
    PersonKey,
    RoleKey,
    Source,
    UserId,
)
from dd_incident_roles.policy.facts import Facts, Holding
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.snapshot import surroundings_reading as around
from dd_incident_roles.snapshot.json_parts import (
    Misread,
    Row,
    choice,
    flag,
    inner,
    inner_or_none,
    is_null,
    listed,
    mapped,
    moment,
    moment_or_none,
    number,
    row,
    text,
    text_or_none,
)

_datadog_roles = around.connected(around.datadog_roles)
_timeline = around.available(around.timeline)
_issue = around.available(around.issue)
_topic = around.available(around.topic)


def facts(value: object, *, catalogue: Catalogue, shows_private: bool) -> Facts:
    """The facts as the writer had them, to be judged by the reader's catalogue.

    An incident that was redacted has no more to show, whatever the reader would. Raises Misread.
    """
    part = row(value)
    return Facts(
        incident=_incident(part),
        catalogue=catalogue,
        holdings=listed(part, "holdings", _holding),
        vacancies={RoleKey(key): at for key, at in around.times(part, "vacancies").items()},
        observations=listed(part, "observations", _observation),
        responders=around.responders(part),
        commander=inner_or_none(part, "commander", around.person),
        recorded_manager=inner_or_none(part, "recorded_manager", _holding),
        accounts={
            PersonKey(key): found for key, found in mapped(part, "accounts", around.account).items()
        },
        disputes=listed(part, "disputes", around.dispute),
        proposals=listed(part, "proposals", around.proposal),
        refused=listed(part, "refused", around.refused),
        datadog_roles=inner(part, "datadog_roles", _datadog_roles),
        timeline=inner(part, "timeline", _timeline),
        issue=inner(part, "issue", _issue),
        topic=inner(part, "topic", _topic),
        intervals=listed(part, "intervals", _interval),
        watched_since=moment_or_none(part, "watched_since"),
        shows_private=shows_private and not flag(part, "redacted"),
    )


def _incident(part: Row) -> Incident:
    return Incident(
        id=IncidentId(text(part, "id")),
        public_id=number(part, "public_id"),
        title=text(part, "title"),
        severity=text(part, "severity"),
        state=text(part, "state"),
        declared=moment(part, "declared"),
        modified=moment(part, "modified"),
        resolved=moment_or_none(part, "resolved"),
        customer_impacted=flag(part, "customer_impacted"),
        incident_type=text_or_none(part, "type"),
        private=flag(part, "private"),
        is_test=flag(part, "test"),
        declared_by=_user(part, "declared_by"),
        commander=_user(part, "commander_id"),
        fields=mapped(part, "fields", _field),
    )


def _user(part: Row, key: str) -> UserId | None:
    found = text_or_none(part, key)
    return None if found is None else UserId(found)


def _field(value: object, name: str) -> FieldValue:
    match value:
        case None | str() | int() | float() | bool():
            return value
        case list() if all(isinstance(each, str) for each in value):
            return tuple(value)
        case _:
            raise Misread("must be a text, a number, true, false or a list of texts", name, value)


def _holding(value: object) -> Holding:
    part = row(value)
    return Holding(
        role=RoleKey(text(part, "role")),
        person=inner(part, "person", around.person),
        since=moment(part, "since"),
        source=choice(part, "source", Source),
        stream=text_or_none(part, "stream"),
        pending=flag(part, "pending"),
        set_by=text_or_none(part, "set_by"),
    )


def _observation(value: object) -> Observation:
    part = row(value)
    return Observation(
        at=moment(part, "at"),
        severity=text(part, "severity"),
        state=text(part, "state"),
        customer_impacted=flag(part, "customer_impacted"),
    )


def _interval(value: object) -> Assignment:
    part = row(value)
    return Assignment(
        id=text(part, "id"),
        role=RoleKey(text(part, "role")),
        stream=text_or_none(part, "stream"),
        person=PersonKey(text(part, "person")),
        since=moment(part, "since"),
        until=moment_or_none(part, "until"),
        set_by=text(part, "set_by"),
        source=choice(part, "source", Source),
        ended_by=text_or_none(part, "ended_by"),
        ended_source=_source_or_none(part, "ended_source"),
    )


def _source_or_none(part: Row, key: str) -> Source | None:
    return None if is_null(part, key) else choice(part, key, Source)
