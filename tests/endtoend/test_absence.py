"""Somebody disappears from Datadog: that is believed when a later look confirms it.

What ``check`` and ``status`` see counts as a look, also where no sync runs.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.endtoend.agreement import (
    ANA,
    BO,
    CAROL,
    DAN,
    EVE,
    FIRST_RESPONDER,
    INCIDENT_MANAGER,
    SCRIBE,
    TITLES,
    Sides,
)
from tests.endtoend.checks import check_json, findings
from tests.product import Clock, Product

HELD = {INCIDENT_MANAGER: ANA, SCRIBE: CAROL, FIRST_RESPONDER: CAROL}


@pytest.fixture
def product(product: Product) -> Product:
    """The product with the grace that it has unless somebody sets another."""
    return replace(product, settings={**product.settings, "DD_INCIDENT_ROLES_ABSENCE_GRACE": "300"})


@pytest.fixture
def left(sides: Sides) -> Sides:
    """After a sync Datadog lost the commander, and no sync runs any more."""
    sides.sandbox.set_commander(1001, None)
    return sides


@pytest.fixture(params=HELD)
def role(request: pytest.FixtureRequest, sides: Sides) -> str:
    """A role that was taken from its holder in Datadog, after both sides had agreed on it."""
    role = str(request.param)
    if role == INCIDENT_MANAGER:
        sides.sandbox.set_commander(1001, None)
    else:
        sides.run("assign", "1001", role, HELD[role])
        sides.sandbox.take_role(1001, TITLES[role], HELD[role])
    sides.sandbox.forget_requests()
    return role


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


def test_the_second_look_is_believed(sides: Sides, clock: Clock, role: str) -> None:
    """Looks within the grace are one look, after which the holder stays and is pending.

    The first after it ends the interval, unprompted.
    """
    for _ in range(3):
        sides.run("sync")
    assert sides.recorded(role) == [HELD[role]]
    assert sides.shown(role) == []
    row = sides.row(role)
    assert row["targets"] == {"datadog": "pending"}
    assert [holder["email"] for holder in row["holders"]] == [HELD[role]]
    assert "not yet confirmed" in sides.product.run("status", "1001").stdout
    clock.move(minutes=6)
    sides.run("sync")
    sides.assert_agreed(role, [])
    [interval] = sides.intervals(role)
    assert interval.ended_source == "datadog"
    assert sides.sandbox.requests.writes() == []
    sides.assert_quiet()


def test_somebody_who_comes_back_was_never_gone(sides: Sides, clock: Clock, role: str) -> None:
    """Seen again after one look without them, the holder keeps the interval they had."""
    [before] = sides.intervals(role)
    sides.run("sync")
    if role == INCIDENT_MANAGER:
        sides.sandbox.set_commander(1001, HELD[role])
    else:
        sides.sandbox.give_role(1001, TITLES[role], HELD[role])
    for _ in range(2):
        clock.move(minutes=6)
        sides.run("sync")
    assert sides.intervals(role) == [before]
    sides.assert_agreed(role, [HELD[role]])
    sides.assert_quiet()


def test_a_successor_is_no_absence(sides: Sides) -> None:
    """Somebody in the holder's place is believed at once, and by the sync, not by other looks."""
    sides.sandbox.set_commander(1001, BO)
    before = sides.state()
    sides.product.run("check", "1001")
    sides.product.run("status", "1001")
    assert sides.state() == before
    assert noted_since(sides) == []
    sides.run("sync")
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    assert sides.sandbox.requests.writes() == []
    sides.assert_quiet()


def test_check_speaks_up_at_the_first_look(left: Sides) -> None:
    """An incident without commander is found at once: the doubt is about the record alone."""
    later = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
    ran = left.end_with(1, "check", "1001", "--now", later, "--format", "json")
    assert findings(ran, "IR001")


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
        sides.run("assign", "1001", "fr", person)
    sides.sandbox.take_role(1001, "First Responder", BO)
    shown = " ".join(sides.product.run("status", "1001").stdout.split())
    assert f"Datadog does not show {BO} since {clock():%H:%M}; not yet confirmed" in shown
    clock.move(minutes=6)
    assert [holder["email"] for holder in sides.row(FIRST_RESPONDER)["holders"]] == [CAROL]


def test_a_required_role_that_lost_its_holder(sides: Sides, clock: Clock) -> None:
    """IR010 has the clock of the first sight too."""
    sides.run("assign", "1001", SCRIBE, CAROL)
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
    left.run("sync")
    [interval] = left.intervals(INCIDENT_MANAGER)
    assert interval.until is not None
    assert abs(interval.until - first) < timedelta(seconds=30)
    [finding] = vacancy(left)
    assert moment(finding["since"]) == interval.until


def test_what_the_guard_holds_back_is_seen(sides: Sides, clock: Clock) -> None:
    """Roles that vanish together stay in the record for a while, and check finds them empty."""
    held = {SCRIBE: CAROL, "tech_lead": BO, "customer_support_lead": EVE, FIRST_RESPONDER: DAN}
    for role, person in held.items():
        sides.run("assign", "1001", role, person)
    for role, person in held.items():
        sides.sandbox.take_role(1001, role.replace("_", " ").title(), person)
    sides.run("sync")
    clock.move(minutes=16)
    sides.end_with(4, "sync")
    assert sides.recorded(SCRIBE) == [CAROL]
    assert set(held) <= {each["role"] for each in vacancy(sides, "IR010")}
    assert sides.row(SCRIBE)["targets"] == {"datadog": "pending"}


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
    row = left.row(INCIDENT_MANAGER)
    assert (row["holders"], row["targets"]) == ([], {"datadog": "pending"})
    assert noted_since(left) == []


def test_an_entry_that_is_missing(timeline_on: None, sides: Sides, clock: Clock) -> None:
    """A note that Datadog lost is no sign of life after the second look."""
    sides.run("timeline", "add", "1001", "Paged the DBA")
    [cell] = sides.sandbox.cells(1001)
    assert not vacancy(sides, "IR030")
    sides.sandbox.delete_note(1001, cell.id)
    assert not vacancy(sides, "IR030")
    clock.move(minutes=6)
    assert vacancy(sides, "IR030")
