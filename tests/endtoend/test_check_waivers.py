"""A policy of one's own: what it waives, demands, forbids and passes over is what a check does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import ANA, BO, DAN, Sides
from tests.endtoend.checks import (
    FORMATS,
    Told,
    check_json,
    findings,
    policy_file,
    today,
    told,
    waiver,
)

SOON = today() + timedelta(days=3)
PAST = today() - timedelta(days=3)


@pytest.fixture
def lone(sides: Sides) -> Sides:
    """A Datadog where one thing is wrong: nobody manages 1002, and 1001 is over."""
    sides.sandbox.set_state(1001, "resolved")
    assert sides.product.run("sync").exit_code == 0
    return sides


def test_a_waiver_lets_a_finding_stand(lone: Sides, tmp_path: Path) -> None:
    """Exit 1 becomes 0, and every format says that something was waived."""
    assert check_json(lone.product).exit_code == 1
    settings = policy_file(tmp_path, waivers=[waiver(rule="IR001", incident=1002, expires=SOON)])
    for shape in FORMATS:
        ran = lone.product.run("check", "--format", shape, **settings)
        assert (shape, ran.exit_code) == (shape, 0)
        assert told(shape, ran.stdout) == Told(standing=0, waived=1)
        if shape != "github":  # an annotation is for what is to be done; its log has the number
            assert "The night shift has one person less." in ran.stdout


@pytest.mark.parametrize("incident", [1001, 1099])
def test_a_waiver_covers_nothing_else(lone: Sides, tmp_path: Path, incident: int) -> None:
    """A waiver of another incident leaves the finding, and is told to be unused."""
    settings = policy_file(
        tmp_path, waivers=[waiver(rule="IR001", incident=incident, expires=SOON)]
    )
    ran = check_json(lone.product, **settings)
    assert (ran.exit_code, ran.json()["waived"]) == (1, 0)
    assert [each["rule"] for each in findings(ran)] == ["IR001", "IR091"]


def test_a_waiver_that_is_over(lone: Sides, tmp_path: Path) -> None:
    """The finding is back, beside one about the waiver itself that names its file and line."""
    settings = policy_file(tmp_path, waivers=[waiver(rule="IR001", incident=1002, expires=PAST)])
    ran = check_json(lone.product, **settings)
    assert (ran.exit_code, ran.json()["waived"]) == (1, 0)
    assert [each["rule"] for each in findings(ran)] == ["IR001", "IR090"]
    [over] = findings(ran, "IR090")
    assert over["place"] == {"file": settings["DD_INCIDENT_ROLES_POLICY"], "line": 3}
    assert over["incident"] is None
    assert lone.product.run("check", "1002", "--select", "IR001", **settings).exit_code == 1


def test_a_waiver_ends_after_its_last_day(lone: Sides, tmp_path: Path) -> None:
    """On the last day it holds, and on the next it does not."""
    settings = policy_file(tmp_path, waivers=[waiver(rule="IR001", incident=1002, expires=SOON)])
    last = datetime.combine(SOON, datetime.max.time(), tzinfo=UTC)
    held = check_json(lone.product, "1002", "--now", last.isoformat(), **settings)
    assert (held.exit_code, held.json()["waived"]) == (0, 1)
    after = (last + timedelta(seconds=1)).isoformat()
    over = check_json(lone.product, "1002", "--now", after, **settings)
    assert (over.exit_code, over.json()["waived"]) == (1, 0)
    assert findings(over, "IR090")


PARTS = {"all open ones": ((), True), "named": (("1002",), False)}
PARTS["found"] = (("--query", "state:active"), False)


@pytest.mark.parametrize(("arguments", "is_told"), PARTS.values(), ids=PARTS)
def test_an_unused_waiver_is_told_in_a_whole_check(
    lone: Sides, tmp_path: Path, arguments: tuple[str, ...], is_told: bool
) -> None:
    """A check of some incidents cannot say that nobody needs a waiver."""
    settings = policy_file(tmp_path, waivers=[waiver(rule="IR010", incident=1001, expires=SOON)])
    ran = check_json(lone.product, *arguments, **settings)
    assert bool(findings(ran, "IR091")) is is_told
    assert ("IR091" in ran.json()["rules"]) is is_told


def test_a_check_with_gaps_calls_no_waiver_unused(lone: Sides, tmp_path: Path) -> None:
    """What the waiver is for may be in the incident that could not be read."""
    settings = policy_file(tmp_path, waivers=[waiver(rule="IR001", incident=1002, expires=SOON)])
    path = f"/incidents/{lone.incident_id(1002)}"
    lone.sandbox.fault(FaultKind.HTML, method="GET", path=path, count=None)
    ran = check_json(lone.product, **settings)
    assert ran.exit_code == 3
    assert findings(ran, "IR091") == []


def test_a_waiver_that_is_too_long(lone: Sides, tmp_path: Path) -> None:
    """It is refused before anything is asked: exit 2 with its file and line."""
    eternal = {**waiver(rule="IR001", expires=SOON), "expires": "2099-01-01"}
    settings = policy_file(tmp_path, waivers=[waiver(rule="IR010", expires=SOON), eternal])
    lone.sandbox.forget_requests()
    for command in (["check"], ["catalog", "lint"]):
        ran = lone.product.run(*command, **settings)
        assert ran.exit_code == 2
        assert f"{settings['DD_INCIDENT_ROLES_POLICY']}:4" in ran.said
    assert lone.sandbox.requests.entries == []


def test_a_rule_that_is_off_is_not_asked(sides: Sides, tmp_path: Path) -> None:
    """Its findings are gone, and the list of rules that were asked does not have it."""
    settings = policy_file(tmp_path, rules={"IR010": {"level": "off"}})
    ran = check_json(sides.product, **settings)
    assert findings(ran, "IR010") == []
    assert "IR010" not in ran.json()["rules"]
    assert findings(ran, "IR001")


def test_a_level_is_that_of_the_policy(lone: Sides, tmp_path: Path) -> None:
    """A rule that is made a note is told, and fails nothing."""
    settings = policy_file(tmp_path, rules={"no-incident-manager": {"level": "note"}})
    ran = check_json(lone.product, "--fail-on", "warning", **settings)
    assert (ran.exit_code, [each["level"] for each in findings(ran)]) == (0, ["note"])


def test_a_grace_is_that_of_the_policy(sides: Sides, tmp_path: Path) -> None:
    """A rule lets pass what is younger than its grace, and no longer."""
    ran = sides.product.run("assign", "1001", "im", BO, "--no-sync")
    assert ran.exit_code == 0
    now = ("--now", (datetime.now(UTC) + timedelta(minutes=30)).isoformat())
    for grace, is_found in (("29m", True), ("2h", False)):
        settings = policy_file(tmp_path, rules={"IR004": {"grace": grace}})
        ran = check_json(sides.product, "1001", *now, **settings)
        assert (grace, bool(findings(ran, "IR004"))) == (grace, is_found)


def required(sides: Sides, **settings: str) -> set[str]:
    """The roles that ``status`` shows as required, by their titles."""
    text = sides.product.run("status", "1001", **settings).stdout
    return {
        title
        for title in ("Scribe", "Tech Lead", "Customer Support Lead")
        if any(title in line and "(required)" in line for line in text.splitlines())
    }


def test_a_requirement_is_replaced(sides: Sides, tmp_path: Path) -> None:
    """The role is demanded as the policy says, with its level; the others as before."""
    assert required(sides) == {"Scribe", "Tech Lead", "Customer Support Lead"}
    settings = policy_file(
        tmp_path,
        requirements={
            "scribe": [],
            "tech_lead": [{"when": "always", "after": "1m", "level": "warning"}],
        },
    )
    roles = {each["role"]: each["level"] for each in vacant(sides, **settings)}
    assert roles == {
        "tech_lead": "warning",
        "first_responder": "warning",
        "communications_manager": "error",
        "customer_support_lead": "error",
    }
    assert required(sides, **settings) == {"Tech Lead", "Customer Support Lead"}
    [place] = [each["place"] for each in vacant(sides, **settings) if each["role"] == "tech_lead"]
    assert place["file"] == settings["DD_INCIDENT_ROLES_POLICY"]


def vacant(sides: Sides, **settings: str) -> list[Any]:
    return findings(check_json(sides.product, "1001", **settings), "IR010")


def test_an_exclusion_is_replaced(sides: Sides, tmp_path: Path) -> None:
    """Roles exclude each other by the list of the policy, and no longer by the catalogue."""
    for role, person in (("tl", ANA), ("scribe", DAN), ("csl", DAN)):
        assert sides.product.run("assign", "1001", role, person).exit_code == 0
    clashes = findings(check_json(sides.product, "1001"), "IR012")
    assert [each["role"] for each in clashes] == ["tech_lead"]
    settings = policy_file(
        tmp_path, exclusions=[{"roles": ["scribe", "customer_support_lead"], "when": "always"}]
    )
    [clash] = findings(check_json(sides.product, "1001", **settings), "IR012")
    assert clash["role"] in {"scribe", "customer_support_lead"}
    assert clash["place"]["file"] == settings["DD_INCIDENT_ROLES_POLICY"]
    settings = policy_file(tmp_path, exclusions=[])
    assert findings(check_json(sides.product, "1001", **settings), "IR012") == []
