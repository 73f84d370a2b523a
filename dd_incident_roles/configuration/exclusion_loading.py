"""From ``exclusions`` of the policy to pairs of roles that one person must not hold together."""

from __future__ import annotations

from itertools import combinations

from dd_incident_roles.configuration.known import Known
from dd_incident_roles.model import RoleKey
from dd_incident_roles.policy.place import Place
from dd_incident_roles.policy.policy import ExclusionSetting
from dd_incident_roles.roles.condition_loading import load_condition
from dd_incident_roles.roles.conditions import ALWAYS
from dd_incident_roles.roles.faults import Faults
from dd_incident_roles.roles.yaml_nodes import Node

_FEWEST = 2


def gather_exclusions(node: Node, faults: Faults, known: Known) -> tuple[ExclusionSetting, ...]:
    """Read all exclusions; one of several roles is one for each pair of them."""
    loaded = faults.each(faults.attempt(node.items) or (), lambda item: load_exclusion(item, known))
    return tuple(exclusion for _, exclusions in loaded for exclusion in exclusions)


def load_exclusion(node: Node, known: Known) -> tuple[ExclusionSetting, ...]:
    """Read one exclusion; raises ConfigurationError at the fault."""
    faults = Faults()
    parts = faults.table(node, required=("roles",), optional=("when",))
    when = faults.part(parts, "when", lambda part: load_condition(part, known.priorities), ALWAYS)
    roles = faults.part(parts, "roles", lambda part: _roles(part, known))
    faults.stop()
    return tuple(
        ExclusionSetting(role=role, other=other, place=Place(node.file, node.line), when=when)
        for role, other in combinations(roles, 2)
    )


def _roles(node: Node, known: Known) -> tuple[RoleKey, ...]:
    roles: list[RoleKey] = []

    def read(item: Node) -> None:
        role = known.role(item.text(), item).key
        if role in roles:
            raise item.refusal(f"the role {role} is there twice")
        roles.append(role)

    faults = Faults()
    faults.each(node.items(), read)
    faults.stop()
    if len(roles) < _FEWEST:
        raise node.refusal(f"must name at least {_FEWEST} roles")
    return tuple(roles)
