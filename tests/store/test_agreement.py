"""Any sequence of commits leaves the record as a model in memory says it should be."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dd_incident_roles.errors import RecordError
from dd_incident_roles.model import Assignment, IncidentId, Source
from dd_incident_roles.roles.ledger import Close, Open
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.state import (
    Attempt,
    Conflict,
    Drop,
    Edit,
    EntryIntent,
    EntryLink,
    Intent,
    Link,
    Membership,
    Presence,
    Put,
    RefusedWrite,
    RoleTombstone,
    Seat,
    Tombstone,
)
from tests.store.entry_strategies import entry_edits
from tests.store.memory_record import MemoryRecord, Side
from tests.store.memory_statements import MemoryStatements
from tests.store.memory_timeline import MemoryTimeline, Refused
from tests.store.samples import ANA, BO, ONE, SCRIBE, TECH_LEAD, TWO, minutes
from tests.store.statement_strategies import statements
from tests.sync.record_copies import fresh_record

roles = st.sampled_from([SCRIBE, TECH_LEAD])
persons = st.sampled_from([ANA, BO])
nobody_or_somebody = st.none() | persons
identities = st.sampled_from([f"a{number}" for number in range(6)])
instants = st.sampled_from([minutes(count) for count in range(3)])
items = st.one_of(
    st.builds(Seat, roles),
    st.builds(Membership, roles, persons),
    st.builds(Presence, persons),
)
assignments = st.builds(
    Assignment,
    id=identities,
    role=roles,
    stream=st.sampled_from([None, "database"]),
    person=persons,
    since=instants,
    until=st.none(),
    set_by=st.just("somebody"),
    source=st.sampled_from(Source),
    ended_by=st.none(),
    ended_source=st.none(),
)
links = st.builds(
    Link,
    item=items,
    holder=nobody_or_somebody,
    via=st.sampled_from(["list", "field"]),
    remote_id=st.sampled_from([None, "r1"]),
    missing_since=st.none() | instants,
)
role_edits = st.one_of(
    st.builds(Open, assignment=assignments),
    st.builds(
        Close,
        assignment_id=identities,
        until=instants,
        ended_by=st.just("somebody"),
        ended_source=st.sampled_from(Source),
    ),
    st.builds(Put, links),
    st.builds(Drop, st.sampled_from([Link, Intent]), items),
    st.builds(
        Put,
        st.builds(Intent, item=items, holder=nobody_or_somebody, since=instants),
    ),
    st.builds(
        Put,
        st.builds(RoleTombstone, role=roles, person=persons, seen=instants, since=instants),
    ),
    st.builds(Drop, st.just(RoleTombstone), st.builds(Membership, roles, persons)),
    st.builds(
        Put,
        st.builds(
            Conflict,
            role=roles,
            wanted=nobody_or_somebody,
            standing=nobody_or_somebody,
            since=instants,
        ),
    ),
    st.builds(Drop, st.just(Conflict), roles),
    st.builds(
        Put,
        st.builds(
            RefusedWrite,
            about=st.sampled_from(["seat scribe", "entry k1"]),
            fingerprint=st.sampled_from(["f1", "f2"]),
            attempt=st.sampled_from(Attempt),
            reason=st.just("declined"),
            hint=st.sampled_from([None, "Ask."]),
            first=instants,
            last=instants,
            tries=st.integers(1, 3),
            role=st.none() | roles,
            person=nobody_or_somebody,
            entry=st.sampled_from([None, "k1"]),
        ),
    ),
    st.builds(Drop, st.just(RefusedWrite), st.sampled_from(["seat scribe", "entry k1"])),
)
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
    assert set(record.open_handoffs()) == model.open_handoffs()
    for incident in INCIDENTS:
        agree_on_statements(record, model, incident)
        for target in TARGETS:
            state, side = record.state(incident, target), model.sides.get((incident, target))
            side = side or Side()
            assert state.version == model.versions.get(incident, 0)
            assert set(state.assignments) == model.assignments(incident)
            assert set(state.links) == side.of(Link)
            assert set(state.intents) == side.of(Intent)
            assert set(state.conflicts) == side.of(Conflict)
            assert set(state.refused) == side.of(RefusedWrite)
            assert set(state.tombstones) == side.of(RoleTombstone)
            assert list(state.assignments) == sorted(state.assignments, key=lambda a: a.since)
            agree_on_entries(record, model, incident, target)


def agree_on_entries(
    record: SqlRecord, model: MemoryRecord, incident: IncidentId, target: str
) -> None:
    """Compare what both hold of one timeline."""
    found, side = record.state(incident, target).timeline, model.sides.get((incident, target))
    known, timeline = side or Side(), model.timelines.get(incident) or MemoryTimeline()
    written = [entry for entry, _ in timeline.entries.values()]
    assert list(found.entries) == sorted(written, key=lambda e: (e.at, e.created, e.key))
    assert found.entries == record.entries(incident)
    assert list(found.entries) == [record.entry(incident, e.key) for e in found.entries]
    assert found.links == record.entry_links(incident, target)
    assert list(found.links) == sorted(known.of(EntryLink), key=lambda link: link.key)
    assert set(found.intents) == known.of(EntryIntent)
    assert set(found.tombstones) == known.of(Tombstone)
    assert list(record.archived(incident)) == timeline.archive


def agree_on_statements(record: SqlRecord, model: MemoryRecord, incident: IncidentId) -> None:
    """Compare what both hold of what people stated, which is the same for every target."""
    stated = model.statements.get(incident) or MemoryStatements()
    handoffs = sorted(stated.handoffs.values(), key=lambda handoff: handoff.proposed)
    assert list(record.handoffs(incident)) == handoffs
    assert list(record.corrections(incident)) == list(stated.corrections.values())
    assert list(record.devised(incident)) == list(stated.devised.values())
    for target in TARGETS:
        state = record.state(incident, target)
        assert state.handoffs == record.handoffs(incident)
        assert state.corrections == record.corrections(incident)
        assert state.devised == record.devised(incident)


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
