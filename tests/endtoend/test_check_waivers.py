"""A policy of one's own, and an earlier report as baseline: what a check then lets pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import ANA, BO, CAROL, DAN, EVE, Sides
from tests.endtoend.checks import (
    FORMATS,
    FindingCounts,
    check_json,
    count_findings,
    findings,
    policy_file,
    today,
    waiver,
)

SOON = today() + timedelta(days=3)
PAST = today() - timedelta(days=3)


@pytest.fixture
def lone(sides: Sides) -> Sides:
    """A Datadog where one thing is wrong: nobody manages 1002, and 1001 is over."""
    sides.sandbox.set_state(1001, "resolved")
    sides.run("sync")
    return sides


def test_a_waiver_lets_a_finding_stand(lone: Sides, tmp_path: Path) -> None:
    """Exit 1 becomes 0, and every format says that something was waived."""
    assert check_json(lone.product).exit_code == 1
    settings = policy_file(tmp_path, waivers=[waiver(rule="IR001", incident=1002, expires=SOON)])
    for shape in FORMATS:
        ran = lone.product.run("check", "--format", shape, **settings)
        assert (shape, ran.exit_code) == (shape, 0)
        assert count_findings(shape, ran.stdout) == FindingCounts(standing=0, waived=1)
        if shape != "github":  # an annotation is for what is to be done; its log has the number
            assert "The night shift has one person less." in ran.stdout


def test_a_waiver_covers_nothing_else(lone: Sides, tmp_path: Path) -> None:
    """A waiver of another incident leaves the finding, and is told to be unused."""
    for incident in (1001, 1099):
        other = waiver(rule="IR001", incident=incident, expires=SOON)
        ran = check_json(lone.product, **policy_file(tmp_path, waivers=[other]))
        assert (ran.exit_code, ran.json()["waived"]) == (1, 0)
        assert [each["rule"] for each in findings(ran)] == ["IR001", "IR091"]


def test_a_waiver_ends_after_its_last_day(lone: Sides, tmp_path: Path) -> None:
    """On the last day it holds, and on the next it does not.

    The finding is back, beside one about the waiver itself that names its file and line.
    """
    settings = policy_file(tmp_path, waivers=[waiver(rule="IR001", incident=1002, expires=SOON)])
    last = datetime.combine(SOON, datetime.max.time(), tzinfo=UTC)
    held = check_json(lone.product, "1002", "--now", last.isoformat(), **settings)
    assert (held.exit_code, held.json()["waived"]) == (0, 1)
    after = (last + timedelta(seconds=1)).isoformat()
    over = check_json(lone.product, "1002", "--now", after, **settings)
    assert (over.exit_code, over.json()["waived"]) == (1, 0)
    assert findings(over, "IR090")

    settings = policy_file(tmp_path, waivers=[waiver(rule="IR001", incident=1002, expires=PAST)])
    ran = check_json(lone.product, **settings)
    assert (ran.exit_code, ran.json()["waived"]) == (1, 0)
    assert [each["rule"] for each in findings(ran)] == ["IR001", "IR090"]
    [about] = findings(ran, "IR090")
    assert about["place"] == {"file": settings["DD_INCIDENT_ROLES_POLICY"], "line": 3}
    assert about["incident"] is None
    lone.end_with(1, "check", "1002", "--select", "IR001", **settings)


def test_an_unused_waiver_is_told_in_a_whole_check(lone: Sides, tmp_path: Path) -> None:
    """A check of some incidents, or with gaps, cannot say that nobody needs a waiver."""
    settings = policy_file(tmp_path, waivers=[waiver(rule="IR010", incident=1001, expires=SOON)])
    for arguments, is_told in (
        ((), True),
        (("1002",), False),
        (("--query", "state:active"), False),
    ):
        ran = check_json(lone.product, *arguments, **settings)
        assert (arguments, bool(findings(ran, "IR091"))) == (arguments, is_told)
        assert ("IR091" in ran.json()["rules"]) is is_told
    path = f"/incidents/{lone.incident_id(1002)}"
    lone.sandbox.fault(FaultKind.HTML, method="GET", path=path, count=None)
    ran = check_json(lone.product, **settings)
    assert (ran.exit_code, findings(ran, "IR091")) == (3, [])


def test_a_waiver_that_is_too_long(lone: Sides, tmp_path: Path) -> None:
    """It is refused before anything is asked: exit 2 with its file and line."""
    eternal = {**waiver(rule="IR001", expires=SOON), "expires": "2099-01-01"}
    settings = policy_file(tmp_path, waivers=[waiver(rule="IR010", expires=SOON), eternal])
    lone.sandbox.forget_requests()
    for command in (["check"], ["catalog", "lint"]):
        ran = lone.end_with(2, *command, **settings)
        assert f"{settings['DD_INCIDENT_ROLES_POLICY']}:4" in ran.said
    assert lone.sandbox.requests.entries == []


def test_a_level_is_that_of_the_policy(sides: Sides, tmp_path: Path) -> None:
    """A rule that is made a note is told, and fails nothing; one that is off is not asked."""
    settings = policy_file(
        tmp_path, rules={"IR010": {"level": "off"}, "no-incident-manager": {"level": "note"}}
    )
    ran = check_json(sides.product, "--fail-on", "warning", **settings)
    assert ran.exit_code == 0
    assert [(each["rule"], each["level"]) for each in findings(ran)] == [("IR001", "note")]
    assert "IR010" not in ran.json()["rules"]


def test_a_grace_is_that_of_the_policy(sides: Sides, tmp_path: Path) -> None:
    """A rule lets pass what is younger than its grace, and no longer."""
    sides.run("assign", "1001", "im", BO, "--no-sync")
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
        sides.run("assign", "1001", role, person)
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


@pytest.fixture
def baseline(sides: Sides, tmp_path: Path) -> Path:
    """A report of both incidents, in which something fails."""
    file = tmp_path / "baseline.json"
    assert check_json(sides.product, "--output", str(file)).exit_code == 1
    return file


def test_what_is_new_fails_alone(sides: Sides, baseline: Path) -> None:
    """Right after the report nothing fails, and all that it found is shown as known.

    What it did not have is exit 1 and the only one that is new; what is gone is listed by its
    fingerprint, and counted for people.
    """
    for shape in FORMATS:
        ran = sides.run("check", "--baseline", str(baseline), "--format", shape)
        assert (shape, count_findings(shape, ran.stdout)) == (
            shape,
            FindingCounts(standing=0, known=6),
        )
    [gone] = [
        each["fingerprint"]
        for each in findings(check_json(sides.product), "IR010")
        if each["role"] == "scribe"
    ]
    sides.run("assign", "1001", "scribe", EVE)
    ran = check_json(sides.product, "--baseline", str(baseline))
    assert (ran.exit_code, ran.json()["resolved"]) == (0, [gone])
    for shape in ("text", "markdown", "github"):
        ran = sides.product.run("check", "--baseline", str(baseline), "--format", shape)
        assert "1 resolved since the baseline" in ran.stdout

    sides.run("assign", "1001", "tl", ANA)
    ran = check_json(sides.product, "--baseline", str(baseline))
    assert ran.exit_code == 1
    new = [each for each in findings(ran) if each["baseline"] == "new"]
    assert [(each["rule"], each["role"]) for each in new] == [("IR012", "tech_lead")]
    assert sum(each["baseline"] == "existing" for each in findings(ran)) == 4


def test_what_comes_back_is_known_for_as_long_as_the_baseline_is(
    sides: Sides, baseline: Path
) -> None:
    """The words and times of a finding change, and its fingerprint does not."""
    sides.run("assign", "1002", "im", CAROL)
    sides.run("unassign", "1002", "im")
    sides.sandbox.set_field(1002, "title", "Another title")
    ran = check_json(sides.product, "--baseline", str(baseline), "--now", "2099-01-01")
    [finding] = findings(ran, "IR001")
    assert (finding["baseline"], finding["incident"]["public_id"]) == ("existing", 1002)


def test_a_gap_is_never_known(sides: Sides, tmp_path: Path) -> None:
    """A report with an incident that could not be read does not make that pass the next time."""
    path = f"/incidents/{sides.incident_id(1002)}"
    sides.sandbox.fault(FaultKind.HTML, method="GET", path=path, count=None)
    file = tmp_path / "baseline.json"
    assert check_json(sides.product, "--output", str(file)).exit_code == 3
    assert check_json(sides.product, "--baseline", str(file)).exit_code == 3
    sides.sandbox.clear_faults()
    ran = check_json(sides.product, "--baseline", str(file))
    new = {each["incident"]["public_id"] for each in findings(ran) if each["baseline"] == "new"}
    assert (ran.exit_code, new) == (1, {1002})


BROKEN = {
    "not there": None,
    "no JSON": "][",
    "findings of another kind": '{"schema": "dd-incident-roles/check/1", "findings": [1]}',
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_report(unchanged: Sides, tmp_path: Path, content: str | None) -> None:
    """It is exit 2 before anything is asked, and the file is named."""
    file = tmp_path / "baseline.json"
    if content is not None:
        file.write_text(content, "utf-8")
    ran = check_json(unchanged.product, "--baseline", str(file))
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert str(file) in ran.stderr
    assert unchanged.sandbox.requests.entries == []
