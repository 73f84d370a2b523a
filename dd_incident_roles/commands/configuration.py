"""The configuration of one call of the program: all that is known without record and Datadog."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.policy.policy import Policy
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.roles.people import People
from dd_incident_roles.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Settings, roles, policy and people; ``catalogue`` is as the policy has it.

    ``policy_problem`` is why the policy file was left out, where a command can do without it.
    """

    settings: Settings
    catalogue: Catalogue
    policy: Policy
    people: People
    policy_problem: ConfigurationError | None = None
