"""A person is an account, and whoever has none is a name; a record belongs to one organisation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.model import Organisation
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sandbox.world import Switch
from tests.endtoend.agreement import ANA, BO, CAROL, INCIDENT_MANAGER, SCRIBE, SCRIBE_FIELD, Sides
from tests.endtoend.checks import check_json, findings
from tests.product import API_KEY, APPLICATION_KEY, Clock, Product, closed_port

ROBOT = "0b5e55ed-0000-4000-8000-00000000b074"
INVITED = "0b5e55ed-0000-4000-8000-000000001147"


def robot(sandbox: Sandbox, email: str = BO) -> str:
    """A service account with the e-mail and the handle of a person."""
    return sandbox.add_person(email, "Deploy bot", service_account=True, account=ROBOT)


def commander(sandbox: Sandbox) -> str | None:
    """The account in command."""
    return sandbox.incident(1001).commander


@pytest.fixture
def seen(sides: Sides) -> Sides:
    """Bo's service account was in command and the record has seen it, then Ana took over."""
    robot(sides.sandbox)
    sides.sandbox.set_commander(1001, ROBOT)
    sides.run("sync")
    sides.sandbox.set_commander(1001, ANA)
    sides.run("sync")
    return sides


def test_an_account_seen_in_command_does_not_get_the_role_later(seen: Sides) -> None:
    """Of two accounts with one e-mail the role goes to the one with a person behind it.

    What the record remembers of a service account is never mistaken for the person.
    """
    seen.run("assign", "1001", "im", BO)
    assert commander(seen.sandbox) == seen.sandbox.person(BO).id
    intervals = {each.person for each in seen.intervals(INCIDENT_MANAGER)}
    assert intervals == {ANA, BO, f"user:{ROBOT}"}
    assert seen.recorded(INCIDENT_MANAGER) == seen.shown(INCIDENT_MANAGER) == [BO]
    row = seen.row(INCIDENT_MANAGER)
    assert (row["targets"], [each["email"] for each in row["holders"]]) == (
        {"datadog": "in_sync"},
        [BO],
    )
    seen.assert_quiet()


def test_nor_while_datadog_cannot_be_asked(seen: Sides) -> None:
    """The record has the service account and not the person: the person is recorded, and told."""
    ran = seen.end_with(
        3, "assign", "1001", "im", BO, **{"DD_INCIDENT_ROLES_API_URL": closed_port()}
    )
    assert "could not be asked" in ran.stderr
    seen.run("sync")
    assert commander(seen.sandbox) == seen.sandbox.person(BO).id
    seen.assert_quiet()


def test_both_hold_roles_side_by_side(sides: Sides) -> None:
    """Whichever a record meets first, it keeps them apart, and status tells which is which."""
    robot(sides.sandbox)
    sides.sandbox.give_role(1001, "Scribe", BO)
    sides.run("sync")
    sides.sandbox.set_commander(1001, ROBOT)
    late = sides.beside("late.sqlite3")
    sides.sandbox.take_role(1001, "Scribe", BO)
    late.run("sync")
    sides.sandbox.give_role(1001, "Scribe", BO)
    for each in (sides, late):
        each.run("sync")
        assert each.recorded(SCRIBE) == [BO]
        assert each.recorded(INCIDENT_MANAGER) == [f"user:{ROBOT}"]
        [scribe] = each.row(SCRIBE)["holders"]
        [manager] = each.row(INCIDENT_MANAGER)["holders"]
        assert (scribe["account"], scribe["kind"]) == (sides.sandbox.person(BO).id, "human")
        assert (manager["account"], manager["kind"]) == (ROBOT, "service_account")
        shown = each.product.run("status", "1001").stdout
        assert "Deploy bot (service account)" in " ".join(shown.split())
        each.assert_quiet()


def test_a_service_account_is_refused(sides: Sides) -> None:
    """Named directly, by e-mail or by id, it gets nothing: exit 2 and a plain sentence."""
    robot(sides.sandbox, "robot@corp.example")
    before = sides.state()
    for command in ("assign 1001 scribe", "handoff 1001 im --propose --to"):
        for name in ("robot@corp.example", ROBOT):
            ran = sides.end_with(2, *command.split(), name)
            assert "is a service account and cannot hold a role" in ran.stderr
    assert sides.state() == before


def test_two_possible_accounts_are_told_apart(sides: Sides) -> None:
    """An account in use and an invitation with one e-mail: both are listed, an id chooses."""
    sides.sandbox.add_person(BO, None, status="Pending", account=INVITED)
    ran = sides.end_with(2, "assign", "1001", "im", BO)
    active = sides.sandbox.person(BO).id
    assert f"Bo, {BO}, active, account {active}" in ran.stderr
    assert f"{BO}, invited, never signed in, account {INVITED}" in ran.stderr
    for account in (INVITED, active.upper()):
        ran = sides.product.run("assign", "1001", "im", account)
        assert (ran.exit_code, commander(sides.sandbox)) == (0, account.lower()), ran.said
    [holder] = sides.row(INCIDENT_MANAGER)["holders"]
    assert (holder["email"], holder["account"]) == (BO, active)
    sides.assert_quiet()
    # A lone invitation is taken, and whoever gives the role is told.
    sides.sandbox.add_person("new@corp.example", status="Pending")
    ran = sides.run("assign", "1001", "im", "new@corp.example")
    assert "was invited to Datadog and never signed in" in ran.stderr


def test_a_changed_email_keeps_the_person(sides: Sides) -> None:
    """An account that got another e-mail is the same person, and holds what it held."""
    account = sides.sandbox.person(ANA).id
    sides.sandbox.add_person("ana.lima@corp.example", "Ana Lima", account=account)
    sides.run("sync")
    assert [each.person for each in sides.intervals(INCIDENT_MANAGER)] == [ANA]
    sides.run("assign", "1001", "scribe", "ana.lima@corp.example")
    assert sides.recorded(SCRIBE) == [ANA]
    [holder] = sides.row(SCRIBE)["holders"]
    assert (holder["email"], holder["name"]) == ("ana.lima@corp.example", "Ana Lima")


def test_an_account_is_looked_at_before_it_gets_a_role(sides: Sides) -> None:
    """An account that the record knows well was deactivated since: it gets nothing.

    Keys that may not ask for users serve whom the record knows, and the command says so.
    """
    sides.run("assign", "1001", "scribe", BO)
    sides.sandbox.set_status(BO, "Disabled")
    assert "deactivated" in sides.end_with(2, "assign", "1001", "im", BO).stderr
    assert commander(sides.sandbox) == sides.sandbox.person(ANA).id
    sides.sandbox.set_status(BO, "Active")
    sides.sandbox.fault(FaultKind.HTML, path=r"v2/users", count=None)
    ran = sides.run("assign", "1001", "im", BO)
    assert "Datadog could not be asked about the account of Bo" in ran.stderr
    assert commander(sides.sandbox) == sides.sandbox.person(BO).id


def test_one_of_two_holders_with_one_email_is_named_by_account(sides: Sides) -> None:
    """To take a role from one of them by e-mail is ambiguous; the id takes it from that one."""
    sides.sandbox.add_person(BO, "Bo the second", account=INVITED)
    for account in (sides.sandbox.person(BO).id, INVITED):
        sides.run("assign", "1001", "fr", account)
    ran = sides.end_with(2, "unassign", "1001", "fr", BO)
    assert INVITED in ran.stderr
    sides.run("unassign", "1001", "fr", INVITED)
    assert sides.recorded("first_responder") == [BO]
    assert sides.sandbox.holders(1001, "First Responder") == [BO]


def test_only_the_one_who_was_named_already_is(sides: Sides) -> None:
    """Nothing to change for one of several holders is said of that one."""
    for person in (ANA, BO, CAROL):
        sides.run("assign", "1001", "fr", person)
    ran = sides.product.run("assign", "1001", "fr", BO)
    assert ran.stdout.startswith("Nothing to change: Bo already is First Responder of IR-1001.")


def test_a_name_written_by_hand_is_shown(sides: Sides, product: Product) -> None:
    """The name of the people file stands wherever the person is shown."""
    people = product.store.with_name("people.yaml")
    people.write_text(f"version: 1\npeople:\n  bo:\n    email: {BO}\n    name: Bo Dahl\n")
    settings = {"DD_INCIDENT_ROLES_PEOPLE": str(people)}
    ran = product.run("assign", "1001", "im", "bo", **settings)
    assert "Bo Dahl is Incident Manager of IR-1001 now, after Ana." in ran.stdout
    status = product.run("status", "1001", "--format", "json", **settings).json()
    assert status["incidents"][0]["roles"][0]["holders"][0]["name"] == "Bo Dahl"
    assert "Bo Dahl" in product.run("history", "1001", **settings).stdout
    sides.sandbox.forget_requests()
    assert product.run("sync", **settings).exit_code == 0
    assert sides.sandbox.requests.writes() == []


MEMBER = "U01CHAT"


@pytest.fixture
def outside(sides: Sides) -> Sides:
    """The scribe is somebody of Slack."""
    sides.sandbox.add_outsider(1001, MEMBER, role="Scribe")
    return sides


def test_status_shows_them(outside: Sides) -> None:
    """They are named by what the chat calls them, before a sync and after it.

    The check has nothing against them, although nobody can look at an account, and no role can be
    given to them: Datadog gives roles to accounts only, and the record does not pretend otherwise.
    """
    for _ in range(2):
        [holder] = outside.row(SCRIBE)["holders"]
        assert holder["name"] == f"{MEMBER} (Slack, no Datadog account)"
        assert (holder["email"], holder["account"], holder["kind"]) == (None, None, "external")
        outside.run("sync")
    outside.assert_quiet()
    later = datetime.now(UTC) + timedelta(minutes=11)
    ran = check_json(outside.product, "1001", "--now", later.isoformat())
    assert [each["role"] for each in findings(ran, "IR010")] != []
    assert not [each for each in ran.json()["findings"] if each["role"] == SCRIBE]
    assert ran.json()["not_evaluated"] == []
    for name in (MEMBER, f"external:slack:{MEMBER}"):
        outside.end_with(2, "assign", "1001", "backup", name)
        assert outside.recorded("backup_incident_manager") == []


def test_the_role_goes_to_somebody_with_an_account(outside: Sides) -> None:
    """Assigning takes it from them by the id of the assignment, and says after whom."""
    ran = outside.run("assign", "1001", "scribe", BO)
    assert f"after {MEMBER} (Slack, no Datadog account)" in ran.stdout
    outside.assert_agreed(SCRIBE, [BO])
    outside.assert_quiet()


@pytest.mark.parametrize("who", [(), (MEMBER,), (MEMBER.lower(),)])
def test_the_role_is_taken_from_them(outside: Sides, who: tuple[str, ...]) -> None:
    """They can be named by what the chat calls them."""
    outside.run("sync")
    outside.run("unassign", "1001", "scribe", *who)
    assert outside.sandbox.holders(1001, "Scribe") == []
    outside.assert_quiet()


def test_the_people_file_says_who_they_are(outside: Sides, product: Product) -> None:
    """A member id of Slack in the people file joins both sides of one person."""
    people = product.store.with_name("people.yaml")
    people.write_text(
        f"version: 1\npeople:\n  bo:\n    email: {BO}\n    name: Bo Dahl\n    slack: {MEMBER}\n"
    )
    settings = {"DD_INCIDENT_ROLES_PEOPLE": str(people)}
    status = product.run("status", "1001", "--format", "json", **settings).json()
    rows = status["incidents"][0]["roles"]
    [holder] = next(row["holders"] for row in rows if row["role"] == SCRIBE)
    assert (holder["email"], holder["name"]) == (BO, "Bo Dahl")
    ran = product.run("assign", "1001", "scribe", ANA, **settings)
    assert (ran.exit_code, outside.sandbox.holders(1001, "Scribe")) == (0, [ANA])


def test_a_field_filled_by_hand(sides: Sides) -> None:
    """Who is named is a holder, what names nobody is reported, and writing destroys neither."""
    sides.sandbox.switch(role_assignments=Switch.MISSING)
    sides.sandbox.define_field("incident_role.first_responder")
    sides.sandbox.define_field(SCRIBE_FIELD)
    by_hand = [f"Ana <{ANA}>, the night shift", f"<mailto:{BO}|{BO}>"]
    sides.sandbox.set_field(1001, "incident_role.first_responder", by_hand)
    sides.sandbox.set_field(1001, SCRIBE_FIELD, f"mailto:{BO}; whoever is free")
    sides.forget("capability", "fields")
    row = sides.row("first_responder")
    assert sorted(each["email"] for each in row["holders"]) == [ANA, BO]
    shown = sides.product.run("status", "1001").stdout
    assert "contains 'the night shift', which does not name one person" in " ".join(shown.split())
    sides.run("assign", "1001", "fr", "carol@corp.example")
    sides.run("unassign", "1001", "fr", ANA)
    assert sides.sandbox.field(1001, "incident_role.first_responder") == [
        "the night shift",
        f"<mailto:{BO}|{BO}>",
        "carol@corp.example",
    ]
    sides.run("assign", "1001", "scribe", ANA)
    assert sides.sandbox.field(1001, SCRIBE_FIELD) == ["whoever is free", ANA]
    assert sides.recorded(SCRIBE) == [ANA]


def test_whoever_was_looked_up_is_known_at_once(sides: Sides) -> None:
    """A name that a command found is recorded, and serves while Datadog cannot be asked."""
    sides.run("assign", "1001", "im", BO, "--no-sync")
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, path="/users", count=None)
    sides.run("assign", "1001", "scribe", BO, "--no-sync")
    with sides.product.record() as record:
        assert {person.name for person in record.people()} >= {"Bo"}


OTHER_ID = "11111111-2222-3333-4444-555555555555"
UUID = "{uuid}"
COMMANDS = [
    ("status",),
    ("status", UUID),
    ("sync",),
    ("sync", UUID),
    ("check",),
    ("check", UUID),
    ("snapshot",),
    ("assign", "1001", "im", "bo@corp.example"),
    ("unassign", "1001", "im"),
    ("handoff", "1001", "im", "--to", "bo@corp.example"),
    ("timeline", "add", "1001", "Restarted"),
    ("timeline", "add", "1001", "Restarted", "--no-sync"),
]


@pytest.fixture
def other() -> Iterator[RunningSandbox]:
    """The Datadog of another organisation, with an outage of its own and the same numbers."""
    with RunningSandbox() as running:
        running.sandbox.world.org_id = OTHER_ID
        running.sandbox.world.org_name = "Staging"
        outage(running.sandbox)
        running.sandbox.forget_requests()
        yield running


def recorded_entries(sides: Sides) -> object:
    """The timeline of the incident, as recorded."""
    with sides.product.record() as record:
        return record.entries(sides.incident_id())


def test_keys_of_another_organisation(sides: Sides, other: RunningSandbox) -> None:
    """Both are named with what to type, exit 2; only who owns the keys was asked, and once."""
    before, entries = sides.state(), recorded_entries(sides)
    for arguments in COMMANDS:
        words = [word.format(uuid=sides.incident_id()) for word in arguments]
        ran = sides.product.run(*words, DD_INCIDENT_ROLES_API_URL=other.url)
        assert (words, ran.exit_code, ran.stdout) == (words, 2, "")
        assert f"The record {sides.product.store} belongs to Corp (" in ran.stderr
        assert f"the keys belong to Staging ({OTHER_ID}) on this machine" in ran.stderr
        assert "--store" in ran.stderr
        asked = [(each.method, each.path) for each in other.sandbox.requests.entries]
        assert asked == [("GET", "/api/v2/current_user")]
        assert (sides.state(), recorded_entries(sides)) == (before, entries)


def test_known_keys_record_without_a_request(sides: Sides, sandbox: Sandbox) -> None:
    """The record knows a pair of keys again, by a hash, and keeps neither of them."""
    sides.run("timeline", "add", "1001", "Restarted", "--no-sync")
    assert sandbox.requests.count() == 0
    kept = sides.product.store.read_bytes()
    assert API_KEY.encode() not in kept
    assert APPLICATION_KEY.encode() not in kept


def test_another_record_is_for_another_organisation(sides: Sides, other: RunningSandbox) -> None:
    """What the error says to type works, and each record stays with its own."""
    product, store = sides.product, str(sides.product.store.with_name("staging.sqlite3"))
    there = {"DD_INCIDENT_ROLES_API_URL": other.url}
    assert product.run("--store", store, "sync", **there).exit_code == 0
    assert product.run("status", "--store", store).exit_code == 2
    assert product.run("status").exit_code == 0


def test_another_site_is_refused_without_a_request(sides: Sides) -> None:
    """The site is known before Datadog is asked; the network is out of reach of the tests."""
    ran = sides.end_with(2, "status", DD_INCIDENT_ROLES_API_URL="", DD_SITE="datadoghq.eu")
    assert "the keys belong to datadoghq.eu" in ran.stderr


def test_a_datadog_that_does_not_say(product: Product, sandbox: Sandbox) -> None:
    """The site alone decides then, and the organisation is kept as soon as it is known."""
    sandbox.switch(current_user=Switch.MISSING)
    assert product.run("sync").exit_code == 0
    with product.record() as record:
        assert record.owner() == Organisation(site="this machine")
    sandbox.switch(current_user=Switch.ON)
    assert product.run("status").exit_code == 0
    with product.record() as record:
        owner = record.owner()
    assert owner == Organisation(site="this machine", id=sandbox.world.org_id, name="Corp")
    sandbox.switch(current_user=Switch.MISSING)
    assert product.run("sync").exit_code == 0


def test_the_owner_of_the_keys_is_asked_for_once(
    sides: Sides, sandbox: Sandbox, clock: Clock
) -> None:
    """To know the organisation takes a request a day, and one for each new pair of keys."""

    def asked() -> int:
        return sandbox.requests.count(path="/api/v2/current_user$")

    for command in ("status", "sync", "check"):
        sides.product.run(command)
    assert asked() == 0
    sides.run("sync", DD_APP_KEY="another-key-that-nobody-may-see")
    assert asked() == 1
    clock.move(days=1)
    sides.product.run("status")
    assert asked() == 2
