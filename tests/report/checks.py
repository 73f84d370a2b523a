"""Checks to report about, and texts from outside that try everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import Any

from dd_incident_roles.model import IncidentId
from dd_incident_roles.policy.clock import Measures
from dd_incident_roles.policy.judge import Checked
from dd_incident_roles.policy.policy import (
    BaselineState,
    Evidence,
    Finding,
    IncidentRef,
    NotEvaluated,
    Rule,
    Scope,
    SeenIn,
    SourceLocation,
    Unasked,
    Verdict,
    Waiver,
)
from dd_incident_roles.policy.rules.ir001_no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import SCRIBE, at, facts, incident, verdict_of

NOW = at(60)
ROOT = PurePosixPath("/work tree")
RULES = (NO_INCIDENT_MANAGER, ROLE_VACANT, NOT_EVALUATED)

HOSTILE = {
    "a workflow command": "::error file=x::owned",
    "a command on a line of its own": "down\n::error::owned\r\n::set-output name=a::b",
    "an old workflow command": "down ##[error]owned",
    "an encoded line break": "down%0A::error::owned",
    "colours": "\x1b[2J\x1b[31mdown\x1b[0m\x1b]8;;http://evil.example\x07click\x1b]8;;\x07",
    "emoji": "🔥 down 👩\u200d🚒 :fire:",
    "writing from the right": "\u202egnp.exe\u202c down \u2066x\u2069",
    "ten thousand characters": "x" * 10_000,
    "the end of a CDATA section": "down ]]> <![CDATA[ owned",
    "a script": "<script>alert(1)</script><img src=x onerror=alert(1)>&lt;b&gt;",
    "a new cell": "down | owned | `x` ||",
    "backticks": "``` down `owned` ```",
    "a link": "[click](https://evil.example) ![x](http://evil.example/x.png) www.evil.example",
    "mentions": "@everyone @org/team ada@corp.example #12",
    "emphasis": "__down__ **owned** *x* _y_ ~~z~~ $a$ \\| \\",
    "characters that XML lacks": "a\x00b\x0bc\ufffed\uffffe\ud800f",
    "a new paragraph": "down\n\n# owned\n\n- x\n\u2028- y\u2029---",
}
"""Texts from outside: titles, names, reasons, answers."""


def check_of(
    *findings: Finding,
    rules: tuple[Rule, ...] = RULES,
    matched: int = 1,
    described: str = "query 'state:active'",
    scope: Scope = Scope.OPEN,
    **rest: Any,
) -> Checked:
    """A check made at 15:00 UTC that came to findings; ``rest`` is of the verdict."""
    verdict = Verdict(**{"findings": findings, "not_evaluated": (), "evaluated": 1, **rest})
    return Checked(
        verdict=verdict, now=NOW, rules=rules, described=described, matched=matched, scope=scope
    )


def silent(measures: Measures | None = None) -> Checked:
    """A check in which no rule had anything to look at."""
    return check_of(
        matched=0, evaluated=0, unasked=(unasked(),), said_nothing=True, measures=measures
    )


def found(title: str = "Checkout down", *, private: bool = False) -> Checked:
    """A SEV-1 incident without an Incident Manager and without a Scribe: two errors."""
    whole = verdict_of(RULES, [facts(incident(title=title, private=private))], NOW)
    return replace(check_of(), verdict=whole)


def finding(
    message: str = "Nobody is Scribe of IR-1001.",
    *,
    public_id: int = 1001,
    level: Level = Level.ERROR,
    fix: str = "dd-incident-roles assign 1001 scribe PERSON",
    stream: str | None = None,
    file: str = "config/policy.yaml",
) -> Finding:
    """A finding of IR010, demanded by line 12 of a file."""
    return Finding(
        rule=ROLE_VACANT.id,
        name=ROLE_VACANT.name,
        level=level,
        incident=IncidentRef(
            id=IncidentId(f"00000000-0000-0000-0000-{public_id:012}"),
            public_id=public_id,
            title="Checkout down",
        ),
        message=message,
        since=at(10),
        fix=fix,
        role=SCRIBE,
        stream=stream,
        place=SourceLocation(file, 12),
    )


WAIVER = Waiver(
    rule=ROLE_VACANT.id,
    reason="small team",
    owner="ada",
    expires=date(2026, 2, 1),
    place=SourceLocation("config/policy.yaml", 30),
)


def waived(about: Finding, *, reason: str = "small team", owner: str = "ada") -> Finding:
    """The same finding, allowed to stand until 2026-02-01."""
    return replace(about, waived=replace(WAIVER, reason=reason, owner=owner))


def known(about: Finding) -> Finding:
    """The same finding, known from a baseline."""
    return replace(about, baseline=BaselineState.EXISTING)


def of_the_policy(message: str = "The waiver is over.") -> Finding:
    """A finding that is about a line of the policy and no incident."""
    return replace(finding(message), incident=None, role=None, subject="IR010 every incident ada")


def many(number: int) -> list[Finding]:
    """So many errors, each about another incident, with texts of the usual length."""
    message = (
        'Nobody is Scribe of IR-{0} "Checkout fails for most customers, {0}" (SEV-1), '
        "open for 40 minutes; one was due after 10 minutes."
    )
    return [finding(message.format(each), public_id=each) for each in range(1, number + 1)]


def everything(text: str = "It rained") -> Checked:
    """A check with something in every part, and a text from outside wherever one can stand."""
    evidence = Evidence(text, SeenIn.DATADOG, who=text, since=at(3))
    findings = (
        replace(finding(text, fix=text, stream=text), evidence=(evidence,)),
        waived(finding(text, public_id=1002), reason=text, owner=text),
        known(finding(text, public_id=1003)),
        of_the_policy(text),
        finding(text, public_id=1005, level=Level.WARNING),
        finding(text, public_id=1006, level=Level.NOTE),
    )
    no_issue = unasked(rule="IR021", name="assignee-stale", reason=text)
    return check_of(
        *findings,
        matched=8,
        described=f"query '{text}'",
        not_evaluated=gaps(text),
        evaluated=6,
        skipped_tests=1,
        skipped_closed=2,
        skipped_open=3,
        unasked=(unasked(reason=text), no_issue),
        resolved=("0123456789abcdef",),
        measures=MEASURES,
    )


def gaps(reason: str) -> tuple[NotEvaluated, ...]:
    """An incident that could not be read, one that was not found, and a list that failed."""
    return tuple(NotEvaluated(incident=each, reason=reason) for each in (1004, reason, None))


def unasked(
    *,
    rule: str = "IR020",
    name: str = "topic-stale",
    reason: str = "no chat is connected",
    incidents: int = 2,
    optional: bool = False,
) -> Unasked:
    """A rule without anything to look at."""
    return Unasked(rule=rule, name=name, reason=reason, incidents=incidents, optional=optional)


MEASURES = Measures(
    measured=3,
    without=2,
    unknown=1,
    median=timedelta(minutes=4),
    longest=timedelta(minutes=21),
    slowest=1007,
)
