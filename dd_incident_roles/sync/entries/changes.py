"""The writes of entries that a plan can ask of a target, and what came of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.entries.listing import RemoteEntry
from dd_incident_roles.sync.state import EntryLink


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateEntry:
    """Write an entry into the target for the first time, with our origin tag."""

    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateEntry:
    """Replace an entry that we wrote; ``seen`` is what it must still say before the write."""

    entry: Entry
    remote_id: str
    seen: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteEntry:
    """Remove an entry that we wrote; ``seen`` is what it must still say before the write."""

    key: EntryKey
    remote_id: str
    seen: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSpare:
    """Remove our second copy of an entry; ``stays`` is the older one, which must say the same.

    ``link`` is the base row afterwards, None where the entry was never linked.
    """

    key: EntryKey
    remote_id: str
    seen: Digest
    stays: str
    link: EntryLink | None = None


EntryChange = CreateEntry | UpdateEntry | DeleteEntry | DeleteSpare
"""One write of an entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The entry as the target shows it after the write, from its own answer or a fresh reading."""

    entry: RemoteEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """The entry is not in the target any more; ``modified`` is when that was found, if known."""

    already: bool = False
    at: datetime | None = None
