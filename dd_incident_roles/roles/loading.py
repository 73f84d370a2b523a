"""Reading the catalogue of roles from its file, whole and strictly.

An organisation's own file replaces the shipped one; nothing is merged, so that what the file says
is all there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.roles.catalogue import Catalogue, NamedRole, Role, folded
from dd_incident_roles.roles.condition_loading import Priorities
from dd_incident_roles.roles.defaults import shipped_file, shipped_name
from dd_incident_roles.roles.role_loading import load_role
from dd_incident_roles.roles.yaml_nodes import Node
from dd_incident_roles.roles.yaml_reading import read_yaml

_FILE = "roles.yaml"
_VERSION = 1


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Read an organisation's file, or without one the shipped catalogue.

    Raises ConfigurationError that names the file, the key, the value and the line.
    """
    if path is None:
        return read_catalogue(shipped_file(_FILE), name=shipped_name(_FILE))
    return read_catalogue(path)


def read_catalogue(source: Path | Traversable, *, name: str | None = None) -> Catalogue:
    """Read a catalogue that is called ``name`` in messages; raises ConfigurationError."""
    root = read_yaml(source, name=name)
    parts = root.table(required=("version", "roles"), optional=("priorities",))
    if parts["version"].integer(least=1) != _VERSION:
        raise parts["version"].refusal(f"this version reads only version {_VERSION} of the file")
    priorities = _priorities(parts["priorities"]) if "priorities" in parts else MappingProxyType({})
    nodes = parts["roles"].items()
    roles = tuple(load_role(node, priorities) for node in nodes)
    _check_names(nodes, roles)
    _check_exclusions(nodes, roles)
    if not any(role.key == INCIDENT_MANAGER for role in roles):
        raise parts["roles"].refusal(
            f"no role has the key {INCIDENT_MANAGER}",
            hint="Every catalogue has one role with this key and datadog: commander.",
        )
    return Catalogue(roles=roles, file=root.file, priorities=priorities)


def _priorities(node: Node) -> Priorities:
    priorities: dict[str, tuple[str, ...]] = {}
    seen: set[str] = set()
    for name, value in node.entries().items():
        if name.casefold() in seen:
            raise value.refusal("the priority is there twice, in another case")
        seen.add(name.casefold())
        priorities[name] = tuple(severity.text() for severity in value.some_texts())
    return MappingProxyType(priorities)


def _check_names(nodes: Sequence[Node], roles: Sequence[Role]) -> None:
    taken: dict[str, Role] = {}
    shown: dict[str, Role] = {}
    for node, role in zip(nodes, roles, strict=True):
        own: set[str] = set()
        for part, name in _named(node):
            other = taken.setdefault(folded(name), role)
            if other is not role:
                raise part.refusal(f"is already a name of the role {other.key}")
            if part.path.startswith(f"{node.path}.aliases") and folded(name) in own:
                raise part.refusal("is already a name of this role")
            own.add(folded(name))
        if isinstance(role.datadog, NamedRole):
            other = shown.setdefault(folded(role.datadog.name), role)
            if other is not role:
                place = node.entries()["datadog"].entries()["role"]
                raise place.refusal(f"is already what Datadog calls the role {other.key}")


def _named(node: Node) -> Iterator[tuple[Node, str]]:
    parts = node.entries()
    yield parts["key"], parts["key"].text()
    yield parts["title"], parts["title"].text()
    if "aliases" in parts:
        yield from ((alias, alias.text()) for alias in parts["aliases"].items())


def _check_exclusions(nodes: Sequence[Node], roles: Sequence[Role]) -> None:
    keys = {role.key for role in roles}
    for node, role in zip(nodes, roles, strict=True):
        if not role.excludes:
            continue
        for place, exclusion in zip(node.entries()["excludes"].items(), role.excludes, strict=True):
            if exclusion.role not in keys:
                raise place.refusal(f"no role has the key {exclusion.role!r}")
            if exclusion.role == role.key:
                raise place.refusal("a role cannot exclude itself")
