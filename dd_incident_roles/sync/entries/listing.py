"""The timeline of one incident as a target shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from dd_incident_roles.model import NOTE, EntryKey
from dd_incident_roles.sync.entries.canon import Digest, digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteEntry:
    """One entry in a target; ``text`` is without an origin tag.

    ``tagged`` and ``signed`` are the key and the author that the tag names, and ``whole`` is the
    text with it. Anybody can type a tag: it says which entry this may be, and proves nothing.
    ``author`` is who wrote it by the target's own account. ``ours`` is True where the target says
    that our account did, False where it names somebody else, and None where it does not say.
    ``source`` is where it came from in the target's words. Of one that is not ``readable`` nothing
    is known but that it stands.
    """

    id: str
    at: datetime
    created: datetime
    text: str
    modified: datetime | None = None
    author: str | None = None
    important: bool = False
    kind: str = NOTE
    source: str | None = None
    tagged: EntryKey | None = None
    signed: str | None = None
    whole: str | None = None
    ours: bool | None = None
    readable: bool = True

    @property
    def digest(self) -> Digest:
        """The fingerprint of what it says."""
        return digest_of(text=self.text, at=self.at, important=self.important)

    def as_shown(self) -> RemoteEntry:
        """The entry with everything that the target shows, for its tag is somebody's own text."""
        text = self.text if self.whole is None else self.whole
        return replace(self, text=text, tagged=None, signed=None, whole=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryListing:
    """Every entry of one incident, from one successful reading.

    It is not ``complete`` where an entry had no id: then none is taken for gone. ``writable`` is
    False where the target can be read and not written; ``reason`` says why.
    """

    entries: tuple[RemoteEntry, ...]
    complete: bool = True
    writable: bool = True
    reason: str | None = None
