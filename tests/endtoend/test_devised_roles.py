"""A role that somebody devises for one incident, here and in Datadog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dd_incident_roles.roles.statements import Devise
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.switches import Switch
from tests.endtoend.agreement import ANA, BO, CAROL, DAN, Sides
from tests.endtoend.devising import (
    DEFINE,
    DEVISE,
    FIELD,
    KEY,
    TITLE,
    assigned,
    definitions,
    devise,
    notices,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One way in which Datadog can show the role, and what is said about it."""

    prepare: Callable[[Sandbox], object] = lambda _sandbox: None
    options: tuple[str, ...] = ()
    said: str = "Datadog shows who holds it."
    state: str = "in_sync"
    assigned: bool = False
    field: object = None
    responder: bool = True


def _with_field(sandbox: Sandbox) -> None:
    sandbox.switch(role_assignments=Switch.MISSING)
    sandbox.define_field(FIELD)


RUNGS = {
    "a role of that name": Rung(prepare=lambda box: box.define_role(TITLE), assigned=True),
    "in another case": Rung(prepare=lambda box: box.define_role(TITLE.upper()), assigned=True),
    "defined by the command": Rung(options=("--define",), assigned=True),
    "a property field": Rung(prepare=_with_field, field=[BO]),
    "a field, and defined too": Rung(prepare=_with_field, options=("--define",), field=[BO]),
    "a responder": Rung(said="Datadog defines no such role", state="not_supported"),
    "no assignments": Rung(
        prepare=lambda box: box.switch(role_assignments=Switch.MISSING),
        said="Datadog shows a responder without the role",
        options=("--define",),
        state="not_supported",
    ),
    "no responders": Rung(
        prepare=lambda box: box.switch(responders=Switch.FORBIDDEN),
        said="Datadog gives no access to responders, so it shows nothing",
        state="not_supported",
        responder=False,
    ),
}


@pytest.mark.parametrize("rung", RUNGS.values(), ids=RUNGS)
def test_every_rung(sides: Sides, rung: Rung) -> None:
    """The role is recorded everywhere, and what is said of Datadog is what Datadog shows."""
    rung.prepare(sides.sandbox)
    with sides.product.record() as record:
        for kind in ("capability", "fields", "role_definitions"):
            record.forget_cached(kind)
    # What the endpoint for assignments answers is found out by the first role that is written.
    assert sides.product.run("assign", "1001", "scribe", CAROL).exit_code == 0
    said = devise(sides, *rung.options)
    assert "Network Liaison is a role of IR-1001 now, for one person." in said
    assert rung.said in said
    assert f"dd-incident-roles assign 1001 {KEY} PERSON" in said

    assert sides.product.run("assign", "1001", KEY, BO).exit_code == 0
    row = sides.row(KEY)
    assert [holder["email"] for holder in row["holders"]] == [BO]
    assert row["targets"] == {"datadog": rung.state}
    if definitions(sides):
        assert assigned(sides) == ([BO] if rung.assigned else [])
    assert sides.sandbox.field(1001, FIELD) == rung.field
    assert (BO in sides.sandbox.responders(1001)) == rung.responder
    sides.settle()
    sides.assert_quiet()


def test_datadog_is_down(sides: Sides) -> None:
    """The role waits in the record, and nothing is defined on the way."""
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, method="GET", count=None)
    ran = sides.product.run(*DEVISE, "--define")
    assert ran.exit_code == 3
    assert "Recorded here, not yet in Datadog." in ran.stdout
    assert "dd-incident-roles sync 1001" in ran.stderr
    seen = sides.product.run("status", "1001")
    assert seen.exit_code == 3
    assert "Network Liaison was devised by" in seen.stdout
    sides.sandbox.clear_faults()
    assert sides.sandbox.requests.writes() == []
    assert sides.row(KEY)["devised"]["by"]


def test_who_may_hold_it(sides: Sides) -> None:
    """Only those for whom it was devised can be given the role, until it is devised anew."""
    said = devise(sides, "--may", BO, "--may", CAROL)
    assert "it may be held by Bo, Carol" in said
    assert sides.row(KEY)["devised"]["may_hold"] == [BO, CAROL]
    [notice] = notices(sides)
    assert notice.endswith("for this incident; it may be held by Bo, Carol.")

    refused = sides.product.run("assign", "1001", KEY, DAN)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert f"is meant for {BO}, {CAROL}" in refused.stderr
    assert sides.product.run("assign", "1001", KEY, BO).exit_code == 0
    devise(sides)
    assert sides.product.run("assign", "1001", KEY, DAN).exit_code == 0
    assert sides.recorded(KEY) == [DAN]


@pytest.mark.parametrize("unknown", ["nobody@corp.example", "b"])
def test_people_are_found_exactly(sides: Sides, unknown: str) -> None:
    """Somebody whom nobody knows exactly cannot be meant, and nothing is recorded."""
    ran = sides.product.run(*DEVISE, "--may", BO, "--may", unknown)
    assert ran.exit_code == 2
    assert f"Nobody is known by exactly '{unknown}'" in ran.stderr
    with sides.product.record() as record:
        assert not record.any_devised()


def test_how_long_it_lasts(sides: Sides) -> None:
    """The row and the notice say until when the role is meant."""
    devise(sides, "--for", "2h")
    devised = sides.row(KEY)["devised"]
    at, until = (datetime.fromisoformat(devised[name]) for name in ("at", "until"))
    assert until - at == timedelta(hours=2)
    [notice] = notices(sides)
    assert f"{until:%H:%M} UTC (in " in notice


def test_a_role_that_lapsed(sides: Sides) -> None:
    """Nobody is given it any more; whoever holds it does until somebody takes it."""
    devise(sides)
    assert sides.product.run("assign", "1001", KEY, BO).exit_code == 0
    _lapse(sides, datetime.now(UTC) - timedelta(minutes=1))
    refused = sides.product.run("assign", "1001", KEY, DAN)
    assert refused.exit_code == 2
    assert "The role Network Liaison lapsed at" in refused.stderr
    [notice] = notices(sides)
    assert "it lapsed at" in notice
    assert sides.recorded(KEY) == [BO]
    assert sides.product.run("unassign", "1001", KEY).exit_code == 0
    assert sides.recorded(KEY) == []


def _lapse(sides: Sides, until: datetime) -> None:
    incident = sides.incident_id()
    with sides.product.record() as record:
        [role] = record.devised(incident)
        edits = (Devise(role=replace(role, until=until)),)
        record.commit(incident, "datadog", edits)


def test_incidents_do_not_see_each_others_roles(sides: Sides) -> None:
    """A role is devised for one incident, and a same title elsewhere is another role."""
    devise(sides)
    assert sides.product.run("assign", "1001", KEY, BO).exit_code == 0
    ran = sides.product.run("assign", "1002", KEY, BO)
    assert ran.exit_code == 2
    assert f"No role is called '{KEY}'" in ran.stderr
    assert notices(sides, 1002) == []
    listed = sides.product.run("roles", "list", "--incident", "1002", "--format", "json").json()
    assert KEY not in [role["key"] for role in listed["roles"]]

    ran = sides.product.run("roles", "devise", "1002", TITLE, "--holders", "many")
    assert ran.exit_code == 0
    assert sides.recorded(KEY, 1002) == []
    assert sides.recorded(KEY) == [BO]
    assert "for many" in ran.stdout


def test_the_catalogue_of_an_incident_needs_no_datadog(sides: Sides) -> None:
    """Devised roles are listed and shown from the record alone, and only if they are asked for."""
    devise(sides, "--summary", "Talks to the carriers.")
    product = replace(sides.product, settings={"DD_INCIDENT_ROLES_STORE": str(sides.product.store)})
    listed = product.run("roles", "list", "--incident", "1001")
    shown = product.run("roles", "show", "network liaison", "--incident", "IR-1001")
    assert (listed.exit_code, shown.exit_code) == (0, 0)
    assert TITLE in listed.stdout
    assert "Talks to the carriers." in shown.stdout
    assert TITLE not in product.run("roles", "list").stdout
    assert product.run("roles", "show", KEY).exit_code == 2
    unknown = product.run("roles", "list", "--incident", "4711")
    assert unknown.exit_code == 2
    assert "The record knows no incident '4711'." in unknown.stderr


def test_the_timeline_tells_of_it_once(sides: Sides) -> None:
    """Both timelines have one entry for each time that the role was devised, and no more."""
    on = {"DD_INCIDENT_ROLES_TIMELINE": "auto", "DD_INCIDENT_ROLES_ME": ANA}
    for options in ((), (), ("--holders", "many"), ("--define", "--holders", "many")):
        assert sides.product.run(*DEVISE, *options, **on).exit_code == 0
    for _ in range(2):
        assert sides.product.run("sync", **on).exit_code == 0
    texts = ["Ana devised the role Network Liaison", "Ana devised the role Network Liaison anew"]
    entries = _told(sides.product.run("timeline", "list", "1001", "--format", "json", **on).json())
    assert [entry["text"] for entry in entries] == texts
    assert {entry["kind"] for entry in entries} == {"role_devised"}
    there = [str(cell) for cell in sides.sandbox.world.cells if TITLE in str(cell)]
    assert len(there) == len(texts)


def _told(document: Any) -> list[Any]:
    return [entry for entry in document["entries"] if TITLE in entry["text"]]


def test_datadog_gives_and_takes_it(sides: Sides) -> None:
    """A devised role that Datadog defines is changed there like any other."""
    devise(sides, "--define", "--holders", "many")
    sides.sandbox.give_role(1001, TITLE, BO)
    sides.sandbox.give_role(1001, TITLE, CAROL)
    assert sides.product.run("sync").exit_code == 0
    assert sides.recorded(KEY) == [BO, CAROL]
    sides.sandbox.take_role(1001, TITLE, BO)
    for _ in range(2):
        assert sides.product.run("sync").exit_code == 0
    assert sides.recorded(KEY) == assigned(sides) == [CAROL]
    sides.assert_quiet()


def test_many_become_one(sides: Sides) -> None:
    """A role that two people hold is not narrowed before somebody says who stays."""
    devise(sides, "--define", "--holders", "many")
    for person in (BO, CAROL):
        assert sides.product.run("assign", "1001", KEY, person).exit_code == 0
    ran = sides.product.run(*DEVISE, "--holders", "one")
    assert ran.exit_code == 2
    assert "Several people hold the role Network Liaison: Bo, Carol" in ran.stderr
    assert sides.product.run("unassign", "1001", KEY, BO).exit_code == 0
    devise(sides, "--holders", "one")
    assert sides.product.run("assign", "1001", KEY, DAN).exit_code == 0
    assert sides.recorded(KEY) == assigned(sides) == [DAN]
    sides.settle()
    sides.assert_quiet()


def test_one_becomes_many(sides: Sides) -> None:
    """A role that one person holds and that is devised anew for many is kept, and shared."""
    devise(sides, "--define", "--holders", "many")
    devise(sides, "--holders", "one")
    assert sides.product.run("assign", "1001", KEY, BO).exit_code == 0
    devise(sides, "--holders", "many")
    assert sides.product.run("assign", "1001", KEY, CAROL).exit_code == 0
    sides.settle()
    assert sides.recorded(KEY) == assigned(sides) == [BO, CAROL]
    assert len(sides.intervals(KEY)) == 2
    sides.assert_quiet()


def test_without_the_record_the_role_is_unknown(sides: Sides) -> None:
    """A new record does not know what was devised: check says so, and Datadog keeps everything."""
    devise(sides, "--define")
    assert sides.product.run("assign", "1001", KEY, BO).exit_code == 0
    responders = sides.sandbox.responders(1001)
    sides.sandbox.forget_requests()
    after = Sides(sides.product.beside("second.sqlite3"), sides.sandbox)
    after.settle()
    assert sides.sandbox.requests.writes() == []
    assert (assigned(after), sides.sandbox.responders(1001)) == ([BO], responders)
    check = after.product.run("check", "1001", "--select", "IR014", "--format", "json")
    messages = [finding["message"] for finding in check.json()["findings"]]
    assert any(TITLE in message for message in messages), messages
    assert any("does not know" in notice for notice in notices(after))

    assert after.product.run(*DEFINE).exit_code == 0
    after.settle()
    assert after.recorded(KEY) == assigned(after) == [BO]
    assert definitions(after) == [TITLE]
    assert sides.sandbox.requests.writes() == []
    after.assert_quiet()
