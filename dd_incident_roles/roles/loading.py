"""Reading the catalogue of roles from its file, whole and strictly.

An organisation's own file replaces the shipped one; nothing is merged, so that what the file says
is all there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.roles.catalogue import Catalogue, NamedRole, Role, folded
from dd_incident_roles.roles.condition_loading import Priorities
from dd_incident_roles.roles.defaults import shipped_file, shipped_name
from dd_incident_roles.roles.faults import Faults
from dd_incident_roles.roles.file_parts import file_parts
from dd_incident_roles.roles.role_loading import load_role
from dd_incident_roles.roles.yaml_nodes import Node
from dd_incident_roles.roles.yaml_reading import read_yaml

ROLES_FILE = "roles.yaml"
"""What the shipped catalogue is called."""


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Read an organisation's file, or without one the shipped catalogue.

    Raises ConfigurationError that names the file, the key, the value and the line.
    """
    if path is None:
        return read_catalogue(shipped_file(ROLES_FILE), name=shipped_name(ROLES_FILE))
    return read_catalogue(path)


def read_catalogue(source: Path | Traversable, *, name: str | None = None) -> Catalogue:
    """Read a catalogue that is called ``name`` in messages; raises ConfigurationError."""
    faults = Faults()
    catalogue = gather_catalogue(read_yaml(source, name=name), faults)
    faults.refuse()
    return catalogue


def gather_catalogue(root: Node, faults: Faults) -> Catalogue:
    """Read what can be read of a catalogue, and keep the faults of the rest.

    Without the priorities no role is read, since any of them may name one.
    """
    parts = file_parts(root, faults, required=("roles",), optional=("priorities",))
    priorities = _priorities(parts, faults)
    nodes = faults.attempt(parts["roles"].items) if "roles" in parts else None
    if priorities is None or nodes is None:
        return Catalogue(roles=(), file=root.file)
    loaded = faults.each(nodes, lambda node: load_role(node, priorities))
    faults.note(_doubled_names(loaded))
    faults.note(_wrong_exclusions(loaded, _keys(nodes)))
    if INCIDENT_MANAGER not in _keys(nodes):
        faults.note([_no_incident_manager(parts["roles"])])
    return Catalogue(roles=tuple(role for _, role in loaded), file=root.file, priorities=priorities)


def _priorities(parts: Mapping[str, Node], faults: Faults) -> Priorities | None:
    if "priorities" not in parts:
        return MappingProxyType({})
    entries = faults.attempt(parts["priorities"].entries)
    if entries is None:
        return None
    # The name of a faulty one stands for itself, so that not every use of it is a fault as well.
    priorities: dict[str, tuple[str, ...]] = {name: (name,) for name in entries}
    for (name, _), severities in faults.each(
        entries.items(), lambda entry: tuple(each.text() for each in entry[1].some_texts())
    ):
        priorities[name] = severities
    faults.note(_doubled_priorities(entries))
    return MappingProxyType(priorities)


def _doubled_priorities(entries: Mapping[str, Node]) -> Iterator[ConfigurationError]:
    seen: set[str] = set()
    for name, value in entries.items():
        if name.casefold() in seen:
            yield value.refusal("the priority is there twice, in another case")
        seen.add(name.casefold())


def _keys(nodes: Iterable[Node]) -> frozenset[str]:
    """The keys of all entries, of those with a fault elsewhere too."""
    entries = (node.value for node in nodes if isinstance(node.value, Mapping))
    return frozenset(
        key.value
        for entry in entries
        if (key := entry.get("key")) is not None and isinstance(key.value, str)
    )


def _no_incident_manager(node: Node) -> ConfigurationError:
    return node.refusal(
        f"no role has the key {INCIDENT_MANAGER}",
        hint="Every catalogue has one role with this key and datadog: commander.",
    )


def _doubled_names(loaded: Iterable[tuple[Node, Role]]) -> Iterator[ConfigurationError]:
    taken: dict[str, Role] = {}
    shown: dict[str, Role] = {}
    for node, role in loaded:
        own: set[str] = set()
        for part, name in _named(node):
            other = taken.setdefault(folded(name), role)
            if other is not role:
                yield part.refusal(f"is already a name of the role {other.key}")
            elif part.path.startswith(f"{node.path}.aliases") and folded(name) in own:
                yield part.refusal("is already a name of this role")
            own.add(folded(name))
        if isinstance(role.datadog, NamedRole):
            other = shown.setdefault(folded(role.datadog.name), role)
            if other is not role:
                place = node.entries()["datadog"].entries()["role"]
                yield place.refusal(f"is already what Datadog calls the role {other.key}")


def _named(node: Node) -> Iterator[tuple[Node, str]]:
    parts = node.entries()
    yield parts["key"], parts["key"].text()
    yield parts["title"], parts["title"].text()
    if "aliases" in parts:
        yield from ((alias, alias.text()) for alias in parts["aliases"].items())


def _wrong_exclusions(
    loaded: Iterable[tuple[Node, Role]], keys: frozenset[str]
) -> Iterator[ConfigurationError]:
    for node, role in loaded:
        if not role.excludes:
            continue
        for place, exclusion in zip(node.entries()["excludes"].items(), role.excludes, strict=True):
            if exclusion.role not in keys:
                yield place.refusal(f"no role has the key {exclusion.role!r}")
            if exclusion.role == role.key:
                yield place.refusal("a role cannot exclude itself")
