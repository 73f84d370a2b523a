"""Streams: one role in several lines of work, which Datadog does not know and no sync forgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import Switch
from tests.endtoend.agreement import ANA, ASSIGNMENTS_PATH, BO, CAROL, DAN, Sides
from tests.product import Product, Ran

TECH_LEAD, TITLE, FIELD = "tech_lead", "Tech Lead", "incident_role.tech_lead"
COMMUNICATIONS = "communications_manager"


def lead(sides: Sides, person: str, stream: str | None = None) -> Ran:
    """Make somebody Tech Lead, of a stream if one is named."""
    return sides.run("assign", "1001", "tl", person, *(["--stream", stream] if stream else []))


def rows(sides: Sides, role: str = TECH_LEAD) -> dict[str | None, list[str]]:
    """The rows of status about a role: for each stream those who hold it."""
    [incident] = sides.run("status", "1001", "--format", "json").json()["incidents"]
    return {
        row["stream"]: [holder["email"] for holder in row["holders"]]
        for row in incident["roles"]
        if row["role"] == role
    }


@dataclass(frozen=True, slots=True)
class BackendCase:
    """One way in which Datadog shows the Tech Leads, and how people change that there."""

    prepare: Callable[[Sandbox], object]
    shown: Callable[[Sandbox], list[str]]
    add: Callable[[Sandbox, str], object]
    remove: Callable[[Sandbox, str], object]


def _in_field(sandbox: Sandbox) -> list[str]:
    value = sandbox.field(1001, FIELD)
    return sorted(map(str, value)) if isinstance(value, list | tuple) else []


def _without_assignments(sandbox: Sandbox) -> None:
    sandbox.switch(role_assignments=Switch.MISSING)


def _with_field(sandbox: Sandbox) -> None:
    _without_assignments(sandbox)
    sandbox.define_field(FIELD)


ASSIGNMENTS = BackendCase(
    prepare=lambda _box: None,
    shown=lambda box: sorted(box.holders(1001, TITLE)),
    add=lambda box, person: box.give_role(1001, TITLE, person),
    remove=lambda box, person: box.take_role(1001, TITLE, person),
)
IN_FIELD = BackendCase(
    prepare=_with_field,
    shown=_in_field,
    add=lambda box, person: box.set_field(1001, FIELD, [*_in_field(box), person]),
    remove=lambda box, person: box.set_field(
        1001, FIELD, [each for each in _in_field(box) if each != person]
    ),
)
BACKENDS = {"assignments": ASSIGNMENTS, "property field": IN_FIELD}


@pytest.fixture(params=list(BACKENDS.values()), ids=list(BACKENDS))
def backend(request: pytest.FixtureRequest) -> BackendCase:
    """Each way in which Datadog can show who holds the role."""
    found: BackendCase = request.param
    return found


@pytest.fixture
def sides(backend: BackendCase, product: Product, sandbox: Sandbox) -> Sides:
    """Both sides with two Tech Leads, each in a stream."""
    backend.prepare(sandbox)
    sides = Sides(product, sandbox)
    sides.run("sync")
    lead(sides, BO, "database")
    lead(sides, CAROL, "Network")
    assert rows(sides) == {"database": [BO], "network": [CAROL]}
    assert backend.shown(sandbox) == [BO, CAROL]
    sandbox.forget_requests()
    return sides


def test_each_stream_is_a_row(sides: Sides) -> None:
    """Status names both streams with who leads them, and all is in sync.

    Internal and external communications are two rows of one role with two holders. The incident
    changes its severity and is synced again, and every interval stays as it was.
    """
    shown = sides.run("status", "1001").stdout
    [database] = [line for line in shown.splitlines() if "Tech Lead (database)" in line]
    [network] = [line for line in shown.splitlines() if "Tech Lead (network)" in line]
    assert ("Bo" in database, "Carol" in network) == (True, True)
    assert database.rstrip().endswith("in sync")
    sides.run("assign", "1001", "comms", ANA, "--stream", "internal")
    sides.run("assign", "1001", "comms", DAN, "--stream", "external")
    assert rows(sides, COMMUNICATIONS) == {"external": [DAN], "internal": [ANA]}
    sides.settle()
    sides.sandbox.forget_requests()
    before = sides.intervals(TECH_LEAD)
    for severity in ("SEV-2", "SEV-5"):
        sides.sandbox.set_severity(1001, severity)
        sides.run("sync")
    assert sides.intervals(TECH_LEAD) == before
    assert rows(sides, COMMUNICATIONS) == {"external": [DAN], "internal": [ANA]}
    assert sides.sandbox.requests.writes() == []
    sides.assert_quiet()


def test_one_of_them_is_removed_in_datadog(sides: Sides, backend: BackendCase) -> None:
    """Only their own row ends, once a second look confirms it."""
    backend.remove(sides.sandbox, BO)
    sides.run("sync")
    assert sides.recorded(TECH_LEAD) == [BO, CAROL]
    sides.run("sync")
    assert rows(sides) == {"network": [CAROL]}
    [ended] = [each for each in sides.intervals(TECH_LEAD) if not each.is_open]
    assert (ended.person, ended.stream, ended.ended_source) == (BO, "database", "datadog")
    assert sides.sandbox.requests.writes() == []
    sides.assert_quiet()


def test_somebody_added_in_datadog_is_given_a_stream(sides: Sides, backend: BackendCase) -> None:
    """They have no stream at first; giving them one moves them, and Datadog is not written."""
    backend.add(sides.sandbox, DAN)
    sides.run("sync")
    assert rows(sides) == {None: [DAN], "database": [BO], "network": [CAROL]}

    said = lead(sides, DAN, "frontend").stdout
    assert said.startswith("Dan is Tech Lead (frontend) of IR-1001 now. Datadog shows it.")
    assert rows(sides) == {"database": [BO], "frontend": [DAN], "network": [CAROL]}
    first, second = [each for each in sides.intervals(TECH_LEAD) if each.person == DAN]
    assert (first.stream, second.stream) == (None, "frontend")
    assert (first.until, second.until) == (second.since, None)
    assert sides.sandbox.requests.writes() == []
    sides.assert_quiet()

    # An assignment here without a stream is moved like one from Datadog.
    lead(sides, ANA)
    sides.sandbox.forget_requests()
    lead(sides, ANA, "mail")
    assert rows(sides) == {"database": [BO], "frontend": [DAN], "mail": [ANA], "network": [CAROL]}
    assert backend.shown(sides.sandbox) == [ANA, BO, CAROL, DAN]
    assert sides.sandbox.requests.writes() == []


def test_one_person_in_two_streams(sides: Sides, backend: BackendCase) -> None:
    """Datadog has the person once, and keeps them until the last stream is taken from them."""
    for taken, kept in (("database", "frontend"), ("frontend", "database")):
        lead(sides, BO, taken)
        sides.sandbox.forget_requests()
        lead(sides, BO, kept)
        assert rows(sides) == {"database": [BO], "frontend": [BO], "network": [CAROL]}
        assert backend.shown(sides.sandbox) == [BO, CAROL]
        sides.assert_quiet()

        sides.run("unassign", "1001", "tl", BO, "--stream", taken)
        assert rows(sides) == {kept: [BO], "network": [CAROL]}
        assert backend.shown(sides.sandbox) == [BO, CAROL]
        assert sides.sandbox.requests.writes() == []

        sides.run("unassign", "1001", "tl", "--stream", kept)
        assert rows(sides) == {"network": [CAROL]}
        assert backend.shown(sides.sandbox) == [CAROL]
        sides.settle()
        sides.assert_quiet()


def test_both_streams_end_at_once(sides: Sides, backend: BackendCase) -> None:
    """Without a stream the role is taken in all of them, and in Datadog once.

    Datadog knows one membership, so that its end there is the end of each stream.
    """
    lead(sides, BO, "frontend")
    sides.sandbox.forget_requests()
    sides.run("unassign", "1001", "tl", BO)
    assert rows(sides) == {"network": [CAROL]}
    assert backend.shown(sides.sandbox) == [CAROL]
    assert len(sides.sandbox.requests.writes()) == 1

    for stream in ("database", "frontend"):
        lead(sides, BO, stream)
    backend.remove(sides.sandbox, BO)
    for _ in range(2):
        sides.run("sync")
    assert rows(sides) == {"network": [CAROL]}
    sides.assert_quiet()


def test_a_stream_changes_hands(sides: Sides, backend: BackendCase) -> None:
    """Who leads the stream gives way at the same instant; the other stream is not touched."""
    kept = [each for each in sides.intervals(TECH_LEAD) if each.stream == "network"]
    lead(sides, DAN, "DATABASE")
    assert rows(sides) == {"database": [DAN], "network": [CAROL]}
    assert backend.shown(sides.sandbox) == [CAROL, DAN]
    for earlier, later in pairwise(
        each for each in sides.intervals(TECH_LEAD) if each.stream == "database"
    ):
        assert earlier.until == later.since
    assert [each for each in sides.intervals(TECH_LEAD) if each.stream == "network"] == kept
    sides.settle()
    sides.assert_quiet()


def test_a_stream_in_place_of_the_whole_role(sides: Sides, backend: BackendCase) -> None:
    """To name a stream for somebody who holds the role as well without one leaves the stream."""
    lead(sides, BO)
    assert rows(sides) == {None: [BO], "database": [BO], "network": [CAROL]}
    narrowed = lead(sides, BO, "database").stdout
    assert "is Tech Lead (database) of IR-1001 now, and no longer without one." in narrowed
    assert rows(sides) == {"database": [BO], "network": [CAROL]}
    assert backend.shown(sides.sandbox) == [BO, CAROL]

    lead(sides, BO, "frontend")
    left = sides.run("unassign", "1001", "tl", BO, "--stream", "frontend").stdout
    assert "is no longer Tech Lead (frontend)" in left
    assert rows(sides) == {"database": [BO], "network": [CAROL]}


def test_without_the_record_streams_are_unknown(sides: Sides, backend: BackendCase) -> None:
    """A new record has everybody without a stream, and nothing is written to Datadog."""
    lead(sides, BO, "frontend")
    sides.sandbox.forget_requests()
    after = sides.beside("second.sqlite3")
    after.settle()
    assert rows(after) == {None: [BO, CAROL]}
    assert backend.shown(sides.sandbox) == [BO, CAROL]

    lead(after, BO, "database")
    assert rows(after) == {None: [CAROL], "database": [BO]}
    assert sides.sandbox.requests.writes() == []
    after.assert_quiet()


def test_a_stream_that_only_the_record_has(product: Product, sandbox: Sandbox) -> None:
    """Where Datadog shows responders alone, the streams are recorded and survive as well."""
    _without_assignments(sandbox)
    sides = Sides(product, sandbox)
    sides.run("sync")
    lead(sides, BO, "database")
    lead(sides, BO, "frontend")
    lead(sides, CAROL)
    lead(sides, CAROL, "network")
    expected = {"database": [BO], "frontend": [BO], "network": [CAROL]}
    for severity in ("SEV-2", "SEV-3"):
        sandbox.set_severity(1001, severity)
        sides.run("sync")
        assert rows(sides) == expected
    assert sides.row(TECH_LEAD)["targets"] == {"datadog": "not_supported"}
    assert {BO, CAROL} <= set(sandbox.responders(1001))
    assert sandbox.requests.count("POST", ASSIGNMENTS_PATH) == 0
    sides.run("unassign", "1001", "tl", BO, "--stream", "database")
    assert rows(sides) == {"frontend": [BO], "network": [CAROL]}
    sides.assert_quiet()
