"""From an entry of ``rules`` to how a rule is asked; raises ConfigurationError at the fault."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from dd_incident_roles.configuration.known import Known
from dd_incident_roles.policy.place import Place
from dd_incident_roles.policy.policy import RuleSetting
from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.policy.rules.ir099_not_evaluated import NOT_EVALUATED
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.roles.condition_loading import load_duration
from dd_incident_roles.roles.faults import Faults
from dd_incident_roles.roles.yaml_nodes import Node


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
