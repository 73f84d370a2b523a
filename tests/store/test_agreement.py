"""Any sequence of commits leaves the record as a model in memory says it should be."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dd_incident_roles.errors import RecordError
from dd_incident_roles.model import Assignment, IncidentId, Source
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.state import (
    ClearIntents,
    Close,
    Conflict,
    DropLink,
    Edit,
    Former,
    Intent,
    Link,
    Membership,
    Open,
    Presence,
    PutConflict,
    PutIntent,
    PutLink,
    Seat,
    SettleConflict,
)
from tests.store.memory_record import MemoryRecord, Refused, Side
from tests.store.samples import ANA, BO, ONE, SCRIBE, TECH_LEAD, TWO, clock, minutes

roles = st.sampled_from([SCRIBE, TECH_LEAD])
persons = st.sampled_from([ANA, BO])
nobody_or_somebody = st.none() | persons
identities = st.sampled_from([f"a{number}" for number in range(6)])
instants = st.sampled_from([minutes(count) for count in range(3)])
items = st.one_of(
    st.builds(Seat, roles),
    st.builds(Membership, roles, persons),
    st.builds(Presence, persons),
    st.builds(Former, roles, nobody_or_somebody),
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
edits = st.one_of(
    st.builds(Open, assignment=assignments),
    st.builds(
        Close,
        assignment_id=identities,
        until=instants,
        ended_by=st.just("somebody"),
        ended_source=st.sampled_from(Source),
    ),
    st.builds(PutLink, link=links),
    st.builds(DropLink, item=items),
    st.builds(
        PutIntent,
        intent=st.builds(Intent, item=items, holder=nobody_or_somebody, since=instants),
    ),
    st.builds(ClearIntents, item=items),
    st.builds(
        PutConflict,
        conflict=st.builds(
            Conflict,
            role=roles,
            wanted=nobody_or_somebody,
            standing=nobody_or_somebody,
            since=instants,
        ),
    ),
    st.builds(SettleConflict, role=roles),
)
INCIDENTS = (ONE, TWO)
TARGETS = ("datadog", "github")
commits = st.tuples(
    st.sampled_from(INCIDENTS),
    st.sampled_from(TARGETS),
    st.lists(edits, max_size=4),
    st.none() | st.integers(0, 3),
)


def attempted(
    model: MemoryRecord,
    incident: IncidentId,
    target: str,
    wanted: Sequence[Edit],
    expected: int | None,
) -> MemoryRecord | None:
    """What the model makes of a commit, or None if it refuses it."""
    try:
        return model.after(incident, target, wanted, expected)
    except Refused:
        return None


def agree(record: SqlRecord, model: MemoryRecord) -> None:
    """Compare everything that both hold."""
    for incident in INCIDENTS:
        for target in TARGETS:
            state, side = record.state(incident, target), model.sides.get((incident, target))
            side = side or Side()
            assert state.version == model.versions.get(incident, 0)
            assert set(state.assignments) == model.assignments(incident)
            assert set(state.links) == set(side.links.values())
            assert set(state.intents) == set(side.intents.values())
            assert set(state.conflicts) == set(side.conflicts.values())
            assert list(state.assignments) == sorted(state.assignments, key=lambda a: a.since)


@settings(max_examples=30)
@given(st.lists(commits, max_size=12))
def test_any_history_agrees_with_the_model(
    history: Sequence[tuple[IncidentId, str, list[Edit], int | None]],
) -> None:
    """Both take the same commits, refuse the same ones, and hold the same afterwards."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_record(str(Path(folder) / "record.db"), clock=clock) as record,
    ):
        model = MemoryRecord()
        for incident, target, wanted, expected in history:
            after = attempted(model, incident, target, wanted, expected)
            try:
                record.commit(incident, target, wanted, expected_version=expected)
            except RecordError:
                assert after is None
            else:
                assert after is not None
                model = after
            agree(record, model)
