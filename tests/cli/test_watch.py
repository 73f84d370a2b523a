"""``sync --watch``: again and again, until somebody ends it."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import requests

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.cli.program import PATIENCE_SECONDS, start
from tests.product import Product, closed_port

BO_LEADS = "Bo took over Incident Manager"


@contextmanager
def watching(product: Product, *typed: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A sync that stays, until the test is over."""
    with start(*typed, **{**product.settings, **settings}) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], words: str) -> str:
    """Read what a program prints until it says some words."""
    assert process.stdout is not None
    said = ""
    while words not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    return said


def ended(process: subprocess.Popen[str], code: int = 0) -> tuple[str, str]:
    """What a program says until it has ended with an exit code."""
    said, problems = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == code, problems
    return said, problems


def test_sigterm_lets_the_step_in_hand_come_to_its_end(product: Product, sandbox: Sandbox) -> None:
    """A request is waited for, no other follows, and that is neither a failure nor a loss."""
    sandbox.fault(FaultKind.HANG_BEFORE, method="PATCH")
    product.run("sync")
    product.run("assign", "1001", "im", "bo@corp.example", "--no-sync")
    product.run("note", "1001", "A note that is still to go", "--no-sync")
    with watching(product, "sync", "--watch", "600") as process:
        assert sandbox.hangs.wait_for(1, timeout_seconds=PATIENCE_SECONDS)
        process.terminate()
        sandbox.clear_faults()
        said, problems = ended(process)
    assert problems == ""
    assert "in Datadog: Bo" in said, said
    assert sandbox.commander(1001) == "bo@corp.example"
    with product.record() as record:
        [incident] = record.incidents_numbered(1001)
        state = record.state(incident.id, "datadog")
    assert not state.intents
    assert not state.timeline.intents
    product.run("sync")
    assert sum("still to go" in each.text for each in sandbox.cells(1001)) == 1


def test_sigterm_in_the_pause(product: Product) -> None:
    """A sync that waits for its next turn ends at once."""
    with watching(product, "sync", "--watch", "600") as process:
        wait_for(process, "Ana is Incident Manager")
        process.terminate()
        assert ended(process)[1] == ""


def test_a_hangup_reads_everything_again_and_syncs(
    product: Product, sandbox: Sandbox, tmp_path: Path
) -> None:
    """A file that became wrong is told of, and what it said before stays in force."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\n")
    typed = ("sync", "--watch", "600", "--format", "json")
    with watching(product, *typed, DD_INCIDENT_ROLES_POLICY=str(policy)) as process:
        wait_for(process, "Ana is Incident Manager")
        policy.write_text("version: nonsense\n")
        process.send_signal(signal.SIGHUP)
        assert process.stderr is not None
        problem = process.stderr.readline()
        assert str(policy) in problem
        assert "stay in force" in process.stderr.readline()
        policy.write_text("version: 1\n")
        sandbox.set_commander(1001, "bo@corp.example")
        process.send_signal(signal.SIGHUP)
        line = wait_for(process, BO_LEADS).splitlines()[-1]
        assert "read again" in process.stderr.readline()
        process.terminate()
        ended(process)
    document = json.loads(line)
    assert document["schema"] == "dd-incident-roles/sync/1"
    assert any(BO_LEADS in each["summary"] for each in document["changes"])


def test_a_run_elsewhere_is_waited_for(product: Product) -> None:
    """The lock is no failure of a sync that stays: it goes on once the other one is done."""
    product.run("sync", "--dry-run")
    typed = ("--log-format", "json", "sync", "--watch", "1")
    with watching(product, *typed) as process:
        with product.record() as record, record.run_lock(clock=product.clock):
            assert process.stderr is not None
            while "RecordLocked" not in (line := process.stderr.readline()):
                assert line
        wait_for(process, "Ana is Incident Manager")
        process.terminate()
        assert "Error" not in ended(process)[1]


def test_a_hook_brings_a_change_here_at_once(product: Product, sandbox: Sandbox) -> None:
    """An incident is synced within moments of a change, on a port or a socket that was named."""
    secret = "a-secret-that-only-both-sides-have"
    port = closed_port().rpartition(":")[2]
    settings = {"DD_INCIDENT_ROLES_DATADOG_HOOK_SECRET": secret}
    typed = ("sync", "--watch", "600", "--listen", port)
    with watching(product, *typed, **settings) as process:
        wait_for(process, "Ana is Incident Manager")
        sandbox.set_commander(1001, "bo@corp.example")
        url = f"http://127.0.0.1:{port}"
        taken = requests.post(
            f"{url}/hooks/datadog",
            json={"incident": "1001"},
            headers={"X-Hook-Secret": secret},
            timeout=10,
        )
        assert taken.status_code == 202
        wait_for(process, BO_LEADS)
        assert requests.get(f"{url}/healthz", timeout=10).json()["status"] == "ok"
        assert "Bo" in requests.get(url, timeout=60).text
        process.terminate()
        assert ended(process)[1] == ""


def test_wrong_configuration_ends_it_at_the_start(product: Product, tmp_path: Path) -> None:
    """What waiting cannot mend is not waited for, be it a file or what was typed."""
    wrong = tmp_path / "roles.yaml"
    wrong.write_text("roles: nonsense\n")
    assert product.run("sync", "--watch", "9", DD_INCIDENT_ROLES_ROLES=str(wrong)).exit_code == 2
    assert product.run("sync", "--listen", "9464").exit_code == 2
    assert product.run("sync", "--watch", "9", "--listen", "nowhere").exit_code == 2
    unknown = product.run("sync", "--watch", "9", "no-such-incident")
    assert unknown.exit_code == 2
    assert "no-such-incident" in unknown.stderr


def test_a_quiet_sync_speaks_only_of_news(product: Product, sandbox: Sandbox) -> None:
    """With -q, before or after the command, a run says nothing unless something was done."""
    assert "Ana is Incident Manager" in product.run("-q", "sync").stdout
    for words in (("-q", "sync"), ("sync", "--quiet"), ("sync", "-q", "--format", "json")):
        assert product.run(*words).said == ""
    sandbox.set_commander(1001, "bo@corp.example")
    assert "Bo" in product.run("sync", "-q").stdout
    sandbox.fault(FaultKind.HTML, path="/incidents/search", count=None)
    assert product.run("sync", "-q").said != ""


def test_a_quiet_sync_does_not_tell_of_another_run(product: Product) -> None:
    """That another run holds the lock is normal, and no mail each minute; the code says it."""
    product.run("sync")
    with (
        product.record() as record,
        record.run_lock(clock=lambda: datetime.now(UTC)),
    ):
        ran = product.run("-q", "sync")
        assert (ran.exit_code, ran.said) == (75, "")
        assert "Another run holds the lock" in product.run("sync").stderr
