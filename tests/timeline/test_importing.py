"""Which entries of a file a timeline lacks, and reading them from JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.model import EntryKey, IncidentId
from dd_incident_roles.sync.state import EntryState
from dd_incident_roles.timeline.importing import FileEntry, Import, missing_entries, read_json
from dd_incident_roles.timeline.markdown import read_markdown, timeline_markdown

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


@pytest.mark.parametrize(
    "known",
    [
        pytest.param({"key": "dd:cell", "author": "Eve", "origin": "datadog"}, id="somebody's"),
        pytest.param({"deleted_at": NOW}, id="wished away"),
    ],
)
def test_what_somebody_wrote_already_is_not_added(known: dict[str, Any]) -> None:
    """The same text at the same second is the same entry, whoever wrote it and wherever.

    An import does not bring back what somebody wished away either.
    """
    [entry] = found(EntryState(), PAGED).new
    assert found(EntryState(entries=(replace(entry, **known),)), PAGED).new == ()


def test_another_time_or_text_is_another_entry() -> None:
    """A second later, or one word more, is something else that happened."""
    [entry] = found(EntryState(), PAGED).new
    later = replace(PAGED, at=PAGED.at + timedelta(seconds=1))
    other = replace(PAGED, text="paged again")
    assert len(found(EntryState(entries=(entry,)), later, other).new) == 2


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        ({"at": NOW + timedelta(days=1)}, r"notes\.md:1: .* is in the future"),
        ({"text": "x" * 10_001}, r"notes\.md:1: The text has 10001 characters"),
    ],
)
def test_a_slip_is_named_with_its_place(slip: dict[str, Any], said: str) -> None:
    """Before anything is added, whoever has to mend the file is told where."""
    with pytest.raises(ConfigurationError, match=said):
        found(EntryState(), replace(PAGED, **slip))


def test_what_a_system_made_is_left_out() -> None:
    """A change that Datadog noted is not written again as a person's note."""
    result = found(EntryState(), replace(PAGED, kind="status_change"), PAGED)
    assert (len(result.new), result.known, result.system) == (1, 0, 1)


@pytest.mark.parametrize("text", ["  paged\x07 \n", "x" * 20_000, "a\u202eb"])
def test_what_datadog_shows_is_known_again_in_an_export(text: str) -> None:
    """An entry that could not be written so here is the same entry when its export comes back."""
    [entry] = found(EntryState(), PAGED).new
    theirs = replace(entry, key=EntryKey("dd:cell"), text=text, origin="datadog")
    written = timeline_markdown([theirs], name="IR-1", title=None, zone=UTC)
    row = {"at": theirs.at.isoformat(), "text": text}
    for read in (
        read_markdown(written, file="export.md", zone=None),
        read_json(json.dumps([row]), file="export.json", zone=UTC),
    ):
        assert found(EntryState(entries=(theirs,)), *read.entries).new == ()


def test_what_is_taken_from_a_file_can_be_kept() -> None:
    """Control characters are counted and left out, and an author is one line."""
    result = found(EntryState(), replace(PAGED, text="pa\x07ged", author="Bo\nEve\ud800"))
    assert result.stripped == 1
    [entry] = result.new
    assert (entry.text, entry.author) == ("paged", "Bo Eve\N{REPLACEMENT CHARACTER}")


def test_whoever_imports_wrote_what_nobody_signed() -> None:
    """An entry without an author is said by whoever brings it."""
    assert [entry.author for entry in found(EntryState(), PAGED).new] == ["Ana"]


def test_our_own_document_and_a_plain_list_are_read() -> None:
    """Both forms of JSON give the same entries.

    Datadog can show a note without a text, which our own document then has too; there is nothing
    to import of it.
    """
    row = {"at": "2026-01-31T14:00:00Z", "text": "paged", "author": "Ana", "important": True}
    [plain] = read_json(json.dumps([row]), file="a.json", zone=UTC).entries
    assert (plain.text, plain.author, plain.important) == ("paged", "Ana", True)
    empty = {"at": "2026-01-31T14:00:00Z", "text": ""}
    document = {"schema": "dd-incident-roles/timeline/1", "entries": [row, empty]}
    assert read_json(json.dumps(document), file="a.json", zone=UTC).entries == (plain,)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("{", None),
        ("[" * 100_000, None),
        ("{}", None),
        ("[1]", "entries[0]"),
        ('[{"at": "2026-01-31T14:00:00Z", "text": null}]', "entries[0].text"),
        ('[{"at": "2026-01-31T14:00:00Z"}]', "entries[0]"),
        ('[{"at": "yesterday", "text": "x"}]', "entries[0].at"),
        ('[{"at": "0001-01-01T00:00:00+02:00", "text": "x"}]', "entries[0].at"),
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
