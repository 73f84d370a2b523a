"""Nothing of a private incident gets into a snapshot but what is needed to judge it."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from datetime import date

import pytest

from dd_incident_roles.facts.redaction import fields_to_keep, redact
from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import ChatTopic, Facts, IncidentIssue, TimelineActivity
from dd_incident_roles.policy.policy import SourceLocation, Waiver
from dd_incident_roles.roles.catalogue import Condition, Exclusion, FieldIs
from tests.facts.any_facts import (
    CATALOGUE_OF_FIELDS,
    KEPT,
    MARK,
    private_facts,
    read,
    snapshot,
    written,
)
from tests.policy.cases import (
    ADA,
    BO,
    CATALOGUE,
    SCRIBE,
    at,
    facts,
    held,
    incident,
    requirement,
    role,
)


def marks(value: object) -> int:
    """How many times the mark stands in a value, wherever in it."""
    match value:
        case str():
            return value.count(MARK)
        case dict():
            return sum(marks(key) + marks(found) for key, found in value.items())
        case tuple() | frozenset():
            return sum(marks(each) for each in value)
        case _ if is_dataclass(value):
            return sum(marks(getattr(value, each.name)) for each in fields(value))
        case _:
            return 0


@pytest.mark.parametrize("is_reachable", [True, False])
def test_no_text_of_a_private_incident_is_written(is_reachable: bool) -> None:
    """Every text is marked, in every part of the facts, and no mark is in the file."""
    whole = private_facts(is_reachable=is_reachable)
    assert marks(whole) > 60
    assert MARK not in written(snapshot(whole))


def test_every_part_is_marked() -> None:
    """The test above would notice a leak in any part that has texts at all."""
    textless = {"catalogue", "observations", "watched_since", "shows_private"}
    whole = private_facts()
    empty = {each.name for each in fields(whole) if not marks(getattr(whole, each.name))}
    assert empty == textless


def test_the_policy_can_show_private_incidents() -> None:
    """Where the policy shows them, a private incident is written as any other."""
    whole = private_facts(shows_private=True)
    text = written(snapshot(whole))
    assert json.loads(text)["incidents"][0]["redacted"] is False
    assert read(text).incidents[0] == whole


def test_what_was_redacted_is_never_shown() -> None:
    """A reader whose policy shows private incidents is told nothing that is not there."""
    found = read(written(snapshot(private_facts())), shows_private=True).incidents[0]
    assert found.is_redacted
    assert found.incident.title == ""


def test_a_private_incident_keeps_what_it_is_judged_by() -> None:
    """Times, severity, kinds of accounts, who is the same as whom, and fields that fit stay."""
    whole = replace(
        facts(incident(private=True)),
        holdings=(held(INCIDENT_MANAGER, by=BO, set_by=BO.key), held(INCIDENT_MANAGER, by=ADA)),
        commander=BO,
        issue=IncidentIssue(name="x#1", assignees=(ADA,), since=at(1)),
        topic=ChatTopic(room="ops", holders={INCIDENT_MANAGER: frozenset({BO.key})}, since=at(1)),
        timeline=TimelineActivity(last_note=at(1), writers={BO.key: at(1)}),
    )
    found = redact(whole)
    bo, ada = found.holdings[0], found.holdings[1]
    assert found.commander == bo.person
    assert bo.set_by == bo.person.key != ada.person.key
    assert isinstance(found.issue, IncidentIssue)
    assert found.issue.assignees == (ada.person,)
    assert isinstance(found.topic, ChatTopic)
    assert found.topic.holders == {INCIDENT_MANAGER: frozenset({bo.person.key})}
    assert isinstance(found.timeline, TimelineActivity)
    assert set(found.timeline.writers) == {bo.person.key}
    assert found.responders is not None
    assert len(found.responders) == 3
    assert bo.person.key in found.responders
    assert (bo.person.kind, bo.person.active, bo.person.label) == (BO.kind, True, bo.person.key)
    # Of holders who came at the same time the rules take the first by name.
    assert found.manager == ada
    assert whole.manager == whole.holdings[1]


def test_who_gave_a_role_is_known_again_however_it_was_typed() -> None:
    """The record has a name as it was typed, and it is the same person; a side is nobody."""
    given = facts(incident(private=True))
    holders = (
        held(INCIDENT_MANAGER, by=BO, set_by=" BO@corp.example"),
        held(SCRIBE, by=ADA, set_by="datadog"),
    )
    bo, ada = redact(replace(given, holdings=holders)).holdings
    assert bo.set_by == bo.person.key
    assert ada.set_by == "datadog"


def test_only_values_that_are_asked_about_remain() -> None:
    """A field keeps the values that a condition fits, and loses the rest and its name with it."""
    found = read(written(snapshot(private_facts()))).incidents[0]
    assert found.incident.fields == {"team": ("Payments",)}


FIELDS_OF_OTHERS = {
    "a value that nobody asked about": (FieldIs(name="team", values=("search",)),),
    "a field that nobody asked about": (FieldIs(name="region", values=("eu",)),),
    "1 where true was asked about": (FieldIs(name="pii", values=(1,)),),
}


@pytest.mark.parametrize("tests", FIELDS_OF_OTHERS.values(), ids=FIELDS_OF_OTHERS.keys())
def test_a_question_that_redaction_made_unanswerable_is_said(tests: tuple[FieldIs, ...]) -> None:
    """A catalogue that asks about more than was kept does not take the lack for an answer."""
    asking = role(INCIDENT_MANAGER, "Incident Manager", requirement(Condition(tests=tests), 5))
    other = replace(CATALOGUE, roles=(asking, *CATALOGUE.roles[1:]))
    text = written(snapshot(private_facts(), facts(incident(public_id=7))))
    found = read(text, catalogue=other)
    assert [gap.incident for gap in found.unread] == [1001]
    assert tests[0].name in found.unread[0].reason
    assert read(text).unread == ()
    assert read(text, catalogue=CATALOGUE).unread == ()


@pytest.mark.parametrize(
    "harmless",
    [
        private_facts(shows_private=True),
        replace(private_facts(), incident=replace(private_facts().incident, is_test=True)),
    ],
    ids=["shown", "test"],
)
def test_what_lacks_nothing_is_read_in_full(harmless: Facts) -> None:
    """An incident that was not redacted lacks no field, and of a test nothing is asked."""
    asking = Condition(tests=(FieldIs(name="region", values=("eu",)),))
    other = replace(
        CATALOGUE,
        roles=(
            role(INCIDENT_MANAGER, "Incident Manager", requirement(asking, 5)),
            *CATALOGUE.roles[1:],
        ),
    )
    assert read(written(snapshot(harmless)), catalogue=other).unread == ()


def test_the_fields_that_decide_anything_are_found() -> None:
    """Requirements, exclusions and waivers are looked through; each test counts once."""
    assert fields_to_keep(CATALOGUE) == ()
    region = Condition(tests=(FieldIs(name="region", values=("eu",)),))
    exclusive = replace(CATALOGUE.roles[0], excludes=(Exclusion(role=SCRIBE, when=region),))
    assert fields_to_keep(replace(CATALOGUE, roles=(exclusive,))) == region.tests
    waiver = Waiver(
        rule="IR001",
        reason="a game day",
        owner="ada@corp.example",
        expires=date(2026, 2, 1),
        place=SourceLocation("policy.yaml", 1),
        when=region,
    )
    assert fields_to_keep(CATALOGUE, [waiver]) == region.tests
    twice = replace(CATALOGUE_OF_FIELDS, roles=(*CATALOGUE_OF_FIELDS.roles,) * 2)
    assert fields_to_keep(twice) == KEPT
    assert [(each.name, each.values) for each in KEPT] == [
        ("team", ("payments", 7)),
        ("pii", (True,)),
    ]
