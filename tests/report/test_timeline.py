"""What ``timeline list`` says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.report.documents.parts import TargetState
from dd_incident_roles.report.documents.timeline import (
    EntryRow,
    EntryTarget,
    TimelineView,
    timeline_json,
)
from dd_incident_roles.report.timeline_table import entries_table, timeline_table
from tests.report.cases import DECLARED, HOSTILE, incident, parsed, printed

PAGED = Entry(
    key=EntryKey("abcdefghij"),
    at=DECLARED + timedelta(minutes=3),
    created=DECLARED + timedelta(minutes=3),
    text="Paged the database team\nand the network team",
    author="Ana",
    important=True,
)
CHANGED = Entry(
    key=EntryKey("dd:cell-2"),
    at=DECLARED + timedelta(minutes=4),
    created=DECLARED + timedelta(minutes=4),
    text="state: active → stable",
    kind="status_change",
    origin="datadog",
)
IN_SYNC = EntryTarget(state=TargetState.IN_SYNC, id="cell-1")


def view(*rows: EntryRow, notices: tuple[str, ...] = ()) -> TimelineView:
    return TimelineView(
        incident_id=incident().id,
        name="IR-1001",
        title="Checkout down",
        rows=rows,
        notices=notices,
    )


def row(entry: Entry = PAGED, state: TargetState = TargetState.IN_SYNC) -> EntryRow:
    target = replace(IN_SYNC, state=state)
    return EntryRow(entry=entry, key=entry.key, targets={"datadog": target})


def test_the_document_has_the_agreed_form() -> None:
    """Every field of the timeline document is there, under its name, and no other."""
    waiting = EntryRow(
        entry=CHANGED,
        key=CHANGED.key,
        targets={"datadog": EntryTarget(state=TargetState.PENDING)},
    )
    assert parsed(timeline_json(view(row(), waiting))) == {
        "schema": "dd-incident-roles/timeline/1",
        "incident": "11111111-2222-3333-4444-555555555555",
        "entries": [
            {
                "id": "abcdefghij",
                "at": "2026-01-01T14:03:00Z",
                "text": "Paged the database team\nand the network team",
                "author": "Ana",
                "important": True,
                "kind": "note",
                "origin": "cli",
                "targets": {"datadog": {"id": "cell-1", "state": "in_sync"}},
            },
            {
                "id": "dd:cell-2",
                "at": "2026-01-01T14:04:00Z",
                "text": "state: active → stable",
                "author": None,
                "important": False,
                "kind": "status_change",
                "origin": "datadog",
                "targets": {"datadog": {"id": None, "state": "pending"}},
            },
        ],
    }


def test_a_target_that_cannot_hold_an_entry_is_left_out() -> None:
    """A document claims nothing of a Datadog without a timeline."""
    text = timeline_json(view(row(state=TargetState.NOT_SUPPORTED)))
    assert json.loads(text)["entries"][0]["targets"] == {}


def test_each_entry_has_its_row() -> None:
    """A row says when, who, what, whether it matters, where it is, and what to type to name it."""
    lines = [" ".join(line.split()) for line in printed(timeline_table(view(row()))).splitlines()]
    assert lines[0] == "IR-1001 Checkout down"
    assert "2026-01-01 14:03 Ana ★ Paged the database team in sync abcdefghij" in lines
    assert "and the network team" in lines


def test_an_entry_of_a_system_is_told_apart() -> None:
    """The kind stands before the text."""
    text = printed(timeline_table(view(row(CHANGED))))
    assert "(status_change) state: active → stable" in text


def test_an_empty_timeline_is_said() -> None:
    """An empty answer is a sentence, not silence."""
    assert "The timeline is empty." in printed(timeline_table(view()))


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (
            TargetState.PENDING,
            "pending: recorded here, not yet in Datadog. Run: dd-incident-roles sync 1001",
        ),
        (
            TargetState.NOT_SUPPORTED,
            "recorded here: Datadog cannot hold the entry now.",
        ),
        (
            TargetState.CONFLICT,
            "conflict: Datadog shows it otherwise than written; the whole text is here.",
        ),
    ],
)
def test_what_datadog_does_not_show_is_said(state: TargetState, sentence: str) -> None:
    """An entry that is true only here is never passed off as one in Datadog."""
    assert sentence in printed(timeline_table(view(row(state=state)))).splitlines()


def test_agreement_needs_no_sentence() -> None:
    """Where all is well nothing follows the table."""
    assert "Datadog" not in printed(timeline_table(view(row()))).partition("abcdefghij")[2]


def test_notices_are_shown() -> None:
    """What else there is to know stands below."""
    text = printed(timeline_table(view(row(), notices=("Datadog could not be read.",))))
    assert "Datadog could not be read." in text.splitlines()


def test_a_hostile_entry_is_shown_as_text() -> None:
    """Escape sequences, markup and workflow commands do nothing in text, author or kind."""
    entry = replace(PAGED, text=f"{HOSTILE}\n::error::y", author=HOSTILE, kind=HOSTILE)
    for text in (printed(timeline_table(view(row(entry)))), printed(entries_table([entry]))):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "::error" not in text.replace(": :error", "")
        assert "[bold red]y[/]" in text


def test_a_hostile_document_commands_nothing() -> None:
    """A reader gets the text unchanged, and the document has nothing that steers a terminal."""
    text = timeline_json(view(row(replace(PAGED, text=HOSTILE))))
    assert json.loads(text)["entries"][0]["text"] == HOSTILE
    assert text.isascii()
    assert "##[" not in text


def test_what_an_import_would_add_is_shown() -> None:
    """Entries that are in no timeline yet have no key and no place."""
    line = " ".join(printed(entries_table([PAGED])).split())
    assert "2026-01-01 14:03 Ana ★ Paged the database team and the network team" in line
    assert "abcdefghij" not in line
