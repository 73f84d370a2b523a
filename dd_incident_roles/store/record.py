"""The record: each method is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, or_, select

from dd_incident_roles import model
from dd_incident_roles.errors import RecordChanged, RecordReadOnly
from dd_incident_roles.patience import uninterrupted
from dd_incident_roles.roles.ledger import Correction, DevisedRole, Handoff, PlaceLink
from dd_incident_roles.store import ahead, pending, seen, tables
from dd_incident_roles.store.changes import carry_out, version_of
from dd_incident_roles.store.database import Database, Part, Subject
from dd_incident_roles.store.rows import Dataclass, TableOf, of_row
from dd_incident_roles.sync.plan import OpenEnds, PastRun
from dd_incident_roles.sync.skip import Evidence, LastReading, Lesson
from dd_incident_roles.sync.state import WHERE, Edit, EntryLink, IncidentState

if TYPE_CHECKING:
    # Only `record export` and `record import` move a record.
    from dd_incident_roles.store import moving

D = TypeVar("D", bound=Dataclass)


class SqlRecord(AbstractContextManager["SqlRecord"]):
    """The record in one database; any number of threads and processes may use it at once.

    Every method raises RecordError when that cannot be read or written. Where a command
    ``reads_only``, what was merely learned is let go instead, and ``unnoted`` says why.
    """

    def __init__(
        self, database: Database, *, clock: Callable[[], datetime], reads_only: bool = False
    ) -> None:
        self._database = database
        self.name, self.run_lock, self.turn = database.name, database.run_lock, database.turn
        self._clock = clock
        self._reads_only = reads_only
        self.unnoted: RecordReadOnly | None = None
        self._ahead: ahead.Ahead | None = None
        self._learned: dict[tuple[str, str], tables.Learned] = {}
        self._knows_all = False
        self._learning = Lock()
        self._owner: model.Organisation | None = None
        self.is_changed = False
        """Whether anything was committed with this object."""

    def state(self, incident_id: model.IncidentId, target: str) -> IncidentState:
        """Everything held about one incident and one target, as of one moment."""
        if found := self._ahead and self._ahead.state(incident_id, target):
            return found
        with self._database.read() as connection:
            return ahead.states_of(connection, [incident_id], target)[incident_id]

    @contextmanager
    def read_ahead(
        self, incident_ids: Collection[model.IncidentId], target: str
    ) -> Iterator[Callable[[], tuple[model.IncidentId, ...]]]:
        """Read what a run over incidents asks for at once, and not again for each of them.

        The function tells the incidents that another program changed after the run saw their state.
        """
        # One alone gains nothing, and is seen as it is when its turn comes.
        if len(incident_ids) < 2:
            yield lambda: ()
            return
        self._ahead = ahead.Ahead(self._database, incident_ids, target)
        try:
            yield self._ahead.overtaken
        finally:
            self._ahead = None

    @contextmanager
    def reading_cache(self) -> Iterator[None]:
        """Read all that is cached at once, for a run that asks for most of it."""
        self._learned = {(each.kind, each.key): each for each in self._all(tables.CACHE)}
        self._knows_all = True
        try:
            yield
        finally:
            self._knows_all = False

    def leave_out(self, incident_ids: Collection[model.IncidentId]) -> None:
        """Do not read ahead what is not likely to be asked for."""
        if self._ahead:
            self._ahead.leave_out(incident_ids)

    def keys_elsewhere(
        self, incident_id: model.IncidentId, keys: Collection[model.EntryKey]
    ) -> frozenset[model.EntryKey]:
        """The keys that entries have in other incidents of the record but not in this one."""
        with self._database.read() as connection:
            rows = list(tables.ENTRIES.rows_of_each(connection, "key", keys, origin="cli"))
        here = {row["key"] for row in rows if row["incident"] == incident_id}
        return frozenset(model.EntryKey(row["key"]) for row in rows if row["key"] not in here)

    def commit(
        self,
        incident_id: model.IncidentId,
        target: str,
        edits: Sequence[Edit],
        *,
        expected_version: int | None = None,
    ) -> None:
        """Apply all edits or none; raises RecordChanged when the version has moved on.

        An edit that does not fit what the record holds raises it too.
        """
        with uninterrupted():
            with self._database.write(incident_id) as connection:
                if expected_version not in {None, version_of(connection, incident_id)}:
                    raise RecordChanged(
                        "Another run changed the incident in the record. Nothing was written.",
                        hint="Run the command again.",
                    )
                if not edits:
                    return
                carry_out(connection, incident_id, target, edits, at=self._clock())
            self.is_changed = True
        if self._ahead:
            self._ahead.touch(incident_id)

    def remember(
        self, incident: model.Incident, people: Mapping[model.PersonKey, model.Person], at: datetime
    ) -> None:
        """Record what was seen of an incident and its people; writes nothing if nothing changed."""
        shown, known = tuple(people.values()), self._ahead
        if known and known.knows(incident, shown):
            return
        with self._database.read() as connection:
            has_news = bool(seen.news_among(seen.people_known(connection, people), shown))
            if not has_news and not seen.is_news(connection, incident):
                return

        def note(connection: Connection) -> None:
            # Another program may have recorded the same, or something newer, in the meantime.
            before = seen.people_known(connection, people) if has_news else {}
            news = seen.news_among(before, shown) if has_news else []
            if known:
                known.check_people(connection, news)
            if seen.is_news(connection, incident):
                seen.remember_incident(connection, incident, at)
            for person in news:
                seen.remember_person(connection, person)
                if known:
                    known.learn(person)

        self._note(note, incident.id, *([Part.PEOPLE] if has_news else ()))

    def incident(self, incident_id: model.IncidentId) -> model.Incident | None:
        """The incident as it was last seen."""
        return self._first(tables.INCIDENTS, id=incident_id)

    def incidents_numbered(self, public_id: int) -> tuple[model.Incident, ...]:
        """The incidents with a number, gone ones too, the one seen last first."""
        with self._database.look() as connection:
            # There can be several if the record was used with two organisations.
            rows = tables.INCIDENTS.rows(connection, public_id=public_id)
        newest_first = sorted(rows, key=lambda row: row["last_seen"], reverse=True)
        return tuple(of_row(model.Incident, row) for row in newest_first)

    def absences(self) -> Mapping[model.IncidentId, model.Absence]:
        """The incidents that Datadog did not show when asked, whether that is believed or not."""
        with self._database.look() as connection:
            rows = tables.ABSENCES.rows(connection)
        return {model.IncidentId(row["incident"]): of_row(model.Absence, row) for row in rows}

    def miss(
        self, incident_id: model.IncidentId, *, at: datetime, grace: timedelta
    ) -> model.Absence:
        """Record that Datadog does not show an incident; it is believed after two readings.

        A command that only reads goes on where that cannot be noted.
        """
        kept = self._first(tables.ABSENCES, incident=incident_id)
        absence = kept.seen_again(at, grace) if kept else model.Absence(missed=at)
        if absence != kept:
            row = tables.ABSENCES.row(absence, incident=incident_id)
            self._note(lambda connection: tables.ABSENCES.put(connection, [row]), incident_id)
        return absence

    def find_again(self, incident_id: model.IncidentId) -> None:
        """Note that Datadog shows an incident that it did not show before."""
        key = {"incident": incident_id}
        self._note(lambda connection: tables.ABSENCES.drop(connection, [key]), incident_id)

    def forget(self, incident_id: model.IncidentId, *, at: datetime) -> None:
        """Stop listing and reading an incident until Datadog shows it again."""
        kept = self._first(tables.ABSENCES, incident=incident_id)
        absence = model.Absence(missed=kept.missed if kept else at, gone=at)
        row = tables.ABSENCES.row(absence, incident=incident_id)
        self._note(lambda connection: tables.ABSENCES.put(connection, [row]), incident_id)

    def incidents(self) -> tuple[model.Incident, ...]:
        """Every incident that was ever seen and is not gone, by number."""
        return self._all(tables.INCIDENTS, seen.is_here())

    def open_incidents(self) -> tuple[model.Incident, ...]:
        """The incidents that were open when they were last seen, by number."""
        # An index has nearly none of the closed ones, lest each is read and becomes a value.
        found = self._all(tables.INCIDENTS, seen.is_here(), seen.is_not_over())
        return tuple(incident for incident in found if incident.is_open)

    def open_incident_ids(self) -> tuple[model.IncidentId, ...]:
        """Their ids alone, which take a tenth of the memory and the time."""
        columns = (tables.INCIDENTS.c.id, tables.INCIDENTS.c.state)
        query = select(*columns).where(seen.is_here(), seen.is_not_over())
        with self._database.look() as connection:
            rows = connection.execute(query.order_by(tables.INCIDENTS.c.public_id)).all()
        return tuple(
            model.IncidentId(incident_id)
            for incident_id, state in rows
            if state.casefold() not in model.STATES_OVER
        )

    def incidents_closed_since(self, earliest: datetime) -> tuple[model.Incident, ...]:
        """The incidents that were closed at a moment or later, or may have been, by number."""
        closed = func.coalesce(tables.INCIDENTS.c.resolved, tables.INCIDENTS.c.modified)
        moment = bindparam("earliest", earliest, type_=tables.INCIDENTS.c.modified.type)
        found = self._all(tables.INCIDENTS, seen.is_here(), closed >= moment)
        return tuple(incident for incident in found if not incident.is_open)

    def pasts(
        self, incident_ids: Sequence[model.IncidentId]
    ) -> Mapping[model.IncidentId, ahead.Past]:
        """What is held of the past of many incidents, with few statements; unknown ones are not."""
        with self._database.read() as connection:
            return ahead.pasts_of(connection, incident_ids)

    def pending_incident_ids(self, target: str) -> tuple[model.IncidentId, ...]:
        """The incidents, seen or not, that may hold something which a target does not have yet."""
        with self._database.look() as connection:
            return pending.pending_incidents(connection, target)

    def open_ends(self, target: str, *, with_entries: bool = True) -> OpenEnds:
        """What is not settled yet, as of one moment."""
        with self._database.read() as connection:
            return pending.open_ends(connection, target, with_entries=with_entries)

    def settle(self, target: str) -> None:
        """Note which incidents lack nothing in a target, until something of them is changed."""
        with self._database.look() as connection:
            if not pending.has_settled(connection, target):
                return
        self._note(lambda connection: pending.settle_incidents(connection, target), Part.EVERYTHING)

    def last_readings(self, target: str, only: model.IncidentId | None = None) -> seen.LastReadings:
        """The last whole reading of each incident in a target, or of one."""
        with self._database.look() as connection:
            return seen.last_readings(connection, target, only)

    def note_readings(
        self,
        target: str,
        readings: Mapping[model.IncidentId, LastReading],
        *,
        source: str = "",
        lessons: Collection[Lesson] = (),
        at: datetime | None = None,
    ) -> None:
        """Keep readings once they are taken in, and what they taught of a ``source``."""

        def note(connection: Connection) -> None:
            seen.put_readings(connection, target, readings)
            if lessons:
                seen.learn(connection, source, lessons, at or self._clock())

        if readings or lessons:
            self._note(note, *readings, *((Part.EVIDENCE,) if lessons else ()))

    def drop_reading(self, target: str, incident_id: model.IncidentId) -> None:
        """Forget the last reading of an incident: the next run reads it whole."""
        key = {"target": target, "incident": incident_id}
        self._note(lambda connection: tables.READINGS.drop(connection, [key]), incident_id)

    def evidence(self, source: str) -> tuple[Evidence, ...]:
        """What is known of which changes move ``modified``."""
        with self._database.look() as connection:
            return tables.EVIDENCE.all(connection, source=source)

    def note_run(self, run: PastRun) -> None:
        """Remember how a run over everything ended."""
        self._note(lambda connection: seen.put_run(connection, run), Part.RUNS, at_once=False)

    def last_runs(self) -> tuple[PastRun, ...]:
        """The last runs over everything, by any program that uses this record, newest first."""
        return self._all(tables.RUNS)[::-1]

    def observations(self, incident_id: model.IncidentId) -> tuple[model.Observation, ...]:
        """What the incident was seen to be, oldest first."""
        return self._all(tables.OBSERVATIONS, incident=incident_id)

    def first_seen(self, incident_id: model.IncidentId) -> datetime | None:
        """When the record first saw an incident; what happened before is not known."""
        with self._database.look() as connection:
            rows = tables.INCIDENTS.rows(connection, id=incident_id)
        return rows[0]["first_seen"] if rows else None

    def assignments(self, incident_id: model.IncidentId) -> tuple[model.Assignment, ...]:
        """Every interval of the incident, ended or not, oldest first."""
        return self._all(tables.ASSIGNMENTS, incident=incident_id)

    def handoffs(self, incident_id: model.IncidentId) -> tuple[Handoff, ...]:
        """Every proposed handoff of the incident, answered or not, oldest first."""
        return self._all(tables.HANDOFFS, incident=incident_id)

    def open_handoffs(self) -> tuple[tuple[model.IncidentId, Handoff], ...]:
        """The handoffs of every incident that nobody answered yet, oldest first."""
        with self._database.look() as connection:
            rows = tables.HANDOFFS.rows(connection, outcome=None)
        return tuple((model.IncidentId(row["incident"]), of_row(Handoff, row)) for row in rows)

    def corrections(self, incident_id: model.IncidentId) -> tuple[Correction, ...]:
        """The corrections of the incident's history, in the order in which they were recorded."""
        return self._all(tables.CORRECTIONS, incident=incident_id)

    def any_devised(self) -> bool:
        """Whether a role was ever devised for any incident."""
        return self._first(tables.DEVISED_ROLES) is not None

    def devised(self, incident_id: model.IncidentId) -> tuple[DevisedRole, ...]:
        """The roles devised for the incident as they are now, expired or not, oldest first."""
        found = self._ahead.devised(incident_id) if self._ahead else None
        if found is not None:
            return found
        return ahead.newest(self._all(tables.DEVISED_ROLES, incident=incident_id))

    def places(self, incident_id: model.IncidentId) -> tuple[PlaceLink, ...]:
        """Where the incident is shown beside Datadog, one row for each system ever named."""
        found = self._ahead.places(incident_id) if self._ahead else None
        if found is not None:
            return found
        return ahead.newest_places(self._all(tables.PLACES, incident=incident_id))

    def incidents_at(self, where: str) -> tuple[model.IncidentId, ...]:
        """The incidents that were shown in a place when it was last synced; in lower case."""
        here = func.lower(tables.REGISTERS.c.held) == where
        with self._database.look() as connection:
            rows = tables.REGISTERS.rows(connection, here, name=WHERE)
        return tuple(model.IncidentId(row["incident"]) for row in rows)

    def entries(self, incident_id: model.IncidentId) -> tuple[model.Entry, ...]:
        """Every entry of the incident by time, including those that will be deleted."""
        return self._all(tables.ENTRIES, incident=incident_id)

    def entry(self, incident_id: model.IncidentId, key: model.EntryKey) -> model.Entry | None:
        """One entry of the incident."""
        return self._first(tables.ENTRIES, incident=incident_id, key=key)

    def archived(self, incident_id: model.IncidentId) -> tuple[tables.ArchivedEntry, ...]:
        """Every replaced or removed entry, in the order in which that happened."""
        with self._database.look() as connection:
            rows = tables.ARCHIVE.rows(connection, incident=incident_id)
        return tuple(
            of_row(tables.ArchivedEntry, row, entry=of_row(model.Entry, row)) for row in rows
        )

    def entry_links(self, incident_id: model.IncidentId, target: str) -> tuple[EntryLink, ...]:
        """What both sides held when they last agreed on each entry, by key."""
        return self._all(tables.ENTRY_LINKS, target=target, incident=incident_id)

    def person(self, key: model.PersonKey) -> model.Person | None:
        """What is known of one person."""
        return self._first(tables.PEOPLE, key=key)

    def people_of(self, user_ids: Collection[model.UserId]) -> Mapping[model.UserId, model.Person]:
        """The people who have these accounts in Datadog, those that are known."""
        if self._ahead:
            return self._ahead.people_of(user_ids)
        with self._database.look() as connection:
            return seen.people_with(connection, user_ids)

    def people_called(self, name: str) -> tuple[model.Person, ...]:
        """The people with exactly this key, e-mail, handle or account id, in lower case."""
        columns = ("key", "email", "handle", "user_id")
        return self._all(tables.PEOPLE, or_(*(tables.PEOPLE.c[each] == name for each in columns)))

    def has_held(self, key: model.PersonKey) -> bool:
        """Whether any role was ever recorded for a person."""
        return self._first(tables.ASSIGNMENTS, person=key) is not None

    def people(self) -> tuple[model.Person, ...]:
        """All people that were ever seen, by key."""
        return self._all(tables.PEOPLE)

    def owner(self) -> model.Organisation | None:
        """The organisation that the record belongs to; None until it is used with one."""
        # Once it is known whose the record is, it is nobody else's any more.
        if self._owner is None or self._owner.id is None:
            self._owner = self._first(tables.OWNER)
        return self._owner

    def adopt(self, found: model.Organisation) -> model.Organisation:
        """Belong to an organisation from its first use on; returns the one that it belongs to.

        What was not known of the owner is filled in; another one changes nothing.
        """

        def note(connection: Connection) -> None:
            kept = tables.OWNER.first(connection)
            owner = kept.completed_by(found) if kept else found
            tables.OWNER.put(connection, [tables.OWNER.row(owner, number=1)])

        kept = self.owner()
        if kept is None or kept.completed_by(found) != kept:
            self._note(note, Part.OWNER)
            self._owner = None
            kept = self.owner()
        return kept or found

    def cached(self, kind: str, key: str) -> str | None:
        """A cached value that has not expired."""
        found = self._learned.get((kind, key))
        if not self._knows_all and (found is None or found.is_over(self._clock())):
            found = self._first(tables.CACHE, kind=kind, key=key)
            # Asked again and again by one command, which is over in a moment.
            if found:
                self._learned[kind, key] = found
        return None if found is None or found.is_over(self._clock()) else found.value

    def put_cached(
        self, kind: str, key: str, value: str, *, expires_at: datetime | None = None
    ) -> None:
        """Cache a value, for good or until a time."""
        learned = tables.Learned(kind=kind, key=key, value=value, expires_at=expires_at)
        now = self._clock()

        def note(connection: Connection) -> None:
            connection.execute(delete(tables.CACHE.table).where(tables.CACHE.c.expires_at <= now))
            tables.CACHE.put(connection, [tables.CACHE.row(learned)])

        self._note(note, Part.CACHE)
        # What is over was removed with it, and is not to come back with a clock that is set back.
        self._unlearn(lambda each: each.is_over(now))
        with self._learning:
            self._learned[kind, key] = learned

    def forget_cached(self, kind: str, key: str | None = None) -> None:
        """Remove one cached value, or all of a kind."""
        place = {"kind": kind} if key is None else {"kind": kind, "key": key}
        self._note(lambda connection: tables.CACHE.drop(connection, [place]), Part.CACHE)
        self._unlearn(lambda each: each.kind == kind and key in {None, each.key})

    def _unlearn(self, is_meant: Callable[[tables.Learned], bool]) -> None:
        with self._learning:
            self._learned = {at: each for at, each in self._learned.items() if not is_meant(each)}

    def _all(
        self, table: TableOf[D], *conditions: ColumnElement[bool], **equal: object
    ) -> tuple[D, ...]:
        with self._database.look() as connection:
            return table.all(connection, *conditions, **equal)

    def _first(self, table: TableOf[D], **equal: object) -> D | None:
        with self._database.look() as connection:
            return table.first(connection, **equal)

    def _note(
        self, write: Callable[[Connection], None], *subjects: Subject, at_once: bool = True
    ) -> None:
        # A command that only reads must not fail because a value cannot be cached.
        try:
            with self._database.write(*subjects, at_once=at_once) as connection:
                write(connection)
        except RecordReadOnly as unwritable:
            if not self._reads_only:
                raise
            self.unnoted = unwritable

    def contents(self) -> Iterator[tuple[str, dict[str, moving.Plain]]]:
        """Every row of the record as of one moment, with the name of its table."""
        from dd_incident_roles.store import moving

        with self._database.read() as connection:
            yield from moving.contents_of(connection)

    def fill(self, given: Iterable[moving.Given], *, file: str) -> Mapping[str, int]:
        """Fill an empty record with the rows of a file, all or none, and count them by table."""
        from dd_incident_roles.store import moving

        with self._database.write(Part.EVERYTHING) as connection:
            return moving.fill(connection, given, file=file, record_name=self.name)

    def anew(self) -> SqlRecord:
        """The same record with nothing of it in mind, over the same connections."""
        return SqlRecord(self._database, clock=self._clock, reads_only=self._reads_only)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def __exit__(self, *_: object) -> None:
        self.close()
