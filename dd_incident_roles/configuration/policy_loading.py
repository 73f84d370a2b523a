"""Reading the policy from its file, whole and strictly.

An organisation's own file replaces the shipped one; nothing is merged, so that what the file says
is all there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from importlib.resources.abc import Traversable
from pathlib import Path

from dd_incident_roles.configuration.exclusion_loading import gather_exclusions
from dd_incident_roles.configuration.known import Known
from dd_incident_roles.configuration.requirement_loading import gather_requirements
from dd_incident_roles.configuration.rule_settings import gather_rule_settings
from dd_incident_roles.configuration.waiver_loading import gather_waivers
from dd_incident_roles.policy.level import FailOn
from dd_incident_roles.policy.policy import Policy
from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.roles.defaults import shipped_file, shipped_name
from dd_incident_roles.roles.faults import Faults
from dd_incident_roles.roles.file_parts import file_parts
from dd_incident_roles.roles.yaml_nodes import Node
from dd_incident_roles.roles.yaml_reading import read_yaml

POLICY_FILE = "policy.yaml"
"""What the shipped policy is called."""

_PARTS = (
    *("rules", "private_incidents", "requirements", "exclusions", "waivers"),
    "note_in_timeline",
)
_MAY_BE_EMPTY = ("requirements", "exclusions", "waivers")


class _Private(StrEnum):
    REDACTED = "redacted"
    SHOWN = "shown"


def load_policy(
    path: Path | None, *, catalogue: Catalogue, rules: Mapping[str, Rule], today: date
) -> Policy:
    """Read an organisation's file, or without one the shipped policy.

    ``today`` is a day in UTC. Raises ConfigurationError that names the file, the key, the value and
    the line.
    """
    known = Known(catalogue=catalogue, rules=rules, today=today)
    if path is None:
        return read_policy(shipped_file(POLICY_FILE), known, name=shipped_name(POLICY_FILE))
    return read_policy(path, known)


def read_policy(source: Path | Traversable, known: Known, *, name: str | None = None) -> Policy:
    """Read a policy that is called ``name`` in messages; raises ConfigurationError."""
    faults = Faults()
    policy = gather_policy(read_yaml(source, name=name), faults, known)
    faults.refuse()
    return policy


def gather_policy(root: Node, faults: Faults, known: Known) -> Policy:
    """Read what can be read of a policy, and keep the faults of the rest."""
    parts = _given(file_parts(root, faults, optional=_PARTS))
    private = parts.get("private_incidents")
    chosen = None if private is None else faults.attempt(lambda: private.choice(_Private))
    noting = parts.get("note_in_timeline")
    noted = None if noting is None else faults.attempt(lambda: noting.choice(FailOn))
    return Policy(
        file=root.file,
        rules=gather_rule_settings(parts["rules"], faults, known) if "rules" in parts else {},
        requirements=gather_requirements(parts["requirements"], faults, known)
        if "requirements" in parts
        else {},
        exclusions=gather_exclusions(parts["exclusions"], faults, known)
        if "exclusions" in parts
        else None,
        waivers=gather_waivers(parts["waivers"], faults, known) if "waivers" in parts else (),
        shows_private=chosen is _Private.SHOWN,
        noted=noted or FailOn.NEVER,
    )


def _given(parts: Mapping[str, Node]) -> Mapping[str, Node]:
    """The parts that say something: a key whose body is all comments is not there."""
    return {
        key: node
        for key, node in parts.items()
        if not (key in _MAY_BE_EMPTY and node.value is None)
    }
