"""Datadog does not answer, or answers nonsense: exit 3, a plain sentence, and an intact record."""

from __future__ import annotations

import socket

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import ANA, BO, CAROL, INCIDENT_MANAGER, SCRIBE, Sides
from tests.product import Ran

NOWHERE = "DD_INCIDENT_ROLES_API_URL"
IMPATIENT = {"DD_INCIDENT_ROLES_TIMEOUT": "0.2"}
NONSENSE = [
    pytest.param(FaultKind.HTML, id="a page of somebody in between"),
    pytest.param(FaultKind.TRUNCATE, id="cut short"),
    pytest.param(FaultKind.HANG_BEFORE, id="no answer"),
]


@pytest.fixture
def sides(sides: Sides) -> Sides:
    """Both sides with a scribe who was assigned here, and seen in Datadog since."""
    assert sides.product.run("assign", "1001", "scribe", CAROL).exit_code == 0
    assert sides.product.run("sync").exit_code == 0
    sides.sandbox.forget_requests()
    return sides


@pytest.fixture
def closed_port() -> str:
    """The address of a port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def assert_plain(ran: Ran) -> None:
    """The talk is one sentence of what happened, and at most one of what to do."""
    lines = [line for line in ran.stderr.splitlines() if not line.startswith("Waiting for ")]
    assert lines[0].startswith("Error: ")
    assert len(lines) <= 2


def test_sync_without_datadog(sides: Sides, closed_port: str) -> None:
    """Nobody listens: exit 3 in one sentence, and the record is as it was."""
    before = sides.state()
    ran = sides.product.run("sync", **{NOWHERE: closed_port})
    assert (ran.exit_code, ran.stdout) == (3, "")
    assert_plain(ran)
    assert "127.0.0.1" in ran.stderr
    assert sides.state() == before
    sides.assert_quiet()


def test_an_assignment_waits_for_datadog(sides: Sides, closed_port: str) -> None:
    """For a known incident the change is recorded and said to be, and the next sync carries it."""
    ran = sides.product.run("assign", "1001", "im", CAROL, **{NOWHERE: closed_port})
    assert ran.exit_code == 3
    assert "Carol is Incident Manager of IR-1001 now" in ran.stdout
    assert "Recorded here, not yet in Datadog." in ran.stdout
    assert "dd-incident-roles sync 1001" in ran.stderr
    assert sides.recorded(INCIDENT_MANAGER) == [CAROL]
    assert sides.shown(INCIDENT_MANAGER) == [ANA]

    assert sides.row(INCIDENT_MANAGER)["targets"] == {"datadog": "pending"}
    assert sides.product.run("sync").exit_code == 0
    sides.assert_agreed(INCIDENT_MANAGER, [CAROL])
    assert sides.sandbox.requests.count("PATCH") == 1
    sides.assert_quiet()


def test_somebody_unknown_is_recorded_with_a_warning(sides: Sides, closed_port: str) -> None:
    """A person whom nobody could look up is recorded by e-mail, and the doubt is told."""
    ran = sides.product.run("assign", "1001", "backup", BO, **{NOWHERE: closed_port})
    assert ran.exit_code == 3
    assert "could not be asked" in ran.stderr
    assert sides.recorded("backup_incident_manager") == [BO]
    assert sides.product.run("sync").exit_code == 0
    assert sides.sandbox.holders(1001, "Backup Incident Manager") == [BO]
    sides.assert_quiet()


def test_an_unknown_incident_cannot_be_assigned(sides: Sides, closed_port: str) -> None:
    """An incident that was never seen cannot be recorded about: exit 3, and nothing is kept."""
    before = sides.state()
    ran = sides.product.run("assign", "1099", "im", BO, **{NOWHERE: closed_port})
    assert (ran.exit_code, ran.stdout) == (3, "")
    assert_plain(ran)
    assert sides.state() == before


def test_status_shows_what_was_recorded(sides: Sides, closed_port: str) -> None:
    """The record answers for Datadog, says that it does, and exits with 3."""
    ran = sides.product.run("status", "1001", "--format", "json", **{NOWHERE: closed_port})
    assert ran.exit_code == 3
    assert_plain(ran)
    [incident] = ran.json()["incidents"]
    [scribe] = [row for row in incident["roles"] if row["role"] == SCRIBE]
    assert [holder["email"] for holder in scribe["holders"]] == [CAROL]
    assert scribe["targets"] == {"datadog": "pending"}


def test_check_does_not_call_it_clean(sides: Sides, closed_port: str) -> None:
    """What could not be looked at is not clean: exit 3, whatever findings are allowed."""
    ran = sides.product.run(
        "check", "1001", "--fail-on", "never", "--format", "json", **{NOWHERE: closed_port}
    )
    assert ran.exit_code == 3
    assert (ran.json()["evaluated"], ran.json()["findings"]) == (0, [])
    assert [gap["incident"] for gap in ran.json()["not_evaluated"]] == [1001]


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_no_absence(sides: Sides, kind: FaultKind) -> None:
    """Whatever comes instead of an answer, nobody loses a role by it."""
    before = sides.state()
    sides.sandbox.fault(kind, count=None)
    ran = sides.product.run("sync", **IMPATIENT)
    assert (ran.exit_code, ran.stdout) == (3, "")
    assert_plain(ran)
    assert sides.state() == before
    sides.sandbox.clear_faults()
    sides.assert_quiet()


def test_nonsense_about_one_incident(sides: Sides) -> None:
    """Where only the responders cannot be read, the incident is left alone as a whole."""
    before = sides.state()
    sides.sandbox.fault(FaultKind.HTML, path=rf"{sides.incident_id()}/responders", count=None)
    ran = sides.product.run("sync", "--format", "json")
    assert ran.exit_code == 3
    assert [failure["incident"] for failure in ran.json()["failures"]] == [1001]
    assert sides.state() == before
    sides.sandbox.clear_faults()
    sides.assert_quiet()


def test_a_write_that_hangs(sides: Sides) -> None:
    """A PATCH that is not answered in time is in doubt; the next run looks before it writes."""
    sides.sandbox.fault(FaultKind.HANG_AFTER, method="PATCH")
    ran = sides.product.run("assign", "1001", "im", BO, **IMPATIENT)
    assert ran.exit_code == 3
    assert sides.product.run("sync").exit_code == 0
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    assert sides.sandbox.requests.count("PATCH") == 1
    sides.assert_quiet()
