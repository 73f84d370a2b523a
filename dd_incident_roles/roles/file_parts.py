"""The parts of a configuration file, each of which begins with the version of its form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from dd_incident_roles.roles.faults import Faults
from dd_incident_roles.roles.yaml_nodes import Node

_VERSION = 1


def file_parts(
    root: Node, faults: Faults, *, required: Collection[str] = (), optional: Collection[str] = ()
) -> Mapping[str, Node]:
    """What is there of a file, with a fault for a wrong version and each wrong or missing key."""
    faults.note(root.misfits(required=("version", *required), optional=optional))
    parts = root.value if isinstance(root.value, Mapping) else MappingProxyType({})
    if "version" in parts:
        faults.attempt(lambda: _check_version(parts["version"]))
    return parts


def _check_version(node: Node) -> None:
    if node.integer(least=1) != _VERSION:
        raise node.refusal(f"this version reads only version {_VERSION} of the file")
