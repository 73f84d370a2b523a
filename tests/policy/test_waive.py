"""Waivers: what they cover and what they do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.judge import Question, judge, waive
from dd_incident_roles.policy.policy import (
    FailOn,
    Finding,
    IncidentRef,
    Policy,
    Rule,
    RuleSetting,
    SourceLocation,
    Waiver,
)
from dd_incident_roles.policy.rules.ir001_no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.policy.rules.ir09x_of_the_engine import (
    NOT_EVALUATED,
    WAIVER_EXPIRED,
    WAIVER_UNUSED,
)
from dd_incident_roles.roles.catalogue import (
    Condition,
    CustomerImpacted,
    FieldIs,
    IncidentTypeIs,
    Level,
    OpenFor,
    RespondersOver,
    SeverityIs,
    StateIs,
    Test,
)
from tests.policy.cases import DECLARED, SCRIBE, SUPPORT, TECH_LEAD, at, facts, incident, seen

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


COVERING: dict[str, Waiver] = {
    "the rule alone": WAIVER,
    "its incident": replace(WAIVER, incident=1001),
    "its role": replace(WAIVER, role=TECH_LEAD),
    "its stream": replace(WAIVER, stream="database"),
    "its severity": replace(WAIVER, when=when(SeverityIs(values=("sev-1",)))),
    "its age": replace(WAIVER, when=when(OpenFor(length=timedelta(hours=1)))),
    "its responders": replace(WAIVER, when=when(RespondersOver(number=2))),
    "everything at once": replace(
        WAIVER,
        incident=1001,
        role=TECH_LEAD,
        stream="database",
        when=when(SeverityIs(values=("SEV-1",)), CustomerImpacted(value=False)),
    ),
    "its last day": replace(WAIVER, expires=TODAY),
}

OTHER: dict[str, Waiver] = {
    "another rule": replace(WAIVER, rule="IR001"),
    "another rule of the same beginning": replace(WAIVER, rule="IR01"),
    "another incident": replace(WAIVER, incident=1002),
    "another incident of the same beginning": replace(WAIVER, incident=100),
    "another role": replace(WAIVER, role=SCRIBE),
    "another stream": replace(WAIVER, stream="network"),
    "the role, in another stream": replace(WAIVER, role=TECH_LEAD, stream="network"),
    "the stream, of another role": replace(WAIVER, role=SCRIBE, stream="database"),
    "the role, in another incident": replace(WAIVER, role=TECH_LEAD, incident=1002),
    "another severity": replace(WAIVER, when=when(SeverityIs(values=("SEV-2",)))),
    "another state": replace(WAIVER, when=when(StateIs(values=("stable",)))),
    "customer impact": replace(WAIVER, when=when(CustomerImpacted(value=True))),
    "a longer incident": replace(WAIVER, when=when(OpenFor(length=timedelta(minutes=61)))),
    "more responders": replace(WAIVER, when=when(RespondersOver(number=3))),
    "one test of two": replace(
        WAIVER, when=when(SeverityIs(values=("SEV-1",)), CustomerImpacted(value=True))
    ),
    "a type that the incident lacks": replace(
        WAIVER, when=when(IncidentTypeIs(values=("outage",)))
    ),
    "a field that the incident lacks": replace(
        WAIVER, when=when(FieldIs(name="team", values=("db",)))
    ),
    "the incident, and another severity": replace(
        WAIVER, incident=1001, when=when(SeverityIs(values=("SEV-2",)))
    ),
    "yesterday": replace(WAIVER, expires=date(2025, 12, 31)),
    "everything, long ago": replace(COVERING["everything at once"], expires=date(2025, 1, 1)),
}


@pytest.mark.parametrize("name", COVERING)
def test_a_waiver_covers_what_fits_every_part(name: str) -> None:
    """Such a finding says by whose word it stands, why, and until when, and fails nothing."""
    waiver = COVERING[name]
    (finding,) = judged(waiver, rules=(ROLE_VACANT,))
    assert finding == replace(FINDING, waived=waiver)
    assert not finding.is_active


@pytest.mark.parametrize("name", OTHER)
def test_a_waiver_covers_nothing_else(name: str) -> None:
    """One part that does not fit is enough for the finding to stand as it was."""
    assert judged(OTHER[name], rules=(ROLE_VACANT,)) == (FINDING,)


@pytest.mark.parametrize(("stream", "covers"), [("database", True), ("network", False)])
def test_a_waiver_of_a_stream_fits_where_the_stream_may_not_be_told(
    stream: str, covers: bool
) -> None:
    """A finding of a private incident does not show its stream, and has one all the same."""
    private = replace(FINDING, stream=None, distinct="database")
    (finding,) = judged(replace(WAIVER, stream=stream), findings=(private,), rules=(ROLE_VACANT,))
    assert (finding.waived is not None) is covers
    assert finding.stream is None


def test_a_waiver_of_a_crowd_does_not_fit_where_nobody_could_count() -> None:
    """An unknown fact fits nothing: what nobody could look at is not let pass."""
    waiver = replace(WAIVER, when=when(RespondersOver(number=0)))
    assert judged(waiver, about=facts(responders=None), rules=(ROLE_VACANT,)) == (FINDING,)


def test_a_waiver_looks_at_the_incident_as_it_is_now() -> None:
    """A severity that the incident had an hour ago is no part of what a waiver covers."""
    about = facts(observations=(seen(1, "SEV-2"), seen(30, "SEV-1")))
    before = replace(WAIVER, when=when(SeverityIs(values=("SEV-2",))))
    after = replace(WAIVER, when=when(SeverityIs(values=("SEV-1",))))
    assert judged(before, about=about)[0].waived is None
    assert judged(after, about=about)[0].waived is not None


def test_a_condition_is_asked_of_the_incident_of_the_finding() -> None:
    """Of two incidents only the one that fits has its finding waived."""
    second = facts(incident("SEV-2", public_id=1002))
    finding = replace(FINDING, incident=IncidentRef.of(second.incident))
    policy = Policy(
        file="policy.yaml",
        waivers=(replace(WAIVER, when=when(SeverityIs(values=("SEV-2",)))),),
    )
    results = waive(
        [FINDING, finding], [FACTS, second], policy, rules=RULES, now=NOW, is_whole=True
    )
    assert [each.waived is not None for each in results] == [False, True]


@pytest.mark.parametrize("rule", ["IR099", "IR090", "IR091"])
def test_what_says_that_something_is_amiss_with_the_check_is_never_waived(rule: str) -> None:
    """No waiver hides that a rule could not be decided, or that a waiver is over."""
    finding = replace(FINDING, rule=rule)
    results = judged(replace(WAIVER, rule=rule), findings=(finding,), rules=(ROLE_VACANT,))
    assert results == (finding,)


MIDNIGHT = datetime(2026, 2, 1, tzinfo=UTC)
TOKYO, HONOLULU = timezone(timedelta(hours=9)), timezone(timedelta(hours=-10))


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (datetime(2026, 1, 31, tzinfo=UTC), True),
        (MIDNIGHT - timedelta(microseconds=1), True),
        ((MIDNIGHT - timedelta(seconds=1)).astimezone(TOKYO), True),
        ((MIDNIGHT - timedelta(seconds=1)).astimezone(HONOLULU), True),
        (MIDNIGHT, False),
        (MIDNIGHT.astimezone(TOKYO), False),
        (MIDNIGHT.astimezone(HONOLULU), False),
        (MIDNIGHT + timedelta(days=365), False),
    ],
)
def test_the_last_day_ends_at_midnight_utc(now: datetime, holds: bool) -> None:
    """A waiver holds to the end of its last day in UTC, on whatever clock it is looked at."""
    finding, *others = judged(WAIVER, now=now)
    assert (finding.waived is not None) is holds
    assert [each.rule for each in others] == ([] if holds else ["IR090"])


def test_the_first_of_two_waivers_is_named_and_both_are_used() -> None:
    """The order of the file decides, and neither of two that overlap is called needless."""
    second = replace(WAIVER, owner="bo@corp.example", role=TECH_LEAD)
    for first, other in ((WAIVER, second), (second, WAIVER)):
        (finding,) = judged(first, other, is_whole=True)
        assert finding.waived is not None
        assert finding.waived.owner == first.owner


def test_a_waiver_that_is_over_makes_way_for_one_that_holds() -> None:
    """The renewed waiver is the one that is named, and the old one is reported."""
    renewed = replace(WAIVER, owner="bo@corp.example")
    finding, over = judged(replace(WAIVER, expires=date(2025, 12, 31)), renewed)
    assert finding.waived is not None
    assert finding.waived.owner == "bo@corp.example"
    assert over.rule == "IR090"


def test_a_whole_check_passes_by_a_waiver() -> None:
    """From rules to exit code: what is waived is told and fails nothing, and the rest does."""
    policy = Policy(
        file="policy.yaml",
        waivers=(
            replace(WAIVER, rule="IR001", role=INCIDENT_MANAGER),
            replace(WAIVER, role=SCRIBE),
        ),
    )
    question = Question(rules=RULES, now=NOW, policy=policy, is_whole=True)
    verdict = judge(question, [facts()])
    assert [finding.rule for finding in verdict.findings] == ["IR001", "IR010"]
    assert (verdict.waived, verdict.exit_code(FailOn.WARNING)) == (2, 0)
    bare = judge(replace(question, policy=Policy(file="policy.yaml")), [facts()])
    assert bare.exit_code(FailOn.WARNING) == 1


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
        "The waiver of IR010 by ada@corp.example, for IR-1001 and the role scribe in "
        "SEV-1, expired on 2025-12-30, 2 days ago. Remove or renew it at "
        "policy.yaml:7."
    )


def test_a_waiver_that_ended_yesterday_says_one_day() -> None:
    """The message counts days as people say them."""
    _, expired = judged(replace(WAIVER, expires=date(2025, 12, 31), stream="db"))
    assert "for every incident and the stream 'db', expired on 2025-12-31, 1 day ago" in (
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
        "customer_support_lead, covers no finding. Remove it, or narrow it to what it "
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
