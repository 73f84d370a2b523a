"""A timeline that Datadog does not let these keys use: said, demanded or not, asked for again."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.switches import Switch
from tests.endtoend.agreement import Sides

AUTO = {"DD_INCIDENT_ROLES_TIMELINE": "auto"}
REQUIRED = {"DD_INCIDENT_ROLES_TIMELINE": "required"}
ABSENT = [Switch.MISSING, Switch.FORBIDDEN]


@pytest.fixture
def noted(sides: Sides) -> Sides:
    """A note waits in the record."""
    add = ("timeline", "add", "1001", "Looking", "--no-sync")
    assert sides.product.run(*add, **AUTO).exit_code == 0
    return sides


@pytest.mark.parametrize("switch", ABSENT)
@pytest.mark.parametrize("part", ["timeline", "timeline_writes"])
def test_a_timeline_that_is_demanded(noted: Sides, part: str, switch: Switch) -> None:
    """Every run that lacks it is exit 3, and says what to grant."""
    noted.sandbox.switch(**{part: switch})
    permission = "incident_read" if part == "timeline" else "incident_write"
    for _ in range(3):
        ran = noted.product.run("sync", "1001", "--format", "json", **REQUIRED)
        assert ran.exit_code == 3
        [failure] = ran.json()["failures"]
        assert failure["incident"] == 1001
        assert permission in failure["hint"]
    noted.sandbox.switch(**{part: Switch.ON})


@pytest.mark.parametrize("switch", ABSENT)
@pytest.mark.parametrize("part", ["timeline", "timeline_writes"])
def test_a_timeline_that_is_not_demanded(noted: Sides, part: str, switch: Switch) -> None:
    """It is no failure, and the report of each run says that a note waits, the first one's too."""
    noted.sandbox.switch(**{part: switch})
    for _ in range(2):
        ran = noted.product.run("sync", "1001", "--format", "json", **AUTO)
        assert (ran.exit_code, ran.json()["failures"]) == (0, [])
        assert any("here" in notice["text"] for notice in ran.json()["notices"])
    sent = len(noted.sandbox.requests.writes())
    assert noted.product.run("sync", "1001", **AUTO).exit_code == 0
    assert len(noted.sandbox.requests.writes()) == sent


@pytest.mark.parametrize("switch", ABSENT)
def test_granted_meanwhile(noted: Sides, switch: Switch) -> None:
    """The next command that a person types finds out, and carries what waited as well."""
    noted.sandbox.switch(timeline=switch)
    assert noted.product.run("sync", "1001", **AUTO).exit_code == 0
    noted.sandbox.switch(timeline=Switch.ON, timeline_writes=switch)
    assert noted.product.run("timeline", "add", "1001", "Found it", **AUTO).exit_code == 0
    assert noted.sandbox.notes(1001) == []
    noted.sandbox.switch(timeline_writes=Switch.ON)
    assert noted.product.run("timeline", "add", "1001", "Mended", **AUTO).exit_code == 0
    assert len(noted.sandbox.notes(1001)) == 3
