"""Committing edits: whole or not at all, and only onto the record that was seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, Table, event, update
from sqlalchemy.exc import IntegrityError, StatementError

from dd_incident_roles.errors import RecordChanged, RecordError
from dd_incident_roles.model import EntryKey, RoleKey
from dd_incident_roles.store import tables
from dd_incident_roles.store.database import Database
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.state import (
    ArchiveEntry,
    Attempt,
    Conflict,
    Drop,
    Edit,
    EntryIntent,
    EntryLink,
    EntryState,
    IncidentState,
    Intent,
    Item,
    Link,
    Membership,
    Presence,
    Put,
    PutEntry,
    RefusedWrite,
    RoleTombstone,
    Seat,
    Tombstone,
)
from tests.store.samples import (
    ANA,
    BO,
    CAROL,
    D1,
    K1,
    K2,
    K3,
    ONE,
    SCRIBE,
    START,
    TECH_LEAD,
    TWO,
    clock,
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
    role_tombstone,
    tombstone,
)

MEMBER, PRESENCE, SEAT = Membership(TECH_LEAD, BO), Presence(ANA), Seat(SCRIBE)
ITEMS: tuple[Item, ...] = (MEMBER, PRESENCE, SEAT)
CLASH = Conflict(role=SCRIBE, wanted=None, standing=BO, since=START)
DECLINED = RefusedWrite(
    about="seat scribe",
    fingerprint="f1",
    attempt=Attempt.ASSIGN,
    reason="declined",
    hint=None,
    first=START,
    last=minutes(2),
    tries=2,
    role=SCRIBE,
)
FULL_ENTRY = entry(
    K3,
    "Ünïcode \N{FIRE} and 'quotes'\r\nand a line \x1b[31m\x00",
    author=None,
    important=True,
    kind="status_change",
    origin="datadog",
    deleted_at=minutes(9),
)
FULL_ROLE = devising(summary="Fetches.", may_hold=(BO, ANA), until=minutes(90), is_single=False)
OTHER_ROLE = devising(RoleKey("driver"))
NOBODYS = proposal("h2", stream="database", giver=None, note="I have to sleep.")
NEVER_HELD = correction("c2", stream="database", person=None)
AGREED = entry_link(K1, "r1", ours=True, altered=True)
IN_DOUBT = entry_link(K2, "r2", remote_modified=minutes(4), missing_since=minutes(5))
SHARED: tuple[Edit, ...] = (
    *(opening(), PutEntry(entry=FULL_ENTRY), put(K1), proposal(), NOBODYS),
    *(correction(), NEVER_HELD, FULL_ROLE, OTHER_ROLE),
)
NOTES: tuple[Edit, ...] = (
    *(link(item, ANA, remote_id="r", missing_since=START) for item in ITEMS),
    *(intent(item, holder) for item in ITEMS for holder in (None, ANA, BO)),
    *(role_tombstone(BO), Put(CLASH), Put(DECLINED)),
    *(AGREED, IN_DOUBT, entry_intent(K1, None), entry_intent(K1, D1, missing_since=minutes(3))),
    tombstone("r9"),
)
FORGETTING: tuple[Edit, ...] = (
    *(Drop(Link, SEAT), Drop(Intent, SEAT), Drop(Conflict, SCRIBE), Drop(RoleTombstone, MEMBER)),
    *(Drop(RefusedWrite, "seat scribe"), Drop(EntryLink, K1), Drop(EntryIntent, K1)),
    Drop(Tombstone, "r9"),
)
SHARED_STATE = IncidentState(
    version=1,
    assignments=(opening().assignment,),
    timeline=EntryState(entries=(entry(), FULL_ENTRY)),
    handoffs=(proposal().handoff, NOBODYS.handoff),
    corrections=(correction().correction, NEVER_HELD.correction),
    devised=(FULL_ROLE.role, OTHER_ROLE.role),
)


def test_an_unknown_incident_has_an_empty_state(record: SqlRecord) -> None:
    """Nothing is known of an incident that was never touched."""
    assert record.state(ONE, "datadog") == IncidentState(version=0)


def test_everything_comes_back_as_it_was_put(record: SqlRecord) -> None:
    """A state is read back whole, to the last character, for an incident that was never seen."""
    record.commit(ONE, "datadog", [*SHARED, *NOTES], expected_version=0)
    state = record.state(ONE, "datadog")
    assert (state.version, state.timeline.entries) == (1, SHARED_STATE.timeline.entries)
    assert state.links == tuple(
        link(item, ANA, remote_id="r", missing_since=START).row for item in ITEMS
    )
    assert state.intents == tuple(
        intent(item, holder).row for item in ITEMS for holder in (None, ANA, BO)
    )
    assert (state.conflicts, state.refused) == ((CLASH,), (DECLINED,))
    assert state.tombstones == (role_tombstone(BO).row,)
    assert state.timeline.links == (IN_DOUBT.row, AGREED.row)
    assert state.timeline.intents == (
        entry_intent(K1, None).row,
        entry_intent(K1, D1, missing_since=minutes(3)).row,
    )
    assert state.timeline.tombstones == (Tombstone(remote_id="r9", since=START),)
    assert record.assignments(ONE) == SHARED_STATE.assignments == state.assignments
    assert record.handoffs(ONE) == SHARED_STATE.handoffs == state.handoffs
    assert record.corrections(ONE) == SHARED_STATE.corrections == state.corrections
    assert record.devised(ONE) == SHARED_STATE.devised == state.devised
    assert record.entries(ONE) == SHARED_STATE.timeline.entries
    assert record.entry_links(ONE, "datadog") == state.timeline.links
    assert [record.entry(ONE, key) for key in (K3, K1, K2)] == [FULL_ENTRY, entry(), None]
    assert record.incident(ONE) is None


def test_targets_and_incidents_are_apart(record: SqlRecord) -> None:
    """What one target agreed to says nothing about another; the rest is for all of them."""
    record.commit(ONE, "datadog", [*SHARED, *NOTES])
    assert record.state(ONE, "github") == SHARED_STATE
    assert record.state(TWO, "datadog") == IncidentState(version=0)
    assert record.entry(TWO, K1) is None
    assert (record.handoffs(TWO), record.corrections(TWO), record.devised(TWO)) == ((), (), ())
    before = record.state(ONE, "datadog")
    record.commit(TWO, "datadog", [put(text="Of another incident."), entry_link(K2, "r1")])
    record.commit(ONE, "github", [*FORGETTING, entry_link(K3, "r1")])
    assert record.state(ONE, "datadog") == before
    assert record.entries(TWO) == (entry(text="Of another incident."),)


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


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT.keys())
def test_an_edit_that_does_not_fit_undoes_the_others(record: SqlRecord, unfit: Edit) -> None:
    """One edit that does not fit the record any more, and nothing of the commit is kept."""
    record.commit(TWO, "datadog", [proposal("h9"), opening("a8")])
    record.commit(ONE, "datadog", [opening(), put(), entry_link(K1, "r1")])
    record.commit(ONE, "datadog", [proposal("h0"), decision("h0"), proposal(), correction()])
    before = record.state(ONE, "datadog"), record.state(TWO, "datadog")
    roles: list[Edit] = [opening("a3", person=BO), link(), intent(), devising()]
    entries: list[Edit] = [put(text="New."), put(K3), entry_intent(K1, None), tombstone("r9")]
    with pytest.raises(RecordChanged, match="nothing was written"):
        record.commit(ONE, "datadog", [*roles, *entries, unfit])
    assert (record.state(ONE, "datadog"), record.state(TWO, "datadog")) == before
    assert record.archived(ONE) == ()


class Unplugged(Exception):
    """The program went no further."""


def test_a_failure_at_any_statement_undoes_everything(record: SqlRecord) -> None:
    """Whichever statement of a mixed commit fails, the record is as it was before."""
    record.commit(ONE, "datadog", [opening(), put(), put(K2), entry_link(), entry_intent(K3)])
    before = (record.state(ONE, "datadog"), record.archived(ONE))
    mixed: list[Edit] = [
        *(opening("a2", person=BO), put(text="New."), ArchiveEntry(key=K2, at=START)),
        *(entry_link(K1, "r2"), Drop(EntryIntent, K3), entry_intent(), tombstone()),
    ]
    for step in range(1, 100):
        left = [step]

        def fail(*_: object, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Unplugged

        event.listen(Engine, "before_cursor_execute", fail)
        try:
            record.commit(ONE, "datadog", mixed, expected_version=1)
        except Unplugged:
            outcome = "undone"
        else:
            outcome = "done"
        finally:
            event.remove(Engine, "before_cursor_execute", fail)
        if outcome == "done":
            break
        assert (record.state(ONE, "datadog"), record.archived(ONE)) == before
    assert step > 10
    assert record.state(ONE, "datadog").version == 2
    assert [each.entry for each in record.archived(ONE)] == [entry(), entry(K2)]


def test_an_older_version_is_refused(record: SqlRecord) -> None:
    """A plan made before somebody else changed anything writes nothing, whatever it is about."""
    changes: list[Edit] = [opening(), put(), ArchiveEntry(key=K1, at=START), proposal()]
    roles: list[list[Edit]] = [[opening("late", person=BO)], [link()], [devising()], []]
    entries: list[list[Edit]] = [[put(K2)], [entry_link()]]
    for turn, change in enumerate(changes):
        record.commit(ONE, "datadog", [change], expected_version=turn)
        before = record.state(ONE, "datadog")
        for edits in roles + entries:
            with pytest.raises(RecordChanged, match="meanwhile"):
                record.commit(ONE, "datadog", edits, expected_version=turn)
        assert record.state(ONE, "datadog") == before


EACH: dict[str, tuple[list[Edit], Edit]] = {
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


@pytest.mark.parametrize(("before", "edit"), EACH.values(), ids=EACH.keys())
def test_what_people_see_moves_the_version(
    record: SqlRecord, before: list[Edit], edit: Edit
) -> None:
    """Each change of a role or an entry and each statement is one step, and notes are none."""
    record.commit(ONE, "datadog", before)
    version = record.state(ONE, "datadog").version
    record.commit(ONE, "datadog", NOTES, expected_version=version)
    record.commit(ONE, "datadog", FORGETTING, expected_version=version)
    record.commit(ONE, "datadog", [], expected_version=version)
    record.commit(ONE, "datadog", [edit], expected_version=version)
    assert record.state(ONE, "datadog").version == version + 1


def test_forgetting_what_is_not_there_is_fine(record: SqlRecord) -> None:
    """Dropping and settling can be said twice."""
    record.commit(ONE, "datadog", FORGETTING)
    assert record.state(ONE, "datadog") == IncidentState(version=0)


def test_forgetting_touches_one_item(record: SqlRecord) -> None:
    """What is known of the other items stays."""
    record.commit(ONE, "datadog", NOTES)
    record.commit(ONE, "datadog", [Drop(Link, SEAT), Drop(Intent, SEAT)])
    state = record.state(ONE, "datadog")
    assert {each.item for each in state.links} == {each.item for each in state.intents}
    assert {each.item for each in state.links} == {MEMBER, PRESENCE}


def test_times_come_back_in_utc_to_the_microsecond(record: SqlRecord) -> None:
    """An instant given in another zone is the same instant in UTC."""
    elsewhere = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
    edits: list[Edit] = [*(opening(since=elsewhere), put(at=elsewhere), tombstone(since=elsewhere))]
    record.commit(ONE, "datadog", edits)
    state = record.state(ONE, "datadog")
    since, at = state.assignments[0].since, state.timeline.entries[0].at
    for instant in (since, at, state.timeline.tombstones[0].since):
        assert (instant, instant.utcoffset(), instant.microsecond) == (START, timedelta(0), 123456)


def test_a_naive_time_is_refused(record: SqlRecord) -> None:
    """A time that does not say its zone never reaches the file."""
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the point of the test
    edits: list[Edit] = [
        *(opening(since=naive), put(at=naive), put(deleted_at=naive), tombstone(since=naive)),
        proposal(proposed=naive),
    ]
    for edit in edits:
        with pytest.raises(StatementError, match="naive"):
            record.commit(ONE, "datadog", [edit])
    assert record.state(ONE, "datadog") == IncidentState(version=0)


@pytest.mark.parametrize(
    ("word", "statement", "ask"),
    [
        ("pigeon", "UPDATE assignments SET source = 'pigeon'", SqlRecord.assignments),
        ("auctioned", "UPDATE handoffs SET outcome = 'auctioned'", SqlRecord.handoffs),
        ("boredom", "UPDATE archive SET why = 'boredom'", SqlRecord.archived),
    ],
)
def test_a_word_from_a_newer_version_is_explained(
    record: SqlRecord,
    database: Database,
    word: str,
    statement: str,
    ask: Callable[[SqlRecord, str], object],
) -> None:
    """A word that this version does not have is a plain error, not a crash."""
    record.commit(ONE, "datadog", [opening(), proposal(), decision(), put(), put(text="New.")])
    with database.write() as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        connection.exec_driver_sql(statement)
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")
    with pytest.raises(RecordError, match=word):
        ask(record, ONE)


def test_rows_of_kinds_yet_unknown_are_left_out(record: SqlRecord, database: Database) -> None:
    """A base row or intent of a kind that this version does not know is left to those who do."""
    record.commit(ONE, "datadog", [link(), intent()])
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE links SET kind = 'ticket'")
        connection.exec_driver_sql("UPDATE intents SET kind = 'ticket'")
    assert record.state(ONE, "datadog") == IncidentState(version=0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assignments SET until = '2020', ended_by = 'x', ended_source = 'cli'",
        "UPDATE assignments SET until = '2030'",
        "UPDATE assignments SET ended_by = 'x'",
        "INSERT INTO assignments (id, incident, role, person, since, set_by, source, recorded_at) "
        "SELECT 'a2', incident, role, person, since, set_by, source, recorded_at FROM assignments",
        "UPDATE archive SET why = 'boredom'",
        "INSERT INTO entries SELECT * FROM entries",
        "UPDATE entry_links SET key = 'k9' WHERE remote_id = 'r1'",
        "UPDATE entry_links SET remote_id = 'r1'",
        "UPDATE handoffs SET outcome = 'accepted'",
        "UPDATE handoffs SET decided = '2030'",
        "UPDATE handoffs SET decided_by = 'x'",
        "UPDATE handoffs SET outcome = 'accepted', decided = '2030'",
        "UPDATE handoffs SET expires = '2020'",
        "INSERT INTO handoffs (id, incident, role, receiver, proposed, proposed_by, expires) "
        "SELECT 'h2', incident, role, 'x', proposed, proposed_by, expires FROM handoffs",
        "UPDATE corrections SET until = '2020'",
    ],
)
def test_the_database_holds_the_line_itself(
    record: SqlRecord, database: Database, statement: str
) -> None:
    """SQL by hand cannot end anything by half, have it held, offered or linked twice, or lie."""
    record.commit(ONE, "datadog", [opening(), proposal(), correction(), put(), put(text="New.")])
    links = [entry_link(), entry_link(K2, "r2"), entry_link(EntryKey("k9"), "r9")]
    record.commit(ONE, "datadog", links)
    with pytest.raises(RecordError) as refused, database.write() as connection:
        connection.exec_driver_sql(statement)
    assert isinstance(refused.value.__cause__, IntegrityError)


OF_LEDGERS = [
    table
    for table in tables.METADATA.sorted_tables
    if any(key.column.table is tables.LEDGERS for key in table.foreign_keys)
]


@pytest.mark.parametrize("table", OF_LEDGERS, ids=str)
def test_each_table_belongs_to_a_ledger(
    record: SqlRecord, database: Database, table: Table
) -> None:
    """What is kept of an incident is of one that has a ledger, which cannot be deleted."""
    record.commit(ONE, "datadog", [*SHARED, put(text="New."), *NOTES])
    for statement in (update(table).values(incident="nowhere"), tables.LEDGERS.delete()):
        with pytest.raises(RecordError) as refused, database.write() as connection:
            connection.execute(statement)
        assert isinstance(refused.value.__cause__, IntegrityError)


def test_when_it_was_recorded_is_kept(record: SqlRecord, database: Database) -> None:
    """An assignment that is dated back still says when it was written down."""
    record.commit(ONE, "datadog", [opening()])
    with database.read() as connection:
        (row,) = tables.ASSIGNMENTS.rows(connection)
    assert (row["since"], row["recorded_at"]) == (START, clock())
