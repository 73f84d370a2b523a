"""The ways in which Datadog can show a role, best first, and which one an incident offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from dd_incident_roles.datadog.wire.roles import RoleDefinition
from dd_incident_roles.model import RoleKey
from dd_incident_roles.roles.catalogue import Catalogue, CommanderRole, NamedRole, Role


class Rung(StrEnum):
    """One way to show who holds a role; the value is kept in the record's links."""

    COMMANDER = "commander"
    ASSIGNMENT = "assignment"
    FIELD = "field"
    RESPONDER = "responder"
    NOTHING = "nothing"

    @property
    def is_readable(self) -> bool:
        """Whether Datadog can say who holds the role, and not only that somebody takes part."""
        return self in {Rung.COMMANDER, Rung.ASSIGNMENT, Rung.FIELD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What Datadog offers for one incident, as far as it is known.

    ``assignments`` is True once an assignment was read or made, False once the endpoint was seen to
    be missing or forbidden, and None while nobody knows. ``definitions`` are by case-folded name;
    they are empty and ``definitions_known`` is False where Datadog does not tell them.
    """

    responders: bool
    assignments: bool | None
    definitions: Mapping[str, RoleDefinition] = field(default_factory=lambda: MappingProxyType({}))
    definitions_known: bool = True
    fields: frozenset[str] = frozenset()


def definition_of(role: Role, offer: Offer) -> RoleDefinition | None:
    """Find Datadog's definition of a role of the catalogue, by its name in any case."""
    match role.datadog:
        case NamedRole(name=name):
            return offer.definitions.get(name.casefold())
        case CommanderRole():
            return None


def rung_of(role: Role, offer: Offer) -> Rung:
    """Choose how a role is shown in Datadog; the commander is always within reach.

    A property field that an administrator made for the role wins over assignments that nobody has
    seen working: it says that the organisation keeps its roles there.
    """
    assignable = offer.responders and definition_of(role, offer) is not None
    if isinstance(role.datadog, CommanderRole):
        return Rung.COMMANDER
    if assignable and offer.assignments:
        return Rung.ASSIGNMENT
    if role.field_name in offer.fields:
        return Rung.FIELD
    if assignable and offer.assignments is None:
        return Rung.ASSIGNMENT
    return Rung.RESPONDER if offer.responders else Rung.NOTHING


def rungs(catalogue: Catalogue, offer: Offer) -> dict[RoleKey, Rung]:
    """Choose the rung of every role of the catalogue."""
    return {role.key: rung_of(role, offer) for role in catalogue.roles}


def lacks_definition(role: Role, rung: Rung, offer: Offer) -> bool:
    """Whether a role is out of reach because Datadog, which tells what it defines, lacks it."""
    is_out_of_reach = rung is Rung.RESPONDER and offer.assignments is not False
    return is_out_of_reach and offer.definitions_known and definition_of(role, offer) is None


def why_not(role: Role, rung: Rung, offer: Offer) -> str:
    """Say in one sentence why Datadog cannot show who holds a role."""
    if rung is Rung.NOTHING:
        return "recorded here; Datadog gives no access to responders, so it shows nothing"
    if lacks_definition(role, rung, offer):
        return "recorded here; Datadog defines no such role, so it shows a responder without it"
    return "recorded here; Datadog shows a responder without the role"
