"""The JSON documents that programs read: each is a model, and its schema is made from that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dd_incident_roles.errors import UsageError

if TYPE_CHECKING:
    from dd_incident_roles.report.documents.parts import Document


def schema_names() -> tuple[str, ...]:
    """The documents that have a schema, by name."""
    return (
        "check",
        "explain",
        "history",
        "lint",
        "mine",
        "roles",
        "snapshot",
        "status",
        "suggest",
        "sync",
        "timeline",
    )


def schema_text(name: str) -> str:
    """The schema of a document as text; raises UsageError where there is none."""
    return _model(name).schema_text()


def _model(name: str) -> type[Document]:
    """The model of a document, of which no other is loaded."""
    match name:
        case "check":
            from dd_incident_roles.report.documents.check import Check

            return Check
        case "explain":
            from dd_incident_roles.report.documents.explain import Explain

            return Explain
        case "history":
            from dd_incident_roles.report.documents.history import History

            return History
        case "lint":
            from dd_incident_roles.report.documents.lint import LintReport

            return LintReport
        case "mine":
            from dd_incident_roles.report.documents.mine import Mine

            return Mine
        case "roles":
            from dd_incident_roles.report.documents.roles import Roles

            return Roles
        case "snapshot":
            from dd_incident_roles.report.documents.snapshot import Snapshot

            return Snapshot
        case "status":
            from dd_incident_roles.report.documents.status import Status

            return Status
        case "suggest":
            from dd_incident_roles.report.documents.suggest import Suggest

            return Suggest
        case "sync":
            from dd_incident_roles.report.documents.sync import Sync

            return Sync
        case "timeline":
            from dd_incident_roles.report.documents.timeline import Timeline

            return Timeline
        case _:
            known = ", ".join(schema_names())
            raise UsageError(f"No document is called {name!r}.", hint=f"Known documents: {known}.")
