"""An incident that is gone from Datadog leaves by itself, or at once when somebody says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dd_incident_roles.model import IncidentId
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.endtoend.agreement import ANA, BO, INCIDENT_MANAGER, Sides
from tests.product import Clock, Product, closed_port

READERS = [("status",), ("check", "--fail-on", "never"), ("snapshot",)]
GONE = "Gone from Datadog (deleted or merged)"
OLD = IncidentId("99999999-8888-4777-8666-555555555555")


def delete(sides: Sides, public_id: int = 1001) -> IncidentId:
    """Have the incident deleted in Datadog, and return its id."""
    found = sides.incident_id(public_id)
    with sides.sandbox.lock:
        sides.sandbox.world.incidents.remove(found)
    return found


@pytest.mark.parametrize("reader", READERS, ids=lambda words: words[0])
def test_one_404_is_a_doubt_and_the_second_settles_it(sides: Sides, reader: list[str]) -> None:
    """First exit 3, then said once with exit 0, then nothing more, and no request for it."""
    gone = delete(sides)
    sides.end_with(3, *reader)
    ran = sides.run(*reader)
    assert GONE in ran.said
    sides.sandbox.forget_requests()
    ran = sides.product.run(*reader)
    assert (ran.exit_code, GONE in ran.said) == (0, False)
    assert sides.sandbox.requests.count(path=gone) == 0


def test_a_second_look_within_the_grace_is_no_second_look(sides: Sides) -> None:
    """What Datadog does not show for a moment stays a doubt."""
    delete(sides)
    for _ in range(3):
        sides.end_with(3, "status", DD_INCIDENT_ROLES_ABSENCE_GRACE="300")


def test_a_sync_goes_on_without_it(sides: Sides) -> None:
    """The job ends with 0, says it, and then asks for the incident no more."""
    gone = delete(sides)
    for said in (False, True):
        ran = sides.run("sync", "--format", "json")
        [notice] = ran.json()["notices"]
        assert (notice["incident"], GONE in notice["text"]) == (1001, said)
    sides.sandbox.forget_requests()
    sides.run("sync")
    assert sides.sandbox.requests.count(path=gone) == 0
    assert "IR-1001" not in sides.product.run("status").said


def test_what_is_recorded_of_it_stays(sides: Sides) -> None:
    """History and timeline of an incident that is gone are shown by its number, with exit 0."""
    delete(sides)
    sides.product.run("sync")
    ran = sides.product.run("history", "1001")
    assert (ran.exit_code, "Ana" in ran.stdout) == (0, True)
    sides.run("timeline", "list", "1001")
    ran = sides.product.run("status", "1001")
    assert (ran.exit_code, GONE in ran.said) == (0, True)
    sides.end_with(2, "assign", "1001", "im", BO)


def test_a_later_sighting_brings_it_back(sides: Sides) -> None:
    """Whoever cannot see a private incident for a while finds it again as it was."""
    with sides.sandbox.lock:
        kept = sides.sandbox.world.incidents.get(sides.incident_id())
        assert kept
        sides.sandbox.world.incidents.remove(kept.id)
    for _ in range(2):
        sides.product.run("sync")
    with sides.sandbox.lock:
        sides.sandbox.world.incidents.put(kept)
    sides.run("sync")
    assert "IR-1001" in sides.product.run("status").stdout
    with sides.product.record() as record:
        assert record.absences() == {}


def test_one_that_was_closed_out_of_sight_is_found_again(sides: Sides, clock: Clock) -> None:
    """It is looked for after an hour, without a word where it is still gone; a dry run does not."""
    gone = sides.incident_id()
    with sides.sandbox.lock:
        kept = sides.sandbox.world.incidents.get(gone)
        assert kept
        sides.sandbox.world.incidents.remove(gone)
    for _ in range(2):
        sides.product.run("sync")
    clock.move(hours=2)
    sides.sandbox.forget_requests()
    sides.run("sync", "--dry-run")
    assert sides.sandbox.requests.count(path=gone) == 0
    assert "1001" not in sides.run("sync").said
    assert sides.sandbox.requests.count(path=gone) > 0
    with sides.sandbox.lock:
        sides.sandbox.world.incidents.put(kept)
    sides.sandbox.set_state(1001, "resolved")
    clock.move(hours=4)
    sides.run("sync")
    with sides.product.record() as record:
        assert record.absences() == {}
        [found] = (each for each in record.incidents() if each.id == gone)
    assert not found.is_open


def test_forget_settles_it_at_once(sides: Sides) -> None:
    """It is listed and asked for no more, and what waited for Datadog is not sent."""
    sides.product.run("assign", "1001", "scribe", BO, "--no-sync")
    gone = delete(sides)
    ran = sides.run("forget", "1001")
    assert "IR-1001" in ran.stdout
    assert "Changes that waited for Datadog are not sent." in ran.stderr
    sides.sandbox.forget_requests()
    for words in (("status",), ("sync",), ("check", "--fail-on", "never")):
        ran = sides.product.run(*words)
        assert (ran.exit_code, "IR-1001" in ran.said) == (0, False)
    assert sides.sandbox.requests.count(path=gone) == 0
    with sides.product.record() as record:
        assert record.pending_incident_ids("datadog") == ()
        assert record.assignments(gone)


def test_forget_what_datadog_still_shows(sides: Sides) -> None:
    """It says that the next sync brings it back, and so it does.

    A person's word counts whether Datadog can be asked or not, but about an unknown number.
    """
    ran = sides.run("forget", "IR-1001")
    assert "Datadog still shows it as active, so the next sync brings it back." in ran.stderr
    sides.run("sync")
    assert sides.recorded(INCIDENT_MANAGER) == [ANA]
    assert "IR-1001" in sides.product.run("status").stdout
    ran = sides.run("forget", "1001", DD_INCIDENT_ROLES_API_URL=closed_port())
    assert "Whether Datadog still shows it is not known" in ran.stderr
    ran = sides.end_with(2, "forget", "4711")
    assert ran.stdout == ""
    assert "nothing to forget" in ran.stderr


@pytest.fixture
def mixed(sides: Sides) -> Sides:
    """A record that was used with another organisation before, whose incident has this number."""
    with sides.product.record() as record:
        known = record.incident(sides.incident_id())
        assert known
        record.remember(replace(known, id=OLD, title="Old"), {}, datetime.now(UTC))
    return sides


def test_forget_one_of_two_with_the_same_number(mixed: Sides) -> None:
    """The one that Datadog does not show is meant, and the number names the other at once."""
    mixed.run("assign", "1001", "scribe", BO)
    ran = mixed.product.run("forget", "1001")
    assert (ran.exit_code, '"Old"' in ran.stdout) == (0, True)
    ran = mixed.run("status", "--format", "json")
    numbers = [each["public_id"] for each in ran.json()["incidents"]]
    assert sorted(numbers) == [1001, 1002]


def test_two_that_cannot_be_told_apart(mixed: Sides, running: RunningSandbox) -> None:
    """Where Datadog does not answer, each is listed with what to type."""
    running.sandbox.fault(FaultKind.STATUS_BEFORE, path="/incidents/", status=500, count=None)
    ran = mixed.end_with(2, "forget", "1001")
    assert f"dd-incident-roles forget {OLD}" in ran.stderr
    mixed.run("forget", OLD)


def test_a_record_of_a_product_that_knew_no_absences(product: Product, sandbox: Sandbox) -> None:
    """A merged incident counts as closed, whatever else is known of it."""
    sandbox.declare("Twice", severity="SEV-3", commander=ANA, public_id=1003)
    sandbox.set_state(1003, "merged")
    assert product.run("sync").exit_code == 0
    assert "IR-1003" not in product.run("status").said
