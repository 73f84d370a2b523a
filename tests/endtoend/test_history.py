"""``history`` and ``correct`` against a local Datadog: what the record saw, and what it did not."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.endtoend.agreement import ANA, BO, CAROL, DAN, EVE, INCIDENT_MANAGER, Desk, Sides
from tests.product import Clock, Product

DOWN = "http://127.0.0.1:9"


pytestmark = pytest.mark.usefixtures("timeline_on")


def history(product: Product, *options: str, **settings: str) -> Any:
    ran = product.run("history", "1001", "--format", "json", *options, **settings)
    assert ran.exit_code == 0, ran.said
    return ran.json()


def rows(product: Product, *options: str) -> list[tuple[str, str, str]]:
    """Each row as role, holder and basis."""
    return [
        (row["role"], row["holder"]["email"], row["basis"])
        for row in history(product, *options)["rows"]
    ]


def test_a_handoff_closes_and_opens_at_one_instant(sides: Sides) -> None:
    """The rows of a role that changed hands meet, and one handoff is counted.

    CSV has a row for each interval, under the names of its columns.
    """
    sides.run("handoff", "1001", "im", "--to", BO)
    told = history(sides.product, "--role", "im")
    ana, bo = told["rows"]
    assert (ana["holder"]["email"], bo["holder"]["email"]) == (ANA, BO)
    assert ana["until"] == bo["from"]
    assert bo["until"] is None
    assert told["durations"]["handoffs"] == [{"role": "incident_manager", "number": 1}]
    assert told["overlaps"] == []
    printed = sides.product.run("history", "1001", "--format", "csv").stdout
    parsed = [*csv.DictReader(io.StringIO(printed))]
    assert [(row["incident"], row["role"], row["email"]) for row in parsed] == [
        ("1001", "incident_manager", ANA),
        ("1001", "incident_manager", BO),
    ]


def test_a_moment(sides: Sides) -> None:
    """Before the handoff it was Ana, and nobody before the record looked."""
    before = datetime.now(UTC).isoformat()
    sides.run("assign", "1001", "im", BO)
    now = datetime.now(UTC).isoformat()
    assert rows(sides.product, "--at", before) == [("incident_manager", ANA, "recorded")]
    assert rows(sides.product, "--at", now) == [("incident_manager", BO, "recorded")]
    assert rows(sides.product, "--at=-30m") == []


def test_what_came_before_the_first_sync_is_inferred(product: Product, sandbox: Sandbox) -> None:
    """Datadog's own entries tell who had the role until somebody else was given it."""
    sandbox.give_role(1001, "Tech Lead", DAN)
    sandbox.take_role(1001, "Tech Lead", DAN)
    sandbox.give_role(1001, "Tech Lead", EVE)
    sandbox.forget_requests()
    told = rows(product, "--role", "tl")
    assert sandbox.requests.writes() == []
    with product.record() as record:
        assert record.incidents() == (), "reading changes nothing"
    assert ("tech_lead", DAN, "inferred") in told
    assert told[-1] == ("tech_lead", EVE, "recorded")
    assert product.run("sync").exit_code == 0
    assert rows(product, "--role", "tl") == told


def test_a_correction_stands_and_erases_nothing(sides: Sides) -> None:
    """What was recorded is still there, and one entry on each side tells of the correction."""
    began = (datetime.now(UTC) - timedelta(minutes=20)).isoformat()
    ended = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
    command = ("correct", "1001", "im", BO, "--from", began, "--until", ended)
    ran = sides.run(*command, "--reason", "the call was not recorded")
    assert ran.stdout.startswith("Bo was Incident Manager of IR-1001 from ")
    told = history(sides.product, "--role", "im")
    first = told["rows"][0]
    assert (first["holder"]["email"], first["basis"]) == (BO, "corrected")
    assert first["reason"] == "the call was not recorded"
    assert [row["holder"]["email"] for row in told["recorded"]] == [ANA]
    assert sides.shown("incident_manager") == sides.recorded("incident_manager") == [ANA]
    [note] = sides.sandbox.notes(1001)
    assert note.startswith("Correction: Bo was Incident Manager from ")
    sides.sandbox.forget_requests()
    sides.run("sync")
    assert sides.sandbox.requests.writes() == []


def test_whoever_a_correction_names_is_known_from_then_on(sides: Sides) -> None:
    """Somebody looked up for a correction is shown by name, without a role in Datadog."""
    times = ("--from=-20m", "--until=-10m", "--reason", "on the phone", "--no-sync")
    sides.run("correct", "1001", "im", CAROL, *times)
    [row] = [row for row in history(sides.product)["rows"] if row["basis"] == "corrected"]
    assert (row["holder"]["email"], row["holder"]["name"]) == (CAROL, "Carol")


REFUSED = (
    (("history", "1001", "--at", "2099-01-01"), "is in the future"),
    (("history", "4711"), "4711"),
    *(
        (("correct", "1001", "im", BO, f"--from={since}", f"--until={until}", *reason), said)
        for since, until, reason, said in (
            ("-10m", "-20m", ("--reason", "x"), "ends before it begins"),
            ("-10m", "2099-01-01", ("--reason", "x"), "Only the past can be corrected."),
            ("-20m", "-10m", ("--reason", " "), "A correction needs a reason."),
            ("-9d", "-10m", ("--reason", "x"), "nobody held a role before"),
        )
    ),
)


def test_what_cannot_be_asked_or_corrected(shared: Sides) -> None:
    """Exit 2 for a stretch that is empty or not over, or without a reason, and for the future."""
    for command, said in REFUSED:
        ran = shared.product.run(*command)
        assert (command, ran.exit_code, ran.stdout) == (command, 2, "")
        assert said in ran.stderr
    with shared.product.record() as record:
        assert record.corrections(shared.incident_id()) == ()


def test_nobody_held_it(sides: Sides) -> None:
    """A correction can say that the role stood empty for a while."""
    began = history(sides.product, "--role", "im")["rows"][0]["seen"]
    ended = datetime.now(UTC).isoformat()
    times = ("--from", began, "--until", ended, "--reason", "Ana was asleep")
    sides.run("correct", "1001", "im", "nobody", *times)
    assert rows(sides.product, "--at", began) == []
    assert rows(sides.product, "--at", ended) == [("incident_manager", ANA, "recorded")]


def test_without_datadog_the_record_is_shown(sides: Sides) -> None:
    """The history is told as far as it is known, with exit 3 and the reason."""
    ran = sides.end_with(3, "history", "1001", DD_INCIDENT_ROLES_API_URL=DOWN)
    assert "Incident Manager" in ran.stdout
    assert "this is what is recorded here" in ran.stdout
    assert "Error: Could not connect to 127.0.0.1:9" in ran.stderr


def test_a_correction_to_nobody_is_in_the_history(desk: Desk, clock: Clock) -> None:
    """As a row of its own with its reason, and the holder around it."""
    clock.move(minutes=10)
    since, until = (clock() - timedelta(minutes=each) for each in (5, 3))
    times = ("--from", since.isoformat(), "--until", until.isoformat())
    desk.run("correct", "1001", "im", "nobody", *times, "--reason", "Ana was asleep")
    told = desk.run("history", "1001", "--role", "im", "--format", "json").json()
    [emptied] = told["emptied"]
    before, after = told["rows"]
    assert before["from"] is None
    # She was not first seen at the moment at which somebody says that she was there again.
    assert (after["from"], after["seen"]) == (emptied["until"], None)
    assert (emptied["role"], emptied["reason"]) == (INCIDENT_MANAGER, "Ana was asleep")
    for shape in ("table", "csv"):
        lines = desk.run("history", "1001", "--format", shape).stdout.splitlines()
        assert any("nobody" in line and "asleep" in line for line in lines)
