"""Roles written into Datadog: looked at before, written once in the way that shows them, confirmed.

The commander is one atomic write. A property field is a list of e-mails that is read, changed and
written whole. Role assignments (unreleased) are made and deleted one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dd_incident_roles.datadog.capabilities import CapabilityCache, Part, RoleBackend
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.fields import field_with, holders_in_field
from dd_incident_roles.datadog.incidents import Incidents
from dd_incident_roles.datadog.responders import Responders
from dd_incident_roles.datadog.snapshot import IncidentSnapshot
from dd_incident_roles.errors import DatadogError, Forbidden, NotFound, Refused, WriteNotConfirmed
from dd_incident_roles.model import Incident, PersonKey, RoleKey
from dd_incident_roles.sync.targets import (
    Confirmed,
    GiveRole,
    Handover,
    Outdated,
    TakeRole,
    Unsupported,
    WriteOutcome,
)
from dd_incident_roles.words import command, incident_label

TEXT_ARRAY = "textarray"
"""The type that a role's field is made with (released client)."""

_NOT_OFFERED = "Datadog does not offer role assignments to these keys"


class RoleWriter:
    """Writes the holders of roles; a write that would change nothing is not made."""

    def __init__(
        self,
        incidents: Incidents,
        responders: Responders,
        capabilities: CapabilityCache,
        directory: Directory,
    ) -> None:
        self._incidents = incidents
        self._responders = responders
        self._capabilities = capabilities
        self._directory = directory

    def perform(
        self, snapshot: IncidentSnapshot, change: Handover | GiveRole | TakeRole
    ) -> WriteOutcome:
        """Carry out one change of an incident that was read just before.

        Raises DatadogError, and WriteNotConfirmed when Datadog shows something else afterwards.
        """
        role, backend = change.role, snapshot.backend(change.role)
        assigned = snapshot.assignments(role) if backend is RoleBackend.ASSIGNMENT else {}
        present = snapshot.holders(role)
        # Nobody is commander beside another one: to give or take that role is to replace or empty.
        affected = present if backend is RoleBackend.COMMANDER else frozenset[PersonKey]()
        if isinstance(change, Handover):
            add, before = change.after, change.before
            leaving = present - {add}
        elif isinstance(change, GiveRole):
            add, before = change.person, frozenset()
            leaving = affected - {add}
        else:
            add, before = None, frozenset({change.person})
            leaving = affected | (present & before)
        # Somebody has it by now whom nobody decided to displace: the next run plans again.
        if not leaving <= before:
            names = ", ".join(sorted(present)) or "nobody"
            return Outdated(found=f"{role} is held by {names} now")
        if not leaving and (add is None or add in present):
            return Confirmed(holder=add, remote_id=assigned.get(add) if add else None, already=True)
        match backend:
            case RoleBackend.COMMANDER:
                return self._set_commander(snapshot.incident, add)
            case RoleBackend.FIELD:
                return self._write_field(snapshot, role, add, leaving)
            case RoleBackend.ASSIGNMENT | RoleBackend.RESPONDER | RoleBackend.NOTHING:
                rows = [row for person, row in assigned.items() if person in leaving]
                return self._reassign(snapshot, role, add, rows)

    def _set_commander(self, incident: Incident, person: PersonKey | None) -> Confirmed:
        wanted = self._directory.user_id(person) if person else None
        if self._incidents.set_commander(incident.id, wanted) != wanted:
            label = incident_label(incident.public_id)
            raise WriteNotConfirmed(
                f"Datadog took the new commander of {label} and still shows another one.",
                hint=f"Look at the incident in Datadog, then: "
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
            raise WriteNotConfirmed(
                f"Datadog took the new value of the field {name} and shows another one.",
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
        refused = self._capabilities.seen(Part.ROLE_ASSIGNMENTS) is False
        if definition is None or listing is None or refused:
            return Unsupported(reason=_NOT_OFFERED)
        responder = snapshot.outside(person) or listing.of_user(self._directory.user_id(person))
        if responder is None:
            return Outdated(found=f"{person} is not among the responders")
        try:
            made = self._responders.assign(responder.id, definition.id)
        except (Forbidden, NotFound, Refused) as error:
            return self._explain_refusal(error)
        self._capabilities.note_working(Part.ROLE_ASSIGNMENTS)
        return Confirmed(holder=person, remote_id=made)

    def _remove(self, leaving: list[str]) -> WriteOutcome:
        for number, assignment_id in enumerate(leaving):
            try:
                self._responders.unassign(assignment_id)
            except DatadogError as error:
                # Once one was removed, a refusal of the next is no word about the endpoint.
                if number == 0 and isinstance(error, Forbidden | Refused):
                    return self._explain_refusal(error)
                error.ambiguous = error.ambiguous or number > 0
                raise
        return Confirmed(holder=None, already=not leaving)

    def _explain_refusal(self, error: DatadogError) -> Unsupported:
        """Tell a missing endpoint from a refusal; only one that never worked can be missing."""
        missing = isinstance(error, NotFound | Forbidden) or error.status in {405, 501}
        if missing and not self._capabilities.seen(Part.ROLE_ASSIGNMENTS):
            self._capabilities.note_refused(Part.ROLE_ASSIGNMENTS)
            return Unsupported(reason=_NOT_OFFERED)
        raise error


@contextmanager
def _ambiguous_after(begun: bool) -> Iterator[None]:
    """Once a first half is in place, even a clear refusal leaves something behind."""
    try:
        yield
    except DatadogError as error:
        error.ambiguous = error.ambiguous or begun
        raise
