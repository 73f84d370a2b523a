"""The published schemas, and the real documents held to them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from dd_incident_roles.cli.catalog import DOCUMENTS as MODELS
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.report.documents.catalogue import explain_json, lint_json, roles_json
from dd_incident_roles.report.documents.check import check_json
from dd_incident_roles.report.documents.parts import JsonValue
from dd_incident_roles.report.documents.status import status_json
from dd_incident_roles.report.documents.suggest import suggest_json
from dd_incident_roles.report.documents.timeline import timeline_json
from tests.policy.cases import CATALOGUE
from tests.report import (
    test_catalogue,
    test_history,
    test_mine,
    test_outside,
    test_status,
    test_suggest,
    test_sync,
    test_timeline,
)
from tests.report.cases import changed
from tests.report.checks import check_of, everything, found
from tests.report.readers import complaints, schema

NAMELESS = changed(test_status.MANAGER, holders=(test_status.BOB,), stream="db")
SYSTEM = test_timeline.row(test_timeline.CHANGED)
PLACELESS = test_suggest.suggestions(test_suggest.PLACELESS)
DOCUMENTS = {
    "check, with something in every part": check_json(everything()),
    "check, of two errors": check_json(found()),
    "check, clean": check_json(check_of()),
    "status": status_json([test_status.STATUS]),
    "status, held by somebody without a name": status_json(
        [replace(test_status.STATUS, rows=(NAMELESS,))]
    ),
    "timeline": timeline_json(test_timeline.view(test_timeline.row(), SYSTEM)),
    "sync, with something in every part": test_sync.FULL.text(),
    "sync, quiet": test_sync.QUIET.text(),
    "roles": roles_json(CATALOGUE.roles),
    "lint": lint_json(test_catalogue.LINT),
    "explain": explain_json(RULES.values()),
    "mine": test_mine.FULL.text(),
    "mine, nothing": test_mine.NOTHING.text(),
    "mine, asked for a role that nobody holds": test_mine.OFFERED.text(),
    "suggest": suggest_json(test_suggest.SUGGESTIONS),
    "suggest, no role": suggest_json(test_suggest.suggestions()),
    "suggest, a role without places": suggest_json(PLACELESS),
    "history": test_history.view(notices=("x",)).text(),
    "history, at a moment": test_history.view(minute=41).text(),
    "history, of one role": test_history.view(test_history.ONLY_PILOT).text(),
    "history, empty": test_history.view(test_history.EMPTY).text(),
    **{f"{name}, hostile": text for name, text in test_outside.DOCUMENTS.items()},
}
"""Real documents, by the name of the schema and what is special about them."""

OURS = sorted({name.partition(",")[0] for name in DOCUMENTS})


@pytest.mark.parametrize("name", MODELS)
def test_a_schema_is_one(name: str) -> None:
    """Each schema is valid itself, and names its document and the draft that it is written in."""
    whole = schema(name)
    Draft202012Validator.check_schema(whole)
    assert whole["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert whole["$id"] == f"urn:dd-incident-roles:{name}:1"
    identifier = properties_of(whole)["schema"]
    assert isinstance(identifier, Mapping)
    assert identifier["const"] == f"dd-incident-roles/{name}/1"


@pytest.mark.parametrize("name", MODELS)
def test_every_field_is_described_and_always_there(name: str) -> None:
    """A reader can guess nothing, rely on each field of today, and expect one of tomorrow."""
    for each in objects(schema(name)):
        fields = properties_of(each)
        assert [key for key, field in fields.items() if not is_described(field)] == []
        assert each["required"] == list(fields)
        assert "additionalProperties" not in each


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_keeps_its_schema(name: str) -> None:
    """What the program writes is what its schema says, and no field is beyond it."""
    assert complaints(name.partition(",")[0], DOCUMENTS[name]) == []


def test_every_schema_has_a_document() -> None:
    """Each schema is held to real documents, here or, that of the snapshot, beside its reader."""
    assert set(MODELS) - {"snapshot"} == set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_a_schema_refuses(name: str) -> None:
    """A document that lacks a field, or is another one, breaks the schema; one more is welcome."""
    whole = json.loads(next(text for key, text in DOCUMENTS.items() if key.startswith(name)))
    published = Draft202012Validator(schema(name))
    for key in whole:
        lacking = {other: value for other, value in whole.items() if other != key}
        assert not published.is_valid(lacking)
    assert not published.is_valid({**whole, "schema": "x"})
    assert published.is_valid({**whole, "tomorrow": 1})


def objects(node: JsonValue) -> Iterator[Mapping[str, JsonValue]]:
    """Every object schema with fields, wherever it stands."""
    match node:
        case Mapping():
            if isinstance(node.get("properties"), Mapping) and "required" in node:
                yield node
            for each in node.values():
                yield from objects(each)
        case list():
            for each in node:
                yield from objects(each)
        case _:
            pass


def properties_of(node: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    properties = node["properties"]
    assert isinstance(properties, Mapping)
    return properties


def is_described(field: JsonValue) -> bool:
    return isinstance(field, Mapping) and len(str(field.get("description", ""))) > len("What.")
