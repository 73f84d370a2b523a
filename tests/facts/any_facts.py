"""Generated facts of every shape, and a catalogue that asks about property fields."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, timedelta

from hypothesis import strategies as st

from dd_incident_roles.model import (
    INCIDENT_MANAGER,
    Assignment,
    FieldValue,
    Incident,
    IncidentId,
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
    ChatTopic,
    DatadogRoles,
    Dispute,
    Facts,
    Holding,
    IncidentIssue,
    NotConnected,
    NotRead,
    Proposal,
    RefusedChange,
    TimelineActivity,
)
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.roles.conditions import Condition, FieldIs
from tests.policy.cases import (
    CATALOGUE,
    DECLARED,
    LIAISON,
    SCRIBE,
    SUPPORT,
    TECH_LEAD,
    requirement,
    role,
)

FIELDS = Condition(tests=(FieldIs(name="team", values=("payments", 7)),))
FLAG = Condition(tests=(FieldIs(name="pii", values=(True,)),))
CATALOGUE_OF_FIELDS: Catalogue = replace(
    CATALOGUE,
    roles=(
        *CATALOGUE.roles,
        role(RoleKey("payments_lead"), "Payments Lead", requirement(FIELDS, 5)),
        role(RoleKey("privacy_lead"), "Privacy Lead", requirement(FLAG, 5)),
    ),
)
"""The catalogue of the policy tests, and two roles that property fields ask for."""

texts = st.text(st.characters(), max_size=6)
moments = st.one_of(
    st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(year=2026, month=1)),
    st.integers(-90, 600).map(lambda minutes: DECLARED + timedelta(minutes=minutes)),
)
role_keys = st.sampled_from(
    [INCIDENT_MANAGER, SCRIBE, SUPPORT, LIAISON, TECH_LEAD, RoleKey("payments_lead")]
) | texts.map(RoleKey)
# Whatever names a person is in lower case, but for who is said to have done something.
names = st.sampled_from(["ada@corp.example", "bo"]) | texts.map(str.lower)
person_keys = names.map(PersonKey)
user_ids = names.map(UserId)
sources = st.sampled_from(Source)
actors = st.sampled_from(["datadog", "Ada@corp.example", "bo "]) | texts
values: st.SearchStrategy[FieldValue] = st.one_of(
    st.none(),
    st.sampled_from(["payments", "Payments ", "yes", "no", 7, 7.0, True, False]),
    texts,
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.sampled_from(["payments", "other", "7"]) | texts, max_size=3).map(tuple),
)
persons = st.builds(
    Person,
    key=person_keys,
    name=st.none() | st.just("Slack app user") | texts,
    email=st.none() | names,
    handle=st.none() | names,
    user_id=st.none() | user_ids,
    kind=st.sampled_from(PersonKind),
    active=st.booleans(),
)
not_read = st.builds(NotRead, reason=texts)
not_connected = st.builds(NotConnected, reason=texts)
absent = not_read | not_connected
holdings = st.builds(
    Holding,
    role=role_keys,
    person=persons,
    since=moments,
    source=sources,
    stream=st.none() | texts,
    pending=st.booleans(),
    set_by=st.none() | actors,
)
observations = st.builds(
    Observation,
    at=moments,
    severity=st.sampled_from(["SEV-1", "SEV-3"]),
    state=st.sampled_from(["active", "stable", "resolved"]),
    customer_impacted=st.booleans(),
)
intervals = st.builds(
    Assignment,
    id=texts,
    role=role_keys,
    stream=st.none() | texts,
    person=person_keys,
    since=moments,
    until=st.none() | moments,
    set_by=actors,
    source=sources,
    ended_by=st.none() | actors,
    ended_source=st.none() | sources,
)
incidents = st.builds(
    Incident,
    id=st.uuids().map(lambda found: IncidentId(str(found))),
    public_id=st.integers(1, 10**6),
    title=texts,
    severity=st.sampled_from(["SEV-1", "SEV-2", "SEV-3", "UNKNOWN"]),
    state=st.sampled_from(["active", "stable", "resolved", "completed", "Triage"]),
    declared=moments,
    modified=moments,
    resolved=st.none() | moments,
    customer_impacted=st.booleans(),
    incident_type=st.none() | st.sampled_from(["default", "security"]),
    private=st.booleans(),
    is_test=st.booleans(),
    declared_by=st.none() | user_ids,
    commander=st.none() | user_ids,
    fields=st.dictionaries(st.sampled_from(["team", "pii"]) | texts, values, max_size=3),
)
any_facts = st.builds(
    Facts,
    incident=incidents,
    catalogue=st.just(CATALOGUE_OF_FIELDS),
    holdings=st.lists(holdings, max_size=3).map(tuple),
    vacancies=st.dictionaries(role_keys, moments, max_size=2),
    observations=st.lists(observations, max_size=3).map(tuple),
    responders=st.none() | st.frozensets(person_keys, max_size=3),
    commander=st.none() | persons,
    recorded_manager=st.none() | holdings,
    accounts=st.dictionaries(person_keys, st.sampled_from(Account) | not_read, max_size=2),
    disputes=st.lists(
        st.builds(
            Dispute,
            role=role_keys,
            wanted=st.none() | persons,
            standing=st.none() | persons,
            since=moments,
        ),
        max_size=1,
    ).map(tuple),
    proposals=st.lists(
        st.builds(
            Proposal,
            role=role_keys,
            receiver=persons,
            proposed=moments,
            expires=moments,
            holder=st.none() | persons,
            stream=st.none() | texts,
        ),
        max_size=1,
    ).map(tuple),
    refused=st.lists(
        st.builds(
            RefusedChange,
            attempt=st.sampled_from(["assign", "unassign", "create", "update", "delete"]),
            reason=texts,
            since=moments,
            tries=st.integers(1, 5),
            role=st.none() | role_keys,
            person=st.none() | persons,
            entry=st.none() | texts,
        ),
        max_size=2,
    ).map(tuple),
    datadog_roles=not_connected
    | st.builds(
        DatadogRoles,
        unknown=st.lists(texts, max_size=2).map(tuple),
        undefined=st.lists(role_keys, max_size=2).map(tuple),
        one_person=st.lists(role_keys, max_size=2).map(tuple),
    ),
    timeline=absent
    | st.builds(
        TimelineActivity,
        last_note=st.none() | moments,
        writers=st.dictionaries(person_keys, moments, max_size=2),
    ),
    issue=absent
    | st.builds(
        IncidentIssue,
        name=texts,
        assignees=st.lists(persons, max_size=2).map(tuple),
        since=moments,
    ),
    topic=absent
    | st.builds(
        ChatTopic,
        room=texts,
        holders=st.dictionaries(role_keys, st.frozensets(person_keys, max_size=2), max_size=2),
        since=moments,
    ),
    intervals=st.lists(intervals, max_size=3).map(tuple),
    watched_since=st.none() | moments,
    shows_private=st.booleans(),
)


def each_once(facts: Iterable[Facts]) -> bool:
    """Whether no incident is there twice."""
    ids = [each.incident.id for each in facts]
    return len(set(ids)) == len(ids)


several_facts = st.lists(any_facts, max_size=3).map(tuple).filter(each_once)
