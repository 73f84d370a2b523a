"""From ``requirements`` of the policy to what is required of each role that it names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dd_incident_roles.configuration.known import Known
from dd_incident_roles.model import RoleKey
from dd_incident_roles.roles.catalogue import Requirement
from dd_incident_roles.roles.faults import Faults
from dd_incident_roles.roles.role_loading import load_requirement
from dd_incident_roles.roles.yaml_nodes import Node


def gather_requirements(
    node: Node, faults: Faults, known: Known
) -> Mapping[RoleKey, tuple[Requirement, ...]]:
    """Read the requirements of all roles that are named; an empty list requires nobody."""
    requirements: dict[RoleKey, tuple[Requirement, ...]] = {}
    lines: dict[RoleKey, int] = {}

    def open_role(entry: tuple[str, Node]) -> RoleKey:
        name, place = entry
        role = known.role(name, place).key
        if role in lines:
            raise place.refusal(f"the role {role} is already there on line {lines[role]}")
        lines[role] = place.line
        return role

    roles = faults.each((faults.attempt(node.entries) or {}).items(), open_role)
    for (_, place), role in roles:
        items = faults.attempt(place.items) or ()
        loaded = faults.each(items, lambda item: load_requirement(item, known.priorities))
        requirements[role] = tuple(requirement for _, requirement in loaded)
    return MappingProxyType(requirements)
