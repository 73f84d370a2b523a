"""The command that is offered for a role."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import Holding
from dd_incident_roles.roles.catalogue import Holders, Role, Streams
from dd_incident_roles.suggesting.suggest import offered_command
from tests.policy.cases import ADA, BO, SCRIBE, TECH_LEAD, held
from tests.suggesting.candidates import MANAGER_ROLE, PLACES, SCRIBE_ROLE, incident_with

LEAD = PLACES.role(TECH_LEAD)
LOOSE_LEAD = replace(LEAD, streams=Streams.OPTIONAL)
MANY = replace(SCRIBE_ROLE, holders=Holders.MANY)

CASES: dict[str, tuple[Role, tuple[Holding, ...], str]] = {
    "an empty role": (SCRIBE_ROLE, (), "assign 1001 scribe x@y"),
    "the short name of the manager": (MANAGER_ROLE, (), "assign 1001 im x@y"),
    "a held role": (
        MANAGER_ROLE,
        (held(INCIDENT_MANAGER),),
        "handoff 1001 im x@y",
    ),
    "a role for many": (MANY, (held(SCRIBE),), "assign 1001 scribe x@y"),
    "a stream is required": (LEAD, (), "assign 1001 tech_lead x@y --stream STREAM"),
    "a stream may be named": (LOOSE_LEAD, (), "assign 1001 tech_lead x@y"),
    "held in a stream": (
        LEAD,
        (held(TECH_LEAD, stream="web shop"),),
        "handoff 1001 tech_lead x@y --stream 'web shop'",
    ),
    "held in several streams": (
        LOOSE_LEAD,
        (held(TECH_LEAD, by=ADA), held(TECH_LEAD, stream="web", by=BO)),
        "handoff 1001 tech_lead x@y --stream STREAM",
    ),
    "held without a stream": (
        LOOSE_LEAD,
        (held(TECH_LEAD),),
        "handoff 1001 tech_lead x@y",
    ),
}


@pytest.mark.parametrize(("role", "holdings", "command"), CASES.values(), ids=CASES)
def test_the_command(role: Role, holdings: tuple[Holding, ...], command: str) -> None:
    """An empty role is assigned, a held one handed over, each with the stream that it needs."""
    about = incident_with(*holdings)
    assert offered_command(about, role, "x@y") == f"dd-incident-roles {command}"


def test_a_hostile_name_is_one_word() -> None:
    """Text from Datadog does nothing in the shell of whoever pastes the command."""
    for about in (incident_with(), incident_with(held(SCRIBE))):
        assert "'$(rm -r ~); x'" in offered_command(about, SCRIBE_ROLE, "$(rm -r ~); x")


def test_a_person_is_named_in_a_private_incident() -> None:
    """The command is for whoever asked, and of no use without the name."""
    about = incident_with()
    private = replace(about, incident=replace(about.incident, private=True))
    assert offered_command(private, SCRIBE_ROLE, "x@y").endswith(" x@y")
