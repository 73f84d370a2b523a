"""A snapshot as a file: one JSON document with one incident a line."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from dd_incident_roles.facts.redaction import redacted
from dd_incident_roles.facts.snapshot import FORMAT, PROGRAM, SCHEMA, Snapshot
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.report.document import JsonValue, instant
from dd_incident_roles.report.documents.snapshot import Incident
from dd_incident_roles.roles.conditions import FieldIs


def write_snapshot(snapshot: Snapshot, *, kept_fields: Collection[FieldIs] = ()) -> Iterator[str]:
    """The text of a snapshot file, piece by piece; the same snapshot gives the same text.

    Private incidents are redacted, and keep of their property fields only values that one of
    ``kept_fields`` fits. Everything beyond ASCII is escaped, and so is what begins a command in a
    CI log.
    """
    yield "{\n"
    for name, value in _head(snapshot, kept_fields).items():
        yield f'"{name}": {_line(value)},\n'
    yield '"incidents": ['
    yield from _lines(_row(redacted(facts, kept_fields)) for facts in snapshot.incidents)
    yield '],\n"not_evaluated": ['
    yield from _lines({"incident": gap.incident, "reason": gap.reason} for gap in snapshot.unread)
    yield "]\n}\n"


def _row(facts: Facts) -> JsonValue:
    return Incident.model_validate(facts).model_dump(mode="json")


def _head(snapshot: Snapshot, kept_fields: Collection[FieldIs]) -> dict[str, JsonValue]:
    return {
        "schema": f"{SCHEMA}{FORMAT}",
        "taken_at": instant(snapshot.taken_at),
        "made_by": f"{PROGRAM}{snapshot.version}",
        "described": snapshot.described,
        "is_whole": snapshot.is_whole,
        "closed_within_days": snapshot.closed_within.days if snapshot.closed_within else None,
        "kept_fields": [{"name": each.name, "values": each.values} for each in kept_fields],
    }


def _lines(rows: Iterator[JsonValue]) -> Iterator[str]:
    before = "\n"
    for row in rows:
        yield f"{before}{_line(row)}"
        before = ",\n"
    if before != "\n":
        yield "\n"


def _line(value: JsonValue) -> str:
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("##[", "#\\u0023[")
