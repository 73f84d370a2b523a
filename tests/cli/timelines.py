"""A timeline as both sides have it."""

from __future__ import annotations

from typing import Any

from dd_incident_roles.model import IncidentId
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.endtoend.product import Product


def listed(product: Product, **settings: str) -> list[Any]:
    """The entries by ``timeline list``."""
    entries = product.run("timeline", "list", "1001", "--format", "json", **settings).json()
    return list(entries["entries"])


def texts(product: Product) -> list[str]:
    """What the entries say."""
    return [entry["text"] for entry in listed(product)]


def key_of(product: Product, text: str) -> str:
    """The key of the entry that says so."""
    return next(str(entry["id"]) for entry in listed(product) if entry["text"] == text)


def said_there(sandbox: Sandbox) -> list[str]:
    """The texts of the notes in Datadog, without our tags."""
    return [note.partition("\n\n\u2014")[0] for note in sandbox.notes(1001)]


def incident_id(sandbox: Sandbox) -> IncidentId:
    """The incident that the tests are about."""
    return IncidentId(sandbox.incident(1001).id)
