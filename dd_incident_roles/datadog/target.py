"""Datadog as a target of the sync: read one incident whole, write one change at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.capabilities import CapabilityCache, RoleBackend
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.failures import if_offered
from dd_incident_roles.datadog.fields import Fields
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.incidents import IncidentReading, Incidents
from dd_incident_roles.datadog.responders import ResponderListing, Responders, contradiction_of
from dd_incident_roles.datadog.role_writer import RoleWriter
from dd_incident_roles.datadog.roles import Roles
from dd_incident_roles.datadog.snapshot import IncidentSnapshot
from dd_incident_roles.datadog.timeline import Timeline
from dd_incident_roles.datadog.timeline_target import NoTimeline, TimelineTarget
from dd_incident_roles.errors import Refused, UnexpectedAnswer, UsageError
from dd_incident_roles.model import IncidentId, PersonKey
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.sync.targets import (
    Confirmed,
    EnsureResponder,
    EntryListing,
    GiveRole,
    Handover,
    Reading,
    RemoteChange,
    TakeRole,
    WriteOutcome,
)
from dd_incident_roles.words import clause


class DatadogTarget:
    """The roles and timelines of incidents in one Datadog.

    ``catalogue_of`` says which roles an incident has, which may have some of its own.
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
    ) -> None:
        self._incidents = incidents
        self._directory = directory
        self._catalogue_of = catalogue_of
        self._with_timeline = with_timeline
        self._timeline_required = timeline_required
        self._capabilities = CapabilityCache(Roles(session), Fields(session), cache)
        self._responders = Responders(session, self._capabilities, cache)
        self._writer = RoleWriter(incidents, self._responders, self._capabilities, directory)
        timeline = Timeline(session, directory, cache)
        self._timeline = TimelineTarget(timeline, self._capabilities, cache)

    def read(self, incident_id: IncidentId) -> Reading:
        """Read one incident with its roles and entries; raises rather than returning a part."""
        reading = self._snapshot(incident_id).reading()
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
                lacking = self._demand(reason or "The timeline can only be read", "incident_write")
                return replace(reading, timeline=listing, failures=lacking)
            case NoTimeline(reason=reason):
                lacking = self._demand(reason, "incident_read")
                return replace(reading, no_timeline=reason, failures=lacking)

    def _demand(self, reason: str, permission: str) -> tuple[UnexpectedAnswer, ...]:
        """A timeline that the settings demand is missed in every run that lacks it."""
        if not self._timeline_required:
            return ()
        hint = (
            f"Give the application key and its owner the permission {permission}, or set the "
            'timeline to "auto" to do without.'
        )
        return (UnexpectedAnswer(f"{clause(reason)}, and the settings demand it.", hint=hint),)

    def probe_again(self) -> None:
        """Ask once more for what was refused earlier: a person waits for the answer."""
        self._capabilities.probe_again()

    def perform(self, incident_id: IncidentId, change: RemoteChange) -> WriteOutcome:
        """Read again what the change touches, write it once, and confirm it.

        A person who cannot be given a role, such as one whose account was deactivated meanwhile, is
        refused like a write that Datadog refuses.
        """
        try:
            match change:
                case EnsureResponder(person=person):
                    return self._ensure_responder(incident_id, person)
                case Handover() | GiveRole() | TakeRole():
                    snapshot = self._snapshot(incident_id)
                    listing = snapshot.listing
                    is_assigned = snapshot.backend(change.role) is RoleBackend.ASSIGNMENT
                    if is_assigned and listing and (error := listing.contradiction_error()):
                        raise error
                    return self._writer.perform(snapshot, change)
                case _:
                    return self._timeline.perform(incident_id, change)
        except UsageError as error:
            raise Refused(error.message, hint=error.hint) from error

    def _snapshot(self, incident_id: IncidentId) -> IncidentSnapshot:
        reading, listing = self._read_whole(incident_id)
        incident = reading.incident
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
        return IncidentSnapshot(
            incident=incident,
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

    def _read_whole(
        self, incident_id: IncidentId
    ) -> tuple[IncidentReading, ResponderListing | None]:
        """The incident with its responders; both once more where they contradict each other.

        The listing is None where Datadog offers no responders at all: the incident was just read,
        so that a 404 is about the endpoint.
        """
        reading = self._incidents.get(incident_id)
        listing = if_offered(lambda: self._responders.read(incident_id))
        if listing is None or contradiction_of(reading, listing) is None:
            return reading, listing
        # Somebody may have left between the two requests.
        reading = self._incidents.get(incident_id)
        listing = if_offered(lambda: self._responders.read(incident_id))
        if listing is not None:
            listing = replace(listing, contradiction=contradiction_of(reading, listing))
        return reading, listing

    def _ensure_responder(self, incident_id: IncidentId, person: PersonKey) -> Confirmed:
        user_id = self._directory.user_id(person)
        listing = self._responders.list(incident_id)
        present = listing.of_user(user_id)
        if present:
            return Confirmed(holder=person, remote_id=present.id, already=True)
        # Whoever is added is mailed, so an empty list is not believed against the incident itself.
        if not listing.responders:
            why = contradiction_of(self._incidents.get(incident_id), listing)
            if error := replace(listing, contradiction=why).contradiction_error():
                raise error
        added = self._responders.add(incident_id, user_id)
        return Confirmed(holder=person, remote_id=added.id)
