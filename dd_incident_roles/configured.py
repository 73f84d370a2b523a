"""Settings, roles, policy and people: what needs neither keys nor record nor Datadog.

It is apart from the whole application, lest a check of a file loads what speaks to Datadog.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from dd_incident_roles.configuration import people_file, policy_file, roles_file
from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.policy.policy import Policy
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.roles.people import People
from dd_incident_roles.settings import Settings, load_settings
from dd_incident_roles.values import frozen


@frozen
class Configuration:
    """Settings, roles, policy and people; ``catalogue`` is as the policy has it.

    ``policy_problem`` is why the policy file was left out, where a command can do without it.
    """

    settings: Settings
    catalogue: Catalogue
    policy: Policy
    people: People
    policy_problem: ConfigurationError | None = None


def load_configuration(
    config: str | None,
    options: Mapping[str, object],
    *,
    today: date,
    environ: Mapping[str, str] | None = None,
    needs_policy: bool = True,
) -> Configuration:
    """Read the settings and every file that they name.

    ``today`` is the day in UTC as of which waivers are read. Raises ConfigurationError for settings
    and files that cannot be used; a policy that is not needed is left out instead.
    """
    settings = load_settings(config, options, environ)
    catalogue = roles_file.load_catalogue(settings.roles)
    problem = None
    try:
        policy = policy_file.load_policy(
            settings.policy, catalogue=catalogue, rules=RULES, today=today
        )
    except ConfigurationError as error:
        if needs_policy:
            raise
        # In the middle of an incident a slip in a waiver must not keep anybody from a role.
        policy, problem = Policy(file=str(settings.policy)), error
    return Configuration(
        settings=settings,
        catalogue=policy.applied_to(catalogue),
        policy=policy,
        people=people_file.load_people(settings.people),
        policy_problem=problem,
    )
