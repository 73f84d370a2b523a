"""``note_in_timeline``: a sync tells a finding in the timeline once, whatever happens after."""

from __future__ import annotations

from pathlib import Path

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.product import Product


@pytest.fixture
def noting(product: Product, tmp_path: Path) -> Product:
    """The product with a policy that has errors told, and the timeline on."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\nnote_in_timeline: error\n", encoding="utf-8")
    settings = {
        **product.settings,
        "DD_INCIDENT_ROLES_TIMELINE": "auto",
        "DD_INCIDENT_ROLES_POLICY": str(policy),
    }
    return Product(store=product.store, settings=settings)


def told(sandbox: Sandbox, public_id: int = 1002) -> list[str]:
    return [text.splitlines()[0] for text in sandbox.notes(public_id)]


def test_a_finding_is_told_once(noting: Product, sandbox: Sandbox) -> None:
    """However many syncs follow, there is one entry, and the last sync writes nothing."""
    for _ in range(3):
        assert noting.run("sync").exit_code == 0
    [entry] = told(sandbox)
    assert entry.startswith("Nobody is Incident Manager of IR-1002")
    assert entry.endswith("(IR001)")
    sandbox.forget_requests()
    assert noting.run("sync").exit_code == 0
    assert sandbox.requests.writes() == []


def test_what_people_deleted_is_not_told_again(noting: Product, sandbox: Sandbox) -> None:
    """An entry that somebody took out of the timeline stays out."""
    noting.run("sync")
    [cell] = [cell for cell in sandbox.cells(1002) if cell.is_note]
    sandbox.delete_note(1002, cell.id)
    for _ in range(3):
        assert noting.run("sync").exit_code == 0
    assert told(sandbox) == []


def test_a_lost_record_tells_nothing_twice(noting: Product, sandbox: Sandbox) -> None:
    """Our entry is known by its tag, so that the first sync of a new record adds none."""
    noting.run("sync")
    anew = noting.beside("anew.sqlite3")
    for _ in range(2):
        assert anew.run("sync").exit_code == 0
    assert len(told(sandbox)) == 1


def test_nothing_is_told_unless_the_policy_asks(product: Product, sandbox: Sandbox) -> None:
    """The shipped policy leaves timelines to people."""
    assert product.run("sync", DD_INCIDENT_ROLES_TIMELINE="auto").exit_code == 0
    assert sandbox.notes(1001) == sandbox.notes(1002) == []


def test_a_dry_run_tells_nothing(noting: Product, sandbox: Sandbox) -> None:
    """What would be told is neither recorded nor written."""
    assert noting.run("sync", "--dry-run").exit_code == 0
    assert noting.run("timeline", "list", "1002", "--format", "json").json()["entries"] == []
    assert sandbox.notes(1002) == []


def test_a_note_of_a_finding_is_no_sign_of_a_scribe(noting: Product, sandbox: Sandbox) -> None:
    """What the program writes does not count as somebody writing into the timeline (IR030)."""
    noting.run("sync")
    ran = noting.run("check", "1001", "--select", "IR030", "--format", "json")
    assert [finding["rule"] for finding in ran.json()["findings"]] == ["IR030"]
