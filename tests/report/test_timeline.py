"""What ``timeline list`` says."""

from __future__ import annotations

import pytest

from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.report.documents import TargetState
from dd_incident_roles.report.documents.timeline import (
    EntryRow,
    EntryTarget,
    Timeline,
    TimelineView,
)
from dd_incident_roles.report.timeline_table import entries_table, timeline_table
from tests.report.cases import DECLARED, NOW, document, incident, parsed, printed

PAGED = Entry(
    key=EntryKey("abcdefghij"),
    at=DECLARED.replace(minute=3),
    created=DECLARED.replace(minute=3),
    text="Paged the database team\nand the network team",
    author="Ana",
    important=True,
)
CHANGED = Entry(
    key=EntryKey("dd:cell-2"),
    at=DECLARED.replace(minute=4),
    created=DECLARED.replace(minute=4),
    text="state: active → stable",
    kind="status_change",
    origin="datadog",
)


def row(
    entry: Entry = PAGED, state: TargetState = TargetState.IN_SYNC, cell: str | None = "cell-1"
) -> EntryRow:
    target = EntryTarget(state=state, id=cell)
    return EntryRow(entry=entry, key=entry.key, targets={"datadog": target})


def view(*rows: EntryRow, notices: tuple[str, ...] = ()) -> TimelineView:
    return TimelineView(
        incident_id=incident().id,
        name="IR-1001",
        title="Checkout down",
        rows=rows,
        notices=notices,
    )


def shown(*rows: EntryRow, notices: tuple[str, ...] = ()) -> list[str]:
    return printed(timeline_table(view(*rows, notices=notices), NOW)).splitlines()


def test_the_document_has_the_agreed_form() -> None:
    """Every field is there, under its name, and no other; a target that cannot hold one is not."""
    rows = (row(), row(CHANGED, TargetState.PENDING, None), row(CHANGED, TargetState.NOT_SUPPORTED))
    assert parsed(Timeline.of(view(*rows))) == document(
        "timeline",
        """
        "incident": "11111111-2222-3333-4444-555555555555",
        "entries": [
            {"id": "abcdefghij", "at": "2026-01-01T14:03:00Z",
             "text": "Paged the database team\\nand the network team", "author": "Ana",
             "important": true, "kind": "note", "origin": "cli",
             "targets": {"datadog": {"id": "cell-1", "state": "in_sync"}}},
            {"id": "dd:cell-2", "at": "2026-01-01T14:04:00Z",
             "text": "state: active → stable", "author": null,
             "important": false, "kind": "status_change", "origin": "datadog",
             "targets": {"datadog": {"id": null, "state": "pending"}}},
            {"id": "dd:cell-2", "at": "2026-01-01T14:04:00Z",
             "text": "state: active → stable", "author": null,
             "important": false, "kind": "status_change", "origin": "datadog", "targets": {}}]
        """,
    )


def test_each_entry_has_its_row() -> None:
    """A row says when, who, what, whether it matters, where it is, and what to type to name it."""
    lines = [" ".join(line.split()) for line in shown(row())]
    assert lines[0] == "IR-1001 Checkout down"
    assert "14:03 Ana ★ Paged the database team in sync abcdefghij" in lines
    assert "and the network team" in lines


def test_an_entry_of_a_system_is_told_apart() -> None:
    """The kind stands before the text."""
    assert "(status_change) state: active → stable" in "".join(shown(row(CHANGED)))


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (shown(), "The timeline is empty."),
        (shown(row(), notices=("Datadog did not answer.",)), "Datadog did not answer."),
        (
            shown(row(state=TargetState.PENDING)),
            "pending: recorded here, not yet in Datadog. Run: dd-incident-roles sync 1001",
        ),
        (
            shown(row(state=TargetState.NOT_SUPPORTED)),
            "recorded here: Datadog cannot hold the entry now.",
        ),
        (
            shown(row(state=TargetState.CONFLICT)),
            "conflict: Datadog shows something else than was written; the full text is here.",
        ),
    ],
    ids=["empty", "a notice", *("pending", "not supported", "conflict")],
)
def test_what_is_not_a_row_is_a_sentence(lines: list[str], sentence: str) -> None:
    """An empty answer is not silence, and what is true only here is never passed off as shared."""
    assert lines[-1] == sentence


def test_agreement_needs_no_sentence() -> None:
    """Where all is well nothing follows the table."""
    assert "Datadog" not in "\n".join(shown(row())).partition("abcdefghij")[2]


def test_what_an_import_would_add_is_shown() -> None:
    """Entries that are in no timeline yet have no key and no place."""
    line = " ".join(printed(entries_table([PAGED], NOW)).split())
    assert "14:03 Ana ★ Paged the database team and the network team" in line
    assert "abcdefghij" not in line
