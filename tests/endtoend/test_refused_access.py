"""Keys that are missing, wrong or not enough: one plain sentence, no key, and an intact record."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.api import Permission
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.endtoend.agreement import ANA, BO, CAROL, INCIDENT_MANAGER, SCRIBE, Sides
from tests.product import API_KEY, APPLICATION_KEY, Ran

READING = (["sync"], ["status"], ["check"])
COMMANDS = (
    *READING,
    ["sync", "1001"],
    ["assign", "1001", "im", BO],
    ["unassign", "1001", "scribe"],
)


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


@pytest.mark.parametrize("missing", ["DD_API_KEY", "DD_APP_KEY"])
def test_a_key_is_not_set(sides: Sides, missing: str) -> None:
    """Without a key no command asks anything of Datadog: exit 2, and the variable is named."""
    for command in COMMANDS:
        ran = sides.product.run(*command, **{missing: ""})
        assert ran.exit_code == 2
        assert_plain(ran)
        assert missing in ran.stderr
    assert sides.sandbox.requests.entries == []


def test_the_keys_are_wrong(sides: Sides) -> None:
    """Keys that Datadog does not know end every command with 3, and nothing is lost here."""
    sides.sandbox.accept_only(api_keys=["another"], application_keys=["another"])
    for command in COMMANDS:
        ran = sides.product.run(*command)
        assert ran.exit_code == 3
        assert "DD_API_KEY" in ran.said
    assert sides.sandbox.requests.writes() == []
    sides.sandbox.accept_only(api_keys=[API_KEY], application_keys=[APPLICATION_KEY])
    assert_works_again(sides)


def test_the_wrong_keys_are_told_in_one_sentence(sides: Sides) -> None:
    """A command about all incidents cannot even find them, says so once, and changes nothing."""
    before = sides.state()
    sides.sandbox.accept_only(api_keys=["another"], application_keys=["another"])
    for command in READING:
        assert_plain(sides.product.run(*command))
    assert sides.state() == before


def test_reading_is_not_permitted(sides: Sides) -> None:
    """The permission that is missing is named, and nothing was taken for an absence."""
    before = sides.state()
    sides.sandbox.withdraw(Permission.INCIDENT_READ)
    for command in (*READING, *READING):
        ran = sides.product.run(*command)
        assert ran.exit_code == 3
        assert_plain(ran)
        assert "incident_read" in ran.stderr
    assert sides.state() == before


@pytest.mark.parametrize(
    "arguments",
    [["assign", "1001", "im", BO], ["assign", "1001", "scribe", BO]],
    ids=["im", "scribe"],
)
def test_writing_is_not_permitted(sides: Sides, arguments: list[str]) -> None:
    """The change is recorded, exit 3 names the permission, and it rests until it is sent again."""
    sides.sandbox.withdraw(Permission.INCIDENT_WRITE)
    ran = sides.product.run(*arguments)
    assert ran.exit_code == 3
    assert "incident_write" in ran.stderr
    assert "Recorded here, not yet in Datadog." in ran.stdout
    with sides.sandbox.lock:
        sides.sandbox.access.withdrawn.clear()
    role = SCRIBE if "scribe" in arguments else INCIDENT_MANAGER
    [refused] = sides.product.run("sync", "--format", "json").json()["refused_writes"]
    assert "incident_write" in refused["hint"]
    assert sides.product.run("sync", "--retry-refused").exit_code == 0
    sides.assert_agreed(role, [BO])
    assert_works_again(sides)


def test_a_redirect_is_not_followed(sides: Sides) -> None:
    """A redirect to another host would carry the keys there: exit 3, and the host is named."""
    sides.sandbox.fault(FaultKind.REDIRECT, count=None, location="https://evil.invalid/login")
    for command in COMMANDS:
        ran = sides.product.run(*command)
        assert ran.exit_code == 3
        assert "evil.invalid" in ran.said
    assert sides.sandbox.requests.writes() == []
    sides.sandbox.clear_faults()
    assert_works_again(sides)


def test_nobody_else_receives_the_keys(sides: Sides) -> None:
    """Whatever a redirect says, the host that it names is never asked anything."""
    with RunningSandbox() as elsewhere:
        sides.sandbox.fault(FaultKind.REDIRECT, count=None, location=f"{elsewhere.url}/api/v2/x")
        for command in COMMANDS:
            assert sides.product.run(*command).exit_code == 3
        assert elsewhere.sandbox.requests.entries == []


def test_a_redirect_is_told_in_one_sentence(sides: Sides) -> None:
    """One sentence is enough for that, too, and one request."""
    sides.sandbox.fault(FaultKind.REDIRECT, count=None)
    for number, command in enumerate(READING, 1):
        assert_plain(sides.product.run(*command))
        assert len(sides.sandbox.requests.entries) == number


def test_a_shell_sees_the_same(sides: Sides) -> None:
    """In an interpreter of its own, with every request shown, a failure shows no key either."""
    sides.sandbox.accept_only(api_keys=["another"], application_keys=["another"])
    assert sides.product.spawn("-vv", "--log-format", "json", "sync").exit_code == 3
    assert sides.product.spawn("sync", DD_API_KEY="").exit_code == 2
