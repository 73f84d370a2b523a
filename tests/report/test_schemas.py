"""Documents keep their schemas; texts from outside steer neither them nor a report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from dd_incident_roles.cli.catalog import DOCUMENTS as MODELS
from dd_incident_roles.commands.catalogue import CataloguePlan
from dd_incident_roles.datadog.definitions import Shown, plan_type
from dd_incident_roles.datadog.roles import IncidentType, RoleDefinition
from dd_incident_roles.diagnosis import Subject
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.report.catalogue_text import lint_text, plan_text, taken_card
from dd_incident_roles.report.doctor import doctor_document, doctor_text
from dd_incident_roles.report.documents import JsonValue
from dd_incident_roles.report.documents.catalogue import CatalogPlan, Explain, Lint, Roles
from dd_incident_roles.report.documents.check import check_json
from dd_incident_roles.report.documents.status import Status
from dd_incident_roles.report.documents.timeline import (
    Archive,
    ArchivedBecause,
    ArchiveRow,
    ArchiveView,
    Timeline,
)
from dd_incident_roles.report.history_text import history_table
from dd_incident_roles.report.status_text import mine_table, status_table
from dd_incident_roles.report.suggest import Suggest, suggest_table
from dd_incident_roles.report.sync import sync_text
from dd_incident_roles.report.timeline_table import archive_table, entries_table, timeline_table
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
from tests.report.cases import HOSTILE, NOW, changed, hostile, parsed, printed, steers_nothing
from tests.report.checks import check_of, everything, found
from tests.report.readers import complaints, schema

VIEW = test_timeline.view(test_timeline.row(), test_timeline.row(test_timeline.CHANGED))
HISTORY, MINE, SYNC = map(hostile, (test_history.view(), test_mine.FULL, test_sync.FULL))
STATUS, SUGGESTIONS = hostile(test_status.STATUS), hostile(test_suggest.SUGGESTIONS)
TIMELINE, ROLE = hostile(VIEW), hostile(test_catalogue.NOTES)
ARCHIVE = ArchiveView(
    incident_id=VIEW.incident_id,
    name=VIEW.name,
    rows=tuple(
        ArchiveRow(entry=row.entry, key=row.key, archived=NOW, why=ArchivedBecause.DELETED)
        for row in TIMELINE.rows
    ),
)
PLANNED = plan_type(
    CATALOGUE,
    Shown(
        type=IncidentType(id="t", name=HOSTILE),
        roles=(RoleDefinition(id="r", name=HOSTILE),),
        fields=(),
    ),
    ours={},
    with_fields=True,
)
PLAN = CatalogPlan.model_validate(CataloguePlan(types=(PLANNED,), commander="Pilot"))
DOCTOR = doctor_document(
    [Subject("keys", "Datadog", HOSTILE).fails(HOSTILE, HOSTILE, [HOSTILE])],
)
TEXTS = {
    "a role that somebody took": printed(taken_card(ROLE, 1001, stream=HOSTILE)),
    "catalog plan": printed(plan_text(PLAN, again="x")),
    "doctor": printed(doctor_text(DOCTOR, whole=True)),
    "history": printed(history_table(HISTORY, NOW)),
    "lint": printed(lint_text(test_catalogue.HOSTILE_LINT)),
    "mine": printed(mine_table(MINE)),
    "status": printed(status_table([STATUS], NOW)),
    "suggest": printed(suggest_table(SUGGESTIONS)),
    "sync": printed(sync_text(SYNC)),
    "timeline": printed(timeline_table(TIMELINE, NOW)),
    "archive": printed(archive_table(ARCHIVE, NOW)),
    "what an import would add": printed(entries_table([row.entry for row in TIMELINE.rows], NOW)),
}
OUTSIDE = {
    "archive": Archive.of(ARCHIVE),
    "catalog_plan": PLAN.text(),
    "doctor": DOCTOR.text(),
    "history": HISTORY.text(),
    "mine": MINE.text(),
    "status": Status.of(incidents=[STATUS]),
    "suggest": Suggest.of(SUGGESTIONS),
    "sync": SYNC.text(),
    "timeline": Timeline.of(TIMELINE),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_it_is_shown_as_text(text: str) -> None:
    """Escape sequences, line ends, markup and workflow commands of a text do nothing."""
    assert steers_nothing(text)
    assert "[bold red]y[/]" in text


@pytest.mark.parametrize("text", OUTSIDE.values(), ids=OUTSIDE)
def test_a_document_keeps_it(text: str) -> None:
    """A reader gets it unchanged from a document that has nothing to steer a terminal or CI."""
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert "##[" not in text
    assert any(HOSTILE in each for each in strings(parsed(text)))


def strings(value: JsonValue) -> list[str]:
    """Every text in a document."""
    match value:
        case str():
            return [value]
        case dict():
            return [found for each in value.values() for found in strings(each)]
        case list():
            return [found for each in value for found in strings(each)]
        case _:
            return []


def test_a_text_begins_no_line() -> None:
    """What quotes an answer stays on its line, with all that can be shown of it."""
    lines = {each: len(text.splitlines()) for each, text in TEXTS.items()}
    assert lines["sync"] == len(printed(sync_text(test_sync.FULL)).splitlines())
    assert lines["suggest"] == len(printed(suggest_table(test_suggest.SUGGESTIONS)).splitlines())
    shown = "IR-1001 Down : :error::x [bold red]y[/] gnp :fire: # #[error]"
    assert TEXTS["status"].startswith(shown)


NAMELESS = changed(test_status.MANAGER, holders=(test_status.BOB,), stream="db")
PLACELESS = test_suggest.suggestions(test_suggest.PLACELESS)
DOCUMENTS = {
    "check, with something in every part": check_json(everything()),
    "check, of two errors": check_json(found()),
    "check, clean": check_json(check_of()),
    "status": Status.of(incidents=[test_status.STATUS]),
    "status, held by somebody without a name": Status.of(
        incidents=[replace(test_status.STATUS, rows=(NAMELESS,))]
    ),
    "timeline": Timeline.of(VIEW),
    "sync, with something in every part": test_sync.FULL.text(),
    "sync, quiet": test_sync.QUIET.text(),
    "doctor": DOCTOR.text(),
    "roles": Roles.of(roles=CATALOGUE.roles),
    "lint": Lint.of(test_catalogue.LINT),
    "explain": Explain.of(rules=RULES.values()),
    "mine": test_mine.FULL.text(),
    "mine, nothing": test_mine.NOTHING.text(),
    "mine, asked for a role that nobody holds": test_mine.OFFERED.text(),
    "suggest": Suggest.of(test_suggest.SUGGESTIONS),
    "suggest, no role": Suggest.of(test_suggest.suggestions()),
    "suggest, a role without places": Suggest.of(PLACELESS),
    "history": test_history.view(notices=("x",)).text(),
    "history, at a moment": test_history.view(minute=41).text(),
    "history, of one role": test_history.view(test_history.ONLY_PILOT).text(),
    "history, empty": test_history.view(test_history.EMPTY).text(),
    **{f"{name}, hostile": text for name, text in OUTSIDE.items()},
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
    """Each schema is held to real documents, here or, of what is read back, beside its reader."""
    assert set(MODELS) - {"record", "snapshot"} == set(OURS)


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
