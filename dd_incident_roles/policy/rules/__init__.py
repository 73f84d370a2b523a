"""Every rule there is, by its id; a rule that is not in this table does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.policy.rules.no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.policy.rules.not_evaluated import NOT_EVALUATED
from dd_incident_roles.policy.rules.role_vacant import ROLE_VACANT

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "IR001": NO_INCIDENT_MANAGER,
        "IR010": ROLE_VACANT,
        "IR099": NOT_EVALUATED,
    }
)
"""The rules in the order of their ids."""
