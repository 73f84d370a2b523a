"""Datadog as a target of the sync: read one incident whole, write one change at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from dd_incident_roles.datadog.assignments import RoleAssignments
from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.fields import Fields
from dd_incident_roles.datadog.given_roles import (
    ResponseTeam,
    ResponseTeams,
    contradicted,
    contradiction_of,
)
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.incidents import Incidents
from dd_incident_roles.datadog.ladder import Rung
from dd_incident_roles.datadog.offers import Offers
from dd_incident_roles.datadog.responders import Responders
from dd_incident_roles.datadog.roles import Roles
from dd_incident_roles.datadog.situation import Situation
from dd_incident_roles.datadog.timeline import Timeline
from dd_incident_roles.datadog.timeline_dialect import Dialects
from dd_incident_roles.datadog.timeline_entries import TimelineEntries
from dd_incident_roles.datadog.timeline_offer import TimelineOffer
from dd_incident_roles.datadog.wire.incidents import IncidentReading
from dd_incident_roles.datadog.write_assignment import AssignmentWriter
from dd_incident_roles.datadog.write_commander import CommanderWriter
from dd_incident_roles.datadog.write_entry import EntryOutcome, EntryWriter
from dd_incident_roles.datadog.write_field import FieldWriter
from dd_incident_roles.datadog.writer import RoleWriter
from dd_incident_roles.errors import Forbidden, NotFound, Refused, UnexpectedAnswer, UsageError
from dd_incident_roles.model import IncidentId, PersonKey, RoleKey
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.sync.changes import (
    Confirmed,
    EnsureResponder,
    GiveRole,
    Handover,
    Outcome,
    RemoteChange,
    TakeRole,
    Unsupported,
)
from dd_incident_roles.sync.entries.changes import (
    CreateEntry,
    DeleteEntry,
    DeleteSpare,
    EntryChange,
    UpdateEntry,
)
from dd_incident_roles.sync.entries.listing import EntryListing
from dd_incident_roles.sync.ports import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """The resources of one Datadog that roles live in."""

    incidents: Incidents
    responders: Responders
    assignments: RoleAssignments
    roles: Roles
    fields: Fields
    timeline: Timeline


def endpoints(session: Session) -> Endpoints:
    """Join the resources over one session."""
    return Endpoints(
        incidents=Incidents(session),
        responders=Responders(session),
        assignments=RoleAssignments(session),
        roles=Roles(session),
        fields=Fields(session),
        timeline=Timeline(session),
    )


class DatadogTarget:
    """The roles and timelines of incidents in one Datadog.

    ``catalogue_of`` tells the roles of an incident, which may have some of its own.
    """

    name = "datadog"

    def __init__(
        self,
        api: Endpoints,
        directory: Directory,
        *,
        catalogue_of: Callable[[IncidentId], Catalogue],
        cache: Cache,
        with_timeline: bool = True,
        timeline_required: bool = False,
    ) -> None:
        self._api = api
        self._directory = directory
        self._catalogue_of = catalogue_of
        self._offers = Offers(api.roles, api.fields, cache)
        self._teams = ResponseTeams(api.responders, api.assignments, self._offers, cache)
        self._timeline = TimelineTarget(api.timeline, directory, cache)
        self._with_timeline = with_timeline
        self._timeline_required = timeline_required

    def read(self, incident_id: IncidentId) -> Reading:
        """Read one incident with its roles and entries; raises rather than returning a part."""
        reading = self._situation(incident_id).reading()
        if not self._with_timeline:
            return reading
        try:
            listing = self._timeline.read(incident_id)
        except UnexpectedAnswer as error:
            # A timeline that cannot be understood must not hold up who leads the incident.
            return replace(reading, failures=(error,))
        match listing:
            case EntryListing(writable=True):
                return replace(reading, timeline=listing)
            case EntryListing(reason=reason):
                missed = self._missed(reason or "The timeline can only be read", "incident_write")
                return replace(reading, timeline=listing, failures=missed)
            case NoTimeline(reason=reason):
                missed = self._missed(reason, "incident_read")
                return replace(reading, no_timeline=reason, failures=missed)

    def probe_again(self) -> None:
        """Ask once more for what was refused earlier: a person waits for the answer."""
        self._offers.probe_again()
        self._timeline.probe_again()

    def _missed(self, reason: str, permission: str) -> tuple[UnexpectedAnswer, ...]:
        """A timeline that the settings demand is missed in every run that lacks it."""
        if not self._timeline_required:
            return ()
        hint = (
            f"Give the application key and its owner the permission {permission}, or set the "
            'timeline to "auto" to do without.'
        )
        return (UnexpectedAnswer(f"{reason.rstrip('.')}, and the settings demand it.", hint=hint),)

    def perform(self, incident_id: IncidentId, change: RemoteChange) -> Outcome:
        """Read again what the change touches, write it once, and confirm it.

        A person who cannot be given a role, such as one whose account was deactivated meanwhile, is
        refused like a write that Datadog refuses.
        """
        try:
            return self._perform(incident_id, change)
        except UsageError as error:
            raise Refused(error.message, hint=error.hint) from error

    def _perform(self, incident_id: IncidentId, change: RemoteChange) -> Outcome:
        match change:
            case EnsureResponder(person=person):
                return self._ensure_responder(incident_id, person)
            case Handover(role=role, before=before, after=after):
                situation = self._situation(incident_id)
                return self._writer(role, situation).hand_over(situation, role, before, after)
            case GiveRole(role=role, person=person):
                situation = self._situation(incident_id)
                return self._writer(role, situation).give(situation, role, person)
            case TakeRole(role=role, person=person):
                situation = self._situation(incident_id)
                return self._writer(role, situation).take(situation, role, person)
            case CreateEntry() | UpdateEntry() | DeleteEntry() | DeleteSpare():
                return self._timeline.perform(incident_id, change)

    def _situation(self, incident_id: IncidentId) -> Situation:
        reading, team = self._read_whole(incident_id)
        incident = reading.incident
        included = {**(team.listing.users if team else {}), **reading.users}
        rows = team.listing.responders if team else ()
        given = {each.who for each in team.given} if team else set()
        wanted = [
            user_id for user_id in (incident.commander, *(row.user_id for row in rows)) if user_id
        ]
        persons = self._directory.behind(
            wanted,
            included,
            holders=[each for each in wanted if each in {incident.commander, *given}],
        )
        outside = {row.who: self._directory.outsider(row) for row in rows if row.user_id is None}
        return Situation(
            incident=incident,
            team=team,
            persons={
                **{
                    user_id: person
                    for user_id, person in persons.items()
                    if self._directory.is_somebody(person)
                },
                **outside,
            },
            shown_commander=persons.get(incident.commander) if incident.commander else None,
            offer=self._offers.of(incident, responders=team is not None),
            catalogue=self._catalogue_of(incident_id),
            named=self._directory.key_named,
        )

    def _read_whole(self, incident_id: IncidentId) -> tuple[IncidentReading, ResponseTeam | None]:
        """The incident with its response team; both once more where they contradict each other.

        Somebody may have left between the two requests.
        """
        reading = self._api.incidents.get(incident_id)
        team = self._team(incident_id)
        if team is None or contradiction_of(reading, team.listing) is None:
            return reading, team
        reading = self._api.incidents.get(incident_id)
        team = self._team(incident_id)
        if team is not None:
            team = replace(team, contradiction=contradiction_of(reading, team.listing))
        return reading, team

    def _team(self, incident_id: IncidentId) -> ResponseTeam | None:
        """The response team, None where Datadog offers no responders at all.

        The incident was just read, so that a 404 here is about the endpoint.
        """
        try:
            return self._teams.read(incident_id)
        except (NotFound, Forbidden, Refused):
            return None

    def _ensure_responder(self, incident_id: IncidentId, person: PersonKey) -> Confirmed:
        user_id = self._directory.user_id(person)
        listing = self._api.responders.list(incident_id)
        present = listing.of_user(user_id)
        if present:
            return Confirmed(holder=person, remote_id=present.id, already=True)
        # Whoever is added is mailed, so an empty list is not believed against the incident itself.
        empty = not listing.responders
        if empty and (why := contradiction_of(self._api.incidents.get(incident_id), listing)):
            raise contradicted(why)
        added = self._api.responders.add(incident_id, user_id)
        return Confirmed(holder=person, remote_id=added.id)

    def _writer(self, role: RoleKey, situation: Situation) -> RoleWriter:
        rung = situation.rungs[role]
        if rung is Rung.ASSIGNMENT and situation.team and (why := situation.team.contradiction):
            raise contradicted(why)
        match rung:
            case Rung.COMMANDER:
                return CommanderWriter(self._api.incidents, self._directory)
            case Rung.FIELD:
                return FieldWriter(self._api.fields, self._directory)
            case Rung.ASSIGNMENT | Rung.RESPONDER | Rung.NOTHING:
                return AssignmentWriter(self._api.assignments, self._offers, self._directory)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoTimeline:
    """Datadog shows no timeline; nothing follows from that about any entry."""

    reason: str


class TimelineTarget:
    """The timelines of incidents in one Datadog."""

    def __init__(self, timeline: Timeline, directory: Directory, cache: Cache) -> None:
        self._entries = TimelineEntries(timeline, directory, cache)
        self._offer = TimelineOffer(cache)
        self._writer = EntryWriter(timeline, self._entries, Dialects(cache), self._offer)

    def probe_again(self) -> None:
        """Ask once more for what was refused."""
        self._offer.probe_again()

    def read(self, incident_id: IncidentId) -> EntryListing | NoTimeline:
        """Read a whole timeline; raises DatadogError rather than returning a part.

        The incident must have been read just before, so that a 404 is about the endpoint.
        """
        if why := self._offer.why_unreadable():
            return NoTimeline(reason=why)
        try:
            listing = self._entries.read(incident_id)
        except (NotFound, Forbidden, Refused) as error:
            return NoTimeline(reason=self._offer.reading_declined(error))
        self._offer.reading_works()
        read_only = self._offer.why_read_only(incident_id)
        return replace(listing, writable=read_only is None, reason=read_only)

    def perform(self, incident_id: IncidentId, change: EntryChange) -> EntryOutcome:
        """Look again at what the change touches, write it once, and confirm it."""
        if why := self._offer.why_read_only(incident_id):
            return Unsupported(reason=why)
        match change:
            case CreateEntry(entry=entry):
                return self._writer.create(incident_id, entry)
            case UpdateEntry(entry=entry, remote_id=remote_id, seen=seen):
                return self._writer.update(incident_id, entry, remote_id, seen)
            case DeleteEntry(remote_id=remote_id, seen=seen):
                return self._writer.delete(incident_id, remote_id, seen)
            case DeleteSpare(remote_id=remote_id, seen=seen, stays=stays):
                return self._writer.delete(incident_id, remote_id, seen, beside=stays)
