"""What a command says of what it did, and of what holds for a role."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.report.sentences import devised_notice
from dd_incident_roles.roles.statements import DevisedRole
from tests.report.cases import DECLARED, NOW

BO = PersonKey("bo@corp.example")
PLAIN = DevisedRole(
    key=RoleKey("network_liaison"),
    title="Network Liaison",
    is_single=True,
    devised=DECLARED,
    devised_by="ana@corp.example",
)
BEGUN = "Network Liaison was devised by Ana for this incident"
CASES = {
    "for everybody, for good": (PLAIN, f"{BEGUN}."),
    "for two": (
        replace(PLAIN, may_hold=(BO, PersonKey("carol@corp.example"))),
        f"{BEGUN}; it may be held by Bo, Carol.",
    ),
    "until later today": (
        replace(PLAIN, until=NOW + timedelta(hours=2)),
        f"{BEGUN}; until 17:12 UTC (in 2 h).",
    ),
    "until tomorrow": (
        replace(PLAIN, until=NOW + timedelta(days=1)),
        f"{BEGUN}; until 2026-01-02 15:12 UTC (in 1 d).",
    ),
    "lapsed a while ago": (
        replace(PLAIN, until=NOW - timedelta(minutes=12)),
        f"{BEGUN}; it lapsed at 15:00 UTC (12 min ago).",
    ),
    "lapses at this instant": (
        replace(PLAIN, until=NOW),
        f"{BEGUN}; it lapsed at 15:12 UTC (under 1 min ago).",
    ),
    "everything": (
        replace(PLAIN, may_hold=(BO,), until=NOW + timedelta(minutes=90)),
        f"{BEGUN}; it may be held by Bo; until 16:42 UTC (in 1 h 30 min).",
    ),
}


@pytest.mark.parametrize(("devised", "sentence"), CASES.values(), ids=CASES)
def test_the_terms_of_a_devised_role(devised: DevisedRole, sentence: str) -> None:
    """One sentence says who devised the role, who may hold it and for how long."""

    def name(key: str) -> str:
        return key.partition("@")[0].title()

    assert devised_notice(devised, name, NOW) == sentence
