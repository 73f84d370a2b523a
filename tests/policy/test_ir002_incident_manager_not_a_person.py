"""IR002 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Person
from dd_incident_roles.policy.facts import Account, FactsMissing
from dd_incident_roles.policy.finding import SeenIn
from dd_incident_roles.policy.rules.ir002_incident_manager_not_a_person import (
    INCIDENT_MANAGER_NOT_A_PERSON,
)
from tests.policy.cases import ADA, BO, SCRIBE, asking, at, facts, held, incident, terms
from tests.policy.managers import (
    DEPLOY_BOT,
    FORMER,
    GENERIC,
    HOSTILE,
    PRIVATE,
    SECRETS,
    UNREAD,
    commanded,
    manager,
    with_other_short_name,
    without_short_name,
)

FINE = {
    "a person": (commanded(manager()), at(60), 0),
    "a person, in Datadog too": (commanded(manager(), commander=ADA), at(60), 0),
    "two people": (commanded(manager(), commander=BO), at(60), 0),
    "a commander alone": (commanded(commander=ADA), at(60), 0),
    "nobody is another rule's finding": (facts(), at(60), 0),
    "a bot in another role": (commanded(manager(), held(SCRIBE, by=DEPLOY_BOT)), at(60), 0),
    "a name that only begins like the generic one": (
        commanded(manager(replace(ADA, name="Slack app users"))),
        at(60),
        0,
    ),
    "a person without a name": (commanded(manager(replace(ADA, name=None))), at(60), 0),
    "a bot within the grace of the policy": (commanded(manager(DEPLOY_BOT)), at(4.99), 5),
    "a bot as commander within the grace": (
        commanded(commander=DEPLOY_BOT, about=incident(modified=at(56))),
        at(60),
        5,
    ),
    "a bot, by a clock that is ahead": (commanded(manager(DEPLOY_BOT)), at(-0.1), 0),
    "an account that nobody read, within the grace": (
        replace(commanded(manager()), accounts={}),
        at(4.99),
        5,
    ),
}

BROKEN = {
    "a service account, at once": (commanded(manager(DEPLOY_BOT)), at(0), 0, [at(0)]),
    "a deactivated account": (commanded(manager(FORMER, since=at(3))), at(60), 0, [at(3)]),
    "the generic user": (commanded(manager(GENERIC)), at(60), 0, [at(0)]),
    "the generic user in another spelling": (
        commanded(manager(replace(GENERIC, name=" SLACK App User "))),
        at(60),
        0,
        [at(0)],
    ),
    "at the end of the grace of the policy": (commanded(manager(DEPLOY_BOT)), at(5), 5, [at(0)]),
    "the same bot on both sides": (
        commanded(manager(DEPLOY_BOT, since=at(2)), commander=DEPLOY_BOT),
        at(60),
        0,
        [at(2)],
    ),
    "the commander alone, dated as late as it can be": (
        commanded(commander=DEPLOY_BOT, about=incident(modified=at(20))),
        at(60),
        0,
        [at(20)],
    ),
    "the commander beside a person, by a clock that is ahead": (
        commanded(manager(), commander=DEPLOY_BOT, about=incident(modified=at(90))),
        at(60),
        0,
        [at(60)],
    ),
    "two accounts": (
        commanded(manager(FORMER), commander=GENERIC, about=incident(modified=at(9))),
        at(60),
        0,
        [at(0), at(9)],
    ),
    "a name that only Datadog knows yet": (
        commanded(manager(replace(GENERIC, name=None)), commander=GENERIC),
        at(60),
        0,
        [at(0)],
    ),
}


ask = asking(INCIDENT_MANAGER_NOT_A_PERSON)


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """An incident in the hands of people, or of nobody, breaks nothing."""
    assert ask(*FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_person_is_found(case: str) -> None:
    """Each account in command that is no person's is found once, dated from its own clock."""
    about, now, grace, since = BROKEN[case]
    breaches = ask(about, now, grace)
    assert [breach.since for breach in breaches] == since
    assert {breach.role for breach in breaches} == {INCIDENT_MANAGER}


def test_the_message_says_who_and_what_is_behind_the_account() -> None:
    """A person reads which account it is, since when, and what should be there instead."""
    (breach,) = ask(commanded(manager(DEPLOY_BOT)), at(12))
    assert breach.message == (
        'The Incident Manager of IR-1001 "Checkout down" (SEV-1) is Deploy Bot (a service account) '
        "since 14:00 UTC (12 minutes); it must be a person."
    )
    assert breach.level is None


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (FORMER, "is Dan (a deactivated account) since"),
        (GENERIC, "is Slack app user (no user in Datadog) since"),
    ],
)
def test_the_message_tells_the_kinds_apart(by: Person, words: str) -> None:
    """A deactivated account and a missing user are called so."""
    (breach,) = ask(commanded(manager(by)), at(12), 5)
    assert words in breach.message


def test_the_evidence_says_where_each_account_was_seen() -> None:
    """The seat of the record and Datadog's commander are told apart."""
    record, datadog = ask(commanded(manager(FORMER), commander=DEPLOY_BOT), at(12))
    assert [(each.what, each.seen_in, each.who) for each in record.evidence] == [
        ("Incident Manager", SeenIn.RECORD, "dan@corp.example"),
        ("a deactivated account", SeenIn.DATADOG, "dan@corp.example"),
    ]
    assert [(each.what, each.seen_in, each.who) for each in datadog.evidence] == [
        ("commander", SeenIn.DATADOG, "deploy-bot"),
        ("a service account", SeenIn.DATADOG, "deploy-bot"),
    ]


def test_the_fix_names_the_role_as_the_catalogue_does() -> None:
    """The short name is offered only where it is the Incident Manager's."""
    about = commanded(manager(DEPLOY_BOT))
    cases = (about, without_short_name(about), with_other_short_name(about))
    assert [ask(case, at(12))[0].fix for case in cases] == [
        "dd-incident-roles assign 1001 im PERSON",
        "dd-incident-roles assign 1001 incident_manager PERSON",
        "dd-incident-roles assign 1001 incident_manager PERSON",
    ]


def test_nothing_is_told_of_a_private_incident() -> None:
    """Neither the account nor the title ends in a log."""
    about = replace(
        commanded(manager(HOSTILE), about=PRIVATE), accounts={HOSTILE.key: Account.DEACTIVATED}
    )
    (breach,) = ask(about, at(12))
    assert not [secret for secret in SECRETS if secret in breach.message + breach.fix]
    assert "is somebody (a deactivated account)" in breach.message


def test_an_account_that_nobody_read_is_not_an_answer() -> None:
    """An account of an unknown kind is neither found nor fine, whoever it is."""
    about = replace(commanded(manager()), accounts={ADA.key: UNREAD})
    with pytest.raises(FactsMissing, match="account of Ada is in use: Datadog answered 503"):
        ask(about, at(0))


def test_the_generic_user_is_known_without_its_account() -> None:
    """The name is enough, so nothing is missing."""
    about = replace(commanded(commander=GENERIC), accounts={GENERIC.key: UNREAD})
    assert len(ask(about, at(12))) == 1


def test_what_is_known_is_said_before_what_is_missing() -> None:
    """An account that could not be read does not hide the finding about another."""
    about = replace(
        commanded(manager(), commander=DEPLOY_BOT),
        accounts={DEPLOY_BOT.key: Account.SERVICE_ACCOUNT},
    )
    asked = INCIDENT_MANAGER_NOT_A_PERSON.evaluate(about, terms(at(12)))
    assert "Deploy Bot" in next(asked).message
    with pytest.raises(FactsMissing, match="nobody looked"):
        next(asked)


def test_what_is_missing_names_nobody_in_a_private_incident() -> None:
    """A reason ends in a log as well, and says the same thing only once."""
    about = replace(commanded(manager(HOSTILE), commander=ADA, about=PRIVATE), accounts={})
    with pytest.raises(FactsMissing) as missing:
        ask(about, at(12))
    assert str(missing.value) == (
        "whether the account of a holder is in use: nobody looked at the account"
    )
