"""IR002 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import Account, FactsMissing
from dd_incident_roles.policy.policy import SeenIn
from dd_incident_roles.policy.rules.ir002_incident_manager_not_a_person import (
    INCIDENT_MANAGER_NOT_A_PERSON,
)
from tests.policy.cases import ADA, BO, SCRIBE, Case, Found, at, case, facts, held, incident, sign
from tests.policy.staff import (
    DEPLOY_BOT,
    FORMER,
    GENERIC,
    UNREAD,
    manager,
    staffed,
    with_other_short_name,
    without_short_name,
)

BOT = staffed(manager(DEPLOY_BOT))
NO_PERSON = Found(INCIDENT_MANAGER)

CASES = {
    "a person": case(staffed(manager())),
    "a person, in Datadog too": case(staffed(manager(), commander=ADA)),
    "two people": case(staffed(manager(), commander=BO)),
    "a commander alone": case(staffed(commander=ADA)),
    "nobody is another rule's finding": case(facts()),
    "a bot in another role": case(staffed(manager(), held(SCRIBE, by=DEPLOY_BOT))),
    "a name that only begins like the generic one": case(
        staffed(manager(replace(ADA, name="Slack app users")))
    ),
    "a person without a name": case(staffed(manager(replace(ADA, name=None)))),
    "a bot within the grace of the policy": case(BOT, now=4.99, grace=5),
    "a bot as commander within the grace": case(
        staffed(commander=DEPLOY_BOT, about=incident(modified=at(56))), grace=5
    ),
    "a bot, by a clock that is ahead": case(BOT, now=-0.1),
    "an account that nobody read, within the grace": case(
        replace(staffed(manager()), accounts={}), now=4.99, grace=5
    ),
    "a service account, at once": case(BOT, NO_PERSON, now=0),
    "at the end of the grace of the policy": case(BOT, NO_PERSON, now=5, grace=5),
    "who and what is behind the account": case(
        BOT,
        replace(
            NO_PERSON,
            message='The Incident Manager of IR-1001 "Checkout down" (SEV-1) has been '
            "Deploy Bot (a service account) since 14:00 UTC (12 minutes) or earlier; it must be "
            "a person.",
            fix="dd-incident-roles assign 1001 im PERSON",
        ),
        now=12,
    ),
    "a catalogue that calls nobody im": case(
        without_short_name(BOT),
        replace(NO_PERSON, fix="dd-incident-roles assign 1001 incident_manager PERSON"),
    ),
    "a catalogue in which im is another role": case(
        with_other_short_name(BOT),
        replace(NO_PERSON, fix="dd-incident-roles assign 1001 incident_manager PERSON"),
    ),
    "a deactivated account": case(
        staffed(manager(FORMER, since=at(3))),
        replace(NO_PERSON, since=3, part="has been Dan (a deactivated account) since"),
    ),
    "the generic user": case(
        staffed(manager(GENERIC)),
        replace(NO_PERSON, part="has been Slack app user (no user in Datadog) since"),
    ),
    "the generic user in another spelling": case(
        staffed(manager(replace(GENERIC, name=" SLACK App User "))), NO_PERSON
    ),
    "the same bot on both sides": case(
        staffed(manager(DEPLOY_BOT, since=at(2)), commander=DEPLOY_BOT),
        replace(NO_PERSON, since=2),
    ),
    "the commander alone, dated as late as it can be": case(
        staffed(commander=DEPLOY_BOT, about=incident(modified=at(20))),
        replace(NO_PERSON, since=20),
    ),
    "the commander beside a person, by a clock that is ahead": case(
        staffed(manager(), commander=DEPLOY_BOT, about=incident(modified=at(90))),
        replace(NO_PERSON, since=60),
    ),
    "two accounts, each with where it was seen": case(
        staffed(manager(FORMER), commander=DEPLOY_BOT, about=incident(modified=at(9))),
        replace(
            NO_PERSON,
            evidence=(
                sign("Incident Manager", SeenIn.RECORD, FORMER),
                sign("a deactivated account", SeenIn.DATADOG, FORMER),
            ),
        ),
        replace(
            NO_PERSON,
            since=9,
            evidence=(
                sign("commander", SeenIn.DATADOG, DEPLOY_BOT),
                sign("a service account", SeenIn.DATADOG, DEPLOY_BOT),
            ),
        ),
    ),
    "a name that only Datadog knows yet": case(
        staffed(manager(replace(GENERIC, name=None)), commander=GENERIC), NO_PERSON
    ),
    "an account that nobody could read": case(
        replace(staffed(manager()), accounts={ADA.key: UNREAD}),
        missing=FactsMissing(
            "it is not known whether the account of Ada is active: Datadog answered 503"
        ),
        now=0,
    ),
    "the generic user is known without its account": case(
        replace(staffed(commander=GENERIC), accounts={GENERIC.key: UNREAD}), NO_PERSON
    ),
    "what is known is said before what is missing": case(
        replace(
            staffed(manager(), commander=DEPLOY_BOT),
            accounts={DEPLOY_BOT.key: Account.SERVICE_ACCOUNT},
        ),
        replace(NO_PERSON, part="Deploy Bot"),
        missing=FactsMissing(
            "it is not known whether the account of Ada is active: the account was not read"
        ),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_no_person_is_found(case: Case) -> None:
    """Each account in command that is no person's is found once, dated from its own clock."""
    assert case.asked(INCIDENT_MANAGER_NOT_A_PERSON) == case.expected
