"""A record that is moved is the same record: every row comes along, or none does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from dd_incident_roles import model
from dd_incident_roles.cli.catalog import schema_text
from dd_incident_roles.commands.record import export_record, import_record
from dd_incident_roles.errors import ConfigurationError, RecordError, UsageError
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.store.tables import METADATA
from dd_incident_roles.sync.plan import PastRun
from dd_incident_roles.sync.skip import ChangeKind, LastReading, Lesson, Operation, Part
from tests.machines import looks_far
from tests.report.readers import complaints
from tests.store.samples import NOTES, ONE, SHARED, START, TWO, clock, incident, minutes, put
from tests.store.strategies import entry_edits, role_edits, statements
from tests.store.test_agreement import TARGETS, Commit, histories
from tests.store.test_seen import FULL, WHOLE
from tests.sync.record_copies import fresh_record

FILE = "moved.jsonl"
READING = LastReading(
    run=START,
    began=minutes(1),
    modified=START,
    row=None,
    is_settled=True,
    is_clean=False,
    version=-1,
    basis="b",
    saw=("entries", "roles"),
    moved=minutes(2),
)


def filled(record: SqlRecord) -> SqlRecord:
    """A record with something in each of its tables."""
    for each in (ONE, TWO):
        record.remember(incident(each), {}, START)
    record.commit(ONE, "datadog", [*SHARED, *NOTES])
    record.commit(ONE, "github", NOTES)
    record.commit(TWO, "datadog", [put(text="Once.")])
    record.commit(TWO, "datadog", [put(text="Twice.")])
    record.remember(FULL, {WHOLE.key: WHOLE}, minutes(4))
    record.miss(TWO, at=START, grace=timedelta())
    record.put_cached("kind", "key", "value", expires_at=minutes(900))
    record.adopt(model.Organisation(site="datadoghq.com"))
    lesson = Lesson(example=ChangeKind(Part.ROLES, Operation.GIVE))
    record.note_readings("datadog", {ONE: READING}, source="s", lessons=[lesson], at=START)
    record.note_run(PastRun(began=START, finished=minutes(1), exit_code=3, incidents=2))
    return record


def lines_of(record: SqlRecord) -> list[str]:
    return list(export_record(record))


def take(record: SqlRecord, lines: list[str]) -> dict[str, int]:
    """Import lines into a record, which goes by the clock of all tests."""
    encoded = (line.encode() for line in lines)
    return dict(import_record(record, encoded, file=FILE, clock=clock))


def sealed(lines: list[str]) -> list[str]:
    """Lines with a last one that fits them, as somebody would write it who edits a file."""
    *body, _end = lines
    tables = Counter(json.loads(line)["table"] for line in body[1:] if '"table"' in line)
    end = {"rows": tables, "sha256": sha256("".join(body).encode()).hexdigest()}
    return [*body, f"{json.dumps(end, separators=(',', ':'))}\n"]


@pytest.fixture
def old(tmp_path: Path) -> Iterator[SqlRecord]:
    """A record in a file, with something in each of its tables."""
    (tmp_path / "old").mkdir()
    with fresh_record(tmp_path / "old", clock) as record:
        yield filled(record)


@pytest.fixture
def in_a_file(tmp_path: Path) -> Iterator[SqlRecord]:
    """An empty record in a file."""
    (tmp_path / "new").mkdir()
    with fresh_record(tmp_path / "new", clock) as record:
        yield record


def test_every_row_of_every_table_comes_along(
    old: SqlRecord, record: SqlRecord, in_a_file: SqlRecord
) -> None:
    """Into either database and back into a file: the same bytes, and no table is left out."""
    lines = lines_of(old)
    assert set(take(record, lines)) == set(METADATA.tables) - {"alembic_version"}
    assert lines_of(record) == lines
    take(in_a_file, lines_of(record))
    assert lines_of(in_a_file) == lines
    for each in (ONE, TWO):
        assert old.state(each, "datadog") == record.state(each, "datadog")
    assert old.pending_incident_ids("datadog") == record.pending_incident_ids("datadog")
    # What is numbered goes on from there.
    record.commit(TWO, "datadog", [put(text="Thrice.")])
    assert [each.entry.text for each in record.archived(TWO)] == ["Once.", "Twice."]


@settings(max_examples=settings().max_examples if looks_far() else 10)
@given(history=histories(entry_edits | role_edits | statements, longest=8))
def test_whatever_is_recorded_is_moved(
    tmp_path_factory: pytest.TempPathFactory, history: list[Commit]
) -> None:
    """Export, import and export again give the same bytes, and the same is known afterwards."""
    with (
        fresh_record(tmp_path_factory.mktemp("old"), clock) as old,
        fresh_record(tmp_path_factory.mktemp("new"), clock) as new,
    ):
        for incident_id, target, edits, expected in history:
            try:
                old.commit(incident_id, target, edits, expected_version=expected)
            except RecordError:
                # What does not fit is refused by itself, and has tests of its own.
                continue
        lines = lines_of(old)
        take(new, lines)
        assert lines_of(new) == lines
        assert all(old.state(ONE, each) == new.state(ONE, each) for each in TARGETS)


def test_it_keeps_its_schema(old: SqlRecord) -> None:
    """The first line is a document; each further one is of its definitions."""
    assert complaints("record", lines_of(old)[0]) == []
    whole = json.loads(schema_text("record"))
    is_row, is_end = (
        Draft202012Validator(whole["$defs"][each]).is_valid for each in ("Row", "End")
    )
    *rows, end = map(json.loads, lines_of(old)[1:])
    assert all(map(is_row, rows))
    assert is_end(end)
    assert not is_row(end)


def test_only_an_empty_record_takes_one_in(old: SqlRecord, record: SqlRecord) -> None:
    """A record that holds anything says what, and is left as it is."""
    lines = lines_of(old)
    with pytest.raises(UsageError, match=r"holds incidents \(2\), entries \(3\), assig"):
        take(old, lines)
    record.put_cached("kind", "key", "value")
    with pytest.raises(UsageError, match=r"holds cache \(1\)"):
        take(record, lines)
    assert lines_of(old) == lines


def changed(table: str, **columns: object) -> Callable[[list[str]], list[str]]:
    """Change, or for None remove, columns of the first row of a table, and seal the file."""

    def change(lines: list[str]) -> list[str]:
        number = next(n for n, line in enumerate(lines) if f'"table":"{table}"' in line)
        row = json.loads(lines[number])
        row["columns"] |= columns
        return sealed([*lines[:number], f"{json.dumps(row)}\n", *lines[number + 1 :]])

    return change


WRONG = {
    "cut in a line": (lambda lines: [*lines[:4], lines[4][:20]], "moved.jsonl:5: invalid JSON"),
    "cut after a line": (lambda lines: lines[:-1], "was cut: the line with the counts is missing"),
    "empty": (lambda _lines: [], "was cut"),
    "without a row": (
        lambda lines: [*lines[:3], *lines[4:]],
        "sha256: was changed, or is not whole",
    ),
    "with a changed text": (
        lambda lines: [line.replace("Checkout", "Check-in") for line in lines],
        "sha256: was changed, or is not whole",
    ),
    "twice": (lambda lines: lines * 2, "comes after the last line"),
    "of another kind": (lambda _lines: ["{}\n"], "moved.jsonl:1: schema: is no record"),
    "of a newer version": (
        lambda lines: [lines[0].replace("record/1", "record/2"), *lines[1:]],
        "schema ('dd-incident-roles/record/2'): is no record that this version can import",
    ),
    "of other tables": (
        lambda lines: [lines[0].replace('"revision":"', '"revision":"9'), *lines[1:]],
        "is of another version of the tables",
    ),
    "a table that there is not": (
        lambda lines: sealed([lines[0], '{"table":"x","columns":{}}\n', *lines[1:]]),
        "moved.jsonl:2: x: is no table of a record",
    ),
    "a row that is none": (
        lambda lines: sealed([lines[0], '{"columns":{}}\n', *lines[1:]]),
        "moved.jsonl:2: table: field required",
    ),
    "a column that there is not": (
        changed("people", x=1),
        "people.x (1): is no column of this table",
    ),
    "nothing where there must be something": (
        changed("incidents", title=None),
        "incidents.title: must not be empty",
    ),
    "a number for a text": (
        changed("incidents", title=7),
        "incidents.title (7): cannot be a number",
    ),
    "a text for a number": (
        changed("incidents", public_id="7"),
        "incidents.public_id ('7'): cannot be text",
    ),
    "a number that is too large": (changed("incidents", public_id=2**64), "cannot be a number"),
    "a number for a truth": (changed("incidents", private=1), "cannot be a number"),
    "a truth for a number": (changed("incidents", public_id=True), "cannot be true or false"),
    "a time without a zone": (
        changed("incidents", declared="2026-01-01T12:00:00"),
        "incidents.declared ('2026-01-01T12:00:00'): is not as a record has it",
    ),
    "a word that nobody knows": (changed("people", kind="robot"), "a PersonKind that this version"),
    "no object": (changed("incidents", fields="[]"), "incidents.fields ('[]'): is not as a record"),
    "half a character": (changed("incidents", title="\ud800"), "moved.jsonl:4: invalid JSON"),
    "an owner that is missing": (
        changed("assignments", incident="x"),
        "assignments ('x'): does not fit the rows before it",
    ),
    "a row that is there twice": (
        lambda lines: sealed(
            [
                *lines[:-1],
                *(line for line in lines if '"table":"people"' in line),
                lines[-1],
            ]
        ),
        "people ('ana@corp.example'): is there twice",
    ),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_a_file_that_is_wrong_changes_nothing(
    old: SqlRecord, in_a_file: SqlRecord, change: Callable[[list[str]], list[str]], said: str
) -> None:
    """Each line that is wrong is named with its key and value, and the record stays empty."""
    refuse(old, in_a_file, change, said)


def refuse(
    old: SqlRecord, new: SqlRecord, change: Callable[[list[str]], list[str]], said: str
) -> None:
    """See a changed file be refused by an empty record."""
    nothing = lines_of(new)
    with pytest.raises(ConfigurationError) as caught:
        take(new, change(lines_of(old)))
    told = [caught.value.message, *caught.value.details]
    assert any(said in each for each in told), told
    assert all(FILE in each for each in told)
    assert lines_of(new) == nothing


UNKEPT = ("an owner that is missing", "a row that is there twice")


@pytest.mark.parametrize("name", UNKEPT)
def test_what_a_database_refuses_is_named_too(
    postgresql_url: str, old: SqlRecord, name: str
) -> None:
    """PostgreSQL ends a transaction in which a row is refused; which one is said all the same."""
    with open_record(postgresql_url, clock=clock) as new:
        refuse(old, new, *WRONG[name])


def test_every_line_that_is_wrong_is_named(old: SqlRecord, in_a_file: SqlRecord) -> None:
    """All of them, up to as many as somebody reads."""
    lines = lines_of(old)
    bad = [f'{{"table":"t{number}","columns":{{}}}}\n' for number in range(30)]
    with pytest.raises(ConfigurationError) as caught:
        take(in_a_file, sealed([lines[0], *bad, *lines[1:]]))
    assert len(caught.value.details) == 21
    assert "moved.jsonl:21: t19" in caught.value.details[19]
    assert "10 more problems" in caught.value.details[20]
