"""Datadog is down or refuses keys: a plain sentence, no key, and an intact record."""

from __future__ import annotations

from typing import Any

import pytest

from dd_incident_roles.sandbox.api import Permission
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sandbox.world import Switch
from tests.cli.program import run
from tests.endtoend.agreement import ANA, BO, CAROL, INCIDENT_MANAGER, SCRIBE, Desk, Sides
from tests.product import API_KEY, APPLICATION_KEY, Ran, closed_port

NOWHERE = "DD_INCIDENT_ROLES_API_URL"
IMPATIENT = {"DD_INCIDENT_ROLES_TIMEOUT": "0.2"}
NONSENSE = [
    pytest.param(FaultKind.HTML, id="a page of somebody in between"),
    pytest.param(FaultKind.TRUNCATE, id="cut short"),
    pytest.param(FaultKind.HANG_BEFORE, id="no answer"),
]


@pytest.fixture
def sides(sides: Sides) -> Sides:
    """Both sides with a scribe who was assigned here, and seen in Datadog since."""
    sides.run("assign", "1001", "scribe", CAROL)
    sides.run("sync")
    sides.sandbox.forget_requests()
    return sides


def assert_plain(ran: Ran, *, has_document: bool = False) -> None:
    """The talk is one sentence of what happened, and at most one of what to do."""
    assert bool(ran.stdout) is has_document
    lines = [line for line in ran.stderr.splitlines() if not line.startswith("Waiting for ")]
    assert lines[0].startswith("Error: ")
    assert len(lines) <= 2


def test_nobody_listens(sides: Sides) -> None:
    """Each command is exit 3 in one sentence, and the record is as it was.

    An incident that was never seen cannot be recorded about. Status has the record answer for
    Datadog and says that it does; what check could not look at is not clean.
    """
    before = sides.state()
    for command in (("sync",), ("assign", "1099", "im", BO)):
        ran = sides.end_with(3, *command, **{NOWHERE: closed_port()})
        assert_plain(ran)
        assert "127.0.0.1" in ran.stderr
    options = ("1001", "--format", "json")
    ran = sides.end_with(3, "status", *options, **{NOWHERE: closed_port()})
    assert_plain(ran, has_document=True)
    [incident] = ran.json()["incidents"]
    [scribe] = [row for row in incident["roles"] if row["role"] == SCRIBE]
    assert [holder["email"] for holder in scribe["holders"]] == [CAROL]
    assert scribe["targets"] == {"datadog": "not_known"}
    never = ("--fail-on", "never")
    ran = sides.end_with(3, "check", *options, *never, **{NOWHERE: closed_port()})
    assert (ran.json()["evaluated"], ran.json()["findings"]) == (0, [])
    assert [gap["incident"] for gap in ran.json()["not_evaluated"]] == [1001]
    assert sides.state() == before
    sides.assert_quiet()


def test_an_assignment_waits_for_datadog(sides: Sides) -> None:
    """For a known incident the change is recorded and said to be, and the next sync carries it."""
    ran = sides.end_with(3, "assign", "1001", "im", CAROL, **{NOWHERE: closed_port()})
    assert "Carol is Incident Manager of IR-1001 now" in ran.stdout
    assert "Recorded here, not yet in Datadog." in ran.stdout
    assert "dd-incident-roles sync 1001" in ran.stderr
    assert sides.recorded(INCIDENT_MANAGER) == [CAROL]
    assert sides.shown(INCIDENT_MANAGER) == [ANA]

    # Somebody whom nobody could look up is recorded by e-mail, and the doubt is told.
    ran = sides.end_with(3, "assign", "1001", "backup", BO, **{NOWHERE: closed_port()})
    assert "could not be asked" in ran.stderr
    assert sides.recorded("backup_incident_manager") == [BO]

    assert sides.row(INCIDENT_MANAGER)["targets"] == {"datadog": "pending"}
    sides.run("sync")
    sides.assert_agreed(INCIDENT_MANAGER, [CAROL])
    assert sides.sandbox.holders(1001, "Backup Incident Manager") == [BO]
    assert sides.sandbox.requests.count("PATCH") == 1
    sides.assert_quiet()


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_no_absence(sides: Sides, kind: FaultKind) -> None:
    """Whatever comes instead of an answer, nobody loses a role by it."""
    before = sides.state()
    sides.sandbox.fault(kind, count=None)
    ran = sides.product.run("sync", **IMPATIENT)
    assert (ran.exit_code, ran.stdout) == (3, "")
    assert_plain(ran)
    assert sides.state() == before
    sides.sandbox.clear_faults()
    sides.assert_quiet()


def test_nonsense_about_one_incident(sides: Sides) -> None:
    """Where only the responders cannot be read, the incident is left alone as a whole."""
    before = sides.state()
    sides.sandbox.fault(FaultKind.HTML, path=rf"{sides.incident_id()}/responders", count=None)
    ran = sides.end_with(3, "sync", "--format", "json")
    assert [failure["incident"] for failure in ran.json()["failures"]] == [1001]
    assert sides.state() == before
    sides.sandbox.clear_faults()
    sides.assert_quiet()


def test_a_write_that_hangs(sides: Sides) -> None:
    """A PATCH that is not answered in time is in doubt; the next run looks before it writes."""
    sides.sandbox.fault(FaultKind.HANG_AFTER, method="PATCH")
    sides.end_with(3, "assign", "1001", "im", BO, **IMPATIENT)
    sides.run("sync")
    sides.assert_agreed(INCIDENT_MANAGER, [BO])
    assert sides.sandbox.requests.count("PATCH") == 1
    sides.assert_quiet()


READING = (["sync"], ["status"], ["check"])
COMMANDS = (
    *READING,
    ["sync", "1001"],
    ["assign", "1001", "im", BO],
    ["unassign", "1001", "scribe"],
)


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
    settings = sides.product.settings
    assert run("-vv", "--log-format", "json", "sync", settings=settings).exit_code == 3


def states(desk: Desk, *command: str, **settings: str) -> dict[str, str]:
    """How each role or entry stands in Datadog, by its key or text."""
    ran = desk.sides.product.run(*command, "1001", "--format", "json", **settings).json()
    rows: list[Any] = ran["entries"] if "entries" in ran else ran["incidents"][0]["roles"]
    shown = {row.get("role") or row["text"]: row["targets"]["datadog"] for row in rows}
    return {key: at if isinstance(at, str) else at["state"] for key, at in shown.items()}


def test_what_nobody_could_look_at_is_not_known(desk: Desk) -> None:
    """Only what was recorded and surely not sent is pending while Datadog cannot be read."""
    down = {"DD_INCIDENT_ROLES_API_URL": closed_port()}
    desk.run("timeline", "add", "1001", "sent")
    desk.run("timeline", "add", "1001", "waits", "--no-sync")
    desk.run("assign", "1001", "scribe", CAROL, "--no-sync")
    roles = states(desk, "status", **down)
    assert roles.pop(SCRIBE) == "pending"
    assert set(roles.values()) == {"not_known"}
    entries = states(desk, "timeline", "list", **down)
    assert (entries["sent"], entries["waits"]) == ("not_known", "pending")
    desk.sides.sandbox.switch(timeline=Switch.FORBIDDEN)
    listed = desk.run("timeline", "list", "1001", "--format", "json").json()["entries"]
    [sent] = [each for each in listed if each["text"] == "sent"]
    assert sent["targets"]["datadog"]["state"] == "not_known"
