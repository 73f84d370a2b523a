"""An account that has a role with nobody behind it who could answer."""

from __future__ import annotations

from enum import StrEnum

from dd_incident_roles.model import Person
from dd_incident_roles.policy.facts import Facts, FactsMissing
from dd_incident_roles.policy.surroundings import Account

_GENERIC_USER = "slack app user"


class StandIn(StrEnum):
    """What stands in the place of a person, in the words of a finding."""

    SERVICE_ACCOUNT = "a service account"
    DEACTIVATED = "a deactivated account"
    NO_USER = "no user in Datadog"


def stand_in(facts: Facts, person: Person) -> StandIn | None:
    """What is there in the place of a person, or None where it is one.

    Raises FactsMissing where nobody could look at the account. An incident that is declared from
    Slack by somebody without a user is given a commander named ``Slack app user`` (Datadog's
    documentation of declaring an incident).
    """
    if (person.name or "").strip().casefold() == _GENERIC_USER:
        return StandIn.NO_USER
    match facts.account(person):
        case Account.PERSON:
            return None
        case Account.SERVICE_ACCOUNT:
            return StandIn.SERVICE_ACCOUNT
        case Account.DEACTIVATED:
            return StandIn.DEACTIVATED


def is_stand_in(facts: Facts, person: Person) -> bool:
    """Whether it is known that nobody stands behind an account; unknown counts as somebody."""
    try:
        return stand_in(facts, person) is not None
    except FactsMissing:
        return False
