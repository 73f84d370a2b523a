"""A role that somebody devises for one incident, here and in Datadog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.roles.ledger import Devise, HandoffOutcome
from dd_incident_roles.sandbox.api import Permission
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import Switch
from tests.endtoend.agreement import ANA, BO, CAROL, DAN, Desk, Sides

TITLE, KEY = "Network Liaison", "network_liaison"
DEVISE = ("roles", "devise", "1001", TITLE)
DEFINE = (*DEVISE, "--define")
FIELD = f"incident_role.{KEY}"
DEFINITIONS_PATH = r"/user-defined-roles$"


def devise(sides: Sides, *options: str) -> str:
    """Devise the role; what is said."""
    return sides.run(*DEVISE, *options).said


def assigned(sides: Sides) -> list[str]:
    """Who has the role by Datadog's assignments."""
    return sorted(sides.sandbox.holders(1001, TITLE))


def definitions(sides: Sides) -> list[str]:
    """What Datadog calls the role, once for each definition."""
    return [
        role.name
        for role in sides.sandbox.world.role_definitions
        if role.name.casefold() == TITLE.casefold()
    ]


def notices(sides: Sides, public_id: int = 1001) -> list[str]:
    """What status says about the role beside its row."""
    ran = sides.product.run("status", str(public_id), "--format", "json")
    [incident] = ran.json()["incidents"]
    return [notice for notice in incident["notices"] if TITLE in notice]


@dataclass(frozen=True, slots=True, kw_only=True)
class DevisedRoleCase:
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


CASES = {
    "a role of that name": DevisedRoleCase(
        prepare=lambda box: box.define_role(TITLE), assigned=True
    ),
    "in another case": DevisedRoleCase(
        prepare=lambda box: box.define_role(TITLE.upper()), assigned=True
    ),
    "defined by the command": DevisedRoleCase(options=("--define",), assigned=True),
    "a property field": DevisedRoleCase(prepare=_with_field, field=[BO]),
    "a field, and defined too": DevisedRoleCase(
        prepare=_with_field, options=("--define",), field=[BO]
    ),
    "a responder": DevisedRoleCase(said="Datadog has no such role", state="not_supported"),
    "no assignments": DevisedRoleCase(
        prepare=lambda box: box.switch(role_assignments=Switch.MISSING),
        said="Datadog shows only a responder, without the role",
        options=("--define",),
        state="not_supported",
    ),
    "no responders": DevisedRoleCase(
        prepare=lambda box: box.switch(responders=Switch.FORBIDDEN),
        said="Datadog gives no access to responders",
        state="not_supported",
        responder=False,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_way_to_show_it(sides: Sides, case: DevisedRoleCase) -> None:
    """The role is recorded everywhere, and what is said of Datadog is what Datadog shows."""
    case.prepare(sides.sandbox)
    sides.forget("capability", "fields", "role_definitions")
    # What the endpoint for assignments answers is found out by the first role that is written.
    sides.run("assign", "1001", "scribe", CAROL)
    said = devise(sides, *case.options)
    assert "Network Liaison is a role of IR-1001 now, for one person." in said
    assert case.said in said
    assert f"dd-incident-roles assign 1001 {KEY} PERSON" in said

    sides.run("assign", "1001", KEY, BO)
    row = sides.row(KEY)
    assert [holder["email"] for holder in row["holders"]] == [BO]
    assert row["targets"] == {"datadog": case.state}
    if definitions(sides):
        assert assigned(sides) == ([BO] if case.assigned else [])
    assert sides.sandbox.field(1001, FIELD) == case.field
    assert (BO in sides.sandbox.responders(1001)) == case.responder
    sides.settle()
    sides.assert_quiet()


def test_datadog_is_down(sides: Sides) -> None:
    """The role waits in the record, and nothing is defined on the way."""
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, method="GET", count=None)
    ran = sides.end_with(3, *DEVISE, "--define")
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
    sides.run("assign", "1001", KEY, BO)
    devise(sides)
    sides.run("assign", "1001", KEY, DAN)
    assert sides.recorded(KEY) == [DAN]


def test_people_are_found_exactly(sides: Sides) -> None:
    """Somebody whom nobody knows exactly cannot be meant, and nothing is recorded."""
    for unknown in ("nobody@corp.example", "b"):
        ran = sides.end_with(2, *DEVISE, "--may", BO, "--may", unknown)
        assert f"No user matches '{unknown}' exactly" in ran.stderr
    with sides.product.record() as record:
        assert not record.any_devised()


def test_how_long_it_lasts(sides: Sides) -> None:
    """The row and the notice say until when the role is meant.

    After that nobody is given it any more; whoever holds it does until somebody takes it.
    """
    devise(sides, "--for", "2h")
    devised = sides.row(KEY)["devised"]
    at, until = (datetime.fromisoformat(devised[name]) for name in ("at", "until"))
    assert until - at == timedelta(hours=2)
    [notice] = notices(sides)
    assert f"{until:%H:%M} UTC (in " in notice

    sides.run("assign", "1001", KEY, BO)
    with sides.product.record() as record:
        [role] = record.devised(sides.incident_id())
        lapsed = Devise(role=replace(role, until=datetime.now(UTC) - timedelta(minutes=1)))
        record.commit(sides.incident_id(), "datadog", [lapsed])
    refused = sides.end_with(2, "assign", "1001", KEY, DAN)
    assert "The role Network Liaison lapsed at" in refused.stderr
    [notice] = notices(sides)
    assert "it lapsed at" in notice
    assert sides.recorded(KEY) == [BO]
    sides.run("unassign", "1001", KEY)
    assert sides.recorded(KEY) == []


def test_incidents_do_not_see_each_others_roles(sides: Sides) -> None:
    """A role is devised for one incident, and a same title elsewhere is another role.

    It is listed and shown from the record alone, and only if it is asked for.
    """
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
    assert "The record has no incident '4711'." in unknown.stderr

    sides.run("assign", "1001", KEY, BO)
    ran = sides.end_with(2, "assign", "1002", KEY, BO)
    assert f"No role is called '{KEY}'" in ran.stderr
    assert notices(sides, 1002) == []
    elsewhere = product.run("roles", "list", "--incident", "1002", "--format", "json").json()
    assert KEY not in [role["key"] for role in elsewhere["roles"]]

    ran = sides.run("roles", "devise", "1002", TITLE, "--holders", "many")
    assert sides.recorded(KEY, 1002) == []
    assert sides.recorded(KEY) == [BO]
    assert "for many" in ran.stdout


def test_the_timeline_tells_of_it_once(sides: Sides) -> None:
    """Both timelines have one entry for each time that the role was devised, and no more."""
    on = {"DD_INCIDENT_ROLES_TIMELINE": "auto", "DD_INCIDENT_ROLES_ME": ANA}
    for options in ((), (), ("--holders", "many"), ("--define", "--holders", "many")):
        sides.run(*DEVISE, *options, **on)
    for _ in range(2):
        sides.run("sync", **on)
    texts = ["Ana devised the role Network Liaison", "Ana devised the role Network Liaison again"]
    listed = sides.product.run("timeline", "list", "1001", "--format", "json", **on).json()
    entries = [entry for entry in listed["entries"] if TITLE in entry["text"]]
    assert [entry["text"] for entry in entries] == texts
    assert {entry["kind"] for entry in entries} == {"role_devised"}
    there = [str(cell) for cell in sides.sandbox.world.cells if TITLE in str(cell)]
    assert len(there) == len(texts)


def test_datadog_gives_and_takes_it(sides: Sides) -> None:
    """A devised role that Datadog defines is changed there like any other."""
    devise(sides, "--define", "--holders", "many")
    sides.sandbox.give_role(1001, TITLE, BO)
    sides.sandbox.give_role(1001, TITLE, CAROL)
    sides.run("sync")
    assert sides.recorded(KEY) == [BO, CAROL]
    sides.sandbox.take_role(1001, TITLE, BO)
    for _ in range(2):
        sides.run("sync")
    assert sides.recorded(KEY) == assigned(sides) == [CAROL]
    sides.assert_quiet()


def test_many_become_one_and_one_many(sides: Sides) -> None:
    """A role that two people hold is not narrowed before somebody says who stays.

    One that one person holds and that is devised anew for many is kept, and shared.
    """
    devise(sides, "--define", "--holders", "many")
    for person in (BO, CAROL):
        sides.run("assign", "1001", KEY, person)
    ran = sides.end_with(2, *DEVISE, "--holders", "one")
    assert "Several people hold the role Network Liaison: Bo, Carol" in ran.stderr
    sides.run("unassign", "1001", KEY, BO)
    devise(sides, "--holders", "one")
    sides.run("assign", "1001", KEY, DAN)
    assert sides.recorded(KEY) == assigned(sides) == [DAN]
    sides.settle()
    sides.assert_quiet()

    [kept] = [each for each in sides.intervals(KEY) if each.is_open]
    devise(sides, "--holders", "many")
    sides.run("assign", "1001", KEY, CAROL)
    sides.settle()
    assert sides.recorded(KEY) == assigned(sides) == [CAROL, DAN]
    assert kept in sides.intervals(KEY)
    sides.assert_quiet()


def test_without_the_record_the_role_is_unknown(sides: Sides) -> None:
    """A new record does not know what was devised: check says so, and Datadog keeps everything."""
    devise(sides, "--define")
    sides.run("assign", "1001", KEY, BO)
    responders = sides.sandbox.responders(1001)
    sides.sandbox.forget_requests()
    after = sides.beside("second.sqlite3")
    after.settle()
    assert sides.sandbox.requests.writes() == []
    assert (assigned(after), sides.sandbox.responders(1001)) == ([BO], responders)
    check = after.product.run("check", "1001", "--select", "IR014", "--format", "json")
    messages = [finding["message"] for finding in check.json()["findings"]]
    assert any(TITLE in message for message in messages), messages
    assert any("does not know" in notice for notice in notices(after))

    after.run(*DEFINE)
    after.settle()
    assert after.recorded(KEY) == assigned(after) == [BO]
    assert definitions(after) == [TITLE]
    assert sides.sandbox.requests.writes() == []
    after.assert_quiet()


@pytest.mark.parametrize("spelling", [TITLE, TITLE.lower(), None])
def test_a_definition_is_made_once(sides: Sides, spelling: str | None) -> None:
    """Where Datadog has a role of that name it is used, and the command can be repeated."""
    if spelling:
        sides.sandbox.define_role(spelling)
    ran = sides.product.run(*DEFINE)
    again = sides.product.run(*DEFINE)
    assert (ran.exit_code, again.exit_code) == (0, 0)
    assert definitions(sides) == [spelling or TITLE]
    made = sides.sandbox.requests.count("POST", DEFINITIONS_PATH)
    assert made == (0 if spelling else 1)
    assert ("already; that one is used" in ran.stderr) == bool(spelling)
    assert "already; that one is used" in again.stderr
    assert "Nothing to change" in again.stdout


def test_the_definition_is_as_the_role(sides: Sides) -> None:
    """Datadog gets title, summary and whether many hold it; where it differs somebody is told."""
    devise(sides, "--define", "--holders", "many", "--summary", "Talks to the carriers.")
    [made] = [role for role in sides.sandbox.world.role_definitions if role.name == TITLE]
    assert (made.description, made.is_single) == ("Talks to the carriers.", False)
    assert made.incident_type_id == sides.sandbox.incident(1001).incident_type_id
    sides.sandbox.define_role("Pilot", is_single=True)
    ran = sides.run("roles", "devise", "1001", "Pilot", "--define", "--holders", "many")
    assert "Datadog lets only one person at a time hold 'Pilot'." in ran.said


@pytest.mark.parametrize(
    ("kind", "arrived"),
    [
        (FaultKind.DROP_AFTER, True),
        (FaultKind.STATUS_AFTER, True),
        (FaultKind.DROP_BEFORE, False),
        (FaultKind.STATUS_BEFORE, False),
    ],
)
def test_a_lost_answer_to_a_definition(sides: Sides, kind: FaultKind, arrived: bool) -> None:
    """It is looked up and found, or the role is only recorded: it is not sent twice by itself."""
    sides.sandbox.fault(kind, method="POST", path=DEFINITIONS_PATH)
    ran = sides.end_with(0 if arrived else 3, *DEFINE)
    assert ("Datadog shows who holds it." in ran.stdout) is arrived
    assert ("recorded here all the same" in ran.stderr) is not arrived
    assert sides.sandbox.requests.count("POST", DEFINITIONS_PATH) == 1
    if not arrived:
        sides.run(*DEFINE)
    assert definitions(sides) == [TITLE]


@pytest.mark.parametrize("permission", [Permission.SETTINGS_WRITE, Permission.SETTINGS_READ])
def test_without_the_permission(sides: Sides, permission: Permission) -> None:
    """Whoever may not define roles is told which permission that takes, and loses nothing."""
    sides.sandbox.withdraw(permission)
    ran = sides.end_with(3, *DEFINE)
    assert f"incident_settings_{permission.value.rpartition('_')[2]}" in ran.stderr
    assert "recorded here all the same" in ran.stderr
    assert "Network Liaison is a role of IR-1001 now" in ran.stdout
    assert definitions(sides) == []
    sides.run("assign", "1001", KEY, BO)
    assert sides.recorded(KEY) == [BO]


def test_a_role_is_changed_in_one_thing_and_dropped(desk: Desk) -> None:
    """What is not named stays; dropped on one record, it is gone on every other, and its past not.

    Somebody who holds it keeps it until it is taken from them.
    """
    terms = ("--may", BO, "--summary", "Talks to the carriers.", "--for", "2h")
    desk.run(*DEVISE, *terms)
    desk.run("roles", "devise", "1001", KEY, "--change", "--holders", "many")
    [role] = desk.state().devised
    assert (role.is_single, role.may_hold, role.summary) == (False, (BO,), "Talks to the carriers.")
    assert role.until is not None
    for refused in (("devise", "1001", "Nobody Knows It", "--change"), ("drop", "1001", "scribe")):
        ran = desk.run("roles", *refused)
        assert ran.exit_code == 2
        assert "is not a role that was devised for IR-1001" in ran.stderr

    desk.run("assign", "1001", KEY, BO)
    held = desk.run("roles", "drop", "1001", TITLE)
    assert held.exit_code == 2
    take = f"dd-incident-roles unassign 1001 {KEY} {BO}"
    assert take in held.stderr
    assert desk.run(*take.split()[1:]).exit_code == 0
    desk.hand("1001", KEY, BO, "--propose")
    other = Desk(desk.sides.beside("other.db"))
    other.sync()
    assert other.outcomes == [None]
    dropped = desk.run("roles", "drop", "1001", TITLE)
    assert dropped.exit_code == 0
    assert "Network Liaison is no longer a role of IR-1001." in dropped.stdout
    other.sync()
    for each in (desk, other):
        assert each.outcomes == [HandoffOutcome.SUPERSEDED]
        assert TITLE not in each.run("status", "1001").stdout
        assert each.run("assign", "1001", KEY, BO).exit_code == 2
        assert TITLE in each.run("history", "1001").stdout
    assert desk.run("roles", "drop", "1001", TITLE).exit_code == 2
    assert desk.run(*DEVISE).exit_code == 0
    other.sync()
    assert [role.key for role in other.state().devised if not role.is_dropped] == [KEY]
