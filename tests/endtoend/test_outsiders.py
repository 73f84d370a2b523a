"""Somebody who responds from a chat without an account in Datadog holds a role like anybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.sandbox.switches import Switch
from tests.endtoend.agreement import ANA, BO, SCRIBE, Sides
from tests.endtoend.checks import check_json, findings
from tests.endtoend.handovers import SCRIBE_FIELD
from tests.product import Product

MEMBER = "U01CHAT"


@pytest.fixture
def outside(sides: Sides) -> Sides:
    """The scribe is somebody of Slack."""
    sides.sandbox.add_outsider(1001, MEMBER, role="Scribe")
    return sides


def test_status_shows_them(outside: Sides) -> None:
    """They are named by what the chat calls them, before a sync and after it."""
    for _ in range(2):
        [holder] = outside.row(SCRIBE)["holders"]
        assert holder["name"] == f"{MEMBER} (Slack, no Datadog account)"
        assert (holder["email"], holder["account"], holder["kind"]) == (None, None, "external")
        assert outside.product.run("sync").exit_code == 0
    outside.assert_quiet()


def test_the_role_is_not_vacant(outside: Sides) -> None:
    """The check has nothing against them, although nobody can look at an account."""
    later = datetime.now(UTC) + timedelta(minutes=11)
    ran = check_json(outside.product, "1001", "--now", later.isoformat())
    assert [each["role"] for each in findings(ran, "IR010")] != []
    assert not [each for each in ran.json()["findings"] if each["role"] == SCRIBE]
    assert ran.json()["not_evaluated"] == []


def test_the_role_goes_to_somebody_with_an_account(outside: Sides) -> None:
    """Assigning takes it from them by the id of the assignment, and says after whom."""
    ran = outside.product.run("assign", "1001", "scribe", BO)
    assert ran.exit_code == 0, ran.said
    assert f"after {MEMBER} (Slack, no Datadog account)" in ran.stdout
    outside.assert_agreed(SCRIBE, [BO])
    outside.assert_quiet()


@pytest.mark.parametrize("who", [(), (MEMBER,), (MEMBER.lower(),)])
def test_the_role_is_taken_from_them(outside: Sides, who: tuple[str, ...]) -> None:
    """They can be named by what the chat calls them."""
    assert outside.product.run("sync").exit_code == 0
    assert outside.product.run("unassign", "1001", "scribe", *who).exit_code == 0
    assert outside.sandbox.holders(1001, "Scribe") == []
    outside.assert_quiet()


def test_no_role_can_be_given_to_them(outside: Sides) -> None:
    """Datadog gives roles to accounts only, and the record does not pretend otherwise."""
    assert outside.product.run("sync").exit_code == 0
    for name in (MEMBER, f"external:slack:{MEMBER}"):
        ran = outside.product.run("assign", "1001", "backup", name)
        assert ran.exit_code == 2
        assert outside.recorded("backup_incident_manager") == []


def test_the_people_file_says_who_they_are(outside: Sides, product: Product) -> None:
    """A member id of Slack in the people file joins both sides of one person."""
    people = product.store.with_name("people.yaml")
    people.write_text(
        f"version: 1\npeople:\n  bo:\n    email: {BO}\n    name: Bo Dahl\n    slack: {MEMBER}\n"
    )
    settings = {"DD_INCIDENT_ROLES_PEOPLE": str(people)}
    status = product.run("status", "1001", "--format", "json", **settings).json()
    rows = status["incidents"][0]["roles"]
    [holder] = next(row["holders"] for row in rows if row["role"] == SCRIBE)
    assert (holder["email"], holder["name"]) == (BO, "Bo Dahl")
    ran = product.run("assign", "1001", "scribe", ANA, **settings)
    assert (ran.exit_code, outside.sandbox.holders(1001, "Scribe")) == (0, [ANA])


def test_a_field_filled_by_hand(sides: Sides) -> None:
    """Who is named is a holder, what names nobody is reported, and writing destroys neither."""
    sides.sandbox.switch(role_assignments=Switch.MISSING)
    sides.sandbox.define_field("incident_role.first_responder")
    sides.sandbox.define_field(SCRIBE_FIELD)
    by_hand = [f"Ana <{ANA}>, the night shift", f"<mailto:{BO}|{BO}>"]
    sides.sandbox.set_field(1001, "incident_role.first_responder", by_hand)
    sides.sandbox.set_field(1001, SCRIBE_FIELD, f"mailto:{BO}; whoever is free")
    with sides.product.record() as record:
        record.forget_cached("capability")
        record.forget_cached("fields")
    row = sides.row("first_responder")
    assert sorted(each["email"] for each in row["holders"]) == [ANA, BO]
    shown = sides.product.run("status", "1001").stdout
    assert "holds 'the night shift', which does not name one person" in " ".join(shown.split())
    assert sides.product.run("assign", "1001", "fr", "carol@corp.example").exit_code == 0
    assert sides.product.run("unassign", "1001", "fr", ANA).exit_code == 0
    assert sides.sandbox.field(1001, "incident_role.first_responder") == [
        "the night shift",
        f"<mailto:{BO}|{BO}>",
        "carol@corp.example",
    ]
    assert sides.product.run("assign", "1001", "scribe", ANA).exit_code == 0
    assert sides.sandbox.field(1001, SCRIBE_FIELD) == ["whoever is free", ANA]
    assert sides.recorded(SCRIBE) == [ANA]
