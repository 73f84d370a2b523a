"""Every snapshot that is written keeps the published schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator, FormatChecker

from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.policy import NotEvaluated
from tests.facts.any_facts import private_facts, several_facts, snapshot, written
from tests.policy.cases import facts
from tests.report.readers import complaints, schema
from tests.report.test_schemas import objects, properties_of

WHOLE = Draft202012Validator(schema("snapshot"), format_checker=FormatChecker())
GAPS = (
    NotEvaluated(incident=7, reason="it is gone"),
    NotEvaluated(incident="IR-8", reason="it is gone"),
    NotEvaluated(incident=None, reason="no answer"),
)


@given(of=several_facts)
def test_what_is_written_keeps_the_schema(of: tuple[Facts, ...]) -> None:
    """Whatever is known of incidents, the file is what the schema says, and has nothing beyond."""
    text = written(snapshot(*of, unread=GAPS))
    assert complaints("snapshot", text) == []


def test_every_field_is_always_there() -> None:
    """A reader can rely on each field of today, and is not put off by one of tomorrow."""
    found = list(objects(schema("snapshot")))
    assert len(found) > 10
    assert all(each["required"] == list(properties_of(each)) for each in found)


@pytest.mark.parametrize("is_reachable", [True, False])
def test_the_schema_refuses_what_lacks_a_part(is_reachable: bool) -> None:
    """A file that lacks any part of an incident breaks the schema."""
    whole: dict[str, Any] = json.loads(written(snapshot(private_facts(is_reachable=is_reachable))))
    assert WHOLE.is_valid(whole)
    for key in list(whole["incidents"][0]):
        taken = whole["incidents"][0].pop(key)
        assert not WHOLE.is_valid(whole), key
        whole["incidents"][0][key] = taken


def test_the_schema_refuses_another_document() -> None:
    """The version is part of the schema."""
    whole = json.loads(written(snapshot(facts())))
    assert not WHOLE.is_valid({**whole, "schema": "dd-incident-roles/snapshot/2"})
