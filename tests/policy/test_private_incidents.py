"""What each rule says of a private incident, to the letter: a finding can end in a log.

Neither people, nor streams, nor the title, the severity or a condition are told; nor is what
Datadog or a tracker said.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Person, PersonKey, RoleKey
from dd_incident_roles.policy.facts import (
    Account,
    ChatTopic,
    DatadogRoles,
    Dispute,
    Facts,
    FactsMissing,
    IncidentIssue,
    NotRead,
    Proposal,
    RefusedChange,
)
from dd_incident_roles.policy.policy import RuleContext
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.roles.catalogue import ALWAYS
from tests.policy.cases import (
    DECLARED,
    GRAVE,
    SCRIBE,
    TECH_LEAD,
    at,
    facts,
    held,
    incident,
    requirement,
)
from tests.policy.intervals import closed, interval, only_scribe
from tests.policy.staff import HOSTILE, declared_by, excluding, manager, staffed

PRIVATE = incident(title="Hostile takeover of payroll", private=True)
SECRET_WORDS = ("eve", "rm -rf", "secret", "hostile", "takeover", "payroll", "sev-1", "409", "$(")
FACTS = facts(PRIVATE)
MALLORY = replace(HOSTILE, key=PersonKey("mal@secret.example"), email="mal@secret.example")
MANAGER = manager(HOSTILE)
LEAD = held(TECH_LEAD, by=HOSTILE, stream="payroll east")
DECLARER = declared_by(HOSTILE, PRIVATE)
EXCLUSIVE = excluding((INCIDENT_MANAGER, TECH_LEAD, GRAVE))
NO_ACCESS = NotRead(reason="no access")


def both(role: RoleKey, stream: str | None = None) -> Facts:
    """Two people who hold one role."""
    holdings = (held(role, by=each, stream=stream) for each in (HOSTILE, MALLORY))
    return staffed(*holdings, about=PRIVATE)


def unavailable(account: Account | NotRead, *responders: Person) -> Facts:
    """Somebody in a stream, who has this account."""
    accounts = {HOSTILE: account}
    return staffed(LEAD, about=PRIVATE, accounts=accounts, responders=responders)


ASSIGN = "dd-incident-roles assign 1001"
SYNC = "dd-incident-roles sync 1001"
LEAD_STREAM = "tech_lead PERSON --stream STREAM"
A_STREAM = "Tech Lead (a stream) of IR-1001 (private)"
UNKNOWN_ACCOUNT = "it is not known whether the account of a holder is active: no access"

CASES: dict[str, tuple[Facts, str, str]] = {
    "IR001": (FACTS, "is Incident Manager of IR-1001 (private), open for", f"{ASSIGN} im PERSON"),
    "IR002": (
        replace(staffed(MANAGER, about=PRIVATE), accounts={HOSTILE.key: Account.DEACTIVATED}),
        "of IR-1001 (private) has been someone (a deactivated account) since",
        f"{ASSIGN} im PERSON",
    ),
    # The reason is the same for both accounts, and is said once.
    "IR002, two accounts that nobody could read": (
        replace(
            staffed(MANAGER, commander=MALLORY, about=PRIVATE),
            accounts={HOSTILE.key: NO_ACCESS, MALLORY.key: NO_ACCESS},
        ),
        UNKNOWN_ACCOUNT,
        "",
    ),
    "IR003": (
        staffed(MANAGER, about=DECLARER),
        "Nobody chose the Incident Manager of IR-1001 (private): it has been someone "
        "since 14:00 UTC (1 hour) or earlier, only because they declared it;",
        f"{ASSIGN} im PERSON",
    ),
    "IR003, a user that nobody knows": (
        staffed(manager(replace(HOSTILE, user_id=None)), about=DECLARER),
        "it is not known which Datadog user someone is",
        "",
    ),
    "IR004": (
        replace(
            staffed(commander=HOSTILE, recorded=manager(MALLORY), about=PRIVATE),
            issue=IncidentIssue(name="payroll#1", assignees=(HOSTILE, MALLORY), since=DECLARED),
        ),
        "someone in Datadog, someone in the record, someone in the issue",
        f"{ASSIGN} im PERSON",
    ),
    "IR005": (
        replace(
            FACTS,
            disputes=(Dispute(role=SCRIBE, wanted=HOSTILE, standing=MALLORY, since=DECLARED),),
        ),
        "Datadog shows someone, the record wanted someone;",
        f"{ASSIGN} scribe PERSON",
    ),
    "IR010": (FACTS, "Nobody is Scribe of IR-1001 (private), open for", f"{ASSIGN} scribe PERSON"),
    "IR011": (
        both(SCRIBE),
        "2 people are Scribe of IR-1001 (private), more than one since",
        f"{ASSIGN} scribe PERSON",
    ),
    "IR011, in a stream": (
        both(TECH_LEAD, "payroll east"),
        f"2 people are {A_STREAM}, more than one since",
        f"dd-incident-roles unassign 1001 {LEAD_STREAM}",
    ),
    "IR011, without a stream": (
        both(TECH_LEAD),
        "2 people are Tech Lead of IR-1001 (private) without a stream,",
        f"{ASSIGN} {LEAD_STREAM}",
    ),
    "IR012": (
        staffed(MANAGER, LEAD, about=PRIVATE, catalogue=EXCLUSIVE),
        "Someone is Incident Manager and Tech Lead of IR-1001 (private) since "
        "14:00 UTC or earlier; one person must not be both.",
        f"{ASSIGN} {LEAD_STREAM}",
    ),
    "IR013, deactivated": (
        unavailable(Account.DEACTIVATED),
        f"{A_STREAM} is held by someone since",
        f"{ASSIGN} {LEAD_STREAM}",
    ),
    "IR013, a service account": (
        unavailable(Account.SERVICE_ACCOUNT),
        f"{A_STREAM} is held by a service account (someone) since 14:00 UTC,",
        f"{ASSIGN} {LEAD_STREAM}",
    ),
    "IR013, no responder": (
        unavailable(Account.PERSON),
        f"{A_STREAM} is held by someone, who has not been",
        f"{ASSIGN} {LEAD_STREAM}",
    ),
    "IR013, an account that nobody could read": (
        unavailable(NO_ACCESS, HOSTILE),
        UNKNOWN_ACCOUNT,
        "",
    ),
    # The names of roles are no secret.
    "IR014": (
        replace(FACTS, datadog_roles=DatadogRoles(unknown=("Herald",), undefined=(SCRIBE,))),
        "does not know: Herald (seen in IR-1001).",
        "add Herald to the role catalogue, or rename it in Datadog under Incident Settings > "
        "Responder Types",
    ),
    "IR015": (
        replace(
            FACTS,
            proposals=(
                Proposal(
                    role=TECH_LEAD,
                    receiver=HOSTILE,
                    holder=MALLORY,
                    proposed=DECLARED,
                    expires=at(15),
                    stream="payroll east",
                ),
            ),
        ),
        "The handoff of Tech Lead of IR-1001 (private) to someone has been open since",
        "dd-incident-roles handoff 1001 tech_lead PERSON --stream STREAM",
    ),
    "IR016": (
        replace(
            FACTS,
            refused=(
                RefusedChange(
                    attempt="assign",
                    reason="Datadog answered 409 to eve.",
                    since=DECLARED,
                    tries=1,
                    role=SCRIBE,
                    person=HOSTILE,
                ),
            ),
        ),
        "Datadog has refused to make someone Scribe in IR-1001 (private) since 14:00 "
        "UTC (1 hour, tried once).",
        f"{SYNC} --retry-refused",
    ),
    "IR020": (
        replace(
            FACTS,
            holdings=(held(SCRIBE, by=HOSTILE),),
            topic=ChatTopic(
                room="#payroll", holders={SCRIBE: frozenset({MALLORY.key})}, since=DECLARED
            ),
        ),
        "The chat topic of IR-1001 (private) has been out of date",
        f"{SYNC} --retry-refused",
    ),
    # Two people are both someone, which is said once.
    "IR021": (
        replace(
            FACTS,
            holdings=(held(INCIDENT_MANAGER),),
            issue=IncidentIssue(name="payroll#1", assignees=(HOSTILE, MALLORY), since=DECLARED),
        ),
        ": someone is Incident Manager, but the issue is assigned to someone.",
        f"{SYNC} --retry-refused",
    ),
    "IR030": (
        FACTS,
        "The timeline of IR-1001 (private) has been quiet since",
        'dd-incident-roles timeline add 1001 "TEXT"',
    ),
    "IR040": (
        closed(
            interval(SCRIBE, 0, 10, by=HOSTILE),
            about=PRIVATE,
            catalogue=only_scribe(requirement(ALWAYS, 10)),
        ),
        "Nobody was Scribe of IR-1001 (private) for 50 minutes from",
        "dd-incident-roles history 1001 --role scribe",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_told_of_a_private_incident(name: str) -> None:
    """Message and command name the public id and roles alone, and so does what is missing."""
    about, message, fix = CASES[name]
    rule = RULES[name[:5]]
    said: list[str] = []
    try:
        for breach in rule.evaluate(about, RuleContext(now=at(60), grace=timedelta())):
            said += (breach.message, breach.fix)
    except FactsMissing as missing:
        said += (str(missing), "")
    assert message in said[0]
    assert said[1] == fix
    told = " ".join(said).casefold()
    assert [word for word in SECRET_WORDS if word in told] == []


def test_every_rule_is_in_the_table() -> None:
    """Each rule that looks at an incident is asked of a private one."""
    assert {name[:5] for name in CASES} == {key for key in RULES if key < "IR090"}
