"""The exit code of a check is a promise: 0 is clean, 1 is found, 3 is "could not look"."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from dd_incident_roles.sandbox.api import Permission
from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import ANA, BO, CAROL, Sides
from tests.endtoend.checks import FORMATS, check_json, findings
from tests.product import Product, Ran
from tests.report.readers import rendered, sarif_complaints

NOWHERE = "state:archived"


@pytest.fixture
def product(product: Product) -> Product:
    """The product whose requests are given up soon."""
    return Product(
        store=product.store, settings={**product.settings, "DD_INCIDENT_ROLES_TIMEOUT": "2"}
    )


def closed_port() -> str:
    """The address of a port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def hinder(sides: Sides, how: str) -> dict[str, str]:
    """Keep every search from being answered, and return the settings that this needs."""
    match how:
        case "the server fails":
            sides.sandbox.fault(
                FaultKind.STATUS_BEFORE, path="incidents/search", count=None, status=500
            )
        case "it fails each time":
            sides.sandbox.fault(
                FaultKind.STATUS_BEFORE, path="incidents/search", count=None, status=503
            )
        case "it is no JSON":
            sides.sandbox.fault(FaultKind.HTML, path="incidents/search", count=None)
        case "reading is not permitted":
            sides.sandbox.withdraw(Permission.INCIDENT_READ)
        case "the keys are wrong":
            sides.sandbox.accept_only(api_keys=["another"], application_keys=["another"])
        case _:
            return {"DD_INCIDENT_ROLES_API_URL": closed_port()}
    return {}


OBSTACLES = (
    "the server fails",
    "it fails each time",
    "it is no JSON",
    "reading is not permitted",
    "the keys are wrong",
    "nobody listens",
)
SCOPES: dict[str, tuple[str, ...]] = {
    "open ones": (),
    "found ones": ("--query", "state:active"),
    "closed ones": ("--since", "30"),
}


@pytest.mark.parametrize("how", OBSTACLES)
@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
def test_a_search_that_fails_is_never_clean(sides: Sides, how: str, scope: tuple[str, ...]) -> None:
    """Nothing was looked at: exit 3 in a sentence, whatever may fail, and no report."""
    settings = hinder(sides, how)
    ran = check_json(sides.product, *scope, "--fail-on", "never", **settings)
    assert (ran.exit_code, ran.stdout) == (3, "")
    assert ran.stderr.startswith("Error: ")
    assert len(ran.stderr.splitlines()) <= 2


@pytest.mark.parametrize("shape", FORMATS)
def test_a_search_that_fails_in_every_format(sides: Sides, shape: str) -> None:
    """No format has a report of nothing, which a reader would take for a clean one."""
    hinder(sides, "reading is not permitted")
    ran = sides.product.run("check", "--format", shape)
    assert (ran.exit_code, ran.stdout) == (3, "")


def nothing_matched(sides: Sides, shape: str) -> str:
    """The report of a check for which the search finds nothing."""
    ran = sides.product.run("check", "--query", NOWHERE, "--format", shape)
    assert (ran.exit_code, ran.stderr) == (0, "")
    return ran.stdout


@pytest.mark.parametrize("shape", ["text", "github", "markdown"])
def test_nothing_matched_is_said_out_loud(sides: Sides, shape: str) -> None:
    """Exit 0, and people read that nothing was looked at, and what was searched for."""
    shown = nothing_matched(sides, shape)
    text = rendered(shown).text if shape == "markdown" else shown
    [line] = [each for each in text.splitlines() if each.startswith("0 incidents matched")]
    assert NOWHERE in line
    assert not [line for line in shown.splitlines() if line.startswith("::")]


def test_nothing_matched_in_documents(sides: Sides) -> None:
    """Documents count it, and remain valid; no test of JUnit passes for having nothing to ask."""
    document = json.loads(nothing_matched(sides, "json"))
    assert (document["scope"]["matched"], document["evaluated"]) == (0, 0)
    sarif = nothing_matched(sides, "sarif")
    [run] = json.loads(sarif)["runs"]
    assert (run["properties"]["matched"], run["results"]) == (0, [])
    junit = ET.fromstring(nothing_matched(sides, "junit"))  # noqa: S314 # our own
    of_incidents = [case for case in junit.iter("testcase") if "IR09" not in case.get("name", "")]
    assert of_incidents
    assert all(case.find("skipped") is not None for case in of_incidents)
    assert sarif_complaints(sarif) == []


def test_an_empty_datadog(sides: Sides) -> None:
    """Without any open incident a check is clean, and says that there was none."""
    for public_id in (1001, 1002):
        sides.sandbox.set_state(public_id, "resolved")
    assert sides.product.run("sync").exit_code == 0
    ran = sides.product.run("check")
    assert ran.exit_code == 0
    assert "0 incidents matched" in ran.stdout


@pytest.mark.parametrize("fail_on", ["error", "warning", "never"])
def test_an_incident_that_cannot_be_read(sides: Sides, fail_on: str) -> None:
    """It is exit 3, which outranks 1, and what was found in the other is shown all the same."""
    path = f"/incidents/{sides.incident_id(1002)}"
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, method="GET", path=path, count=None, status=500)
    ran = check_json(sides.product, "--fail-on", fail_on)
    assert ran.exit_code == 3
    assert [each["incident"] for each in ran.json()["not_evaluated"]] == [1002]
    assert {each["incident"]["public_id"] for each in findings(ran)} == {1001}
    for shape in FORMATS:
        ran = sides.product.run("check", "--fail-on", fail_on, "--format", shape)
        assert (shape, ran.exit_code) == (shape, 3)
        assert "1002" in ran.stdout


def staffed(sides: Sides) -> None:
    """Give 1001 everybody it needs but a First Responder, which is a warning."""
    for role in ("tl", "comms", "support", "scribe"):
        assert sides.product.run("assign", "1001", role, CAROL).exit_code == 0


LEVELS = {
    "errors": (False, (), 1),
    "errors, and warnings count": (False, ("--fail-on", "warning"), 1),
    "errors, and nothing counts": (False, ("--fail-on", "never"), 0),
    "warnings": (True, (), 0),
    "warnings count": (True, ("--fail-on", "warning"), 1),
    "warnings, and nothing counts": (True, ("--fail-on", "never"), 0),
}


@pytest.mark.parametrize(("is_staffed", "options", "exit_code"), LEVELS.values(), ids=LEVELS)
def test_what_fails(
    sides: Sides, is_staffed: bool, options: tuple[str, ...], exit_code: int
) -> None:
    """Findings at or above the level make it 1, those below are shown and make it 0."""
    if is_staffed:
        staffed(sides)
    ran = check_json(sides.product, "1001", *options)
    assert ran.exit_code == exit_code
    levels = {each["level"] for each in findings(ran)}
    assert levels == ({"warning"} if is_staffed else {"error", "warning"})


def test_nothing_found(sides: Sides) -> None:
    """An incident that has everybody is exit 0, and counts as looked at."""
    assert sides.product.run("assign", "1002", "im", BO).exit_code == 0
    ran = check_json(sides.product, "1002", "--fail-on", "warning")
    assert (ran.exit_code, findings(ran), ran.json()["evaluated"]) == (0, [], 1)


def test_rules_with_nothing_to_look_at(sides: Sides) -> None:
    """Where no rule that was asked is connected to anything, the check says nothing: exit 3."""
    asked = ("check", "1001", "--select", "IR020,IR021", "--fail-on", "never")
    for shape in FORMATS:
        ran = sides.product.run(*asked, "--format", shape)
        assert (shape, ran.exit_code) == (shape, 3)
    assert "says nothing" in sides.product.run(*asked).stdout


REFUSED = {
    "a rule of closed incidents": ("--select", "IR040"),
    "a rule of open incidents": ("--since", "30", "--select", "IR010"),
    "a rule that is not there": ("--select", "IR999"),
    "no rule is left": ("--select", "IR010", "--ignore", "IR010"),
    "a name that is no incident": ("no incident",),
    "a level that is not there": ("--fail-on", "note"),
    "no days": ("--since", "0"),
    "no time": ("--now", "tomorrowish"),
}


@pytest.mark.parametrize("options", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_asked(sides: Sides, options: tuple[str, ...]) -> None:
    """A question without sense is exit 2 with a sentence, and no report."""
    ran = check_json(sides.product, *options)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr


def test_an_incident_that_is_unknown(sides: Sides) -> None:
    """A number that Datadog does not have is exit 2, and is named."""
    ran: Ran = check_json(sides.product, "1099")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "1099" in ran.stderr


def test_only_the_clock_decides(sides: Sides) -> None:
    """The same incident passes within its graces and fails after them."""
    sides.sandbox.declare("Login is slow", severity="SEV-2", by=BO, commander=ANA, public_id=1003)
    for minutes, exit_code in ((1, 0), (9, 0), (11, 1)):
        now = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
        assert check_json(sides.product, "1003", "--now", now).exit_code == exit_code


def test_days_are_counted_from_the_moment_of_the_check(sides: Sides) -> None:
    """With --now the last days are those before it, live as over a snapshot."""
    long_ago = datetime.now(UTC) - timedelta(days=40)
    sides.sandbox.declare("Old", state="resolved", severity="SEV-3", public_id=1003, at=long_ago)
    assert check_json(sides.product, "--since", "30").json()["scope"]["matched"] == 0
    now = (datetime.now(UTC) - timedelta(days=20)).isoformat()
    ran = check_json(sides.product, "--since", "30", "--now", now)
    assert ran.json()["scope"]["matched"] == 1


def test_a_moment_before_every_incident(sides: Sides) -> None:
    """Closed incidents that had not been declared then are exit 2, and not "nothing found"."""
    sides.sandbox.set_state(1001, "resolved")
    assert sides.product.run("sync").exit_code == 0
    ran = check_json(sides.product, "--since", "30", "--now", "2020-01-01")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "before the first of these incidents was declared" in ran.stderr
