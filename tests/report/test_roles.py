"""What ``roles`` says."""

from __future__ import annotations

from dd_incident_roles.report.roles_json import roles_json
from dd_incident_roles.report.roles_table import role_card, roles_table
from tests.policy.cases import BACKUP, CATALOGUE, SCRIBE
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


def test_the_card_says_what_the_role_is_in_datadog() -> None:
    """Whoever takes a role reads what Datadog calls it and when it is required."""
    manager = printed(role_card(CATALOGUE.commander, CATALOGUE))
    assert "In Datadog: the commander" in manager
    assert "Called:     incident_manager, im" in manager
    backup = printed(role_card(CATALOGUE.role(BACKUP), CATALOGUE))
    assert 'In Datadog: the role "Backup Incident Manager"' in backup
    assert "Required:   in SEV-1 and once open for 2h, at once (warning)" in backup
