"""Very many entries at once: few statements, and none forgotten."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, event

from dd_incident_roles.errors import RecordChanged
from dd_incident_roles.model import EntryKey
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.state import ArchiveEntry, Drop, Edit, EntryLink, EntryState
from tests.store.entry_samples import (
    entry_intent,
    entry_link,
    put,
    tombstone,
)
from tests.store.samples import ONE, START


@pytest.mark.parametrize("count", [10, 400])
def test_the_number_of_statements_does_not_grow(record: SqlRecord, count: int) -> None:
    """Many entries are committed and read with as many statements as few are."""
    keys = [EntryKey(f"k{number}") for number in range(count)]
    many: list[Edit] = [
        *(put(key) for key in keys),
        *(entry_link(key, f"r-{key}") for key in keys),
        *(entry_intent(key) for key in keys),
        *(tombstone(f"t-{key}") for key in keys),
    ]
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    record.commit(ONE, "datadog", many)
    record.commit(ONE, "datadog", [put(key, "Edited.") for key in keys])
    state = record.state(ONE, "datadog")
    assert record.pending_incident_ids("datadog") == (ONE,)
    assert len(state.timeline.entries) == len(record.archived(ONE)) == count
    event.remove(Engine, "before_cursor_execute", note)
    assert len(statements) < 45


def test_more_keys_than_one_statement_can_name(record: SqlRecord) -> None:
    """A commit about very many entries finds and replaces every one of them."""
    keys = [EntryKey(f"k{number}") for number in range(1201)]
    edits: list[Edit] = [*map(put, keys), *(entry_link(key, f"r-{key}") for key in keys)]
    record.commit(ONE, "datadog", edits)
    record.commit(ONE, "datadog", [put(key, "Edited.") for key in keys])
    with pytest.raises(RecordChanged):
        record.commit(
            ONE, "datadog", [entry_link(EntryKey(f"x-{key}"), f"r-{key}") for key in keys]
        )
    removing: list[Edit] = [*(ArchiveEntry(key=key, at=START) for key in keys)]
    record.commit(ONE, "datadog", [*removing, *(Drop(EntryLink, key) for key in keys)])
    assert record.state(ONE, "datadog").timeline == EntryState()
    assert len(record.archived(ONE)) == 2 * len(keys)
