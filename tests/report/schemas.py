"""The published schemas, as tests hold documents to them."""

from __future__ import annotations

import json
from typing import cast

from jsonschema import Draft202012Validator, FormatChecker

from dd_incident_roles.cli.catalog import schema_text
from dd_incident_roles.report.documents.parts import JsonValue


def schema(name: str) -> dict[str, JsonValue]:
    """A published schema as a value."""
    return cast("dict[str, JsonValue]", json.loads(schema_text(name)))


def complaints(name: str, text: str) -> list[str]:
    """What a document breaks of its schema."""
    validator = Draft202012Validator(schema(name), format_checker=FormatChecker())
    return [error.message for error in validator.iter_errors(json.loads(text))]
