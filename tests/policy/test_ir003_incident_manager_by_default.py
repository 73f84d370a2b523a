"""IR003 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Assignment, Person, RoleKey, Source
from dd_incident_roles.policy.facts import Account, Facts, FactsMissing, NotConnected
from dd_incident_roles.policy.policy import SeenIn
from dd_incident_roles.policy.rules.ir003_incident_manager_by_default import (
    INCIDENT_MANAGER_BY_DEFAULT,
)
from tests.policy.cases import ADA, BO, SCRIBE, Case, Found, at, case, facts, held, sign
from tests.policy.intervals import interval
from tests.policy.staff import (
    DEPLOY_BOT,
    FORMER,
    GENERIC,
    HOSTILE,
    UNREAD,
    declared_by,
    manager,
    notes_by,
    staffed,
    with_other_short_name,
)

BY_ADA = declared_by(ADA)
DEFAULT = staffed(manager(), commander=ADA, about=BY_ADA)
"""Ada declared the incident at 14:00, and is its manager since."""

UNTOLD = staffed(manager(), commander=ADA, about=declared_by(None))
"""The same, but Datadog does not say who declared it."""

NOBODY_SAYS = FactsMissing("Datadog does not say who declared the incident")
NO_USER = replace(ADA, user_id=None)
BY_DEFAULT = Found(INCIDENT_MANAGER)


def former(key: RoleKey, *, set_by: str = "datadog") -> Assignment:
    """That Bo held a role once."""
    return interval(key, 0, 0, by=BO, set_by=set_by)


def itself(account: Person) -> Facts:
    """An account that declared the incident and is its manager."""
    return staffed(manager(account), about=declared_by(account))


CASES = {
    "within the grace": case(DEFAULT, now=9.99),
    "within the grace of the policy": case(DEFAULT, now=29, grace=30),
    "in the seat for less than the grace": case(
        staffed(manager(since=at(55)), about=BY_ADA), now=64.99
    ),
    "dated before the incident, within the grace": case(
        staffed(manager(since=at(-60)), about=BY_ADA), now=9.99
    ),
    "declared by a clock that is ahead": case(DEFAULT, now=-3),
    "nobody is another rule's finding": case(facts(BY_ADA)),
    "declared by somebody else": case(staffed(manager(), about=declared_by(BO))),
    "assigned by name": case(staffed(manager(source=Source.CLI), about=BY_ADA)),
    "set by the holder": case(staffed(manager(set_by=ADA.key), about=BY_ADA)),
    "set by the holder under another spelling": case(
        staffed(manager(set_by=" ADA@corp.example"), about=BY_ADA)
    ),
    "set by the holder's handle": case(
        staffed(manager(replace(ADA, handle="ada.l"), set_by="ada.l"), about=BY_ADA)
    ),
    "the role was another's before": case(replace(DEFAULT, intervals=(former(INCIDENT_MANAGER),))),
    "the role stood empty before": case(replace(DEFAULT, vacancies={INCIDENT_MANAGER: at(1)})),
    "wrote a note": case(replace(DEFAULT, timeline=notes_by(ADA))),
    "wrote a note after the grace": case(replace(DEFAULT, timeline=notes_by(ADA, minutes=40))),
    "gave somebody a role": case(
        staffed(manager(), held(SCRIBE, by=BO, set_by=ADA.key), about=BY_ADA)
    ),
    "gave somebody a role that has ended": case(
        replace(DEFAULT, intervals=(former(SCRIBE, set_by=ADA.key),))
    ),
    "a bot is another rule's finding": case(itself(DEPLOY_BOT)),
    "a deactivated account is another rule's finding": case(itself(FORMER)),
    "the generic user is another rule's finding": case(itself(GENERIC)),
    "Datadog shows somebody else": case(staffed(manager(), commander=BO, about=BY_ADA)),
    "untold who declared, within the grace": case(UNTOLD, now=9.99),
    "untold who declared, and taken": case(replace(UNTOLD, timeline=notes_by(ADA))),
    "a holder without a user, and taken": case(
        staffed(manager(NO_USER, source=Source.CLI), about=BY_ADA)
    ),
    "a timeline that nobody could read, within the grace": case(
        replace(DEFAULT, timeline=UNREAD), now=9.99
    ),
    "a timeline that nobody could read, and another declared it": case(
        replace(staffed(manager(), about=declared_by(BO)), timeline=UNREAD)
    ),
    "exactly at the end of the grace": case(DEFAULT, BY_DEFAULT, now=10),
    "exactly at the end of the grace of the policy": case(DEFAULT, BY_DEFAULT, now=30, grace=30),
    "long past the grace": case(DEFAULT, BY_DEFAULT, now=600),
    "who it is and what was expected": case(
        DEFAULT,
        replace(
            BY_DEFAULT,
            message='Nobody chose the Incident Manager of IR-1001 "Checkout down" (SEV-1): '
            "it has been Ada since 14:00 UTC (12 minutes) or earlier, only because they declared "
            "it; taking the role was due within 10 minutes.",
            fix="dd-incident-roles assign 1001 im ada@corp.example",
        ),
        now=12,
    ),
    "without a word of Datadog's commander": case(staffed(manager(), about=BY_ADA), BY_DEFAULT),
    "taken into the record late": case(
        staffed(manager(since=at(55)), about=BY_ADA),
        replace(
            BY_DEFAULT,
            since=55,
            evidence=(
                sign("declared the incident", SeenIn.DATADOG, ADA, 0),
                sign("Incident Manager", SeenIn.RECORD, ADA),
            ),
        ),
        now=65,
    ),
    "dated before the incident": case(
        staffed(manager(since=at(-60)), about=BY_ADA), BY_DEFAULT, now=10
    ),
    "others wrote notes": case(replace(DEFAULT, timeline=notes_by(BO)), BY_DEFAULT),
    "others gave roles": case(
        staffed(manager(), held(SCRIBE, by=ADA, set_by=BO.key), about=BY_ADA), BY_DEFAULT
    ),
    "another role changed hands": case(replace(DEFAULT, intervals=(former(SCRIBE),)), BY_DEFAULT),
    "another role stood empty": case(replace(DEFAULT, vacancies={SCRIBE: at(1)}), BY_DEFAULT),
    "the interval of the holder alone": case(
        replace(DEFAULT, intervals=(interval(INCIDENT_MANAGER, 0, set_by="datadog"),)), BY_DEFAULT
    ),
    "nobody noted who set it": case(staffed(manager(set_by=None), about=BY_ADA), BY_DEFAULT),
    "no timeline to look at": case(
        replace(DEFAULT, timeline=NotConnected(reason="no timeline")), BY_DEFAULT
    ),
    "the account was not read": case(replace(DEFAULT, accounts={}), BY_DEFAULT),
    "an account that is known to be a person's": case(
        replace(DEFAULT, accounts={ADA.key: Account.PERSON}), BY_DEFAULT
    ),
    "a holder without an e-mail": case(
        staffed(manager(replace(ADA, email=None, handle="ada.l")), about=BY_ADA),
        replace(BY_DEFAULT, fix="dd-incident-roles assign 1001 im ada.l"),
    ),
    "nothing to call the holder by": case(
        staffed(manager(replace(ADA, email=None)), about=BY_ADA),
        replace(BY_DEFAULT, fix="dd-incident-roles assign 1001 im PERSON"),
    ),
    "a handle that a shell would run": case(
        itself(replace(HOSTILE, email=None)),
        replace(BY_DEFAULT, fix="dd-incident-roles assign 1001 im '$(eve)'"),
    ),
    "a catalogue in which im is another role": case(
        with_other_short_name(DEFAULT),
        replace(BY_DEFAULT, fix="dd-incident-roles assign 1001 incident_manager ada@corp.example"),
    ),
    "untold who declared": case(UNTOLD, missing=NOBODY_SAYS, now=10),
    "untold who declared, nor was the timeline read": case(
        replace(UNTOLD, timeline=UNREAD), missing=NOBODY_SAYS, now=10
    ),
    "a holder without a user": case(
        staffed(manager(NO_USER), about=BY_ADA),
        missing=FactsMissing("it is not known which Datadog user Ada is"),
        now=10,
    ),
    "a timeline that nobody could read": case(
        replace(DEFAULT, timeline=UNREAD), missing=FactsMissing("Datadog answered 503"), now=10
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_manager_by_default_is_found(case: Case) -> None:
    """Whoever declared and gave no sign is found, dated from the later of the two beginnings."""
    assert case.asked(INCIDENT_MANAGER_BY_DEFAULT) == case.expected
