"""What a policy file is read against: the roles, the rules and the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dd_incident_roles.errors import UnknownRole, UsageError
from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.policy.selection import find_rule
from dd_incident_roles.roles.catalogue import Catalogue, Role
from dd_incident_roles.roles.condition_loading import Priorities
from dd_incident_roles.roles.yaml_nodes import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The catalogue, every rule by its id, and today's date in UTC."""

    catalogue: Catalogue
    rules: Mapping[str, Rule]
    today: date

    @property
    def priorities(self) -> Priorities:
        """What the priorities of the catalogue mean."""
        return self.catalogue.priorities

    def role(self, text: str, place: Node) -> Role:
        """The role of a key, title or alias; raises ConfigurationError at the place."""
        try:
            return self.catalogue.find(text)
        except UnknownRole as error:
            raise place.refusal(f"no role is called {text!r}", hint=error.hint) from error

    def rule(self, text: str, place: Node) -> Rule:
        """The rule of an id or name; raises ConfigurationError at the place."""
        try:
            return find_rule(self.rules, text)
        except UsageError as error:
            raise place.refusal(f"no rule is called {text!r}", hint=error.hint) from error
