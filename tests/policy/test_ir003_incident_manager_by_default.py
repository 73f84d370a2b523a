"""IR003 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Person, Source
from dd_incident_roles.policy.facts import Account, Facts, FactsMissing, NotConnected
from dd_incident_roles.policy.rules.ir003_incident_manager_by_default import (
    INCIDENT_MANAGER_BY_DEFAULT,
)
from tests.policy.cases import ADA, BO, SCRIBE, asking, at, facts, held
from tests.policy.managers import (
    DEPLOY_BOT,
    FORMER,
    GENERIC,
    HOSTILE,
    PRIVATE,
    SECRETS,
    UNREAD,
    commanded,
    declared_by,
    former,
    manager,
    notes_by,
    with_other_short_name,
)

BY_ADA = declared_by(ADA)
DEFAULT = commanded(manager(), commander=ADA, about=BY_ADA)
"""Ada declared the incident at 14:00, and is its manager since."""

UNTOLD = commanded(manager(), commander=ADA, about=declared_by(None))
"""The same, but Datadog does not say who declared it."""

NO_USER = replace(ADA, user_id=None)

FINE = {
    "within the grace": (DEFAULT, at(9.99)),
    "in the seat for less than the grace": (
        commanded(manager(since=at(55)), about=BY_ADA),
        at(64.99),
    ),
    "dated before the incident, within the grace": (
        commanded(manager(since=at(-60)), about=BY_ADA),
        at(9.99),
    ),
    "declared by a clock that is ahead": (DEFAULT, at(-3)),
    "nobody is another rule's finding": (facts(BY_ADA), at(60)),
    "declared by somebody else": (commanded(manager(), about=declared_by(BO)), at(60)),
    "assigned by name": (commanded(manager(source=Source.CLI), about=BY_ADA), at(60)),
    "set by the holder": (commanded(manager(set_by=ADA.key), about=BY_ADA), at(60)),
    "set by the holder under another spelling": (
        commanded(manager(set_by=" ADA@corp.example"), about=BY_ADA),
        at(60),
    ),
    "set by the holder's handle": (
        commanded(manager(replace(ADA, handle="ada.l"), set_by="ada.l"), about=BY_ADA),
        at(60),
    ),
    "the role was another's before": (replace(DEFAULT, intervals=(former(),)), at(60)),
    "the role stood empty before": (
        replace(DEFAULT, vacancies={INCIDENT_MANAGER: at(1)}),
        at(60),
    ),
    "wrote a note": (replace(DEFAULT, timeline=notes_by(ADA)), at(60)),
    "wrote a note after the grace": (replace(DEFAULT, timeline=notes_by(ADA, minutes=40)), at(60)),
    "gave somebody a role": (
        commanded(manager(), held(SCRIBE, by=BO, set_by=ADA.key), about=BY_ADA),
        at(60),
    ),
    "gave somebody a role that has ended": (
        replace(DEFAULT, intervals=(former(SCRIBE, set_by=ADA.key),)),
        at(60),
    ),
    "a bot is another rule's finding": (
        commanded(manager(DEPLOY_BOT), about=declared_by(DEPLOY_BOT)),
        at(60),
    ),
    "a deactivated account is another rule's finding": (
        commanded(manager(FORMER), about=declared_by(FORMER)),
        at(60),
    ),
    "the generic user is another rule's finding": (
        commanded(manager(GENERIC), about=declared_by(GENERIC)),
        at(60),
    ),
    "Datadog shows somebody else": (commanded(manager(), commander=BO, about=BY_ADA), at(60)),
    "untold who declared, within the grace": (UNTOLD, at(9.99)),
    "untold who declared, and taken": (replace(UNTOLD, timeline=notes_by(ADA)), at(60)),
    "a holder without a user, and taken": (
        commanded(manager(NO_USER, source=Source.CLI), about=BY_ADA),
        at(60),
    ),
    "a timeline that nobody could read, within the grace": (
        replace(DEFAULT, timeline=UNREAD),
        at(9.99),
    ),
    "a timeline that nobody could read, and another declared it": (
        replace(commanded(manager(), about=declared_by(BO)), timeline=UNREAD),
        at(60),
    ),
}

BROKEN = {
    "exactly at the end of the grace": (DEFAULT, at(10), at(0)),
    "long past the grace": (DEFAULT, at(600), at(0)),
    "without a word of Datadog's commander": (commanded(manager(), about=BY_ADA), at(60), at(0)),
    "taken into the record late": (
        commanded(manager(since=at(55)), about=BY_ADA),
        at(65),
        at(55),
    ),
    "dated before the incident": (commanded(manager(since=at(-60)), about=BY_ADA), at(10), at(0)),
    "others wrote notes": (replace(DEFAULT, timeline=notes_by(BO)), at(60), at(0)),
    "others gave roles": (
        commanded(manager(), held(SCRIBE, by=ADA, set_by=BO.key), about=BY_ADA),
        at(60),
        at(0),
    ),
    "another role changed hands": (replace(DEFAULT, intervals=(former(SCRIBE),)), at(60), at(0)),
    "another role stood empty": (replace(DEFAULT, vacancies={SCRIBE: at(1)}), at(60), at(0)),
    "the interval of the holder alone": (
        replace(DEFAULT, intervals=(former(by=ADA, until=None),)),
        at(60),
        at(0),
    ),
    "nobody noted who set it": (
        commanded(manager(set_by=None), about=BY_ADA),
        at(60),
        at(0),
    ),
    "no timeline to look at": (
        replace(DEFAULT, timeline=NotConnected(reason="no timeline")),
        at(60),
        at(0),
    ),
    "nobody looked at the account": (replace(DEFAULT, accounts={}), at(60), at(0)),
}


ask = asking(INCIDENT_MANAGER_BY_DEFAULT, grace_minutes=10)


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """A manager who was chosen, has taken the role, or still may, breaks nothing."""
    assert ask(*FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_a_manager_by_default_is_found(case: str) -> None:
    """Whoever declared and gave no sign is found, dated from the later of the two beginnings."""
    about, now, since = BROKEN[case]
    (breach,) = ask(about, now)
    assert (breach.role, breach.since, breach.level) == (INCIDENT_MANAGER, since, None)


def test_the_grace_is_ten_minutes_unless_the_policy_says_otherwise() -> None:
    """The rule carries its own grace, and decides by the one that it is given."""
    grace = INCIDENT_MANAGER_BY_DEFAULT.grace
    assert grace is not None
    assert grace.total_seconds() == 600
    assert ask(DEFAULT, at(29), 30) == []
    assert len(ask(DEFAULT, at(30), 30)) == 1


def test_the_message_says_who_and_what_was_expected() -> None:
    """A person reads who is meant, since when, and what a sign would have been due."""
    (breach,) = ask(DEFAULT, at(12))
    assert breach.message == (
        'Nobody chose the Incident Manager of IR-1001 "Checkout down" (SEV-1): since 14:00 UTC '
        "(12 minutes) it has been Ada, who declared the incident and has done nothing to take the "
        "role; that was due within 10 minutes."
    )


def test_the_evidence_names_the_declaration_and_the_seat() -> None:
    """A finding rests on who declared the incident and since when the record has them."""
    (breach,) = ask(commanded(manager(since=at(3)), about=BY_ADA), at(60))
    assert [(each.what, each.who, each.since) for each in breach.evidence] == [
        ("declared the incident", ADA.key, at(0)),
        ("Incident Manager", ADA.key, at(3)),
    ]


@pytest.mark.parametrize(
    ("person", "command"),
    [
        (ADA, "dd-incident-roles assign 1001 im ada@corp.example"),
        (replace(ADA, email=None, handle="ada.l"), "dd-incident-roles assign 1001 im ada.l"),
        (replace(ADA, email=None), "dd-incident-roles assign 1001 im PERSON"),
        (
            replace(HOSTILE, email=None, user_id=ADA.user_id),
            "dd-incident-roles assign 1001 im '$(eve)'",
        ),
    ],
    ids=["e-mail", "handle", "nothing to call them by", "a handle that a shell would run"],
)
def test_the_fix_takes_the_role_by_name(person: Person, command: str) -> None:
    """The fix is the command by which the holder takes the role, safe to paste."""
    (breach,) = ask(commanded(manager(person), about=BY_ADA), at(12))
    assert breach.fix == command


def test_the_fix_names_the_key_where_the_short_name_is_another_role() -> None:
    """A catalogue in which "im" is somebody else is not told to assign that."""
    (breach,) = ask(with_other_short_name(DEFAULT), at(12))
    assert breach.fix == "dd-incident-roles assign 1001 incident_manager ada@corp.example"


def test_nothing_is_told_of_a_private_incident() -> None:
    """Neither the person nor the title ends in a log, not even in the command."""
    about = commanded(manager(HOSTILE), about=declared_by(HOSTILE, PRIVATE))
    (breach,) = ask(about, at(12))
    assert not [secret for secret in SECRETS if secret in breach.message + breach.fix]
    assert breach.fix == "dd-incident-roles assign 1001 im PERSON"


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        (UNTOLD, "Datadog does not say who declared the incident"),
        (replace(UNTOLD, timeline=UNREAD), "Datadog does not say who declared the incident"),
        (
            commanded(manager(NO_USER), about=BY_ADA),
            "it is not known which user of Datadog Ada is",
        ),
        (
            commanded(manager(replace(HOSTILE, user_id=None)), about=declared_by(ADA, PRIVATE)),
            "it is not known which user of Datadog somebody is",
        ),
        (replace(DEFAULT, timeline=UNREAD), "Datadog answered 503"),
    ],
    ids=["nobody declared it", "nor was the timeline read", "no user", "private", "no timeline"],
)
def test_a_missing_fact_is_not_an_answer(about: Facts, reason: str) -> None:
    """Past the grace, and with no sign of a manager, what is missing is said; nobody is named."""
    with pytest.raises(FactsMissing) as missing:
        ask(about, at(10))
    assert str(missing.value) == reason


def test_a_person_who_is_known_to_be_one_can_manage_by_default() -> None:
    """An account that was read and is a person's is no excuse."""
    assert len(ask(replace(DEFAULT, accounts={ADA.key: Account.PERSON}), at(12))) == 1
