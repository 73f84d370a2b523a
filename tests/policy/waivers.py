"""A waiver, a finding that it covers, and what becomes of the two."""

from __future__ import annotations

from datetime import date, datetime

from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import Finding, IncidentRef, SourceLocation
from dd_incident_roles.policy.judge import waive
from dd_incident_roles.policy.policy import Policy, Rule, RuleSetting, Waiver
from dd_incident_roles.policy.rules.ir001_no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.policy.rules.ir09x_of_the_engine import (
    NOT_EVALUATED,
    WAIVER_EXPIRED,
    WAIVER_UNUSED,
)
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.roles.conditions import Condition, Test
from tests.policy.cases import DECLARED, TECH_LEAD, at, facts

NOW = at(60)
TODAY = date(2026, 1, 1)
RULES = (NO_INCIDENT_MANAGER, ROLE_VACANT, WAIVER_EXPIRED, WAIVER_UNUSED, NOT_EVALUATED)

WAIVER = Waiver(
    rule="IR010",
    reason="The scribe is on leave.",
    owner="ada@corp.example",
    expires=date(2026, 1, 31),
    place=SourceLocation("policy.yaml", 7),
)

FACTS = facts()
FINDING = Finding(
    rule="IR010",
    name="role-vacant",
    level=Level.ERROR,
    incident=IncidentRef.of(FACTS.incident),
    message="Nobody is Tech Lead.",
    since=DECLARED,
    fix="dd-incident-roles assign 1001 tl PERSON",
    role=TECH_LEAD,
    stream="database",
)


def when(*tests: Test) -> Condition:
    """A condition of these tests."""
    return Condition(tests=tests)


def judged(
    *waivers: Waiver,
    findings: tuple[Finding, ...] = (FINDING,),
    about: Facts = FACTS,
    settings: dict[str, RuleSetting] | None = None,
    rules: tuple[Rule, ...] = RULES,
    now: datetime = NOW,
    is_whole: bool = False,
) -> tuple[Finding, ...]:
    """What becomes of the findings."""
    policy = Policy(file="policy.yaml", waivers=waivers, rules=settings or {})
    return waive(findings, [about], policy, rules=rules, now=now, is_whole=is_whole)
