"""Keys that are missing, wrong or not enough: one plain sentence, no key, and an intact record."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.endpoint import Permission
from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import ANA, BO, CAROL, INCIDENT_MANAGER, SCRIBE, Sides
from tests.endtoend.product import API_KEY, APPLICATION_KEY, Ran

COMMANDS = [
    pytest.param(["sync"], id="sync"),
    pytest.param(["sync", "1001"], id="sync of one"),
    pytest.param(["status"], id="status"),
    pytest.param(["check"], id="check"),
    pytest.param(["assign", "1001", "im", BO], id="assign"),
    pytest.param(["unassign", "1001", "scribe"], id="unassign"),
]
READING = [each for each in COMMANDS if each.id in {"sync", "status", "check"}]


@pytest.fixture
def sides(sides: Sides) -> Sides:
    """Both sides with a scribe who was assigned here."""
    assert sides.product.run("assign", "1001", "scribe", CAROL).exit_code == 0
    sides.sandbox.forget_requests()
    return sides


def assert_plain(ran: Ran) -> None:
    """The talk is one sentence of what happened, and at most one of what to do."""
    lines = ran.stderr.splitlines()
    assert lines[0].startswith("Error: ")
    assert len(lines) <= 2
    assert ran.stdout == ""


def assert_works_again(sides: Sides) -> None:
    """A good run finds everything that was recorded before."""
    assert sides.product.run("sync").exit_code == 0
    assert sides.recorded(INCIDENT_MANAGER) == sides.shown(INCIDENT_MANAGER)
    assert sides.recorded(SCRIBE) == sides.shown(SCRIBE)
    assert sides.intervals(SCRIBE)[0].person == CAROL
    assert sides.intervals(INCIDENT_MANAGER)[0].person == ANA
    sides.assert_nothing_doubled()
    sides.assert_quiet()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("missing", ["DD_API_KEY", "DD_APP_KEY"])
def test_a_key_is_not_set(sides: Sides, command: list[str], missing: str) -> None:
    """Without a key nothing is asked of Datadog: exit 2, and the variable is named."""
    ran = sides.product.run(*command, **{missing: ""})
    assert ran.exit_code == 2
    assert_plain(ran)
    assert missing in ran.stderr
    assert sides.sandbox.requests.entries == []


@pytest.mark.parametrize("command", COMMANDS)
def test_the_keys_are_wrong(sides: Sides, command: list[str]) -> None:
    """Keys that Datadog does not know end the command with 3, and change nothing here."""
    before = sides.state()
    sides.sandbox.accept_only(api_keys=["another"], application_keys=["another"])
    ran = sides.product.run(*command)
    assert ran.exit_code == 3
    assert "DD_API_KEY" in ran.said
    assert sides.sandbox.requests.writes() == []
    if command[0] not in {"assign", "unassign"}:
        assert sides.state() == before
    sides.sandbox.accept_only(api_keys=[API_KEY], application_keys=[APPLICATION_KEY])
    assert_works_again(sides)


@pytest.mark.parametrize("command", READING)
def test_the_wrong_keys_are_told_in_one_sentence(sides: Sides, command: list[str]) -> None:
    """A command about all incidents cannot even find them, and says so once."""
    sides.sandbox.accept_only(api_keys=["another"], application_keys=["another"])
    assert_plain(sides.product.run(*command))


@pytest.mark.parametrize("command", READING)
def test_reading_is_not_permitted(sides: Sides, command: list[str]) -> None:
    """The permission that is missing is named, and nothing was taken for an absence."""
    before = sides.state()
    sides.sandbox.withdraw(Permission.INCIDENT_READ)
    ran = sides.product.run(*command)
    assert ran.exit_code == 3
    assert_plain(ran)
    assert "incident_read" in ran.stderr
    assert sides.state() == before


@pytest.mark.parametrize(
    "arguments", [["assign", "1001", "im", BO], ["assign", "1001", "scribe", BO]], ids=["im", "scribe"]
)
def test_writing_is_not_permitted(sides: Sides, arguments: list[str]) -> None:
    """The change is recorded, exit 3 names the permission, and it is carried over once granted."""
    sides.sandbox.withdraw(Permission.INCIDENT_WRITE)
    ran = sides.product.run(*arguments)
    assert ran.exit_code == 3
    assert "incident_write" in ran.stderr
    assert "Recorded here, not yet in Datadog." in ran.stdout
    with sides.sandbox.lock:
        sides.sandbox.access.withdrawn.clear()
    role = SCRIBE if "scribe" in arguments else INCIDENT_MANAGER
    assert sides.product.run("sync").exit_code == 0
    sides.assert_agreed(role, [BO])
    assert_works_again(sides)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_redirect_is_not_followed(sides: Sides, command: list[str]) -> None:
    """A redirect to another host would carry the keys there: exit 3, and the host is named."""
    sides.sandbox.fault(FaultKind.REDIRECT, count=None, location="https://evil.invalid/login")
    ran = sides.product.run(*command)
    assert ran.exit_code == 3
    assert "evil.invalid" in ran.said
    assert sides.sandbox.requests.writes() == []
    sides.sandbox.clear_faults()
    assert_works_again(sides)


@pytest.mark.parametrize("command", READING)
def test_a_redirect_is_told_in_one_sentence(sides: Sides, command: list[str]) -> None:
    """One sentence is enough for that, too."""
    sides.sandbox.fault(FaultKind.REDIRECT, count=None)
    assert_plain(sides.product.run(*command))
    assert len(sides.sandbox.requests.entries) == 1


def test_a_shell_sees_the_same(sides: Sides) -> None:
    """In an interpreter of its own, with every request shown, a failure shows no key either."""
    assert sides.product.spawn("-vv", "sync").exit_code == 0
    sides.sandbox.accept_only(api_keys=["another"], application_keys=["another"])
    assert sides.product.spawn("-vv", "--log-format", "json", "sync").exit_code == 3
    assert sides.product.spawn("sync", DD_API_KEY="").exit_code == 2
