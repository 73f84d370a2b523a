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
    test_status,
    test_suggest,
    test_sync,
    test_timeline,
)
from tests.report.cases import changed
from tests.report.checks import checked, everything, found, verdict
from tests.report.readers import complaints, schema

DOCUMENTS = {
    "check, with something in every part": ("check", check_json(everything())),
    "check, of two errors": ("check", check_json(checked(found()))),
    "check, clean": ("check", check_json(checked(verdict()))),
    "status": ("status", status_json([test_status.STATUS])),
    "status, held by somebody without a name": (
        "status",
        status_json(
            [
                replace(
                    test_status.STATUS,
                    rows=(changed(test_status.MANAGER, holders=(test_status.BOB,), stream="db"),),
                )
            ]
        ),
    ),
    "status, with a devised role": (
        "status",
        status_json([replace(test_status.STATUS, rows=(test_status.LIAISON,))]),
    ),
    "timeline": ("timeline", timeline_json(test_timeline.view(test_timeline.row()))),
    "timeline, of a system": (
        "timeline",
        timeline_json(test_timeline.view(test_timeline.row(test_timeline.CHANGED))),
    ),
    "sync, with something in every part": ("sync", test_sync.FULL.text()),
    "sync, quiet": ("sync", test_sync.QUIET.text()),
    "roles": ("roles", roles_json(CATALOGUE.roles)),
    "lint": ("lint", lint_json(test_catalogue.LINT)),
    "explain": ("explain", explain_json(RULES.values())),
    "mine": ("mine", test_mine.FULL.text()),
    "mine, nothing": ("mine", test_mine.NOTHING.text()),
    "mine, asked for a role that nobody holds": ("mine", test_mine.OFFERED.text()),
    "suggest": ("suggest", suggest_json(test_suggest.SUGGESTIONS)),
    "suggest, no role": ("suggest", suggest_json(test_suggest.suggestions())),
    "suggest, a role without places": (
        "suggest",
        suggest_json(test_suggest.suggestions(test_suggest.PLACELESS)),
    ),
    "history": ("history", test_history.view(notices=("x",)).text()),
    "history, at a moment": ("history", test_history.view(minute=41).text()),
    "history, of one role": ("history", test_history.view(test_history.ONLY_PILOT).text()),
    "history, hostile": ("history", test_history.hostile().text()),
    "history, empty": ("history", test_history.view(test_history.EMPTY).text()),
}
"""Real documents; each name of a schema is that of the document after ``dd-incident-roles/``."""

OURS = sorted({name for name, _ in DOCUMENTS.values()})


@pytest.mark.parametrize("name", MODELS)
def test_a_schema_is_one(name: str) -> None:
    """Each schema is valid itself, and names its document and the draft that it is written in."""
    whole = schema(name)
    Draft202012Validator.check_schema(whole)
    assert whole["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert whole["$id"] == f"urn:dd-incident-roles:{name}:1"
    properties = whole["properties"]
    assert isinstance(properties, Mapping)
    assert isinstance(properties["schema"], Mapping)
    assert properties["schema"]["const"] == f"dd-incident-roles/{name}/1"


@pytest.mark.parametrize("name", MODELS)
def test_every_field_is_described(name: str) -> None:
    """No field is left to be guessed from its name."""
    fields = [field for each in objects(schema(name)) for field in properties_of(each).items()]
    assert [key for key, field in fields if not described(field)] == []


@pytest.mark.parametrize("name", OURS)
def test_every_field_is_always_there(name: str) -> None:
    """A reader can rely on each field of today, and is not put off by one of tomorrow."""
    for each in objects(schema(name)):
        assert each["required"] == list(properties_of(each))
        assert "additionalProperties" not in each


@pytest.mark.parametrize(("name", "text"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_keeps_its_schema(name: str, text: str) -> None:
    """What the program writes is what its schema says."""
    assert complaints(name, text) == []


@pytest.mark.parametrize(("name", "text"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_has_no_field_beyond_its_schema(name: str, text: str) -> None:
    """A field that the program writes is published: each object is held to its schema strictly."""
    assert complaints_about_unknown_fields(name, text) == []


def test_every_schema_has_a_document() -> None:
    """Each schema is held to real documents, here or, that of the snapshot, beside its reader."""
    assert set(MODELS) - {"snapshot"} == set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_a_schema_refuses(name: str) -> None:
    """A document that lacks a field, or is another one, breaks the schema."""
    whole = json.loads(next(text for each, text in DOCUMENTS.values() if each == name))
    for key in whole:
        lacking = {other: value for other, value in whole.items() if other != key}
        assert complaints(name, json.dumps(lacking)) != []
    assert complaints(name, json.dumps({**whole, "schema": "x"})) != []
    assert complaints(name, json.dumps({**whole, "tomorrow": 1})) == []


def complaints_about_unknown_fields(name: str, text: str) -> list[str]:
    strict = json.loads(json.dumps(schema(name)), object_hook=closed)
    return [error.message for error in Draft202012Validator(strict).iter_errors(json.loads(text))]


def closed(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    is_object = "properties" in value and "required" in value
    return {**value, "additionalProperties": False} if is_object else value


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


def described(field: JsonValue) -> bool:
    return isinstance(field, Mapping) and len(str(field.get("description", ""))) > len("What.")
