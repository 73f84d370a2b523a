"""What is wrong with a snapshot file is said with the file, the place and the value."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.facts.snapshot_file import load_snapshot
from dd_incident_roles.model import INCIDENT_MANAGER, RoleKey
from dd_incident_roles.policy.policy import NotEvaluated
from tests.facts.any_facts import private_facts, read, snapshot, written
from tests.policy.cases import CATALOGUE, facts, held, incident

Document = dict[str, Any]
Edit = Callable[[Document], object]

SAMPLE = written(
    snapshot(
        facts(incident(public_id=1), holders=(INCIDENT_MANAGER,)),
        private_facts(shows_private=True),
        unread=[NotEvaluated(incident=7, reason="it is gone")],
    )
)

ADDED_LATER = frozenset({"closed_within_days", "what", "place"})
"""What files of the same format lack that an earlier version wrote."""


def sample() -> Document:
    """A good document, to be spoilt."""
    document: Document = json.loads(SAMPLE)
    return document


def problem(content: bytes) -> ConfigurationError:
    """What is said of a file."""
    with pytest.raises(ConfigurationError) as caught:
        load_snapshot(lambda: content, file="s.json", catalogue=CATALOGUE, shows_private=False)
    assert caught.value.hint is not None
    assert "dd-incident-roles snapshot --output FILE" in caught.value.hint
    return caught.value


NO_SNAPSHOT = {
    "nothing": (b"", "s.json: is not valid JSON"),
    "text": (b"hello", "s.json: is not valid JSON"),
    "cut short": (SAMPLE.encode()[:-40], "s.json: is not valid JSON"),
    "bytes": (b"\xff\xfe\xfa", "s.json: is not UTF-8 text"),
    "a list": (b"[]", "s.json: is not a JSON object"),
    "too deep": (b'{"a":' * 100_000, "s.json: is not valid JSON: it is nested too deeply"),
    "no schema": (b"{}", "s.json: schema: is not a snapshot"),
    "another document": (
        b'{"schema": "dd-incident-roles/check/1"}',
        "s.json: schema ('dd-incident-roles/check/1'): is not a snapshot",
    ),
    "a schema that is no text": (b'{"schema": 1}', "s.json: schema: is not a snapshot"),
    "a newer format": (
        b'{"schema": "dd-incident-roles/snapshot/2"}',
        "s.json: schema ('dd-incident-roles/snapshot/2'): was made by a newer version",
    ),
    "a number alone": (b'{"schema": "2"}', "s.json: schema ('2'): is not a snapshot"),
    "an unheard-of format": (
        b'{"schema": "dd-incident-roles/snapshot/x"}',
        "s.json: schema ('dd-incident-roles/snapshot/x'): is not a snapshot",
    ),
}


@pytest.mark.parametrize(("content", "said"), NO_SNAPSHOT.values(), ids=NO_SNAPSHOT.keys())
def test_what_is_no_snapshot_is_said(content: bytes, said: str) -> None:
    """A file of another kind or of a newer format is refused, with the command that makes one."""
    assert problem(content).message.startswith(said)


def set_to(value: object, *path: str | int) -> Edit:
    """Put a value somewhere."""

    def edit(document: Document) -> None:
        part: Any = document
        for step in path[:-1]:
            part = part[step]
        part[path[-1]] = value

    return edit


ROW, SHOWN = ("incidents", 0), ("incidents", 1)
LONG = "x" * 500
SPOILT: dict[str, tuple[Edit, str]] = {
    "no time": (set_to("soon", "taken_at"), "taken_at ('soon'): must be a time such as"),
    "no zone": (
        set_to("2026-01-01T00:00:00", "taken_at"),
        "taken_at ('2026-01-01T00:00:00'): is a time without a zone; write UTC as Z",
    ),
    "out of time": (
        set_to("0001-01-01T00:00:00+14:00", "taken_at"),
        "taken_at ('0001-01-01T00:00:00+14:00'): must be a time such as",
    ),
    "a number for a time": (
        set_to(5, *ROW, "holdings", 0, "since"),
        "incidents[0].holdings[0].since (5): must be a time such as",
    ),
    "a missing part": (
        lambda document: document["incidents"][0].pop("holdings"),
        "incidents[0].holdings: is missing",
    ),
    "no incidents": (lambda document: document.pop("incidents"), "incidents: is missing"),
    "no list": (set_to({}, "incidents"), "incidents: must be a list, but is an object"),
    "a row that is none": (set_to(3, *ROW), "incidents[0] (3): must be an object"),
    "null for a text": (set_to(None, *ROW, "title"), "incidents[0].title: must be text, but is"),
    "a text for a number": (
        set_to("12", *ROW, "public_id"),
        "incidents[0].public_id ('12'): must be a whole number",
    ),
    "true for a number": (
        set_to(True, *ROW, "public_id"),
        "incidents[0].public_id (True): must be a whole number",
    ),
    "a number for true": (set_to(1, *ROW, "test"), "incidents[0].test (1): must be true or false"),
    "a long value": (
        set_to(LONG, *ROW, "private"),
        f"incidents[0].private ('{'x' * 60}…'): must be true or false",
    ),
    "an unknown source": (
        set_to("fax", *ROW, "holdings", 0, "source"),
        "incidents[0].holdings[0].source ('fax'): must be one of cli, datadog",
    ),
    "an unknown account": (
        set_to({"ada": "robot"}, *ROW, "accounts"),
        "incidents[0].accounts.ada ('robot'): must be one of person, ",
    ),
    "an account of another kind": (
        set_to({"ada": []}, *ROW, "accounts"),
        "incidents[0].accounts.ada: must be a word or",
    ),
    "a person without key": (
        lambda document: document["incidents"][1]["issue"]["assignees"][0].pop("key"),
        "incidents[1].issue.assignees[0].key: is missing",
    ),
    "a nobody in the topic": (
        set_to([None], *SHOWN, "topic", "holders", "scribe"),
        "incidents[1].topic.holders.scribe[0]: must be text, but is null",
    ),
    "an account in the timeline": (
        set_to({"ada": "noon"}, *SHOWN, "timeline", "writers"),
        "incidents[1].timeline.writers.ada ('noon'): must be a time",
    ),
    "an answer that is none": (
        set_to([], *ROW, "timeline"),
        "incidents[0].timeline: must be an object",
    ),
    "a reason that is none": (
        set_to({"not_read": 3}, *ROW, "issue"),
        "incidents[0].issue.not_read (3): must be text",
    ),
    "a part of a field": (
        set_to([1], *ROW, "fields", "team"),
        "incidents[0].fields.team: must be",
    ),
    "a missing surrounding": (
        lambda document: document["incidents"][0].pop("topic"),
        "incidents[0].topic: is missing",
    ),
    "a missing maybe": (
        lambda document: document["incidents"][0].pop("commander"),
        "incidents[0].commander: is missing",
    ),
    "missing responders": (
        lambda document: document["incidents"][0].pop("responders"),
        "incidents[0].responders: is missing",
    ),
    "a wanted nobody": (
        lambda document: document["incidents"][1]["disputes"][0].pop("wanted"),
        "incidents[1].disputes[0].wanted: is missing",
    ),
    "an interval": (
        set_to(1, *SHOWN, "intervals", 1, "ended_source"),
        "incidents[1].intervals[1].ended_source (1): must be one of cli, datadog",
    ),
    "the same incident twice": (
        lambda document: document["incidents"].append(document["incidents"][0]),
        "incidents[2].id ('00000000-0000-0000-0000-000000000001'): is already the "
        "id of incidents[0]",
    ),
    "a gap": (set_to([], "not_evaluated", 0, "incident"), "not_evaluated[0].incident: must be"),
    "a gap without incident": (
        lambda document: document["not_evaluated"][0].pop("incident"),
        "not_evaluated[0].incident: is missing",
    ),
    "kept values": (
        set_to([{"name": "a", "values": [None]}], "kept_fields"),
        "kept_fields[0].values[0]: must be",
    ),
    "no kept values": (
        set_to([{"name": "a"}], "kept_fields"),
        "kept_fields[0].values: is missing",
    ),
}


@pytest.mark.parametrize(("edit", "said"), SPOILT.values(), ids=SPOILT.keys())
def test_what_is_wrong_is_said_with_its_place(edit: Edit, said: str) -> None:
    """The message names the file, the path in the document, the value and what it must be."""
    document = sample()
    edit(document)
    assert problem(json.dumps(document).encode()).message.startswith(f"s.json: {said}")


def every_object(part: object) -> list[Document]:
    """Each object in a document, the outer ones first."""
    match part:
        case dict():
            inner = [found for each in part.values() for found in every_object(each)]
            return [part, *inner]
        case list():
            return [found for each in part for found in every_object(each)]
        case _:
            return []


OF_NAMES = {"vacancies", "accounts", "fields", "writers", "holders"}


def names_objects(document: Document) -> set[int]:
    """Objects whose keys are names, where an unknown one is no new part."""
    found = every_object(document)
    return {id(value) for each in found for key, value in each.items() if key in OF_NAMES}


def test_parts_that_are_unknown_are_passed_over() -> None:
    """A later version may add parts anywhere, and its files are read all the same."""
    document = sample()
    apart = names_objects(document)
    grown = [each for each in every_object(document) if id(each) not in apart]
    for each in grown:
        each["of a later version"] = {"a": [1]}
    assert len(grown) > 20
    assert read(json.dumps(document)) == read(SAMPLE)


def test_no_part_can_be_left_out() -> None:
    """Whatever is missing is noticed: an absent part never passes for an empty one."""
    document = sample()
    apart = names_objects(document)
    count = 0
    for number, each in enumerate(every_object(document)):
        for key in [*each.keys() - ADDED_LATER] if id(each) not in apart else ():
            spoilt = sample()
            every_object(spoilt)[number].pop(key)
            problem(json.dumps(spoilt).encode())
            count += 1
    assert count > 150


def test_a_role_of_another_catalogue_is_fine() -> None:
    """Roles that the reader does not know stay as they are."""
    other = RoleKey("fire_marshal")
    before = replace(facts(), holdings=(held(other),))
    assert read(written(snapshot(before))).incidents[0].holdings == before.holdings
