"""Which entries of a file a timeline lacks, and reading them from JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.errors import ConfigurationError, UsageError
from dd_incident_roles.model import EntryKey, IncidentId
from dd_incident_roles.sync.entries.state import EntryState
from dd_incident_roles.timeline.file_entry import FileEntry
from dd_incident_roles.timeline.importing import Import, missing_entries
from dd_incident_roles.timeline.json_reading import read_json

NOW = datetime(2026, 1, 31, 15, tzinfo=UTC)
PAGED = FileEntry(at=NOW - timedelta(hours=1), text="paged", place="notes.md:1")
INCIDENT = IncidentId("11111111-1111-4111-8111-111111111111")


def found(state: EntryState, *listed: FileEntry) -> Import:
    return missing_entries(state, INCIDENT, listed, now=NOW, author="Ana")


def test_importing_again_adds_nothing() -> None:
    """What was imported once is there, and so is the same line twice in one file."""
    first = found(EntryState(), PAGED, PAGED)
    assert [entry.text for entry in first.new] == ["paged"]
    again = found(EntryState(entries=first.new), PAGED)
    assert (again.new, again.known) == ((), 1)


def test_what_somebody_wrote_already_is_not_added() -> None:
    """The same text at the same second is the same entry, whoever wrote it and wherever."""
    [entry] = found(EntryState(), PAGED).new
    there = replace(entry, key=EntryKey("dd:cell"), author="Eve", origin="datadog")
    assert found(EntryState(entries=(there,)), PAGED).new == ()


def test_a_deleted_entry_stays_deleted() -> None:
    """An import does not bring back what somebody wished away."""
    [entry] = found(EntryState(), PAGED).new
    gone = replace(entry, deleted_at=NOW)
    assert found(EntryState(entries=(gone,)), PAGED).new == ()


def test_another_time_or_text_is_another_entry() -> None:
    """A second later, or one word more, is something else that happened."""
    [entry] = found(EntryState(), PAGED).new
    later = replace(PAGED, at=PAGED.at + timedelta(seconds=1))
    other = replace(PAGED, text="paged again")
    assert len(found(EntryState(entries=(entry,)), later, other).new) == 2


def test_a_time_that_has_yet_to_come_is_refused() -> None:
    """A slip in the date is noticed before anything is added."""
    with pytest.raises(UsageError):
        found(EntryState(), replace(PAGED, at=NOW + timedelta(days=1)))


def test_our_own_document_and_a_plain_list_are_read() -> None:
    """Both forms of JSON give the same entries."""
    row = {"at": "2026-01-31T14:00:00Z", "text": "paged", "author": "Ana", "important": True}
    plain = read_json(json.dumps([row]), file="a.json", zone=UTC)
    document = {"schema": "dd-incident-roles/timeline/1", "entries": [row]}
    assert read_json(json.dumps(document), file="a.json", zone=UTC) == plain
    assert (plain[0].text, plain[0].author, plain[0].important) == ("paged", "Ana", True)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("{", None),
        ("{}", None),
        ("[1]", "entries[0]"),
        ('[{"at": "2026-01-31T14:00:00Z"}]', "entries[0].text"),
        ('[{"at": "yesterday", "text": "x"}]', "entries[0].at"),
        ('[{"at": "2026-01-31T14:00:00Z", "text": "x", "important": 1}]', "entries[0].important"),
        ('[{"at": "2026-01-31T14:00:00Z", "text": "x", "author": 1}]', "entries[0].author"),
    ],
)
def test_bad_json_is_named_with_its_place(content: str, key: str | None) -> None:
    """What cannot be read names the file, and the entry and field where there is one."""
    with pytest.raises(ConfigurationError) as caught:
        read_json(content, file="a.json", zone=UTC)
    assert caught.value.key == key
    assert "a.json" in str(caught.value)
