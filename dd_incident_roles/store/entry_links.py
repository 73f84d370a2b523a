"""What each target last agreed to of the timeline: one remote entry for one key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from sqlalchemy import Connection, RowMapping, select

from dd_incident_roles.model import EntryKey, IncidentId
from dd_incident_roles.store.batches import drop_each, insert_each, rows_of_each
from dd_incident_roles.store.entry_tables import ENTRY_LINKS
from dd_incident_roles.store.overtaken import overtaken
from dd_incident_roles.store.rows import having
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.entries.state import DropEntryLink, EntryLink, PutEntryLink


def entry_links_of(
    connection: Connection, incident_id: IncidentId, target: str
) -> tuple[EntryLink, ...]:
    """The base rows of one incident and one target, by key."""
    place = having(ENTRY_LINKS, {"target": target, "incident": incident_id})
    query = select(ENTRY_LINKS).where(place).order_by(ENTRY_LINKS.c.key)
    return tuple(_link(row) for row in connection.execute(query).mappings())


def change_entry_links(
    connection: Connection,
    incident_id: IncidentId,
    target: str,
    edits: Sequence[PutEntryLink | DropEntryLink],
) -> None:
    """Carry out edits in their order.

    Raises RecordChanged for a remote entry that is linked to another key by then.
    """
    place = {"target": target, "incident": incident_id}
    touched = {_key(edit) for edit in edits}
    named = {edit.link.remote_id for edit in edits if isinstance(edit, PutEntryLink)}
    base = _Base()
    for column, values in (("key", touched), ("remote_id", named)):
        for row in rows_of_each(connection, ENTRY_LINKS, place, column, values):
            base.put(_link(row))
    for edit in edits:
        match edit:
            case PutEntryLink(link=link):
                base.put(link)
            case DropEntryLink(key=key):
                base.drop(key)
            case _:
                assert_never(edit)
    drop_each(connection, ENTRY_LINKS, place, "key", touched)
    rows = [{**place, **_columns(base.links[key])} for key in touched if key in base.links]
    insert_each(connection, ENTRY_LINKS, rows)


class _Base:
    """Base rows in which keys and remote entries belong to each other one to one."""

    def __init__(self) -> None:
        self.links: dict[EntryKey, EntryLink] = {}
        self._owners: dict[str, EntryKey] = {}

    def put(self, link: EntryLink) -> None:
        owner = self._owners.get(link.remote_id, link.key)
        if owner != link.key:
            raise overtaken(f"{link.remote_id} is linked to another entry")
        self.drop(link.key)
        self.links[link.key] = link
        self._owners[link.remote_id] = link.key

    def drop(self, key: EntryKey) -> None:
        old = self.links.pop(key, None)
        if old is not None:
            del self._owners[old.remote_id]


def _key(edit: PutEntryLink | DropEntryLink) -> EntryKey:
    return edit.link.key if isinstance(edit, PutEntryLink) else edit.key


def _columns(link: EntryLink) -> dict[str, object]:
    return {
        "key": link.key,
        "remote_id": link.remote_id,
        "local_digest": link.local_digest,
        "remote_digest": link.remote_digest,
        "remote_modified": link.remote_modified,
        "ours": link.ours,
        "altered": link.altered,
        "missing_since": link.missing_since,
    }


def _link(row: RowMapping) -> EntryLink:
    return EntryLink(
        key=EntryKey(row["key"]),
        remote_id=row["remote_id"],
        local_digest=Digest(row["local_digest"]),
        remote_digest=Digest(row["remote_digest"]),
        remote_modified=row["remote_modified"],
        ours=row["ours"],
        altered=row["altered"],
        missing_since=row["missing_since"],
    )
