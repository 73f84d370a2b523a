"""Somebody disappears from Datadog: that is believed when a later look confirms it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.endtoend.agreement import (
    ANA,
    BO,
    CAROL,
    FIRST_RESPONDER,
    INCIDENT_MANAGER,
    SCRIBE,
    TITLES,
    Sides,
)

GRACE = "DD_INCIDENT_ROLES_ABSENCE_GRACE"
DEFAULT_GRACE = {GRACE: "300"}
HELD = {INCIDENT_MANAGER: ANA, SCRIBE: CAROL, FIRST_RESPONDER: CAROL}
ROLES = [pytest.param(role, id=role) for role in HELD]


def take_away(sides: Sides, role: str) -> None:
    """Take a role from its holder in Datadog, after both sides had agreed on it."""
    if role == INCIDENT_MANAGER:
        sides.sandbox.set_commander(1001, None)
        return
    assert sides.product.run("assign", "1001", role, HELD[role]).exit_code == 0
    sides.sandbox.take_role(1001, TITLES[role], HELD[role])


@pytest.mark.parametrize("role", ROLES)
def test_the_second_look_is_believed(sides: Sides, role: str) -> None:
    """One sync only notes that the holder is missing; the next ends the interval, unprompted."""
    take_away(sides, role)
    sides.sandbox.forget_requests()
    assert sides.product.run("sync").exit_code == 0
    assert sides.recorded(role) == [HELD[role]]
    assert sides.product.run("sync").exit_code == 0
    sides.assert_agreed(role, [])
    [interval] = sides.intervals(role)
    assert interval.ended_source == "datadog"
    assert sides.sandbox.requests.writes() == []
    sides.assert_quiet()


@pytest.mark.parametrize("role", ROLES)
def test_within_the_grace_the_role_stays(sides: Sides, role: str) -> None:
    """Two looks a moment apart are one look: the holder stays, and status says pending."""
    take_away(sides, role)
    sides.sandbox.forget_requests()
    for _ in range(3):
        assert sides.product.run("sync", **DEFAULT_GRACE).exit_code == 0
    assert sides.recorded(role) == [HELD[role]]
    assert sides.shown(role) == []
    ran = sides.product.run("status", "1001", "--format", "json", **DEFAULT_GRACE)
    [row] = [row for row in ran.json()["incidents"][0]["roles"] if row["role"] == role]
    assert row["targets"] == {"datadog": "pending"}
    assert [holder["email"] for holder in row["holders"]] == [HELD[role]]
    assert "not yet confirmed" in sides.product.run("status", "1001", **DEFAULT_GRACE).stdout
    assert sides.sandbox.requests.writes() == []


@pytest.mark.parametrize("role", ROLES)
def test_somebody_who_comes_back_was_never_gone(sides: Sides, role: str) -> None:
    """Seen again after one look without them, the holder keeps the interval they had."""
    take_away(sides, role)
    [before] = sides.intervals(role)
    assert sides.product.run("sync").exit_code == 0
    if role == INCIDENT_MANAGER:
        sides.sandbox.set_commander(1001, HELD[role])
    else:
        sides.sandbox.give_role(1001, TITLES[role], HELD[role])
    for _ in range(2):
        assert sides.product.run("sync").exit_code == 0
    assert sides.intervals(role) == [before]
    sides.assert_agreed(role, [HELD[role]])
    sides.assert_quiet()


def test_a_successor_is_no_absence(sides: Sides) -> None:
    """Somebody in the holder's place is believed at once."""
    sides.sandbox.set_commander(1001, BO)
    assert sides.product.run("sync", **DEFAULT_GRACE).exit_code == 0
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    assert sides.sandbox.requests.writes() == []
    sides.assert_quiet()


def test_check_speaks_up_at_the_first_look(sides: Sides) -> None:
    """An incident without commander is found at once: the doubt is about the record alone."""
    sides.sandbox.set_commander(1001, None)
    later = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
    ran = sides.product.run("check", "1001", "--now", later, "--format", "json", **DEFAULT_GRACE)
    assert ran.exit_code == 1
    assert "IR001" in {finding["rule"] for finding in ran.json()["findings"]}
