"""Giving a role and taking it: the ledger, and the entry of the timeline that tells of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from dd_incident_roles.model import Assignment, IncidentId, Person, PersonKey
from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.find_author import own_name
from dd_incident_roles.operations.record_then_sync import Carried, Decision, record_then_sync
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.ledger import LedgerChange
from dd_incident_roles.sync.entries.state import PutEntry
from dd_incident_roles.sync.state import Edit, IncidentState, SettleConflict
from dd_incident_roles.timeline.role_entries import role_entry

Decide = Callable[[Sequence[Assignment]], LedgerChange]
"""Decides what a command does to the ledger, given everything the record holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged:
    """What a command changed in the record, and what became of it in Datadog.

    ``unverified`` says that nobody could ask Datadog whether the person exists.
    """

    role: Role
    carried: Carried[LedgerChange]
    unverified: bool = False
    people: Mapping[PersonKey, Person] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def change(self) -> LedgerChange:
        """What the command did to the ledger."""
        return self.carried.change

    @property
    def exit_code(self) -> int:
        """0 when everything that was asked for is done, 3 when the change waits in the record."""
        return self.carried.exit_code


def change_role(
    application: Application,
    incident_id: IncidentId,
    role: Role,
    decide: Decide,
    *,
    sync: bool,
    removals: int = 0,
    people: Mapping[PersonKey, Person] = MappingProxyType({}),
) -> RoleChanged:
    """Record a change of a role, with the entry that tells of it, and carry both to Datadog.

    ``people`` are those whom the record may not know yet; ``removals`` is how many holders the
    command itself takes away on purpose.
    """

    def name(key: PersonKey) -> str:
        return (people.get(key) or application.person(key)).label

    def decision(state: IncidentState) -> Decision[LedgerChange]:
        change = decide(state.assignments)
        entry = role_entry(
            change, role, name, application.clock(), own_name(application, people.values())
        )
        edits: list[Edit] = list(change.edits)
        if entry:
            edits.append(PutEntry(entry=entry))
        edits.extend(
            SettleConflict(role=conflict.role)
            for conflict in state.conflicts
            if conflict.role == role.key
        )
        return Decision(change=change, edits=tuple(edits))

    carried = record_then_sync(application, incident_id, decision, sync=sync, removals=removals)
    return RoleChanged(role=role, carried=carried, people=people)
