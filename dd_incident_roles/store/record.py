"""The record in SQLite: each method is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection

from dd_incident_roles.errors import RecordChanged, RecordReadOnly
from dd_incident_roles.model import (
    Absence,
    Assignment,
    Entry,
    EntryKey,
    Incident,
    IncidentId,
    Observation,
    Organisation,
    Person,
    PersonKey,
    UserId,
)
from dd_incident_roles.store import assignments, cache, entries, incidents, people
from dd_incident_roles.store.archive import ArchivedEntry, archived_of
from dd_incident_roles.store.conflicts import conflicts_of, refused_of
from dd_incident_roles.store.corrections import corrections_of
from dd_incident_roles.store.database import Database
from dd_incident_roles.store.devised_roles import any_devised, devised_of
from dd_incident_roles.store.edits import carry_out
from dd_incident_roles.store.entry_links import entry_links_of
from dd_incident_roles.store.handoffs import all_open_handoffs, handoffs_of
from dd_incident_roles.store.intents import intents_of
from dd_incident_roles.store.links import links_of
from dd_incident_roles.store.pending import pending_incidents
from dd_incident_roles.store.people import news_of, remember_person
from dd_incident_roles.store.timeline import timeline_of
from dd_incident_roles.sync.devised import DevisedRole
from dd_incident_roles.sync.entries.state import EntryLink
from dd_incident_roles.sync.handoff import Handoff
from dd_incident_roles.sync.past import Correction
from dd_incident_roles.sync.state import Edit, IncidentState


class SqlRecord:
    """The record in one file; any number of threads and processes may use it at once.

    Every method raises RecordError when the file cannot be read or written. Where a command
    ``reads_only``, what was merely learned is let go instead, and ``unnoted`` says why.
    """

    def __init__(
        self, database: Database, *, clock: Callable[[], datetime], reads_only: bool = False
    ) -> None:
        self._database = database
        self._clock = clock
        self._reads_only = reads_only
        self.unnoted: RecordReadOnly | None = None
        self.is_changed = False
        """Whether anything was committed through this object."""

    @property
    def path(self) -> Path:
        """The file that the record is in."""
        return self._database.path

    def state(self, incident_id: IncidentId, target: str) -> IncidentState:
        """Everything held about one incident and one target, as of one moment."""
        with self._database.read() as connection:
            return IncidentState(
                version=assignments.version_of(connection, incident_id),
                assignments=assignments.assignments_of(connection, incident_id),
                links=links_of(connection, incident_id, target),
                intents=intents_of(connection, incident_id, target),
                conflicts=conflicts_of(connection, incident_id, target),
                refused=refused_of(connection, incident_id, target),
                timeline=timeline_of(connection, incident_id, target),
                handoffs=handoffs_of(connection, incident_id),
                corrections=corrections_of(connection, incident_id),
                devised=devised_of(connection, incident_id),
            )

    def keys_elsewhere(
        self, incident_id: IncidentId, keys: Collection[EntryKey]
    ) -> frozenset[EntryKey]:
        """Those of the keys that belong to entries of other incidents."""
        with self._database.read() as connection:
            return entries.keys_elsewhere(connection, incident_id, keys)

    def commit(
        self,
        incident_id: IncidentId,
        target: str,
        edits: Sequence[Edit],
        *,
        expected_version: int | None = None,
    ) -> None:
        """Apply all edits or none; raises RecordChanged when the version has moved on.

        An edit that does not fit what the record holds raises it too.
        """
        with self._database.write() as connection:
            version = assignments.version_of(connection, incident_id)
            if expected_version not in {None, version}:
                raise RecordChanged(
                    "The incident was changed in the record meanwhile; nothing was written.",
                    hint="Run the command again.",
                )
            if not edits:
                return
            assignments.begin_ledger(connection, incident_id)
            if carry_out(connection, incident_id, target, edits, at=self._clock()):
                assignments.advance(connection, incident_id)
        self.is_changed = True

    def remember(
        self, incident: Incident, people: Mapping[PersonKey, Person], at: datetime
    ) -> None:
        """Keep what was seen of an incident and its people; writes nothing when nothing changed."""
        seen = tuple(people.values())
        with self._database.read() as connection:
            if not incidents.is_news(connection, incident) and not news_of(connection, seen):
                return

        def note(connection: Connection) -> None:
            if incidents.is_news(connection, incident):
                incidents.remember_incident(connection, incident, at)
            for person in news_of(connection, seen):
                remember_person(connection, person)

        self._note(note)

    def incident(self, incident_id: IncidentId) -> Incident | None:
        """The incident as it was last seen."""
        with self._database.read() as connection:
            return incidents.find_incident(connection, incident_id)

    def incidents_numbered(self, public_id: int) -> tuple[Incident, ...]:
        """The incidents with a number, gone ones too, the one seen last first."""
        with self._database.read() as connection:
            return incidents.incidents_numbered(connection, public_id)

    def absences(self) -> Mapping[IncidentId, Absence]:
        """The incidents that Datadog did not show when it was asked, be it believed or not."""
        with self._database.read() as connection:
            return incidents.absences(connection)

    def miss(self, incident_id: IncidentId, *, at: datetime, grace: timedelta) -> Absence:
        """Note that Datadog says an incident is not there; a second look a grace later is believed.

        A command that only reads goes on where that cannot be noted.
        """
        kept = self.absences().get(incident_id)
        absence = kept.seen_again(at, grace) if kept else Absence(missed=at)
        if absence != kept:
            self._note(lambda connection: incidents.put_absence(connection, incident_id, absence))
        return absence

    def find_again(self, incident_id: IncidentId) -> None:
        """Note that Datadog shows an incident that it did not show before."""
        self._note(lambda connection: incidents.drop_absence(connection, incident_id))

    def forget(self, incident_id: IncidentId, *, at: datetime) -> None:
        """Neither list nor ask for an incident any more, until it is seen again."""
        kept = self.absences().get(incident_id)
        absence = Absence(missed=kept.missed if kept else at, gone=at)
        with self._database.write() as connection:
            incidents.put_absence(connection, incident_id, absence)

    def incidents(self) -> tuple[Incident, ...]:
        """Every incident that was ever seen and is not gone, by number."""
        with self._database.read() as connection:
            return incidents.all_incidents(connection)

    def known_open_incident_ids(self) -> tuple[IncidentId, ...]:
        """The incidents that were open when they were last seen, by number."""
        return tuple(incident.id for incident in self.incidents() if incident.is_open)

    def pending_incident_ids(self, target: str) -> tuple[IncidentId, ...]:
        """The incidents, seen or not, in which a target may have something yet to be told."""
        with self._database.read() as connection:
            return pending_incidents(connection, target)

    def observations(self, incident_id: IncidentId) -> tuple[Observation, ...]:
        """What the incident was seen to be, oldest first."""
        with self._database.read() as connection:
            return incidents.observations_of(connection, incident_id)

    def first_seen(self, incident_id: IncidentId) -> datetime | None:
        """When the record first looked at an incident, None where it never did or cannot tell."""
        with self._database.read() as connection:
            return incidents.first_seen(connection, incident_id)

    def assignments(self, incident_id: IncidentId) -> tuple[Assignment, ...]:
        """Every interval of the incident, ended or not, oldest first."""
        with self._database.read() as connection:
            return assignments.assignments_of(connection, incident_id)

    def handoffs(self, incident_id: IncidentId) -> tuple[Handoff, ...]:
        """Every proposed handoff of the incident, answered or not, oldest first."""
        with self._database.read() as connection:
            return handoffs_of(connection, incident_id)

    def open_handoffs(self) -> tuple[tuple[IncidentId, Handoff], ...]:
        """The handoffs of every incident that nobody answered yet, oldest first."""
        with self._database.read() as connection:
            return all_open_handoffs(connection)

    def corrections(self, incident_id: IncidentId) -> tuple[Correction, ...]:
        """What was said of the incident's past, in the order in which it was recorded."""
        with self._database.read() as connection:
            return corrections_of(connection, incident_id)

    def any_devised(self) -> bool:
        """Whether a role was ever devised for any incident."""
        with self._database.read() as connection:
            return any_devised(connection)

    def devised(self, incident_id: IncidentId) -> tuple[DevisedRole, ...]:
        """The roles devised for the incident as they now are, lapsed or not, oldest first."""
        with self._database.read() as connection:
            return devised_of(connection, incident_id)

    def entries(self, incident_id: IncidentId) -> tuple[Entry, ...]:
        """Every entry of the incident, those that are to be deleted too, by when it happened."""
        with self._database.read() as connection:
            return entries.entries_of(connection, incident_id)

    def entry(self, incident_id: IncidentId, key: EntryKey) -> Entry | None:
        """One entry of the incident."""
        with self._database.read() as connection:
            return entries.find_entry(connection, incident_id, key)

    def archived(self, incident_id: IncidentId) -> tuple[ArchivedEntry, ...]:
        """Every entry as it was before it was replaced or taken out, in the order of that."""
        with self._database.read() as connection:
            return archived_of(connection, incident_id)

    def entry_links(self, incident_id: IncidentId, target: str) -> tuple[EntryLink, ...]:
        """What both sides held when they last agreed on each entry, by key."""
        with self._database.read() as connection:
            return entry_links_of(connection, incident_id, target)

    def person(self, key: PersonKey) -> Person | None:
        """What is known of one person."""
        with self._database.read() as connection:
            return people.find_person(connection, key)

    def person_of(self, user_id: UserId) -> Person | None:
        """The person who has an account in Datadog."""
        with self._database.read() as connection:
            return people.person_of(connection, user_id)

    def people_called(self, name: str) -> tuple[Person, ...]:
        """Everybody with exactly this key, e-mail, handle or account id, in lower case."""
        with self._database.read() as connection:
            return people.people_called(connection, name)

    def has_held(self, key: PersonKey) -> bool:
        """Whether any role was ever recorded for a person."""
        with self._database.read() as connection:
            return people.has_held(connection, key)

    def people(self) -> tuple[Person, ...]:
        """Everybody who was ever seen, by key."""
        with self._database.read() as connection:
            return people.all_people(connection)

    def meta(self, key: str) -> str | None:
        """A fact about the record itself."""
        with self._database.read() as connection:
            return cache.read_meta(connection, key)

    def put_meta(self, key: str, value: str) -> None:
        """Keep a fact about the record itself."""
        self._note(lambda connection: cache.write_meta(connection, key, value))

    def owner(self) -> Organisation | None:
        """The organisation that the record belongs to, None until it was used with one."""
        with self._database.read() as connection:
            return cache.owner_of(connection)

    def adopt(self, found: Organisation) -> Organisation:
        """Belong to an organisation from its first use on; returns the one that it belongs to.

        What was not known of the owner is filled in; another one changes nothing.
        """
        kept = self.owner()
        if kept is None or kept.completed_by(found) != kept:
            self._note(lambda connection: cache.write_owner(connection, found))
            kept = self.owner()
        return kept or found

    def cached(self, kind: str, key: str) -> str | None:
        """What was learned from outside and has not expired."""
        with self._database.read() as connection:
            return cache.read_cache(connection, kind, key, now=self._clock())

    def put_cached(
        self, kind: str, key: str, value: str, *, expires_at: datetime | None = None
    ) -> None:
        """Keep what was learned from outside, for good or until an instant."""
        now = self._clock()
        self._note(
            lambda connection: cache.write_cache(
                connection, kind, key, value, expires_at=expires_at, now=now
            )
        )

    def forget_cached(self, kind: str, key: str | None = None) -> None:
        """Let go of one thing that was learned, or of all of a kind."""
        self._note(lambda connection: cache.forget_cache(connection, kind, key))

    def _note(self, write: Callable[[Connection], None]) -> None:
        """Keep what could be learned again."""
        try:
            with self._database.write() as connection:
                write(connection)
        except RecordReadOnly as unwritable:
            if not self._reads_only:
                raise
            self.unnoted = unwritable

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
