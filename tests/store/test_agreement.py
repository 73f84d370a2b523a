"""Any sequence of commits leaves the record as a model in memory says it should be."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dd_incident_roles.errors import RecordError
from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.state import Edit
from tests.store.memory_record import MemoryIncident, MemoryRecord, Refused
from tests.store.samples import ONE, TWO, minutes
from tests.store.strategies import entry_edits, role_edits, statements
from tests.sync.record_copies import fresh_record

INCIDENTS = (ONE, TWO)
TARGETS = ("datadog", "github")
Commit = tuple[IncidentId, str, list[Edit], int | None]


def histories(
    edits: st.SearchStrategy[Edit], *, incidents: Sequence[IncidentId] = INCIDENTS, longest: int
) -> st.SearchStrategy[list[Commit]]:
    """Commits to a few incidents and targets, some of which name a version."""
    commits = st.tuples(
        st.sampled_from(incidents),
        st.sampled_from(TARGETS),
        st.lists(edits, max_size=longest),
        st.none() | st.integers(0, 3),
    )
    return st.lists(commits, max_size=12)


def attempted(
    model: MemoryRecord,
    incident: IncidentId,
    target: str,
    wanted: Sequence[Edit],
    expected: int | None,
    now: datetime,
) -> MemoryRecord | None:
    """What the model makes of a commit, or None if it refuses it."""
    try:
        return model.after(incident, target, wanted, expected, now)
    except Refused:
        return None


def agree(record: SqlRecord, model: MemoryRecord) -> None:
    """Compare everything that both hold."""
    assert set(record.open_handoffs()) == {
        (incident_id, handoff)
        for incident_id, incident in model.incidents.items()
        for handoff in incident.open_handoffs()
    }
    for incident_id in INCIDENTS:
        known = model.incidents.get(incident_id) or MemoryIncident()
        by_since = sorted(known.assignments.values(), key=lambda row: row.since)
        by_proposed = sorted(known.handoffs.values(), key=lambda handoff: handoff.proposed)
        written = [entry for entry, _ in known.entries.values()]
        assert list(record.assignments(incident_id)) == by_since
        assert list(record.handoffs(incident_id)) == by_proposed
        assert list(record.corrections(incident_id)) == list(known.corrections.values())
        assert list(record.devised(incident_id)) == list(known.devised.values())
        assert list(record.entries(incident_id)) == sorted(
            written, key=lambda entry: (entry.at, entry.created, entry.key)
        )
        assert {record.entry(incident_id, entry.key) for entry in written} == set(written)
        assert list(record.archived(incident_id)) == known.archive
        for target in TARGETS:
            state = record.state(incident_id, target)
            timeline = state.timeline
            assert state.version == known.version
            assert state.assignments == record.assignments(incident_id)
            assert state.handoffs == record.handoffs(incident_id)
            assert state.corrections == record.corrections(incident_id)
            assert state.devised == record.devised(incident_id)
            assert timeline.entries == record.entries(incident_id)
            assert timeline.links == record.entry_links(incident_id, target)
            assert list(timeline.links) == sorted(timeline.links, key=lambda link: link.key)
            rows = [*state.links, *state.intents, *state.tombstones, *state.conflicts]
            noted = [*state.refused, *timeline.links, *timeline.intents, *timeline.tombstones]
            wanted = known.noted.get(target, {})
            assert {*rows, *noted} == set(wanted.values())
            assert len(rows) + len(noted) == len(wanted)


def replay(history: Sequence[Commit]) -> None:
    """Give the same commits to the record and to the model, and compare them after each."""
    now = minutes(100)
    with (
        tempfile.TemporaryDirectory() as folder,
        fresh_record(Path(folder), lambda: now) as record,
    ):
        model = MemoryRecord()
        for turn, (incident, target, wanted, expected) in enumerate(history):
            now = minutes(100 + turn)
            after = attempted(model, incident, target, wanted, expected, now)
            try:
                record.commit(incident, target, wanted, expected_version=expected)
            except RecordError:
                assert after is None
            else:
                assert after is not None
                model = after
            agree(record, model)


@settings(max_examples=30)
@given(histories(role_edits, longest=4))
def test_any_history_of_roles_agrees_with_the_model(history: list[Commit]) -> None:
    """Both take the same commits, refuse the same ones, and hold the same afterwards."""
    replay(history)


@settings(max_examples=30)
@given(histories(entry_edits, incidents=[ONE], longest=5))
def test_any_history_of_one_timeline_agrees_with_the_model(history: list[Commit]) -> None:
    """The same is so of entries, of what each target agreed to, and of the archive."""
    replay(history)


@settings(max_examples=30)
@given(histories(statements, longest=4))
def test_any_history_of_statements_agrees_with_the_model(history: list[Commit]) -> None:
    """The same is so of handoffs, of corrections and of devised roles."""
    replay(history)


@settings(max_examples=20)
@given(histories(st.one_of(role_edits, entry_edits, statements), longest=6))
def test_any_mixed_history_agrees_with_the_model(history: list[Commit]) -> None:
    """Edits of roles, entries and statements go together in one commit, over several incidents."""
    replay(history)
