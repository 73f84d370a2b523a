"""Datadog as a target of the sync: read one incident whole, write one change at a time.

A role is looked at before, written once in the way that shows it, and confirmed: the commander is
one atomic write, a property field a list of e-mails that is read, changed and written whole, and
role assignments (unreleased) are made and deleted one by one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from dd_incident_roles import errors
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.failures import MISSING, NOT_OFFERED, if_offered
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.incidents import (
    TEXT_ARRAY,
    IncidentReading,
    Incidents,
    field_with,
    holders_in_field,
)
from dd_incident_roles.datadog.learned import ApiPart, Cache, CapabilityCache, RoleBackend
from dd_incident_roles.datadog.reading import Asked, IncidentSnapshot, Readings
from dd_incident_roles.datadog.relationships import Integrations, NamedPlaces
from dd_incident_roles.datadog.responders import ResponderListing, Responders, contradiction_of
from dd_incident_roles.datadog.roles import Fields, Roles
from dd_incident_roles.datadog.timeline import Timeline
from dd_incident_roles.datadog.timeline_target import NoTimeline, TimelineTarget
from dd_incident_roles.model import Incident, IncidentId, Person, PersonKey, RoleKey
from dd_incident_roles.places import TargetName
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.sync import targets
from dd_incident_roles.sync.entries.log import people_in, read_line
from dd_incident_roles.sync.skip import Part
from dd_incident_roles.sync.targets import Confirmed, Outdated, Unsupported, WriteOutcome
from dd_incident_roles.words import clause, command, incident_label

UNNAMED_LIFETIME = timedelta(hours=1)
"""How long a person whom Datadog does not know is not looked up again."""

_NO_ASSIGNMENTS = "Datadog gives these keys no access to role assignments"


class DatadogTarget:
    """The roles and timelines of incidents in one Datadog.

    ``catalogue_of`` says which roles an incident has, which may have some of its own, and
    ``concurrency`` how many requests may be under way at once; ``monotonic`` is in seconds.
    """

    name = "datadog"

    def __init__(
        self,
        session: Session,
        incidents: Incidents,
        directory: Directory,
        *,
        catalogue_of: Callable[[IncidentId], Catalogue],
        cache: Cache,
        with_timeline: bool = True,
        timeline_required: bool = False,
        concurrency: int = 1,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._incidents = incidents
        self._directory = directory
        self._catalogue_of = catalogue_of
        self._cache = cache
        self._with_timeline = with_timeline
        self._timeline_required = timeline_required
        self._capabilities = CapabilityCache(Roles(session), Fields(session), cache)
        self._responders = Responders(session, self._capabilities, cache)
        self._integrations = Integrations(session, self._capabilities)
        timeline = Timeline(session, directory, cache)
        self._timeline = TimelineTarget(timeline, self._capabilities, cache)
        self._readings = Readings(
            incidents,
            self._responders,
            self._timeline if with_timeline else None,
            concurrency=concurrency,
            monotonic=monotonic,
        )

    @property
    def most_ahead(self) -> int:
        """How many incidents can be asked for ahead."""
        return self._readings.most_ahead

    def ask_ahead(self, incident_id: IncidentId, known: Incident | None) -> None:
        """Ask for all parts of an incident at once, for a ``RECENT`` reading in a moment.

        As it was ``known``, its roles are asked for too, where that is to be done again.
        """
        self._readings.begin(incident_id)
        if known:
            self._capabilities.ask_ahead(known.incident_type)

    def read(
        self, incident_id: IncidentId, care: targets.Care = targets.Care.NOW
    ) -> targets.Reading:
        """Read one incident with its roles and entries; raises rather than returning a part."""
        asked = self._readings.ask(incident_id, care)
        snapshot, asked = self._snapshot(incident_id, asked)
        reading = self._with_entries(incident_id, snapshot.reading(), asked)
        self._readings.keep(incident_id, asked)
        return reading

    def _with_entries(
        self, incident_id: IncidentId, reading: targets.Reading, asked: Asked
    ) -> targets.Reading:
        if not self._with_timeline:
            return reading
        try:
            listing = self._timeline.read(incident_id, asked.timeline)
        except errors.UnexpectedAnswer as error:
            # A timeline that cannot be understood must not hold up who leads the incident.
            return replace(reading, failures=(error,))
        reason, permission = listing.reason, "incident_write"
        if isinstance(listing, NoTimeline):
            permission = "incident_read"
            reading = replace(reading, no_timeline=reason)
        else:
            people = {**self._named_in(incident_id, listing, reading.people), **reading.people}
            marks = {**reading.marks, Part.ENTRIES: listing.mark}
            reading = replace(reading, timeline=listing, people=people, marks=marks)
            if listing.writable:
                return reading
        if not self._timeline_required:
            return reading
        # What the settings demand is missed in every run that lacks it.
        missed = errors.UnexpectedAnswer(
            f"{clause(reason or 'The timeline can only be read')}, but the settings require the "
            "timeline.",
            hint=f"Give the application key and its owner the permission {permission}, or set the "
            'timeline to "auto" to go on without it.',
        )
        return replace(reading, failures=(missed,))

    def marks(self, incident_id: IncidentId, parts: Collection[Part]) -> dict[str, str]:
        """The marks of parts of an incident that was read before, asked for by themselves."""
        roles = self._responders.list(incident_id).mark if Part.ROLES in parts else None
        marks: dict[str, str] = {Part.ROLES: roles} if roles else {}
        if Part.ENTRIES in parts and (listing := self._timeline.ask(incident_id)):
            marks[Part.ENTRIES] = listing.mark
        return marks

    def named_places(self, incident_id: IncidentId, asked: Collection[TargetName]) -> NamedPlaces:
        """The places that Datadog names of an incident, in the systems that are asked about."""
        return self._integrations.of(incident_id, asked)

    def _named_in(
        self,
        incident: IncidentId,
        listing: targets.EntryListing,
        known: Mapping[PersonKey, Person],
    ) -> dict[PersonKey, Person]:
        """The people in statements of other records, with their names from Datadog."""
        said = (
            read_line(each.statement, each.tagged, each.text, incident)
            for each in listing.entries
            if each.statement and each.tagged
        )
        people: dict[PersonKey, Person] = {}
        for key in frozenset().union(*(people_in(each) for each in said if each)) - known.keys():
            if self._cache.cached("unnamed", key):
                continue
            try:
                # The record remembers people that a reading has found.
                found = self._directory.recall(key)
                people[key] = found or self._directory.person(self._directory.find(key))
            except (errors.DatadogError, errors.UsageError):
                # People who were not found are not looked up in every run.
                self._cache.keep("unnamed", key, "yes", lifetime=UNNAMED_LIFETIME)
        return people

    def probe_again(self) -> None:
        """Ask once more for what was refused earlier: a person waits for the answer."""
        self._capabilities.probe_again()

    def perform(self, incident_id: IncidentId, change: targets.RemoteChange) -> WriteOutcome:
        """Read again what the change touches, write it once, and confirm it.

        A person who cannot be given a role, such as one whose account was deactivated meanwhile, is
        refused like a write that Datadog refuses. What was read a moment ago was read again just
        now, but what a write of ours may have changed since is always asked for.
        """
        recent = self._readings.take(incident_id)
        try:
            match change:
                case targets.EnsureResponder(person=person):
                    return self._ensure_responder(incident_id, person, recent)
                case targets.Handover() | targets.GiveRole() | targets.TakeRole():
                    asked = recent or self._readings.ask(incident_id)
                    return self._write_role(self._snapshot(incident_id, asked)[0], change)
                case targets.Show():
                    raise TypeError("Datadog has no registers")
                case _:
                    return self._timeline.perform(incident_id, change)
        except errors.UsageError as error:
            raise errors.Refused(error.message, hint=error.hint) from error

    def _snapshot(self, incident_id: IncidentId, asked: Asked) -> tuple[IncidentSnapshot, Asked]:
        reading, listing, asked = self._read_whole(incident_id, asked)
        incident, by = reading.incident, reading.modified_by
        included = {**(listing.users if listing else {}), **reading.users}
        rows = listing.responders if listing else ()
        wanted = [
            user_id for user_id in (incident.commander, *(row.user_id for row in rows)) if user_id
        ]
        holders = {incident.commander, *(row.who for row in (listing.assigned if listing else ()))}
        persons = self._directory.behind(
            wanted, included, holders=[each for each in wanted if each in holders]
        )
        outside = {row.who: self._directory.outsider(row) for row in rows if row.user_id is None}
        snapshot = IncidentSnapshot(
            incident=incident,
            by_us=not (by and (owner := self._directory.current) and by != owner.id),
            listing=listing,
            persons={
                **{
                    user_id: person
                    for user_id, person in persons.items()
                    if self._directory.is_person(person)
                },
                **outside,
            },
            shown_commander=persons.get(incident.commander) if incident.commander else None,
            capabilities=self._capabilities.of(incident, responders=listing is not None),
            catalogue=self._catalogue_of(incident_id),
            named_by=self._directory.key_of,
        )
        return snapshot, asked

    def _read_whole(
        self, incident_id: IncidentId, asked: Asked
    ) -> tuple[IncidentReading, ResponderListing | None, Asked]:
        """The incident with its responders; both once more where they contradict each other.

        The listing is None where Datadog offers no responders at all: the incident was just read,
        so that a 404 is about the endpoint.
        """
        reading, listing = asked.incident(), if_offered(asked.responders)
        if listing is None or contradiction_of(reading, listing) is None:
            return reading, listing, asked
        # A person may have left between the two requests.
        again = self._readings.ask(incident_id)
        asked = replace(asked, incident=again.incident, responders=again.responders)
        reading, listing = asked.incident(), if_offered(asked.responders)
        if listing is not None:
            listing = replace(listing, contradiction=contradiction_of(reading, listing))
        return reading, listing, asked

    def _ensure_responder(
        self, incident_id: IncidentId, person: PersonKey, recent: Asked | None
    ) -> Confirmed:
        user_id = self._directory.user_id(person)
        asked = self._readings.ask(incident_id)
        listing = recent.responders() if recent else self._responders.list(incident_id)
        present = listing.of_user(user_id)
        if present:
            return Confirmed(holder=person, remote_id=present.id, already=True)
        # Adding people mails them, so an empty list is not believed against the incident.
        if not listing.responders and (
            error := contradiction_of((recent or asked).incident(), listing)
        ):
            raise error
        added = self._responders.add(incident_id, user_id)
        # A new responder changes nothing of the incident itself, which the role may need next.
        if recent:
            self._readings.keep(
                incident_id, replace(asked, began=recent.began, incident=recent.incident)
            )
        return Confirmed(holder=person, remote_id=added.id)

    def _write_role(
        self,
        snapshot: IncidentSnapshot,
        change: targets.Handover | targets.GiveRole | targets.TakeRole,
    ) -> WriteOutcome:
        """Carry out one change of an incident that was read just before.

        A write that would change nothing is not made. Raises DatadogError, and WriteNotConfirmed
        when Datadog shows something else afterwards.
        """
        role, backend, listing = change.role, snapshot.backend(change.role), snapshot.listing
        is_assigned = backend is RoleBackend.ASSIGNMENT
        # What such a listing lacks may be there all the same, and would be given twice.
        if is_assigned and listing and listing.contradiction:
            raise listing.contradiction
        assigned = snapshot.assignments(role) if is_assigned else {}
        present = snapshot.holders(role)
        # Nobody is commander beside another one: to give or take that role is to replace or empty.
        affected = present if backend is RoleBackend.COMMANDER else frozenset[PersonKey]()
        add: PersonKey | None = None
        before: frozenset[PersonKey] = frozenset()
        if isinstance(change, targets.Handover):
            add, before = change.after, change.before
            leaving = present - {add}
        elif isinstance(change, targets.GiveRole):
            add = change.person
            leaving = affected - {add}
        else:
            before = frozenset({change.person})
            leaving = affected | (present & before)
        # Another person has it now, and nobody decided to replace them: the next run plans again.
        if not leaving <= before:
            names = ", ".join(sorted(present)) or "nobody"
            return Outdated(found=f"{role} is held by {names} now")
        if not leaving and (add is None or add in present):
            return Confirmed(holder=add, remote_id=assigned.get(add) if add else None, already=True)
        match backend:
            case RoleBackend.COMMANDER:
                return self._set_commander(snapshot, add)
            case RoleBackend.FIELD:
                return self._write_field(snapshot, role, add, leaving)
            case RoleBackend.ASSIGNMENT | RoleBackend.RESPONDER | RoleBackend.NOTHING:
                rows = [row for person, row in assigned.items() if person in leaving]
                return self._reassign(snapshot, role, add, rows)

    def _set_commander(self, snapshot: IncidentSnapshot, person: PersonKey | None) -> Confirmed:
        incident = snapshot.incident
        wanted = self._directory.user_id(person) if person else None
        if self._incidents.set_commander(incident.id, wanted) != wanted:
            label = incident_label(incident.public_id)
            raise errors.WriteNotConfirmed(
                f"Datadog accepted the new commander of {label} but still shows another one.",
                hint="Check the incident in Datadog, then run: "
                f"{command('sync', incident.public_id)}",
                ambiguous=True,
            )
        return Confirmed(holder=person)

    def _write_field(
        self,
        snapshot: IncidentSnapshot,
        role: RoleKey,
        add: PersonKey | None,
        leaving: frozenset[PersonKey],
    ) -> Confirmed:
        name = snapshot.catalogue.role(role).field_name
        texts = field_with(
            snapshot.incident.fields.get(name),
            snapshot.named_by,
            add=(add, self._directory.text_of(add)) if add else None,
            remove=leaving,
        )
        shown = self._incidents.set_field(snapshot.incident.id, name, texts, type_name=TEXT_ARRAY)
        holders = holders_in_field(shown, snapshot.named_by).holders
        if (add is not None and add not in holders) or leaving & holders:
            raise errors.WriteNotConfirmed(
                f"Datadog accepted the new value of the field {name} but shows another one.",
                hint=command("sync", snapshot.incident.public_id),
                ambiguous=True,
            )
        return Confirmed(holder=add)

    def _reassign(
        self,
        snapshot: IncidentSnapshot,
        role: RoleKey,
        add: PersonKey | None,
        leaving: list[str],
    ) -> WriteOutcome:
        """Give the role to one and delete the assignments of the others.

        Where Datadog itself keeps the role to one person the old holder has to leave first;
        everywhere else the new one comes first, so that the role is never empty on the way.
        """
        if add is None:
            return self._remove(leaving)
        definition = snapshot.definition(role)
        if definition is not None and definition.is_single:
            removed = self._remove(leaving)
            if not isinstance(removed, Confirmed):
                return removed
            with _ambiguous_after(bool(leaving)):
                return self._give(snapshot, role, add)
        given = self._give(snapshot, role, add)
        if not isinstance(given, Confirmed):
            return given
        with _ambiguous_after(not given.already):
            removed = self._remove(leaving)
        return given if isinstance(removed, Confirmed) else removed

    def _give(self, snapshot: IncidentSnapshot, role: RoleKey, person: PersonKey) -> WriteOutcome:
        present = snapshot.assignments(role).get(person)
        if present:
            return Confirmed(holder=person, remote_id=present, already=True)
        definition, listing = snapshot.definition(role), snapshot.listing
        refused = self._capabilities.seen(ApiPart.ROLE_ASSIGNMENTS) is False
        if definition is None or listing is None or refused:
            return Unsupported(reason=_NO_ASSIGNMENTS)
        responder = snapshot.outside(person) or listing.of_user(self._directory.user_id(person))
        if responder is None:
            return Outdated(found=f"{person} is not among the responders")
        try:
            made = self._responders.assign(responder.id, definition.id)
        except NOT_OFFERED as error:
            return self._explain_refusal(error)
        self._capabilities.note_working(ApiPart.ROLE_ASSIGNMENTS)
        return Confirmed(holder=person, remote_id=made)

    def _remove(self, leaving: list[str]) -> WriteOutcome:
        for number, assignment_id in enumerate(leaving):
            try:
                self._responders.unassign(assignment_id)
            except errors.DatadogError as error:
                # After one removal, a refusal of the next says nothing about the endpoint.
                if number == 0 and isinstance(error, errors.Forbidden | errors.Refused):
                    return self._explain_refusal(error)
                error.ambiguous = error.ambiguous or number > 0
                raise
        return Confirmed(holder=None, already=not leaving)

    def _explain_refusal(self, error: errors.DatadogError) -> Unsupported:
        """Tell a missing endpoint from a refusal; one that worked before is not missing."""
        # An id that Datadog cannot have is not found without a request, and so without a status.
        missing = isinstance(error, errors.NotFound) or error.status in MISSING
        if missing and not self._capabilities.seen(ApiPart.ROLE_ASSIGNMENTS):
            self._capabilities.note_refused(ApiPart.ROLE_ASSIGNMENTS)
            return Unsupported(reason=_NO_ASSIGNMENTS)
        raise error


@contextmanager
def _ambiguous_after(begun: bool) -> Iterator[None]:
    """Once a first half is in place, even a clear refusal leaves something behind."""
    try:
        yield
    except errors.DatadogError as error:
        error.ambiguous = error.ambiguous or begun
        raise
