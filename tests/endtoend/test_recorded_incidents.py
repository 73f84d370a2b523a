"""The main job over what Datadog really answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.server import RunningSandbox
from tests.contract.recorded import WITHOUT, load_recordings
from tests.endtoend.agreement import INCIDENT_MANAGER
from tests.product import Product

SET_BY_PATCH = "e7a543e2-56dd-5618-9504-3d21644f7505"
"""The incident of add_commander_to_an_incident_returns_ok_response."""

pytestmark = WITHOUT


@pytest.fixture
def running() -> Iterator[RunningSandbox]:
    """A local Datadog with the recorded incidents."""
    with RunningSandbox() as running:
        load_recordings(running.sandbox)
        yield running


def commanders(running: RunningSandbox) -> dict[str, str]:
    """The e-mail of each recorded commander, by the id of the incident."""
    sandbox = running.sandbox
    with sandbox.lock:
        found = {row.id: sandbox.commander(row.public_id) for row in sandbox.world.incidents}
    return {incident: email for incident, email in found.items() if email}


def test_every_recorded_commander_is_found(running: RunningSandbox, product: Product) -> None:
    """A sync over all recorded incidents runs to its end, and a second one finds nothing to do.

    The commander of the PATCH answer, which hides the relationship, is found and shown, too.
    """
    with running.sandbox.lock:
        ids = [row.id for row in running.sandbox.world.incidents]
    ran = product.run("sync", *ids, "--format", "json")
    assert (ran.exit_code, ran.json()["failures"]) == (0, [])
    assert ran.json()["incidents"] == len(ids)
    with product.record() as record:
        found = {
            each.id: row.person
            for each in record.incidents()
            for row in record.assignments(each.id)
            if row.is_open and row.role == INCIDENT_MANAGER
        }
    assert found == commanders(running)
    assert running.sandbox.requests.writes() == []
    again = product.run("sync", *ids, "--format", "json")
    assert (again.exit_code, again.json()["changes"]) == (0, [])
    [incident] = product.run("status", SET_BY_PATCH, "--format", "json").json()["incidents"]
    [row] = [row for row in incident["roles"] if row["role"] == INCIDENT_MANAGER]
    assert [holder["email"] for holder in row["holders"]] == [commanders(running)[SET_BY_PATCH]]
    assert row["targets"] == {"datadog": "in_sync"}


def test_sync_and_check_of_the_open_ones(
    running: RunningSandbox, product: Product, tmp_path: Path
) -> None:
    """Without names the open incidents are found; each real one is checked, and none left out."""
    for query in ((), ("--query", "state:(active OR stable)")):
        ran = product.run("sync", *query, "--format", "json")
        assert (ran.exit_code, ran.json()["failures"]) == (0, [])
        assert ran.json()["incidents"] > 0
    report = tmp_path / "report.json"
    ran = product.run("check", "--format", "json", "--output", str(report), "--fail-on", "never")
    assert ran.exit_code == 0, ran.said
    assert report.is_file()
    ran = product.run("check", "--format", "json")
    assert ran.exit_code == 1
    document = ran.json()
    assert document["not_evaluated"] == []
    assert document["evaluated"] > 0
    without = {each["incident"]["id"] for each in document["findings"] if each["rule"] == "IR001"}
    assert without
    assert without.isdisjoint(commanders(running))
