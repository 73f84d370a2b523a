"""What people stated about one incident as plain dictionaries: what the record must agree with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import assert_never

from dd_incident_roles.model import RoleKey
from dd_incident_roles.roles.statements import (
    Correct,
    Correction,
    Decide,
    Devise,
    DevisedRole,
    Handoff,
    Propose,
    Statement,
)
from tests.store.memory_timeline import Refused


@dataclass(slots=True)
class MemoryStatements:
    """Everything in the order in which it was first stated."""

    handoffs: dict[str, Handoff] = field(default_factory=dict)
    corrections: dict[str, Correction] = field(default_factory=dict)
    devised: dict[RoleKey, DevisedRole] = field(default_factory=dict)

    def change(self, edit: Statement, taken: Collection[str]) -> None:
        """Take in one edit; ``taken`` are the ids that statements of any incident have."""
        match edit:
            case Propose(handoff=new):
                waiting = {(old.role, old.stream) for old in self.open_handoffs()}
                if (
                    new.id in taken
                    or (new.role, new.stream) in waiting
                    or new.expires <= new.proposed
                ):
                    raise Refused("proposed")
                self.handoffs[new.id] = new
            case Decide(handoff_id=identity):
                if identity not in {each.id for each in self.open_handoffs()}:
                    raise Refused("not open")
                self.handoffs[identity] = replace(
                    self.handoffs[identity],
                    outcome=edit.outcome,
                    decided=edit.at,
                    decided_by=edit.by,
                )
            case Correct(correction=correction):
                if correction.id in taken or correction.until <= correction.since:
                    raise Refused("corrected")
                self.corrections[correction.id] = correction
            case Devise(role=role):
                self.devised[role.key] = role
            case _:
                assert_never(edit)

    def open_handoffs(self) -> list[Handoff]:
        """Those that nobody answered."""
        return [each for each in self.handoffs.values() if each.outcome is None]
