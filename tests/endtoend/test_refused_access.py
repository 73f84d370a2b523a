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
    sides.run("assign", "1001", "scribe", CAROL)
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
    sides.run("sync")
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
        ran = sides.end_with(2, *command, **{missing: ""})
        assert_plain(ran)
        assert missing in ran.stderr
    assert sides.sandbox.requests.entries == []


def test_the_keys_are_wrong(sides: Sides) -> None:
    """Keys that Datadog does not know end every command with 3, and nothing is lost here.

    A command about all incidents cannot even find them, and says so once.
    """
    before = sides.state()
    sides.sandbox.accept_only(api_keys=["another"], application_keys=["another"])
    for command in READING:
        assert_plain(sides.product.run(*command))
    assert sides.state() == before
    for command in COMMANDS:
        assert "DD_API_KEY" in sides.end_with(3, *command).said
    assert sides.sandbox.requests.writes() == []
    sides.sandbox.accept_only(api_keys=[API_KEY], application_keys=[APPLICATION_KEY])
    assert_works_again(sides)


def test_reading_is_not_permitted(sides: Sides) -> None:
    """The permission that is missing is named, and nothing was taken for an absence."""
    before = sides.state()
    sides.sandbox.withdraw(Permission.INCIDENT_READ)
    for command in (*READING, *READING):
        ran = sides.end_with(3, *command)
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
    ran = sides.end_with(3, *arguments)
    assert "incident_write" in ran.stderr
    assert "Recorded here, not yet in Datadog." in ran.stdout
    with sides.sandbox.lock:
        sides.sandbox.access.withdrawn.clear()
    role = SCRIBE if "scribe" in arguments else INCIDENT_MANAGER
    [refused] = sides.product.run("sync", "--format", "json").json()["refused_writes"]
    assert "incident_write" in refused["hint"]
    sides.run("sync", "--retry-refused")
    sides.assert_agreed(role, [BO])
    assert_works_again(sides)


def test_a_redirect_is_not_followed(sides: Sides) -> None:
    """A redirect to another host would carry the keys there: exit 3, and the host is named.

    Whatever it says, that host is never asked anything. One sentence is enough, and one request.
    """
    with RunningSandbox() as elsewhere:
        location = elsewhere.url.replace("127.0.0.1", "localhost")
        sides.sandbox.fault(FaultKind.REDIRECT, count=None, location=f"{location}/api/v2/x")
        for number, command in enumerate(COMMANDS, 1):
            ran = sides.end_with(3, *command)
            assert "a redirect to localhost" in ran.said
            if command in READING:
                assert_plain(ran)
                assert len(sides.sandbox.requests.entries) == number
        assert elsewhere.sandbox.requests.entries == []
    assert sides.sandbox.requests.writes() == []
    sides.sandbox.clear_faults()
    assert_works_again(sides)


def test_a_shell_sees_the_same(sides: Sides) -> None:
    """In an interpreter of its own, with every request shown, a failure shows no key either."""
    sides.sandbox.accept_only(api_keys=["another"], application_keys=["another"])
    assert sides.product.spawn("-vv", "--log-format", "json", "sync").exit_code == 3
