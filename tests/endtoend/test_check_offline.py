"""A snapshot is judged as its incidents were, without Datadog and without keys."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import ANA, CAROL, DAN, Sides
from tests.endtoend.checks import FORMATS, check_json, findings
from tests.product import Ran, closed_port

pytestmark = pytest.mark.usefixtures("timeline_on")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the snapshot is written."""
    return tmp_path / "incidents.json"


@pytest.fixture
def nothing(tmp_path: Path) -> Mapping[str, str]:
    """Settings without keys, with a record that is not there and a Datadog that nobody answers."""
    return {
        "DD_API_KEY": "",
        "DD_APP_KEY": "",
        "DD_INCIDENT_ROLES_API_URL": closed_port(),
        "DD_INCIDENT_ROLES_STORE": str(tmp_path / "nowhere" / "record.sqlite3"),
    }


@pytest.fixture
def busy(sides: Sides) -> Sides:
    """Incidents with a conflict, a commander who is nobody, an unknown role, notes and streams."""
    box, run = sides.sandbox, sides.product.run
    box.define_role("Rubber Duck")
    box.give_role(1001, "Rubber Duck", DAN)
    box.declare("Login is slow", severity="SEV-2", by=CAROL, commander=CAROL, public_id=1003)
    box.add_person("bot@corp.example", "Bot", service_account=True)
    box.set_commander(1002, "bot@corp.example")
    assert run("sync").exit_code == 0
    assert run("assign", "1001", "tl", ANA, "--stream", "database").exit_code == 0
    assert run("timeline", "add", "1001", "Paged the DBA").exit_code == 0
    assert run("assign", "1003", "im", DAN, "--no-sync").exit_code == 0
    return sides


def written(sides: Sides, file: Path, *arguments: str, exit_code: int = 0) -> Any:
    """Write a snapshot, and read it."""
    ran = sides.product.run("snapshot", *arguments, "--output", str(file))
    assert (ran.exit_code, ran.stdout) == (exit_code, ""), ran.said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    return json.loads(file.read_text("utf-8"))


def offline(sides: Sides, file: Path, *arguments: str, **settings: str) -> Ran:
    """A check of the snapshot as a document."""
    return check_json(sides.product, "--snapshot", str(file), *arguments, **settings)


def later(**parts: float) -> tuple[str, str]:
    """A moment after now, as an option."""
    return "--now", (datetime.now(UTC) + timedelta(**parts)).isoformat()


def judged(ran: Ran) -> Any:
    """Everything that a check came to, but for where its facts came from."""
    document = ran.json()
    del document["scope"]["described"]
    return document


def test_the_same_verdict(busy: Sides, file: Path, nothing: Mapping[str, str]) -> None:
    """Findings, fingerprints and gaps are those of the live check as of the same moment.

    Datadog is not asked for anything, even where it would answer.
    """
    written(busy, file)
    for minutes in (1, 30, 300):
        now = later(minutes=minutes)
        live = check_json(busy.product, *now)
        assert {"IR002", "IR010", "IR012", "IR014"} <= {each["rule"] for each in findings(live)}
        from_file = offline(busy, file, *now, **nothing)
        assert (from_file.exit_code, judged(from_file)) == (live.exit_code, judged(live))
        assert from_file.json()["scope"]["described"].startswith("a snapshot of ")
    busy.sandbox.forget_requests()
    assert offline(busy, file).exit_code == 1
    assert busy.sandbox.requests.entries == []


def test_the_same_verdict_on_closed_incidents(
    busy: Sides, file: Path, nothing: Mapping[str, str]
) -> None:
    """A snapshot of closed incidents is judged by the record that it was made from."""
    busy.sandbox.set_state(1001, "resolved")
    busy.run("sync")
    now = later(minutes=1)
    live = check_json(busy.product, "--since", "30", *now)
    assert live.json()["measures"]
    written(busy, file, "--since", "30")
    from_file = offline(busy, file, "--since", "30", *now, **nothing)
    assert (from_file.exit_code, judged(from_file)) == (live.exit_code, judged(live))


def test_a_snapshot_is_judged_as_of_when_it_was_taken(sides: Sides, file: Path) -> None:
    """Without --now no grace runs on; with a later one it runs out."""
    sides.sandbox.declare("Login is slow", severity="SEV-3", by=CAROL, public_id=1003)
    taken = written(sides, file)["taken_at"]
    early = offline(sides, file, "1003")
    assert early.json()["now"] == taken
    assert (early.exit_code, findings(early)) == (0, [])
    late = offline(sides, file, "1003", *later(minutes=6))
    assert (late.exit_code, [each["rule"] for each in findings(late)]) == (1, ["IR001"])


CANNOT_TELL: list[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = [
    ((), ("--now", "2020-01-01"), ("before the snapshot was taken",)),
    ((), ("--since", "30"), ("has open incidents only",)),
    (("--since", "30"), (), ("has closed incidents only",)),
    (("--since", "7"), ("--since", "30"), ("covers the 7 days",)),
    (("1001",), ("1002",), ("1002", "snapshot")),
    ((), ("--query", "state:active"), ("--query", "--snapshot")),
]


@pytest.mark.parametrize(("made", "asked", "said"), CANNOT_TELL)
def test_what_a_snapshot_cannot_tell(
    shared: Sides,
    file: Path,
    made: tuple[str, ...],
    asked: tuple[str, ...],
    said: tuple[str, ...],
) -> None:
    """It is exit 2 in a sentence; finding nothing would look clean."""
    written(shared, file, *made)
    ran = offline(shared, file, *asked)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert all(each in ran.stderr for each in said)


def test_an_incident_can_be_named(busy: Sides, file: Path) -> None:
    """By its number or id, and only that one is judged."""
    written(busy, file)
    for named in ("1002", "IR-1002", busy.incident_id(1002)):
        ran = offline(busy, file, named)
        assert (ran.json()["evaluated"], ran.json()["scope"]["matched"]) == (1, 1)
        assert {each["incident"]["public_id"] for each in findings(ran)} == {1002}


BROKEN = {
    "not there": None,
    "cut short": '{"schema": "dd-incident-roles/snapshot/1", "incidents": [',
    "a newer version": '{"schema": "dd-incident-roles/snapshot/99", "incidents": []}',
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_snapshot(
    shared: Sides, file: Path, nothing: Mapping[str, str], content: str | None
) -> None:
    """It is exit 2 in a sentence that names the file, and no check that passes."""
    if content is not None:
        file.write_text(content, "utf-8")
    ran = offline(shared, file, **nothing)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert str(file) in ran.stderr
    assert ("newer version" in ran.stderr) is ("/99" in (content or ""))


SECRETS = ("Layoffs", "layoffs", "Mallory", "mallory", "payroll", "lawyer", "merger")


def identity_of(finding: Any) -> tuple[object, ...]:
    """What a finding about a private incident is about; a stream has another stand-in there."""
    return tuple(finding[name] for name in ("rule", "level", "incident", "role", "since"))


def test_a_private_incident_tells_nothing(
    sides: Sides, file: Path, nothing: Mapping[str, str]
) -> None:
    """Title, names, e-mails, streams, fields and notes stay out, and the verdict is the same."""
    box, run = sides.sandbox, sides.product.run
    box.add_person("mallory@corp.example", "Mallory")
    box.define_role("merger counsel")
    began = datetime.now(UTC) - timedelta(hours=1)
    box.declare(
        "Layoffs leaked",
        severity="SEV-1",
        by="mallory@corp.example",
        private=True,
        commander="mallory@corp.example",
        public_id=1003,
        at=began,
    )
    box.set_field(1003, "summary", "The lawyer knows")
    box.give_role(1003, "merger counsel", "mallory@corp.example")
    assert run("sync").exit_code == 0
    ran = run("assign", "1003", "tl", "mallory@corp.example", "--stream", "payroll")
    assert ran.exit_code == 0
    assert run("timeline", "add", "1003", "Called the lawyer about layoffs").exit_code == 0
    now = later(minutes=1)
    live = check_json(sides.product, "1003", *now, "--ignore", "IR014")
    written(sides, file)

    text = file.read_text("utf-8")
    assert "Checkout fails" in text
    assert not [secret for secret in SECRETS if secret in text]
    from_file = offline(sides, file, "1003", *now, "--ignore", "IR014", **nothing)
    vacant = {each["role"] for each in findings(from_file, "IR010")}
    assert {"scribe", "communications_manager"} <= vacant
    assert from_file.exit_code == 1
    assert [identity_of(each) for each in findings(from_file)] == [
        identity_of(each) for each in findings(live)
    ]
    for shape in FORMATS:
        for options in (("--ignore", "IR014"), ("--snapshot", str(file))):
            shown = run("check", "1003", *options, *now, "--format", shape).said
            assert "1003" in shown
            assert not [secret for secret in SECRETS if secret in shown]


def test_what_could_not_be_read_is_not_evaluated(
    sides: Sides, file: Path, nothing: Mapping[str, str]
) -> None:
    """It is told and is exit 3 both times; the others are written, and judged."""
    path = f"/incidents/{sides.incident_id(1002)}"
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, method="GET", path=path, count=None, status=500)
    document = written(sides, file, exit_code=3)
    assert [each["public_id"] for each in document["incidents"]] == [1001]
    assert [each["incident"] for each in document["not_evaluated"]] == [1002]
    ran = offline(sides, file, "--fail-on", "never", **nothing)
    assert ran.exit_code == 3
    assert [each["incident"] for each in ran.json()["not_evaluated"]] == [1002]
    assert {each["incident"]["public_id"] for each in findings(ran)} == {1001}
    assert offline(sides, file, "1002", **nothing).exit_code == 3
    assert offline(sides, file, "1001", **nothing).exit_code == 1


def test_a_search_that_fails_writes_no_snapshot(sides: Sides, file: Path) -> None:
    """A file without incidents would pass for an organisation without any: exit 3, and none."""
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, path="search", count=None, status=403)
    ran = sides.product.run("snapshot", "--output", str(file))
    assert (ran.exit_code, ran.stdout) == (3, "")
    assert not file.exists()
