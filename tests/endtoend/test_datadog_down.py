"""Datadog does not answer, or answers nonsense: exit 3, a plain sentence, and an intact record."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import ANA, BO, CAROL, INCIDENT_MANAGER, SCRIBE, Sides
from tests.product import Ran, closed_port

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
    sides.run("assign", "1001", "scribe", CAROL)
    sides.run("sync")
    sides.sandbox.forget_requests()
    return sides


def assert_plain(ran: Ran) -> None:
    """The talk is one sentence of what happened, and at most one of what to do."""
    lines = [line for line in ran.stderr.splitlines() if not line.startswith("Waiting for ")]
    assert lines[0].startswith("Error: ")
    assert len(lines) <= 2


def test_nobody_listens(sides: Sides) -> None:
    """Each command is exit 3 in one sentence, and the record is as it was.

    An incident that was never seen cannot be recorded about. Status has the record answer for
    Datadog and says that it does; what check could not look at is not clean.
    """
    before = sides.state()
    for command in (("sync",), ("assign", "1099", "im", BO)):
        ran = sides.end_with(3, *command, **{NOWHERE: closed_port()})
        assert ran.stdout == ""
        assert_plain(ran)
        assert "127.0.0.1" in ran.stderr
    options = ("1001", "--format", "json")
    ran = sides.end_with(3, "status", *options, **{NOWHERE: closed_port()})
    assert_plain(ran)
    [incident] = ran.json()["incidents"]
    [scribe] = [row for row in incident["roles"] if row["role"] == SCRIBE]
    assert [holder["email"] for holder in scribe["holders"]] == [CAROL]
    assert scribe["targets"] == {"datadog": "not_known"}
    never = ("--fail-on", "never")
    ran = sides.end_with(3, "check", *options, *never, **{NOWHERE: closed_port()})
    assert (ran.json()["evaluated"], ran.json()["findings"]) == (0, [])
    assert [gap["incident"] for gap in ran.json()["not_evaluated"]] == [1001]
    assert sides.state() == before
    sides.assert_quiet()


def test_an_assignment_waits_for_datadog(sides: Sides) -> None:
    """For a known incident the change is recorded and said to be, and the next sync carries it."""
    ran = sides.end_with(3, "assign", "1001", "im", CAROL, **{NOWHERE: closed_port()})
    assert "Carol is Incident Manager of IR-1001 now" in ran.stdout
    assert "Recorded here, not yet in Datadog." in ran.stdout
    assert "dd-incident-roles sync 1001" in ran.stderr
    assert sides.recorded(INCIDENT_MANAGER) == [CAROL]
    assert sides.shown(INCIDENT_MANAGER) == [ANA]

    # Somebody whom nobody could look up is recorded by e-mail, and the doubt is told.
    ran = sides.end_with(3, "assign", "1001", "backup", BO, **{NOWHERE: closed_port()})
    assert "could not be asked" in ran.stderr
    assert sides.recorded("backup_incident_manager") == [BO]

    assert sides.row(INCIDENT_MANAGER)["targets"] == {"datadog": "pending"}
    sides.run("sync")
    sides.assert_agreed(INCIDENT_MANAGER, [CAROL])
    assert sides.sandbox.holders(1001, "Backup Incident Manager") == [BO]
    assert sides.sandbox.requests.count("PATCH") == 1
    sides.assert_quiet()


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
    ran = sides.end_with(3, "sync", "--format", "json")
    assert [failure["incident"] for failure in ran.json()["failures"]] == [1001]
    assert sides.state() == before
    sides.sandbox.clear_faults()
    sides.assert_quiet()


def test_a_write_that_hangs(sides: Sides) -> None:
    """A PATCH that is not answered in time is in doubt; the next run looks before it writes."""
    sides.sandbox.fault(FaultKind.HANG_AFTER, method="PATCH")
    sides.end_with(3, "assign", "1001", "im", BO, **IMPATIENT)
    sides.run("sync")
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    assert sides.sandbox.requests.count("PATCH") == 1
    sides.assert_quiet()
