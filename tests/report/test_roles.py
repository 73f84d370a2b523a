"""What ``roles`` says."""

from __future__ import annotations

from dd_incident_roles.report.catalogue_text import roles_table
from dd_incident_roles.report.documents.catalogue import roles_json
from tests.policy.cases import CATALOGUE, SCRIBE
from tests.report.cases import parsed, printed


def test_the_document_has_all_of_a_role() -> None:
    """Every field of a role is there, under its name."""
    assert parsed(roles_json([CATALOGUE.role(SCRIBE)])) == {
        "schema": "dd-incident-roles/roles/1",
        "roles": [
            {
                "key": "scribe",
                "title": "Scribe",
                "aliases": [],
                "summary": "",
                "responsibilities": [],
                "holders": "one",
                "streams": "none",
                "suggested_streams": [],
                "datadog": {"role": "Scribe"},
                "excludes": [],
                "required": [
                    {"when": "in SEV-1 or SEV-2", "after": "5m", "level": "warning"},
                    {"when": "in SEV-1", "after": "10m", "level": "error"},
                ],
            }
        ],
    }


def test_the_table_lists_every_role() -> None:
    """Each role shows what it can be called and when it is required."""
    text = printed(roles_table(CATALOGUE))
    assert all(role.title in text and role.key in text for role in CATALOGUE.roles)
    assert "always, after 5m (error)" in text
