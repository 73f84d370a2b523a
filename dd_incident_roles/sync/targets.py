"""The seam of the engine: what it reads of a target, what it asks of one, and what it records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from enum import Enum, auto
from types import MappingProxyType
from typing import Protocol

from dd_incident_roles import model
from dd_incident_roles.errors import TargetError
from dd_incident_roles.sync.entries.identity import Digest, digest_of, digest_of_text, mark_of
from dd_incident_roles.sync.state import (
    Edit,
    EntryLink,
    IncidentResponder,
    IncidentState,
    Item,
    RoleMember,
    SingleHolderRole,
)
from dd_incident_roles.values import frozen

RESPONDER = "responder"
"""How a responder is seen in the target."""

COMMANDER = "commander"
"""How a target shows a holder whom it makes a responder itself."""


@frozen
class Dialect:
    """How a target keeps entries: its name, what its keys begin with, and what it cannot hold.

    ``title`` is its name for people. One that ``is_plain`` shows when an entry was written instead
    of when it happened, and marks none as important.
    """

    name: str
    title: str
    prefix: str
    is_plain: bool = False


DATADOG = Dialect(name="datadog", title="Datadog", prefix="dd")


@frozen
class RemoteEntry:
    """One entry in a target; ``text`` is without an origin tag.

    ``tagged``, ``signed`` and ``statement`` are the key, the author and the line for programs that
    the tag has, and ``whole`` is the text with it. Anybody can type a tag: it says which entry this
    may be, and proves nothing. ``author`` is who wrote it by the target's own account, and
    ``written_by`` that person where the entry has a statement. ``ours`` is True where it says
    that our account did, False where it names somebody else, and None where it does not say.
    ``source`` is where it came from in the target's words. Of one that is not ``readable`` nothing
    is known but that it stands. One is ``untouched`` if it says what a record of ours last wrote.
    """

    id: str
    at: datetime
    created: datetime
    text: str
    modified: datetime | None = None
    author: str | None = None
    important: bool = False
    kind: str = model.NOTE
    source: str | None = None
    dialect: Dialect = DATADOG
    tagged: model.EntryKey | None = None
    signed: str | None = None
    statement: str | None = None
    written_by: model.PersonKey | None = None
    whole: str | None = None
    ours: bool | None = None
    readable: bool = True
    untouched: bool = False

    @property
    def own_key(self) -> model.EntryKey:
        """The key of an entry that was born in the target."""
        return model.EntryKey(f"{self.dialect.prefix}:{self.id}")

    @property
    def digest(self) -> Digest:
        """The fingerprint of what it says, as far as the target shows it."""
        if self.dialect.is_plain:
            return digest_of_text(self.text)
        return digest_of(text=self.text, at=self.at, important=self.important)

    def as_shown(self) -> RemoteEntry:
        """The entry with all text that the target shows, because a person wrote its tag."""
        if self.whole is self.tagged is self.signed is self.statement is None:
            return self
        text = self.text if self.whole is None else self.whole
        return replace(self, text=text, tagged=None, signed=None, statement=None, whole=None)


@frozen
class EntryListing:
    """Every entry of one incident, from one successful reading.

    It is not ``complete`` where an entry had no id: then none is taken for gone. Its end is
    ``assumed`` where the target was not asked for more, because it never had more to show.
    ``writable`` is False where the target can be read and not written; ``reason`` says why.
    """

    entries: tuple[RemoteEntry, ...]
    dialect: Dialect = DATADOG
    complete: bool = True
    assumed: bool = False
    writable: bool = True
    reason: str | None = None

    @property
    def mark(self) -> str:
        """A fingerprint of all entries."""
        return mark_of(self.entries)


@frozen
class RoleListing:
    """Who holds what in the target, from one complete and successful reading.

    ``holders`` has a row for every role that the target can show, empty ones too, and ``via`` says
    in which way it shows it; ``unsupported`` says of every other role why the target cannot show
    it. ``unread`` are roles of which it cannot have shown all this time, because of a
    ``contradiction``. ``single`` are the roles that the
    record keeps to one holder. ``unknown`` names roles that
    the target shows and the catalogue does not know, and ``undefined`` are roles of the catalogue
    that the target does not define; None where it does not tell what it defines. ``one_person`` are
    roles that several may hold here, and that the target gives to one person at a time.
    """

    holders: Mapping[model.RoleKey, frozenset[model.PersonKey]]
    via: Mapping[model.RoleKey, str]
    single: frozenset[model.RoleKey]
    unsupported: Mapping[model.RoleKey, str] = field(default_factory=lambda: MappingProxyType({}))
    unread: frozenset[model.RoleKey] = frozenset()
    contradiction: TargetError | None = None
    responders: frozenset[model.PersonKey] | None = None
    remote_ids: Mapping[tuple[model.RoleKey, model.PersonKey], str] = field(
        default_factory=lambda: MappingProxyType({})
    )
    unknown: tuple[str, ...] = ()
    undefined: frozenset[model.RoleKey] | None = frozenset()
    one_person: frozenset[model.RoleKey] = frozenset()


@frozen
class Reading:
    """One incident as a target shows it at one moment.

    ``commander`` is the account that the target shows in command, be it a person or not.
    ``timeline`` is None where the target offers none, and ``no_timeline`` says why.
    ``failures`` are parts that could not be read, and about which nothing is concluded. ``marks``
    are fingerprints of the parts that were read by themselves, by which it is seen that one did not
    change; ``by_us`` is False where the target names another account than ours as the last to
    modify the incident.
    """

    incident: model.Incident
    roles: RoleListing
    people: Mapping[model.PersonKey, model.Person]
    commander: model.Person | None = None
    notices: tuple[str, ...] = ()
    timeline: EntryListing | None = None
    no_timeline: str | None = None
    failures: tuple[TargetError, ...] = ()
    marks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    by_us: bool = True

    @property
    def unshared(self) -> str | None:
        """Why what we say in the timeline reaches no other record; None where it does.

        None too where a failure keeps it from being known.
        """
        if self.timeline is not None:
            return None if self.timeline.writable else self.timeline.reason
        if self.no_timeline is None and self.failures:
            return None
        return self.no_timeline or "the timeline is turned off"

    @property
    def every_failure(self) -> tuple[TargetError, ...]:
        """What could not be read of the timeline and of the roles."""
        contradiction = self.roles.contradiction
        return (*self.failures, *((contradiction,) if contradiction else ()))


@frozen
class EnsureResponder:
    """Make a person one of the incident's responders, so that a role can be given."""

    person: model.PersonKey


@frozen
class Handover:
    """Give a single-holder role from its present holders to the next one, as one change.

    ``before`` has one person as a rule, nobody when the role was empty, and two when an earlier
    handover was cut off half-way. ``after`` is None to empty the role.
    """

    role: model.RoleKey
    before: frozenset[model.PersonKey]
    after: model.PersonKey | None


@frozen
class GiveRole:
    """Add one person to a role that several may hold."""

    role: model.RoleKey
    person: model.PersonKey


@frozen
class TakeRole:
    """Take one person out of a role that several may hold."""

    role: model.RoleKey
    person: model.PersonKey


@frozen
class CreateEntry:
    """Write an entry into the target for the first time, with our origin tag."""

    entry: model.Entry


@frozen
class UpdateEntry:
    """Replace an entry that we wrote; ``seen`` is what it must still say before the write."""

    entry: model.Entry
    remote_id: str
    seen: Digest


@frozen
class DeleteEntry:
    """Remove an entry that we wrote; ``seen`` is what it must still say before the write."""

    key: model.EntryKey
    remote_id: str
    seen: Digest


@frozen
class DeleteSpare:
    """Remove our second copy of an entry; ``stays`` is the older one, which must say the same.

    ``link`` is the base row afterwards, None where the entry was never linked.
    """

    key: model.EntryKey
    remote_id: str
    seen: Digest
    stays: str
    link: EntryLink | None = None


@frozen
class Show:
    """Have a register show a value; ``seen`` is what it must still show before the write.

    ``held`` is the same value in the record's words, and ``roles`` are those that it is about.
    ``overwritten`` counts how often another program has replaced it, and ``summary`` says in a
    report what the write does.
    """

    register: str
    held: str | None
    value: str | None
    seen: str | None
    roles: tuple[model.RoleKey, ...]
    summary: str
    overwritten: int = 0


RoleChange = EnsureResponder | Handover | GiveRole | TakeRole
"""One write of a role to a target."""

EntryChange = CreateEntry | UpdateEntry | DeleteEntry | DeleteSpare
"""One write of an entry."""

RemoteChange = RoleChange | EntryChange | Show
"""One write to a target."""


def item_of(write: RoleChange) -> Item:
    """The item that a write of a role changes."""
    match write:
        case EnsureResponder(person=person):
            return IncidentResponder(person)
        case Handover(role=role):
            return SingleHolderRole(role)
        case GiveRole(role=role, person=person) | TakeRole(role=role, person=person):
            return RoleMember(role, person)


def holder_after(write: RoleChange) -> model.PersonKey | None:
    """Who the item shows once the write is made; None where it is emptied."""
    match write:
        case EnsureResponder(person=person) | GiveRole(person=person):
            return person
        case Handover(after=after):
            return after
        case TakeRole():
            return None


def receiver_of(write: RoleChange, listing: RoleListing) -> model.PersonKey | None:
    """Who must be a responder before the write can be made."""
    match write:
        case GiveRole(person=person):
            return person
        case Handover(role=role, after=after) if listing.via[role] != COMMANDER:
            return after
        case _:
            return None


def entry_written(write: EntryChange) -> model.EntryKey:
    """The key of the entry that a write is about."""
    match write:
        case CreateEntry(entry=entry) | UpdateEntry(entry=entry):
            return entry.key
        case DeleteEntry(key=key) | DeleteSpare(key=key):
            return key


@frozen
class Confirmed:
    """A write that the target's own answer, or a fresh reading, shows to be in place.

    ``holder`` is who the item shows now; ``remote_id`` is the target's id of what was made;
    ``already`` says that nothing had to be written.
    """

    holder: model.PersonKey | None
    remote_id: str | None = None
    already: bool = False


@frozen
class Outdated:
    """Nothing was written: the target had moved since it was listed; plan again next run."""

    found: str


@frozen
class Unsupported:
    """Nothing was written: the target does not have the chosen way to show it; plan again."""

    reason: str


@frozen
class Written:
    """The entry as the target shows it after the write, from its own answer or a fresh reading."""

    entry: RemoteEntry


@frozen
class Removed:
    """The entry is not in the target any more; ``already`` says that it was gone before."""

    already: bool = False


@frozen
class Shown:
    """What a register shows after the write, from the target's own answer or a fresh reading."""

    value: str | None


WriteOutcome = Confirmed | Written | Removed | Shown | Outdated | Unsupported
"""What came of a write that did not fail."""


class Care(Enum):
    """How much care a reading takes.

    A ``RECENT`` one may be of a moment ago, unless something was written since. One of ``NOW`` is
    asked for now, and one of the ``WHOLE`` asks for what is behind the end of a timeline as well.
    """

    RECENT = auto()
    NOW = auto()
    WHOLE = auto()


class Writer(Protocol):
    """An outside system as far as it is written."""

    @property
    def name(self) -> str:
        """The word for it in reports, such as ``datadog``."""

    def perform(self, incident_id: model.IncidentId, change: RemoteChange) -> WriteOutcome:
        """Read again what the change touches, write it once, and confirm it from the answer."""


class Target(Writer, Protocol):
    """An outside system that the record is kept in agreement with."""

    def read(self, incident_id: model.IncidentId, care: Care = Care.NOW) -> Reading:
        """Read one incident whole; raises rather than returning a part."""


class Record(Protocol):
    """Our own store, the hub; every method is one transaction."""

    def state(self, incident_id: model.IncidentId, target: str) -> IncidentState:
        """Everything held about one incident and one target, as of one moment."""

    def keys_elsewhere(
        self, incident_id: model.IncidentId, keys: Collection[model.EntryKey]
    ) -> frozenset[model.EntryKey]:
        """Those of the keys that belong to entries of other incidents."""

    def commit(
        self,
        incident_id: model.IncidentId,
        target: str,
        edits: Sequence[Edit],
        *,
        expected_version: int | None = None,
    ) -> None:
        """Apply all edits or none; raises RecordChanged when the version has moved on."""

    def remember(
        self, incident: model.Incident, people: Mapping[model.PersonKey, model.Person], at: datetime
    ) -> None:
        """Keep what was seen of an incident and its people; writes nothing when nothing changed."""

    def incident(self, incident_id: model.IncidentId) -> model.Incident | None:
        """The incident as it was last seen."""
