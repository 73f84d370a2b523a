"""Any sequence of commits leaves the record as a model in memory says it should be.

Every story is replayed against the model, which knows what each edit does and which are refused:
the names say what a story adds to the others.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dd_incident_roles.errors import RecordChanged, RecordError
from dd_incident_roles.model import EntryKey, IncidentId, PersonKey, RoleKey
from dd_incident_roles.roles.ledger import HandoffOutcome
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync import state as kinds
from dd_incident_roles.sync.entries.identity import Digest
from dd_incident_roles.sync.state import ArchiveEntry, Drop, Edit, EntryIntent, EntryLink, Tombstone
from tests.store.memory_record import MemoryIncident, MemoryRecord, Refused
from tests.store.samples import (
    ANA,
    BO,
    CAROL,
    D1,
    D2,
    FORGETTING,
    K1,
    K2,
    K3,
    NOTES,
    ONE,
    SCRIBE,
    SHARED,
    START,
    TECH_LEAD,
    TWO,
    closing,
    correction,
    decision,
    devising,
    entry,
    entry_intent,
    entry_link,
    intent,
    link,
    minutes,
    opening,
    proposal,
    put,
    tombstone,
)
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


def agree(record: SqlRecord, model: MemoryRecord, incidents: Sequence[IncidentId]) -> None:
    """Compare everything that both hold of some incidents."""
    waiting = record.open_handoffs()
    assert set(waiting) == {
        (incident_id, handoff)
        for incident_id, incident in model.incidents.items()
        for handoff in incident.open_handoffs()
    }
    assert sorted(waiting, key=lambda each: each[1].proposed) == list(waiting)
    for incident_id in incidents:
        known = model.incidents.get(incident_id) or MemoryIncident()
        by_since = sorted(known.assignments.values(), key=lambda row: row.since)
        by_proposed = sorted(known.handoffs.values(), key=lambda handoff: handoff.proposed)
        written = [entry for entry, _ in known.entries.values()]
        assert list(record.assignments(incident_id)) == by_since
        assert list(record.handoffs(incident_id)) == by_proposed
        assert list(record.corrections(incident_id)) == sorted(
            known.corrections.values(), key=lambda each: (each.recorded, each.id)
        )
        assert list(record.devised(incident_id)) == list(known.devised.values())
        assert list(record.entries(incident_id)) == sorted(
            written, key=lambda entry: (entry.at, entry.created, entry.key)
        )
        for key in (K1, K2, K3):
            assert record.entry(incident_id, key) == known.entries.get(key, (None, None))[0]
        assert list(record.archived(incident_id)) == known.archive
        for target in TARGETS:
            state = record.state(incident_id, target)
            timeline = state.timeline
            assert state.version == known.version
            assert state.assignments == record.assignments(incident_id)
            assert state.handoffs == record.handoffs(incident_id)
            assert state.corrections == record.corrections(incident_id)
            assert state.devised == record.devised(incident_id)
            assert state.places == record.places(incident_id) == tuple(known.places.values())
            others = [each for each in TARGETS if each != target]
            assert timeline.linked_elsewhere == {
                key
                for there in (record.state(incident_id, each).timeline for each in others)
                for key in [row.key for row in there.links] + [row.key for row in there.intents]
            }
            assert timeline.entries == record.entries(incident_id)
            assert timeline.links == record.entry_links(incident_id, target)
            assert list(timeline.links) == sorted(timeline.links, key=lambda link: link.key)
            rows = [*state.links, *state.intents, *state.tombstones, *state.conflicts]
            rows += state.registers
            noted = [*state.refused, *timeline.links, *timeline.intents, *timeline.tombstones]
            wanted = known.noted.get(target, {})
            assert {*rows, *noted} == set(wanted.values())
            assert len(rows) + len(noted) == len(wanted)


def replay(history: Sequence[Commit]) -> list[RecordError | None]:
    """Give the same commits to the record and to the model, and compare them after each.

    What the record said to each of them.
    """
    now, said = minutes(100), list[RecordError | None]()
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
            except RecordError as error:
                assert after is None
                said.append(error)
            else:
                assert after is not None
                model = after
                said.append(None)
            agree(record, model, [incident])
        # That a commit leaves the other incident alone is seen once, at the end.
        agree(record, model, INCIDENTS)
    return said


def on(
    *edits: Edit,
    incident: IncidentId = ONE,
    target: str = "datadog",
    expected: int | None = None,
) -> Commit:
    """A commit about one incident and Datadog, unless said otherwise."""
    return incident, target, list(edits), expected


def handed(outcome: HandoffOutcome) -> Edit:
    return decision(outcome=outcome)


STREAMS = (None, "database", "network")
IN_STREAMS = on(*(opening(f"a{stream}", stream=stream) for stream in STREAMS))
SUPERSEDED = handed(HandoffOutcome.SUPERSEDED)
SECOND = proposal("h2", receiver=CAROL, proposed=minutes(5))
TAKEN = opening("a2", person=BO, since=minutes(5))
CLASH = kinds.Conflict(role=SCRIBE, wanted=None, standing=BO, since=START)
CHANGED_CLASH = kinds.Conflict(role=SCRIBE, wanted=ANA, standing=None, since=minutes(1))
LATE = START.replace(microsecond=999999)
LINKED = on(entry_link(K1, "r1"), entry_link(K2, "r2"))
PARTS: dict[str, object] = {
    "at": minutes(1),
    "created": minutes(2),
    "text": "It broke. ",
    "author": None,
    "important": True,
    "kind": "status_change",
    "origin": "datadog",
    "deleted_at": minutes(3),
}

MOVING: dict[str, tuple[list[Edit], Edit]] = {
    "open": ([], opening()),
    "close": ([opening()], closing()),
    "write": ([opening()], put()),
    "take out": ([put()], ArchiveEntry(key=K1, at=START)),
    "propose": ([opening()], proposal()),
    "decide": ([proposal()], decision()),
    "correct": ([opening()], correction()),
    "devise": ([opening()], devising()),
    "devise again": ([devising()], devising()),
}
"""Each change that people see is one step of the version; at most one edit comes before it."""

STORIES: dict[str, list[Commit]] = {
    "everything comes back as it was put": [on(*SHARED, *NOTES, expected=0)],
    "targets and incidents are apart": [
        on(*SHARED, *NOTES),
        on(put(text="Of another incident."), entry_link(K2, "r1"), incident=TWO),
        on(*FORGETTING, entry_link(K3, "r1"), target="github"),
    ],
    "notes move no version, and forgetting touches one item": [
        on(*SHARED, *NOTES),
        on(Drop(kinds.Link, kinds.SingleHolderRole(SCRIBE)), expected=1),
        on(Drop(kinds.Intent, kinds.SingleHolderRole(SCRIBE)), expected=1),
        on(*FORGETTING, expected=1),
        on(*FORGETTING, expected=1),
        on(expected=1),
    ],
    "an interval is ended and stays": [on(opening()), on(closing(), TAKEN), on(expected=2)],
    "a stream is a seat of its own": [IN_STREAMS],
    "a role can be taken again, in an interval of no length too": [
        on(opening(), closing(until=START)),
        on(opening("a2")),
    ],
    "a note replaces the one of its item": [
        on(link(remote_id="r1", missing_since=START), link(holder=None)),
        on(kinds.Put(CLASH), kinds.Put(CHANGED_CLASH)),
    ],
    "intents add up, and the first of the same keeps its date": [
        on(intent(holder=ANA), intent(holder=None, since=minutes(1))),
        on(intent(holder=ANA, since=minutes(2))),
    ],
    "nobody is not a person of that name": [
        on(*(intent(holder=each) for each in [None, *map(PersonKey, ["None", "=", "==a", ""])])),
    ],
    **{f"a handoff can be {each}": [on(proposal()), on(handed(each))] for each in HandoffOutcome},
    "another handoff can follow in the same commit": [on(proposal()), on(SUPERSEDED, SECOND)],
    "each stream and role has a handoff of its own": [
        on(*(proposal(f"h{stream}", stream=stream) for stream in STREAMS)),
        on(proposal("h4", role=TECH_LEAD)),
    ],
    "open handoffs are found in every incident, oldest first": [
        on(proposal("h2", proposed=minutes(1))),
        on(proposal("h3", role=TECH_LEAD), decision("h3")),
        on(proposal(), incident=TWO),
    ],
    "corrections are read in the order of the times at which they were recorded": [
        on(correction()),
        on(correction("c0", recorded=minutes(-30), person=CAROL)),
    ],
    "the newest version of a devised role counts, in the place of the first": [
        on(devising(), devising(RoleKey("driver"))),
        on(devising(title="Elsewhere"), incident=TWO),
        on(devising(title="Chief runner", may_hold=(CAROL,), devised=minutes(3))),
    ],
    "roles change hands with the handoff, in any order": [
        on(opening(), proposal()),
        on(decision(), closing(), TAKEN, expected=1),
    ],
    "a wish to delete is part of the timeline": [on(put(deleted_at=minutes(9)))],
    "entries are read by when they happened": [
        on(
            *(put(EntryKey("k4"), at=LATE), put(K2, at=LATE, created=START)),
            *(put(EntryKey("k0"), created=minutes(2)), put(K1), put(K3, at=minutes(-1))),
        )
    ],
    "entries and roles are one step of the version": [
        on(put(), opening(), link(), entry_link(), expected=0),
        on(expected=1),
    ],
    "a link replaces the one of its key": [
        on(entry_link(K1, "r1", altered=True), entry_link(K1, "r2")),
        on(entry_link(K2, "r1")),
    ],
    "two keys can change places": [
        LINKED,
        on(Drop(EntryLink, K1), entry_link(K2, "r1"), entry_link(K1, "r2")),
    ],
    "intents of an entry add up, and the same again has a new date": [
        on(entry_intent(K1, D1), entry_intent(K1, D2, minutes(1))),
        on(entry_intent(K1, None, minutes(2)), entry_intent(K2, D1)),
        on(entry_intent(K1, D1, minutes(3), minutes(4))),
        on(entry_intent(K1, D1), Drop(EntryIntent, K1)),
        on(Drop(EntryIntent, K2), entry_intent(K2, None)),
    ],
    "a deletion is not a digest of that name": [
        on(*(entry_intent(K1, each) for each in [None, *map(Digest, ["None", "=", "==d1", ""])])),
    ],
    "a tombstone replaces the one of its id": [
        on(tombstone(), tombstone("r2"), tombstone(since=minutes(1))),
        on(tombstone("r3"), Drop(Tombstone, "r3"), Drop(Tombstone, "r1")),
    ],
    "every replaced text is archived": [
        on(put(text="first")),
        on(put(text="second"), put(text="third")),
        on(put(text="first"), target="github"),
    ],
    "what is taken out is archived": [
        on(put(text="first"), put(K2)),
        on(put(text="last"), ArchiveEntry(key=K1, at=minutes(7))),
    ],
    "an entry can come back": [
        on(put(text="first"), ArchiveEntry(key=K1, at=START)),
        on(put(text="second"), ArchiveEntry(key=K1, at=START)),
        on(put(text="third")),
        on(ArchiveEntry(key=K1, at=START), put(text="fourth")),
    ],
    "the same again is no replacement, and keeps its date": [
        on(put()),
        on(put(), put()),
        on(put(text="New.")),
        on(ArchiveEntry(key=K1, at=minutes(63)), expected=3),
    ],
    **{
        f"it moves the version to {name}": [
            on(*before),
            on(edit, expected=len(before)),
            on(expected=len(before) + 1),
        ]
        for name, (before, edit) in MOVING.items()
    },
    **{
        f"another {part} is a replacement": [
            on(put()),
            on(kinds.PutEntry(entry=entry(**{"text": "It broke.", part: value}))),  # type: ignore[arg-type]  # a builder: only the differing part is given
        ]
        for part, value in PARTS.items()
    },
}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_a_story_is_kept_as_the_model_has_it(story: list[Commit]) -> None:
    """Every commit of it is taken, and what is read back after each is what the model holds."""
    assert replay(story) == [None] * len(story)


FIT: list[Edit] = [
    *(opening("a3", person=BO), link(), intent(), devising(), put(text="New."), put(K3)),
    *(entry_intent(K1, None), tombstone("r9")),
]
BEFORE = [
    on(proposal("h9"), opening("a8"), incident=TWO),
    on(opening(), put(), entry_link(K1, "r1")),
    on(proposal("h0"), decision("h0"), proposal(), correction()),
]
UNFIT: dict[str, Edit] = {
    "held": opening("a2"),
    "same id": opening("a1", person=BO),
    "not open": closing("a9"),
    "closed in another incident": closing("a8"),
    "unknown entry": ArchiveEntry(key=EntryKey("k9"), at=START),
    "linked elsewhere": entry_link(K2, "r1"),
    "proposed while one is open": proposal("h2", receiver=CAROL),
    "proposed under an id of another incident": proposal("h9", role=TECH_LEAD),
    "decided and never proposed": decision("h7"),
    "decided in another incident": decision("h9"),
    "decided twice": decision("h0"),
    "corrected under the same id": correction("c1", role=TECH_LEAD),
}
PROPOSED = on(proposal())
STALE: list[list[Edit]] = [[TAKEN], [link()], [devising()], [put(K2)], [entry_link()], []]
REFUSALS: dict[str, tuple[list[Commit], Commit, str]] = {
    **{
        f"one that does not fit undoes the others: {name}": (
            BEFORE,
            on(*FIT, unfit),
            "Nothing was written",
        )
        for name, unfit in UNFIT.items()
    },
    "an interval ends once": (
        [on(opening(), closing())],
        on(closing(until=minutes(9))),
        "already ended",
    ),
    **{
        f"a stream is held once: {stream}": (
            [IN_STREAMS],
            on(opening("again", stream=stream)),
            "already holds scribe",
        )
        for stream in STREAMS
    },
    **{
        f"a handoff is decided once: {each}": (
            [PROPOSED, on(handed(each))],
            on(decision(outcome=HandoffOutcome.WITHDRAWN, at=minutes(6))),
            "no longer open",
        )
        for each in HandoffOutcome
    },
    "a second handoff before the first is decided": (
        [PROPOSED],
        on(SECOND, SUPERSEDED),
        "proposed already",
    ),
    "one that has expired is still open": (
        [on(proposal(expires=minutes(1)))],
        on(proposal("h2", proposed=minutes(50), expires=minutes(60))),
        "proposed already",
    ),
    "a remote entry is let go too late": (
        [LINKED],
        on(entry_link(K2, "r1"), Drop(EntryLink, K1)),
        "r1 is linked to another entry",
    ),
    "two keys for one remote entry": (
        [LINKED],
        on(entry_link(K1, "r3"), entry_link(K3, "r3")),
        "r3 is linked to another entry",
    ),
    **{
        f"an older version, whatever it is about: {number}": (
            [on(opening()), on(put(), expected=1), on(link(), expected=2)],
            on(*stale, expected=1),
            "changed the incident in the record",
        )
        for number, stale in enumerate(STALE)
    },
}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("before", "last", "said"), REFUSALS.values(), ids=REFUSALS)
def test_a_commit_that_does_not_fit_is_refused_whole(
    before: list[Commit], last: Commit, said: str
) -> None:
    """It is said what the record turned out to hold, and that is as it was before."""
    *taken, refusal = replay([*before, last])
    assert taken == [None] * len(before)
    assert isinstance(refusal, RecordChanged)
    assert said in str(refusal)


@settings(max_examples=15)
@given(histories(role_edits, longest=4))
def test_any_history_of_roles_agrees_with_the_model(history: list[Commit]) -> None:
    """Both take the same commits, refuse the same ones, and hold the same afterwards."""
    replay(history)


@settings(max_examples=15)
@given(histories(entry_edits, incidents=[ONE], longest=5))
def test_any_history_of_one_timeline_agrees_with_the_model(history: list[Commit]) -> None:
    """The same is so of entries, of what each target agreed to, and of the archive."""
    replay(history)


@settings(max_examples=15)
@given(histories(statements, longest=4))
def test_any_history_of_statements_agrees_with_the_model(history: list[Commit]) -> None:
    """The same is so of handoffs, of corrections and of devised roles."""
    replay(history)


@settings(max_examples=20)
@given(histories(st.one_of(role_edits, entry_edits, statements), longest=6))
def test_any_mixed_history_agrees_with_the_model(history: list[Commit]) -> None:
    """Edits of roles, entries and statements go together in one commit, over several incidents."""
    replay(history)


@pytest.mark.usefixtures("in_postgresql")
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(st.one_of(role_edits, entry_edits, statements), longest=6))
def test_any_history_in_postgresql_agrees_with_the_model(history: list[Commit]) -> None:
    """What holds for a file holds for a server."""
    replay(history)
