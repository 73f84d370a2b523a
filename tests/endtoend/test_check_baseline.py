"""An earlier report as baseline: what is new fails, and nothing of the rest is hidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import ANA, CAROL, DAN, EVE, Sides
from tests.endtoend.checks import FORMATS, Told, check_json, findings, told


@pytest.fixture
def baseline(sides: Sides, tmp_path: Path) -> Path:
    """A report of both incidents, in which something fails."""
    file = tmp_path / "baseline.json"
    assert check_json(sides.product, "--output", str(file)).exit_code == 1
    return file


def test_nothing_new_passes(sides: Sides, baseline: Path) -> None:
    """Right after the report nothing fails, and all that it found is shown as known."""
    for shape in FORMATS:
        ran = sides.product.run("check", "--baseline", str(baseline), "--format", shape)
        assert (shape, ran.exit_code) == (shape, 0)
        assert told(shape, ran.stdout) == Told(standing=0, known=6)


def test_what_is_new_fails_alone(sides: Sides, baseline: Path) -> None:
    """A finding that the report did not have is exit 1, and the only one that is new."""
    assert sides.product.run("assign", "1001", "tl", ANA).exit_code == 0
    ran = check_json(sides.product, "--baseline", str(baseline))
    assert ran.exit_code == 1
    new = [each for each in findings(ran) if each["baseline"] == "new"]
    assert [(each["rule"], each["role"]) for each in new] == [("IR012", "tech_lead")]
    known = [each for each in findings(ran) if each["baseline"] == "existing"]
    assert len(known) == 5


def test_what_is_settled_is_told(sides: Sides, baseline: Path) -> None:
    """A finding that is gone is listed by its fingerprint, and counted for people."""
    [gone] = [
        each["fingerprint"]
        for each in findings(check_json(sides.product), "IR010")
        if each["role"] == "scribe"
    ]
    assert sides.product.run("assign", "1001", "scribe", EVE).exit_code == 0
    ran = check_json(sides.product, "--baseline", str(baseline))
    assert (ran.exit_code, ran.json()["resolved"]) == (0, [gone])
    for shape in ("text", "markdown", "github"):
        ran = sides.product.run("check", "--baseline", str(baseline), "--format", shape)
        assert "1 resolved since the baseline" in ran.stdout


def test_what_comes_back_is_known_for_as_long_as_the_baseline_is(
    sides: Sides, baseline: Path
) -> None:
    """The words and times of a finding change, and its fingerprint does not."""
    assert sides.product.run("assign", "1002", "im", CAROL).exit_code == 0
    assert sides.product.run("unassign", "1002", "im").exit_code == 0
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
    "no JSON": "][",
    "nothing": "",
    "another document": '{"schema": "dd-incident-roles/status/1", "incidents": []}',
    "no findings": '{"schema": "dd-incident-roles/check/1"}',
    "findings of another kind": '{"schema": "dd-incident-roles/check/1", "findings": [1]}',
    "SARIF": '{"version": "2.1.0", "runs": []}',
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_report(sides: Sides, tmp_path: Path, content: str) -> None:
    """It is exit 2 before anything is asked, and the file is named."""
    file = tmp_path / "baseline.json"
    file.write_text(content, "utf-8")
    sides.sandbox.give_role(1001, "Tech Lead", DAN)
    ran = check_json(sides.product, "--baseline", str(file))
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert str(file) in ran.stderr
    assert sides.sandbox.requests.entries == []


def test_a_baseline_that_is_not_there(sides: Sides, tmp_path: Path) -> None:
    """It is exit 2, which names the file, and not a check without a baseline."""
    file = tmp_path / "baseline.json"
    ran = check_json(sides.product, "--baseline", str(file))
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert str(file) in ran.stderr
