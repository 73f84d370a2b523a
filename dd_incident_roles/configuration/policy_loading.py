"""Reading the policy from its file, whole and strictly.

An organisation's own file replaces the shipped one; nothing is merged, so that what the file says
is all there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from importlib.resources.abc import Traversable
from itertools import combinations
from pathlib import Path
from types import MappingProxyType

from dd_incident_roles.configuration.known import Known
from dd_incident_roles.configuration.waiver_loading import gather_waivers
from dd_incident_roles.model import RoleKey
from dd_incident_roles.policy.level import FailOn
from dd_incident_roles.policy.place import Place
from dd_incident_roles.policy.policy import ExclusionSetting, Policy, RuleSetting
from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.policy.rules.ir099_not_evaluated import NOT_EVALUATED
from dd_incident_roles.roles.catalogue import Catalogue, Level, Requirement
from dd_incident_roles.roles.condition_loading import load_condition, load_duration
from dd_incident_roles.roles.conditions import ALWAYS
from dd_incident_roles.roles.defaults import shipped_file, shipped_name
from dd_incident_roles.roles.faults import Faults
from dd_incident_roles.roles.file_parts import file_parts
from dd_incident_roles.roles.role_loading import load_requirement
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


class _Asked(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    OFF = "off"


def gather_rule_settings(node: Node, faults: Faults, known: Known) -> Mapping[str, RuleSetting]:
    """Read the settings of all rules, by the ids of the rules."""
    settings: dict[str, RuleSetting] = {}

    def read(entry: tuple[str, Node]) -> None:
        name, place = entry
        rule = known.rule(name, place)
        if rule.id in settings:
            line = settings[rule.id].place.line
            raise place.refusal(f"the rule {rule.id} is already set on line {line}")
        settings[rule.id] = load_rule_setting(place, rule)

    faults.each((faults.attempt(node.entries) or {}).items(), read)
    return MappingProxyType(settings)


def load_rule_setting(node: Node, rule: Rule) -> RuleSetting:
    """Read how one rule is asked: a level alone, or a level and a grace."""
    faults = Faults()
    alone = isinstance(node.value, str)
    parts = {"level": node} if alone else faults.table(node, optional=("level", "grace"))
    asked: _Asked | None = faults.part(parts, "level", lambda part: _asked(part, rule))
    grace: timedelta | None = faults.part(parts, "grace", lambda part: _grace(part, rule))
    faults.stop()
    is_off = asked is _Asked.OFF
    return RuleSetting(
        place=Place(node.file, node.line),
        level=None if asked is None or is_off else Level(asked.value),
        grace=grace,
        is_off=is_off,
    )


def _asked(node: Node, rule: Rule) -> _Asked:
    asked = node.choice(_Asked)
    if asked is _Asked.OFF and rule.id == NOT_EVALUATED.id:
        raise node.refusal(
            f"{rule.id} cannot be switched off",
            hint="A check that could not look must not pass for one that found nothing.",
        )
    return asked


def _grace(node: Node, rule: Rule) -> timedelta:
    grace = load_duration(node)
    if rule.grace is None:
        raise node.refusal(
            f"the rule {rule.id} has no grace of its own",
            hint="How long a required role may stay empty is 'after' of each of its requirements.",
        )
    return grace
