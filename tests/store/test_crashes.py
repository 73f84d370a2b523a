"""Killed at any step, the record opens again and holds all of a change or nothing of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.tables import ArchivedEntry
from dd_incident_roles.sync.state import IncidentState
from tests.store.crashing import COMMITTED, PREPARED, commit, prepare
from tests.store.samples import ONE, clock, incident

ROOT = Path(__file__).parents[2]


def killed(task: str, folder: Path) -> list[Path]:
    """The records that a task leaves, killed one step later in each; the last one was not."""
    subprocess.run(
        [sys.executable, "-m", "tests.store.crashing", task, str(folder)], cwd=ROOT, check=True
    )
    attempts = sorted(int(each.name) for each in folder.iterdir())
    return [folder / str(attempt) / "record.db" for attempt in attempts]


def test_a_first_start_that_is_killed_leaves_no_part_of_a_record(tmp_path: Path) -> None:
    """Killed at each step of a first start, there is no record yet, or one that works."""
    attempts = killed("begin", tmp_path)
    assert len(attempts) > 20
    were_there = [path.exists() for path in attempts]
    assert were_there == sorted(were_there)
    assert {True, False} == set(were_there)
    for path in attempts:
        with open_record(str(path), clock=clock) as record:
            assert record.cached("kind", "key") in {None, "value"}
            record.put_cached("kind", "key", "again")
            assert record.cached("kind", "key") == "again"


def held(path: Path) -> tuple[IncidentState, tuple[ArchivedEntry, ...]]:
    with open_record(str(path), clock=clock) as record:
        return record.state(ONE, "datadog"), record.archived(ONE)


@pytest.mark.parametrize("task", COMMITTED)
def test_a_commit_that_is_killed_happened_or_did_not(tmp_path: Path, task: str) -> None:
    """Killed at steps all through a long commit, every edit is there or none, and none twice."""
    unharmed = tmp_path / "unharmed.db"
    prepare(unharmed, PREPARED[task])
    before = held(unharmed)
    commit(unharmed, COMMITTED[task])
    after = held(unharmed)
    assert after[0].version == before[0].version + 1
    found = [held(path) for path in killed(task, tmp_path / "killed")]
    assert all(each in (before, after) for each in found)
    happened = [each == after for each in found]
    assert happened == sorted(happened)
    assert set(happened) == {True, False}


def test_an_observation_that_is_killed_agrees_with_its_incident(tmp_path: Path) -> None:
    """Killed while an incident is kept, its newest observation still says what it is."""
    seen = set()
    for path in killed("remember", tmp_path):
        with open_record(str(path), clock=clock) as record:
            found = record.incident(ONE)
            assert found is not None
            assert found in (incident(), incident(state="stable"))
            assert record.observations(ONE)[-1].state == found.state
            seen.add(found.state)
    assert seen == {"active", "stable"}
