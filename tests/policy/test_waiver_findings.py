"""What is said of waivers that are over or not needed, so that none of them rots unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dd_incident_roles.policy.finding import SourceLocation
from dd_incident_roles.policy.policy import RuleSetting
from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.policy.rules.ir09x_of_the_engine import WAIVER_EXPIRED, WAIVER_UNUSED
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.roles.conditions import (
    SeverityIs,
)
from tests.policy.cases import SCRIBE, SUPPORT
from tests.policy.waivers import FINDING, NOW, RULES, WAIVER, judged, when


def test_a_waiver_that_is_over_is_a_finding_of_its_own() -> None:
    """It says whose it was, what it covered, when it ended and where it stands."""
    over = replace(
        WAIVER,
        incident=1001,
        role=SCRIBE,
        when=when(SeverityIs(values=("SEV-1",))),
        expires=date(2025, 12, 30),
    )
    finding, expired = judged(over)
    assert finding == FINDING
    assert (expired.rule, expired.name, expired.level) == ("IR090", "waiver-expired", Level.WARNING)
    assert (expired.incident, expired.place) == (None, SourceLocation("policy.yaml", 7))
    assert expired.subject == over.subject
    assert expired.since == datetime(2025, 12, 31, tzinfo=UTC)
    assert expired.fix == "dd-incident-roles catalog lint"
    assert expired.message == (
        "The waiver of IR010 by ada@corp.example, for IR-1001 and the role scribe in SEV-1, ended "
        "on 2025-12-30, 2 days ago, and covers nothing any more. "
        "Remove it or renew it at policy.yaml:7."
    )


def test_a_waiver_that_ended_yesterday_says_one_day() -> None:
    """The message counts days as people say them."""
    _, expired = judged(replace(WAIVER, expires=date(2025, 12, 31), stream="db"))
    assert "for every incident and the stream 'db', ended on 2025-12-31, 1 day ago" in (
        expired.message
    )


@pytest.mark.parametrize(
    ("created", "since"),
    [
        (date(2025, 12, 24), datetime(2025, 12, 24, tzinfo=UTC)),
        (None, datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_waiver_that_covers_nothing_is_a_finding_of_its_own(
    created: date | None, since: datetime
) -> None:
    """A whole check says which waiver nothing needs, and since when at the latest."""
    idle = replace(WAIVER, role=SUPPORT, created=created)
    finding, unused = judged(idle, is_whole=True)
    assert finding == FINDING
    assert (unused.rule, unused.name, unused.level) == ("IR091", "waiver-unused", Level.WARNING)
    assert (unused.incident, unused.place) == (None, SourceLocation("policy.yaml", 7))
    assert (unused.subject, unused.since) == (idle.subject, since)
    assert unused.fix == "dd-incident-roles catalog lint"
    assert unused.message == (
        "The waiver of IR010 by ada@corp.example, for every incident and the role "
        "customer_support_lead, covers nothing that was found. Remove it, or narrow it to what it "
        "is for, at policy.yaml:7."
    )


def test_a_check_of_some_incidents_calls_no_waiver_needless() -> None:
    """What was not looked at may well be what the waiver is for."""
    assert judged(replace(WAIVER, role=SUPPORT), is_whole=False) == (FINDING,)


def test_a_waiver_that_is_used_is_not_needless() -> None:
    """One finding that it covers is enough."""
    assert [finding.rule for finding in judged(WAIVER, is_whole=True)] == ["IR010"]


def test_a_waiver_that_is_over_is_not_called_needless_as_well() -> None:
    """One thing to say about a waiver is enough."""
    results = judged(replace(WAIVER, expires=date(2025, 1, 1)), findings=(), is_whole=True)
    assert [finding.rule for finding in results] == ["IR090"]


def test_a_waiver_of_a_rule_that_was_not_asked_is_not_needless() -> None:
    """Nothing can be known of the findings of a rule that was ignored or is off."""
    rules = tuple(rule for rule in RULES if rule != ROLE_VACANT)
    assert judged(WAIVER, findings=(), rules=rules, is_whole=True) == ()


@pytest.mark.parametrize("rule", [WAIVER_EXPIRED, WAIVER_UNUSED])
def test_a_rule_about_waivers_that_is_not_asked_says_nothing(rule: Rule) -> None:
    """Each of the two can be ignored, and the other is asked all the same."""
    over = replace(WAIVER, expires=date(2025, 1, 1))
    idle = replace(WAIVER, role=SUPPORT)
    rules = tuple(each for each in RULES if each != rule)
    (left,) = judged(over, idle, findings=(), rules=rules, is_whole=True)
    assert left.rule == ({"IR090", "IR091"} - {rule.id}).pop()


@pytest.mark.parametrize("rule", ["IR090", "IR091"])
def test_the_policy_sets_the_level_of_what_is_said_of_waivers(rule: str) -> None:
    """An organisation can make a waiver that is over, or needless, an error."""
    setting = RuleSetting(place=SourceLocation("policy.yaml", 2), level=Level.ERROR)
    results = judged(
        replace(WAIVER, expires=date(2025, 1, 1)),
        replace(WAIVER, role=SUPPORT),
        findings=(),
        settings={rule: setting},
        is_whole=True,
    )
    assert {finding.rule: finding.level for finding in results} == {
        "IR090": Level.WARNING,
        "IR091": Level.WARNING,
    } | {rule: Level.ERROR}


def test_waivers_say_the_same_in_every_run() -> None:
    """A day later the finding about a waiver is the same one, whatever its words."""
    over = replace(WAIVER, expires=date(2025, 12, 1))
    (first,) = judged(over, findings=())
    (second,) = judged(over, findings=(), now=NOW + timedelta(days=1))
    assert first.fingerprint == second.fingerprint
    assert first.since == second.since
    assert first.message != second.message
