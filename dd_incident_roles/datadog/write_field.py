"""Roles as property fields of the incident: a list of e-mails that is read, changed and written."""

from __future__ import annotations

from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.fields import Fields
from dd_incident_roles.datadog.role_fields import field_with, holders_in_field
from dd_incident_roles.datadog.situation import Situation
from dd_incident_roles.datadog.writer import found_instead
from dd_incident_roles.errors import WriteNotConfirmed
from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.sync.changes import Confirmed, Outcome, Outdated

TEXT_ARRAY = "textarray"
"""The type that a role's field is made with (released client)."""


class FieldWriter:
    """Writes the holders of a role into its field."""

    def __init__(self, fields: Fields, directory: Directory) -> None:
        self._fields = fields
        self._directory = directory

    def hand_over(
        self,
        situation: Situation,
        role: RoleKey,
        before: frozenset[PersonKey],
        after: PersonKey | None,
    ) -> Outcome:
        """Put one holder in the place of the others, in one write."""
        present = situation.holders(role)
        if present == ({after} if after else set()):
            return Confirmed(holder=after, already=True)
        if not present - {after} <= before:
            return Outdated(found=found_instead(role, present))
        return self._write(situation, role, add=after, remove=present - {after})

    def give(self, situation: Situation, role: RoleKey, person: PersonKey) -> Outcome:
        """Add one holder and keep the others."""
        if person in situation.holders(role):
            return Confirmed(holder=person, already=True)
        return self._write(situation, role, add=person, remove=frozenset())

    def take(self, situation: Situation, role: RoleKey, person: PersonKey) -> Outcome:
        """Remove one holder and keep the others."""
        if person not in situation.holders(role):
            return Confirmed(holder=None, already=True)
        return self._write(situation, role, add=None, remove=frozenset({person}))

    def _write(
        self,
        situation: Situation,
        role: RoleKey,
        *,
        add: PersonKey | None,
        remove: frozenset[PersonKey],
    ) -> Confirmed:
        name = situation.catalogue.role(role).field_name
        texts = field_with(
            situation.incident.fields.get(name),
            situation.named,
            add=(add, self._directory.text_of(add)) if add else None,
            remove=remove,
        )
        shown = self._fields.write(situation.incident.id, name, texts, type_name=TEXT_ARRAY)
        holders = holders_in_field(shown, situation.named).holders
        if (add is not None and add not in holders) or remove & holders:
            raise WriteNotConfirmed(
                f"Datadog took the new value of the field {name} and shows another one.",
                hint=f"dd-incident-roles sync {situation.incident.public_id}",
                ambiguous=True,
            )
        return Confirmed(holder=add)
