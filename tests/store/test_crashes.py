"""Killed at any step, the record opens again and holds all of a change or nothing of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dd_incident_roles.roles.statements import HandoffOutcome
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.sync.state import IncidentState
from tests.store.crashing import LONG
from tests.store.entry_samples import K1, K2, entry, entry_intent, entry_link
from tests.store.samples import ANA, BO, ONE, clock, closing, incident, opening
from tests.store.statement_samples import decision, devising, proposal

ROOT = Path(__file__).parents[2]


def killed(task: str, folder: Path) -> list[Path]:
    """The records that a task leaves, killed one step later in each; the last one was not."""
    subprocess.run(
        [sys.executable, "-m", "tests.store.crashing", task, str(folder)], cwd=ROOT, check=True
    )
    attempts = sorted(int(each.name) for each in folder.iterdir())
    return [folder / str(attempt) / "record.db" for attempt in attempts]


def state_of(path: Path) -> IncidentState:
    with open_record(str(path), clock=clock) as record:
        return record.state(ONE, "datadog")


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


def test_a_handover_that_is_killed_happened_or_did_not(tmp_path: Path) -> None:
    """Killed at steps all through a long commit, every edit is there or none is."""
    before = IncidentState(version=1, assignments=(opening().assignment,))
    outcomes = []
    for path in killed("hand_over", tmp_path):
        state = state_of(path)
        outcomes.append(state.version)
        if state.version == 1:
            assert state == before
        else:
            assert [(row.person, row.is_open) for row in state.assignments] == [
                (ANA, False),
                (BO, True),
            ]
            assert (len(state.links), len(state.intents)) == (2, 2)
    assert outcomes == sorted(outcomes)
    assert {1, 2} == set(outcomes)


def test_an_edit_of_the_timeline_that_is_killed_happened_or_did_not(tmp_path: Path) -> None:
    """Killed at steps all through a mixed commit, nothing that was written is lost or doubled."""
    outcomes = []
    for path in killed("edit_timeline", tmp_path):
        with open_record(str(path), clock=clock) as record:
            state, archived = record.state(ONE, "datadog"), record.archived(ONE)
        found = state.timeline
        outcomes.append(state.version)
        if state.version == 2:
            assert found.entries == (entry(K2), entry())
            assert (found.links, found.intents) == (
                (entry_link().row,),
                (entry_intent(K2).row,),
            )
            assert (archived, found.tombstones, len(state.assignments)) == ((), (), 1)
        else:
            assert found.entries == (entry(text=LONG),)
            assert found.links == (entry_link(K1, "r2").row,)
            assert found.intents == (entry_intent(K1).row,)
            assert [each.entry for each in archived] == [entry(), entry(K2)]
            assert (len(found.tombstones), len(state.assignments)) == (1, 2)
    assert outcomes == sorted(outcomes)
    assert {2, 3} == set(outcomes)


def test_an_acceptance_that_is_killed_happened_or_did_not(tmp_path: Path) -> None:
    """Killed at steps all through it, the role, the handoff and the entry tell the same story."""
    before = IncidentState(
        version=2,
        assignments=(opening().assignment,),
        handoffs=(proposal().handoff,),
        devised=(devising().role,),
    )
    outcomes = []
    for path in killed("accept_handoff", tmp_path):
        state = state_of(path)
        outcomes.append(state.version)
        if state.version == 2:
            assert state == before
        else:
            given, taken = state.assignments
            assert (given.person, given.until) == (ANA, closing().until)
            assert (taken.person, taken.since, taken.is_open) == (BO, closing().until, True)
            accepted, onward = state.handoffs
            assert (accepted.outcome, accepted.decided) == (HandoffOutcome.ACCEPTED, decision().at)
            assert onward == proposal("h2", giver=BO).handoff
            assert state.timeline.entries == (entry(text=LONG),)
            assert state.devised == before.devised
    assert outcomes == sorted(outcomes)
    assert {2, 3} == set(outcomes)


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
