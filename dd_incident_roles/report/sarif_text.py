"""Text and incidents as SARIF writes them."""

from __future__ import annotations

from dd_incident_roles.report.clean import clean
from dd_incident_roles.report.document import JsonValue
from dd_incident_roles.report.lines import named


def message(text: str) -> JsonValue:
    """A cleaned text; what would be an embedded link (SARIF 2.1.0, 3.11.6) is broken up."""
    return {"text": clean(text).replace("](", "] (")}


def logical_location(public_id: int) -> JsonValue:
    """An incident as a place; its number alone, so that a private one may be named too."""
    return {"name": named(public_id), "kind": "resource"}
