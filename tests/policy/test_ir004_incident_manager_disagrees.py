"""IR004 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Person, RoleKey
from dd_incident_roles.policy.facts import (
    Dispute,
    Facts,
    FactsMissing,
    Holding,
    IncidentIssue,
    NotRead,
)
from dd_incident_roles.policy.policy import SeenIn
from dd_incident_roles.policy.rules.ir004_incident_manager_disagrees import (
    INCIDENT_MANAGER_DISAGREES,
)
from tests.policy.cases import ADA, BO, CAI, SCRIBE, Case, Found, at, case, incident, sign
from tests.policy.staff import (
    DEPLOY_BOT,
    FORMER,
    GENERIC,
    UNREAD,
    issue,
    manager,
    staffed,
    with_other_short_name,
)


def named(
    commander: Person | None = None,
    recorded: Holding | None = None,
    tracked: IncidentIssue | NotRead | None = None,
    *,
    modified: float = 0,
    disputed: RoleKey | None = None,
) -> Facts:
    """An incident whose manager these places name."""
    about = staffed(commander=commander, recorded=recorded, about=incident(modified=at(modified)))
    conflict = Dispute(role=disputed, wanted=BO, standing=ADA, since=at(0)) if disputed else None
    return replace(about, issue=tracked or about.issue, disputes=(conflict,) if conflict else ())


TWO = named(ADA, manager(BO))
DIFFER = Found(INCIDENT_MANAGER)
JUST_NOW = manager(ADA, since=at(50.1))
NO_ANSWER = FactsMissing("Datadog answered 503")

CASES = {
    "all name one": case(named(ADA, manager(ADA), issue(ADA))),
    "nobody is named": case(named()),
    "Datadog alone": case(named(ADA)),
    "the record alone": case(named(None, manager(ADA))),
    "the issue alone": case(named(None, None, issue(ADA))),
    "an empty seat in Datadog": case(named(None, manager(ADA), issue(ADA))),
    "nothing in the record": case(named(ADA, None, issue(ADA))),
    "an issue of nobody": case(named(ADA, manager(ADA), issue())),
    "an issue of several": case(named(ADA, manager(ADA), issue(BO, ADA, CAI))),
    "the record changed a moment ago": case(named(ADA, manager(BO, since=at(50.1)))),
    "Datadog may have changed a moment ago": case(named(ADA, manager(BO), modified=50.1)),
    "Datadog may have changed by a clock that is ahead": case(named(ADA, manager(BO), modified=90)),
    "the issue changed a moment ago": case(named(ADA, manager(ADA), issue(BO, since=50.1))),
    "the manager changed a moment ago, and the issue did not yet": case(
        named(ADA, JUST_NOW, issue(BO))
    ),
    "within the grace of the policy": case(TWO, now=29, grace=30),
    "a conflict that another rule speaks of": case(
        named(ADA, manager(BO), issue(CAI), disputed=INCIDENT_MANAGER)
    ),
    "a conflict, and an issue that nobody could read": case(
        named(ADA, manager(BO), UNREAD, disputed=INCIDENT_MANAGER)
    ),
    "a bot as commander is another rule's finding": case(named(DEPLOY_BOT, manager(ADA))),
    "a deactivated commander is another rule's finding": case(named(FORMER, manager(ADA))),
    "the generic commander is another rule's finding": case(named(GENERIC, manager(ADA))),
    "an issue that nobody could read, and nobody to compare it with": case(
        named(None, None, UNREAD)
    ),
    "an issue that nobody could read, within the grace": case(named(ADA, JUST_NOW, UNREAD)),
    "Datadog and the record, at the end of the grace": case(TWO, DIFFER, now=10),
    "Datadog and the record, at the end of the grace of the policy": case(
        TWO, DIFFER, now=30, grace=30
    ),
    "since the record changed": case(
        named(ADA, manager(BO, since=at(50))), replace(DIFFER, since=50)
    ),
    "since Datadog may have changed": case(
        named(ADA, manager(BO), modified=50), replace(DIFFER, since=50)
    ),
    "the record and the issue": case(named(None, manager(ADA), issue(BO)), DIFFER),
    "Datadog and the issue": case(
        named(ADA, None, issue(BO), modified=5), replace(DIFFER, since=5)
    ),
    "Datadog agrees with the record, so its clock is the record's": case(
        named(ADA, manager(ADA), issue(BO), modified=59), DIFFER
    ),
    "since the issue changed": case(
        named(ADA, manager(ADA), issue(BO, since=50)), replace(DIFFER, since=50)
    ),
    "an issue of several, and none of them": case(named(ADA, manager(ADA), issue(BO, CAI)), DIFFER),
    "an issue of both": case(named(ADA, manager(BO), issue(ADA, BO)), DIFFER),
    "three places, three people": case(named(ADA, manager(BO), issue(CAI)), DIFFER),
    "whom each place names": case(
        named(ADA, manager(BO, since=at(1)), issue(CAI, BO, since=2)),
        Found(
            INCIDENT_MANAGER,
            2,
            message='Different people are Incident Manager of IR-1001 "Checkout down" '
            "(SEV-1), since 14:02 UTC (12 minutes) at the latest: Ada in Datadog, Bo "
            "in the record, Cai and Bo in the issue; agreement was due within 10 "
            "minutes.",
            fix="dd-incident-roles assign 1001 im PERSON",
            evidence=(
                sign("commander", SeenIn.DATADOG, ADA),
                sign("Incident Manager", SeenIn.RECORD, BO, 1),
                sign("assignee of ops#7", SeenIn.ISSUE, CAI, 2),
                sign("assignee of ops#7", SeenIn.ISSUE, BO, 2),
            ),
        ),
        now=14,
    ),
    "a catalogue in which im is another role": case(
        with_other_short_name(TWO),
        replace(DIFFER, fix="dd-incident-roles assign 1001 incident_manager PERSON"),
    ),
    "a conflict about another role": case(named(ADA, manager(BO), disputed=SCRIBE), DIFFER),
    "a commander whose account nobody looked at": case(replace(TWO, accounts={}), DIFFER),
    "a bot as commander, and the others disagree": case(
        named(DEPLOY_BOT, manager(ADA), issue(BO), modified=59), DIFFER
    ),
    "two that agree, and an issue that nobody could read": case(
        named(ADA, manager(ADA), UNREAD), missing=NO_ANSWER, now=10
    ),
    "Datadog, and an issue that nobody could read": case(
        named(ADA, None, UNREAD), missing=NO_ANSWER, now=10
    ),
    "the record, and an issue that nobody could read": case(
        named(None, manager(ADA), UNREAD), missing=NO_ANSWER, now=10
    ),
    "what is known is said before what is missing": case(
        named(ADA, manager(BO), UNREAD),
        replace(DIFFER, part="Ada in Datadog, Bo in the record;"),
        missing=NO_ANSWER,
        now=10,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_different_names_are_found(case: Case) -> None:
    """Different names are found once, dated from when the last of them may have changed."""
    assert case.asked(INCIDENT_MANAGER_DISAGREES) == case.expected
