"""A person is an account: two accounts with one e-mail are never taken for each other."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.endtoend.agreement import ANA, BO, CAROL, INCIDENT_MANAGER, SCRIBE, Sides
from tests.endtoend.test_datadog_down import NOWHERE, closed_port
from tests.product import Product

__all__ = ["closed_port"]

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
    assert sides.product.run("sync").exit_code == 0
    sides.sandbox.set_commander(1001, ANA)
    assert sides.product.run("sync").exit_code == 0
    return sides


def test_the_person_is_chosen_and_not_the_service_account(sides: Sides) -> None:
    """Of two accounts with one e-mail the role goes to the one with a person behind it."""
    robot(sides.sandbox)
    ran = sides.product.run("assign", "1001", "im", BO)
    assert (ran.exit_code, commander(sides.sandbox)) == (0, sides.sandbox.person(BO).id)
    sides.assert_agreed(INCIDENT_MANAGER, [BO])


def test_an_account_seen_in_command_does_not_get_the_role_later(seen: Sides) -> None:
    """What the record remembers of a service account is never mistaken for the person."""
    ran = seen.product.run("assign", "1001", "im", BO)
    assert (ran.exit_code, commander(seen.sandbox)) == (0, seen.sandbox.person(BO).id), ran.said
    intervals = {each.person for each in seen.intervals(INCIDENT_MANAGER)}
    assert intervals == {ANA, BO, f"user:{ROBOT}"}
    seen.assert_quiet()


def test_nor_while_datadog_cannot_be_asked(seen: Sides, closed_port: str) -> None:
    """The record has the service account and not the person: the person is recorded, and told."""
    ran = seen.product.run("assign", "1001", "im", BO, **{NOWHERE: closed_port})
    assert ran.exit_code == 3
    assert "could not be asked" in ran.stderr
    assert seen.product.run("sync").exit_code == 0
    assert commander(seen.sandbox) == seen.sandbox.person(BO).id
    seen.assert_quiet()


@pytest.mark.parametrize("seen_first", ["the person", "the service account"])
def test_both_hold_roles_side_by_side(sides: Sides, seen_first: str) -> None:
    """Whichever was seen first, the record keeps them apart, and status tells which is which."""
    robot(sides.sandbox)
    for who in ("the person", "the service account")[:: 1 if seen_first == "the person" else -1]:
        if who == "the person":
            sides.sandbox.give_role(1001, "Scribe", BO)
        else:
            sides.sandbox.set_commander(1001, ROBOT)
        assert sides.product.run("sync").exit_code == 0
    assert sides.recorded(SCRIBE) == [BO]
    assert sides.recorded(INCIDENT_MANAGER) == [f"user:{ROBOT}"]
    [scribe] = sides.row(SCRIBE)["holders"]
    [manager] = sides.row(INCIDENT_MANAGER)["holders"]
    assert (scribe["account"], scribe["kind"]) == (sides.sandbox.person(BO).id, "human")
    assert (manager["account"], manager["kind"]) == (ROBOT, "service_account")
    shown = sides.product.run("status", "1001").stdout
    assert "Deploy bot (service account)" in " ".join(shown.split())
    sides.assert_quiet()


def test_two_records_agree_on_who_is_who(sides: Sides) -> None:
    """A record that meets the service account first has the same keys as one that met Bo first."""
    robot(sides.sandbox)
    sides.sandbox.give_role(1001, "Scribe", BO)
    assert sides.product.run("sync").exit_code == 0
    sides.sandbox.set_commander(1001, ROBOT)
    other = Sides(sides.product.beside("other.sqlite3"), sides.sandbox)
    for each in (sides, other):
        assert each.product.run("sync").exit_code == 0
        assert each.recorded(INCIDENT_MANAGER) == [f"user:{ROBOT}"]
        assert each.recorded(SCRIBE) == [BO]


@pytest.mark.parametrize("command", ["assign 1001 scribe", "handoff 1001 im --propose --to"])
@pytest.mark.parametrize("name", ["robot@corp.example", ROBOT])
def test_a_service_account_is_refused(sides: Sides, command: str, name: str) -> None:
    """Named directly, by e-mail or by id, it gets nothing: exit 2 and a plain sentence."""
    robot(sides.sandbox, "robot@corp.example")
    before = sides.state()
    ran = sides.product.run(*command.split(), name)
    assert ran.exit_code == 2
    assert "is a service account and cannot hold a role" in ran.stderr
    assert sides.state() == before


def test_two_possible_accounts_are_told_apart(sides: Sides) -> None:
    """An account in use and an invitation with one e-mail: both are listed, an id chooses."""
    sides.sandbox.add_person(BO, None, status="Pending", account=INVITED)
    ran = sides.product.run("assign", "1001", "im", BO)
    assert ran.exit_code == 2
    active = sides.sandbox.person(BO).id
    assert f"Bo, {BO}, active, account {active}" in ran.stderr
    assert f"{BO}, invited, never signed in, account {INVITED}" in ran.stderr
    for account in (INVITED, active.upper()):
        ran = sides.product.run("assign", "1001", "im", account)
        assert (ran.exit_code, commander(sides.sandbox)) == (0, account.lower()), ran.said
    [holder] = sides.row(INCIDENT_MANAGER)["holders"]
    assert (holder["email"], holder["account"]) == (BO, active)
    sides.assert_quiet()


def test_a_lone_invitation_is_taken_and_told(sides: Sides) -> None:
    """Somebody who was invited and never signed in can hold a role; whoever gives it is told."""
    sides.sandbox.add_person("new@corp.example", status="Pending")
    ran = sides.product.run("assign", "1001", "im", "new@corp.example")
    assert ran.exit_code == 0
    assert "was invited to Datadog and never signed in" in ran.stderr


def test_a_changed_email_keeps_the_person(sides: Sides) -> None:
    """An account that got another e-mail is the same person, and holds what it held."""
    account = sides.sandbox.person(ANA).id
    sides.sandbox.add_person("ana.lima@corp.example", "Ana Lima", account=account)
    assert sides.product.run("sync").exit_code == 0
    assert [each.person for each in sides.intervals(INCIDENT_MANAGER)] == [ANA]
    ran = sides.product.run("assign", "1001", "scribe", "ana.lima@corp.example")
    assert ran.exit_code == 0
    assert sides.recorded(SCRIBE) == [ANA]
    [holder] = sides.row(SCRIBE)["holders"]
    assert (holder["email"], holder["name"]) == ("ana.lima@corp.example", "Ana Lima")


def test_an_account_is_looked_at_before_it_gets_a_role(sides: Sides) -> None:
    """An account that the record knows well was deactivated since: it gets nothing."""
    assert sides.product.run("assign", "1001", "scribe", BO).exit_code == 0
    sides.sandbox.set_status(BO, "Disabled")
    ran = sides.product.run("assign", "1001", "im", BO)
    assert ran.exit_code == 2
    assert "deactivated" in ran.stderr
    assert commander(sides.sandbox) == sides.sandbox.person(ANA).id


def test_what_the_record_remembers_is_said(sides: Sides) -> None:
    """Keys that may not ask for users serve whom the record knows, and the command says so."""
    assert sides.product.run("assign", "1001", "scribe", BO).exit_code == 0
    sides.sandbox.fault(FaultKind.HTML, path=r"v2/users", count=None)
    ran = sides.product.run("assign", "1001", "im", BO)
    assert ran.exit_code == 0
    assert "Datadog could not be asked about the account of Bo" in ran.stderr
    assert commander(sides.sandbox) == sides.sandbox.person(BO).id


def test_one_of_two_holders_with_one_email_is_named_by_account(sides: Sides) -> None:
    """To take a role from one of them by e-mail is ambiguous; the id takes it from that one."""
    sides.sandbox.add_person(BO, "Bo the second", account=INVITED)
    for account in (sides.sandbox.person(BO).id, INVITED):
        assert sides.product.run("assign", "1001", "fr", account).exit_code == 0
    ran = sides.product.run("unassign", "1001", "fr", BO)
    assert ran.exit_code == 2
    assert INVITED in ran.stderr
    assert sides.product.run("unassign", "1001", "fr", INVITED).exit_code == 0
    assert sides.recorded("first_responder") == [BO]
    assert sides.sandbox.holders(1001, "First Responder") == [BO]


def test_only_the_one_who_was_named_already_is(sides: Sides) -> None:
    """Nothing to change for one of several holders is said of that one."""
    for person in (ANA, BO, CAROL):
        assert sides.product.run("assign", "1001", "fr", person).exit_code == 0
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
