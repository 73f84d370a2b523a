"""From a hook to the sync of its incident: the median and the worst of fifty, one by one."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import requests

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.benchmarks.bench_many_incidents import staff
from tests.benchmarks.measuring import Measure
from tests.cli.program import start
from tests.product import closed_port, reaching

HOOKS = 50
INCIDENTS = 20
SECRET = "a-secret-that-only-both-sides-have"
PAUSE_SECONDS = 2.1
"""Longer than the least time between two syncs about hints, which would be measured else."""


def measures() -> Iterator[Measure]:
    """The time from the answer to a hook to the line that says that the change is here."""
    with tempfile.TemporaryDirectory() as folder, RunningSandbox(Sandbox()) as running:
        staff(running.sandbox, INCIDENTS)
        store = Path(folder) / "record.db"
        taken = list(_hooks(running, reaching(running.url, store)))
    for name, figure, goal in (("median", median(taken), 1.0), ("worst", max(taken), 2.0)):
        what = f"hook to synced, {name} of {HOOKS}"
        yield Measure(what=what, figure=figure * 1000, unit="ms", goal=goal * 1000)


def _hooks(running: RunningSandbox, settings: dict[str, str]) -> Iterator[float]:
    port = closed_port().rpartition(":")[2]
    typed = ("sync", "--watch", "600", "--listen", port, "--format", "json")
    secret = {"DD_INCIDENT_ROLES_DATADOG_HOOK_SECRET": SECRET}
    with start(*typed, **settings, **secret) as process:
        try:
            _line(process)
            for number in range(HOOKS):
                time.sleep(PAUSE_SECONDS)
                incident = 1001 + number % INCIDENTS
                people = ("person18@corp.example", "person19@corp.example")
                running.sandbox.set_commander(incident, people[number // INCIDENTS % 2])
                running.sandbox.add_note(incident, people[0], f"Seen {number}")
                began = time.perf_counter()
                requests.post(
                    f"http://127.0.0.1:{port}/hooks/datadog",
                    json={"incident": incident, "number": number},
                    headers={"X-Hook-Secret": SECRET},
                    timeout=10,
                ).raise_for_status()
                line = _line(process)
                assert f'"incident":{incident},' in line, line
                yield time.perf_counter() - began
        finally:
            process.terminate()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    line = process.stdout.readline()
    assert line, process.stderr.read() if process.stderr else ""
    return line
