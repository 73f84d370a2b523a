"""The scripts with the program itself, beside a local Datadog with an outage in it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.server import RunningSandbox
from tests.machines import looks_far
from tests.workflows.runner import CHECK, SCRIPTS, Ran, Runner

KEYS = {"DD_API_KEY": "the-api-key", "DD_APP_KEY": "the-application-key"}
NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    made = Runner(folder=tmp_path)
    made.install()
    return made


def scheduled(runner: Runner, script: str, url: str, **variables: str) -> Ran:
    """One script of the scheduled job, with the record where that job has it."""
    return runner.run(
        SCRIPTS / script,
        **KEYS,
        DD_INCIDENT_ROLES_API_URL=url,
        DD_INCIDENT_ROLES_STORE=str(runner.folder / "record" / "record.sqlite3"),
        PASSPHRASE="a passphrase",
        SEALED=str(runner.folder / "record.gpg"),
        **variables,
    )


def test_every_report_of_a_check_tells_the_same(runner: Runner, running: RunningSandbox) -> None:
    """The log, the annotations, the summary, the SARIF and the count are of one look."""
    ran = runner.run(CHECK, **KEYS, DD_INCIDENT_ROLES_API_URL=running.url)
    assert ran.exit_code == 1
    [run] = json.loads(Path(ran.outputs["sarif-file"]).read_text("utf-8"))["runs"]
    found = int(ran.outputs["findings"])
    assert len(run["results"]) == found > 0
    shown = [line for line in ran.log.splitlines() if line.startswith(("::error", "::warning"))]
    assert len(shown) == found
    told = [each["message"]["text"] for each in run["results"]]
    assert [ran.log.count(text) for text in told] == [1] * found, "each finding once in the log"
    assert ran.summary.count("IR010") == ran.log.count("::error title=IR010") + ran.log.count(
        "::warning title=IR010"
    )
    assert [line for line in ran.log.splitlines() if "the-a" in line] == [
        f"::add-mask::{key}" for key in KEYS.values()
    ]


CODES = [
    pytest.param({"DD_INCIDENT_ROLES_API_URL": NOBODY_LISTENS}, 3, id="Datadog is away"),
    pytest.param({"SELECT": "IR777"}, 2, id="a wrong setting"),
]
if looks_far():
    # At each change a stand-in of the program says how a check passes; it starts much faster.
    CODES.append(pytest.param({"FAIL_ON": "never"}, 0, id="nothing is to fail"))


@pytest.mark.parametrize(("variables", "expected"), CODES)
def test_the_code_of_a_check_is_the_program_s(
    runner: Runner, running: RunningSandbox, variables: dict[str, str], expected: int
) -> None:
    """What the program ends with is what the step ends with, and the summary is never empty."""
    ran = runner.run(CHECK, **{**KEYS, "DD_INCIDENT_ROLES_API_URL": running.url, **variables})
    assert ran.exit_code == expected
    assert ran.outputs["exit-code"] == str(expected)
    assert ran.summary


@pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg, as runners have it")
def test_the_record_outlives_its_runner(runner: Runner, running: RunningSandbox) -> None:
    """A record that was begun, sealed and opened elsewhere has nothing left to do."""
    assert scheduled(runner, "open-record.sh", running.url).exit_code == 0
    assert scheduled(runner, "sync.sh", running.url).exit_code == 2
    assert "1 change" in scheduled(runner, "sync.sh", running.url, BEGIN="true").log
    assert scheduled(runner, "seal-record.sh", running.url).outputs == {"sealed": "true"}
    shutil.rmtree(runner.folder / "record")
    assert scheduled(runner, "open-record.sh", running.url).exit_code == 0
    again = scheduled(runner, "sync.sh", running.url)
    assert (again.exit_code, "0 changes" in again.log) == (0, True)
    assert scheduled(runner, "sync.sh", NOBODY_LISTENS).exit_code == 3
