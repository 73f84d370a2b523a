"""The documents of ``roles list`` and ``roles show`` as JSON."""

from __future__ import annotations

from collections.abc import Iterable

from dd_incident_roles.report.document import JsonValue, document
from dd_incident_roles.roles.catalogue import Exclusion, NamedRole, Requirement, Role
from dd_incident_roles.roles.describe import describe
from dd_incident_roles.roles.durations import format_duration


def roles_json(roles: Iterable[Role]) -> str:
    """Roles with all that the catalogue says of them."""
    return document("roles", {"roles": [_role(role) for role in roles]})


def _role(role: Role) -> JsonValue:
    return {
        "key": role.key,
        "title": role.title,
        "aliases": list(role.aliases),
        "summary": role.summary,
        "responsibilities": list(role.responsibilities),
        "holders": role.holders.value,
        "streams": role.streams.value,
        "suggested_streams": list(role.suggested_streams),
        "datadog": _datadog(role),
        "excludes": [_exclusion(exclusion) for exclusion in role.excludes],
        "required": [_requirement(requirement) for requirement in role.required],
    }


def _datadog(role: Role) -> JsonValue:
    match role.datadog:
        case NamedRole(name=name):
            return {"role": name}
        case _:
            return "commander"


def _exclusion(exclusion: Exclusion) -> JsonValue:
    return {"role": exclusion.role, "when": describe(exclusion.when)}


def _requirement(requirement: Requirement) -> JsonValue:
    return {
        "when": describe(requirement.when),
        "after": format_duration(requirement.after),
        "level": requirement.level.value,
    }
