"""What ``check`` and ``status`` see counts, also where no sync runs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.endtoend.agreement import ANA, BO, CAROL, DAN, EVE, INCIDENT_MANAGER, SCRIBE, Sides
from tests.endtoend.checks import check_json, findings
from tests.product import Clock, Product

GRACE = "DD_INCIDENT_ROLES_ABSENCE_GRACE"


@pytest.fixture
def product(product: Product) -> Product:
    """The product with the grace that it has unless somebody sets another."""
    return Product(
        store=product.store, settings={**product.settings, GRACE: "300"}, clock=product.clock
    )


@pytest.fixture
def left(sides: Sides) -> Sides:
    """After a sync Datadog lost the commander, and no sync runs any more."""
    sides.sandbox.set_commander(1001, None)
    return sides


def vacancy(sides: Sides, rule: str = "IR001") -> list[Any]:
    """The findings of one rule about the incident."""
    return findings(check_json(sides.product, "1001"), rule)


def moment(text: str) -> datetime:
    """An instant of a document."""
    return datetime.fromisoformat(text)


def noted_since(sides: Sides) -> list[datetime]:
    """Since when the record says that something was missing."""
    with sides.product.record() as record:
        links = record.state(sides.incident_id(), "datadog").links
    return [link.missing_since for link in links if link.missing_since]


@pytest.mark.parametrize("command", ["check", "status"])
def test_a_vacancy_is_a_fact_after_the_second_look(left: Sides, clock: Clock, command: str) -> None:
    """The first look notes it, the second finds the role empty since then: no sync is needed."""
    first = clock()
    left.product.run(command, "1001")
    clock.move(minutes=6)
    [finding] = vacancy(left)
    assert abs(moment(finding["since"]) - first) < timedelta(seconds=30)
    clock.move(hours=24)
    [later] = vacancy(left)
    assert later["since"] == finding["since"]
    row = left.row(INCIDENT_MANAGER)
    assert (row["holders"], row["targets"]) == ([], {"datadog": "in_sync"})
    assert left.sandbox.requests.writes() == []


def test_status_says_what_is_not_confirmed(left: Sides, clock: Clock) -> None:
    """Until the second look the holder stays, and since when Datadog shows nobody is said."""
    seen = f"{clock():%H:%M}"
    for _ in range(2):
        shown = left.product.run("status", "1001").stdout
        assert f"Datadog shows nobody since {seen}; not yet confirmed" in " ".join(shown.split())
        assert "not yet in Datadog" not in shown
        clock.move(minutes=2)
    row = left.row(INCIDENT_MANAGER)
    assert row["targets"] == {"datadog": "pending"}
    assert [holder["email"] for holder in row["holders"]] == [ANA]


def test_one_of_several_is_missing(sides: Sides, clock: Clock) -> None:
    """Somebody in a role of many is missed one by one, and the others keep it."""
    for person in (BO, CAROL):
        assert sides.product.run("assign", "1001", "fr", person).exit_code == 0
    sides.sandbox.take_role(1001, "First Responder", BO)
    shown = " ".join(sides.product.run("status", "1001").stdout.split())
    assert f"Datadog does not show {BO} since {clock():%H:%M}; not yet confirmed" in shown
    clock.move(minutes=6)
    row = sides.row("first_responder")
    assert [holder["email"] for holder in row["holders"]] == [CAROL]


def test_a_required_role_that_lost_its_holder(sides: Sides, clock: Clock) -> None:
    """IR010 has the clock of the first sight too."""
    assert sides.product.run("assign", "1001", SCRIBE, CAROL).exit_code == 0
    sides.sandbox.take_role(1001, "Scribe", CAROL)
    first = clock()
    assert not [each for each in vacancy(sides, "IR010") if each["role"] == SCRIBE]
    clock.move(minutes=11)
    [finding] = [each for each in vacancy(sides, "IR010") if each["role"] == SCRIBE]
    assert abs(moment(finding["since"]) - first) < timedelta(seconds=30)


def test_somebody_who_is_back_was_never_gone(left: Sides, clock: Clock) -> None:
    """A look that shows them again takes the first sight back, without a sync."""
    left.product.run("check", "1001")
    assert noted_since(left)
    left.sandbox.set_commander(1001, ANA)
    clock.move(minutes=6)
    assert not vacancy(left)
    assert noted_since(left) == []
    left.sandbox.set_commander(1001, None)
    clock.move(minutes=6)
    assert not vacancy(left)
    assert left.row(INCIDENT_MANAGER)["targets"] == {"datadog": "pending"}


def test_a_sync_agrees_with_the_check(left: Sides, clock: Clock) -> None:
    """The interval ends when the role was first seen empty, whoever looked then."""
    left.product.run("check", "1001")
    first = clock()
    clock.move(minutes=30)
    assert left.product.run("sync").exit_code == 0
    [interval] = left.intervals(INCIDENT_MANAGER)
    assert interval.until is not None
    assert abs(interval.until - first) < timedelta(seconds=30)
    [finding] = vacancy(left)
    assert moment(finding["since"]) == interval.until


def test_what_the_guard_holds_back_is_seen(sides: Sides, clock: Clock) -> None:
    """Roles that vanish together stay in the record for a while, and check finds them empty."""
    held = {"scribe": CAROL, "tech_lead": BO, "customer_support_lead": EVE, "first_responder": DAN}
    for role, person in held.items():
        assert sides.product.run("assign", "1001", role, person).exit_code == 0
    for role, person in held.items():
        sides.sandbox.take_role(1001, role.replace("_", " ").title(), person)
    assert sides.product.run("sync").exit_code == 0
    clock.move(minutes=16)
    assert sides.product.run("sync").exit_code == 4
    assert sides.recorded("scribe") == [CAROL]
    assert set(held) <= {each["role"] for each in vacancy(sides, "IR010")}
    row = sides.row("scribe")
    assert row["targets"] == {"datadog": "pending"}


def test_only_first_sights_are_noted(sides: Sides, sandbox: Sandbox) -> None:
    """A new holder stays a matter of the sync: a check notes nothing but what is missing."""
    sandbox.set_commander(1001, BO)
    before = sides.state()
    sides.product.run("check", "1001")
    sides.product.run("status", "1001")
    assert sides.state() == before
    assert noted_since(sides) == []


def test_a_dry_run_notes_nothing(left: Sides, clock: Clock) -> None:
    """It says what a sync would do, and is no look that counts."""
    left.product.run("sync", "--dry-run")
    assert noted_since(left) == []
    left.product.run("check", "1001")
    clock.move(minutes=6)
    ran = left.product.run("sync", "--dry-run", "--format", "json")
    assert [each["op"] for each in ran.json()["changes"]] == ["unassign"]


def test_a_record_that_cannot_be_written(left: Sides) -> None:
    """What Datadog shows now counts: nobody commands, and the first check says so."""
    with closing(sqlite3.connect(left.product.store)) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON links BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    assert vacancy(left)
    ran = left.product.run("status", "1001", "--format", "json")
    [row] = [row for row in ran.json()["incidents"][0]["roles"] if row["role"] == INCIDENT_MANAGER]
    assert (row["holders"], row["targets"]) == ([], {"datadog": "pending"})
    assert noted_since(left) == []


def test_an_entry_that_is_missing(sides: Sides, clock: Clock) -> None:
    """A note that Datadog lost is no sign of life after the second look."""
    on = {"DD_INCIDENT_ROLES_TIMELINE": "auto"}
    run = sides.product.run
    assert run("timeline", "add", "1001", "Paged the DBA", **on).exit_code == 0
    [cell] = sides.sandbox.cells(1001)
    assert not findings(check_json(sides.product, "1001", **on), "IR030")
    sides.sandbox.delete_note(1001, cell.id)
    assert not findings(check_json(sides.product, "1001", **on), "IR030")
    clock.move(minutes=6)
    assert findings(check_json(sides.product, "1001", **on), "IR030")
