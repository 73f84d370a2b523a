"""IR013 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import Account, Facts, FactsMissing, NothingConnected, NotRead
from dd_incident_roles.policy.finding import Evidence, SeenIn
from dd_incident_roles.policy.rules.ir013_holder_unavailable import HOLDER_UNAVAILABLE
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import (
    ADA,
    BO,
    LIAISON,
    SCRIBE,
    SUPPORT,
    TECH_LEAD,
    asking,
    at,
    held,
    incident,
    terms,
    verdict_of,
)
from tests.policy.holders import DAN, HOSTILE, LEAKS, RESPONDER, SECRET, staffed

GONE = {ADA: Account.DEACTIVATED}
ROBOT = {ADA: Account.SERVICE_ACCOUNT}
UNREAD = {ADA: NotRead(reason="the users could not be read")}


def blind(about: Facts) -> Facts:
    """The same where Datadog gives no access to responders."""
    return replace(about, responders=None)


FINE = {
    "nobody holds anything": (staffed(), at(60)),
    "a person who responds": (staffed(held(SCRIBE)), at(60)),
    "two people who respond": (staffed(held(SCRIBE), held(TECH_LEAD, by=BO)), at(60)),
    "somebody else is deactivated": (
        staffed(held(SCRIBE), accounts={BO: Account.DEACTIVATED}),
        at(60),
    ),
    "somebody else's account could not be read": (
        staffed(held(SCRIBE), accounts={BO: NotRead(reason="no")}),
        at(60),
    ),
    "a deactivated Incident Manager is another rule's finding": (
        staffed(held(INCIDENT_MANAGER), accounts=GONE),
        at(60),
    ),
    "an Incident Manager who is a service account is another rule's finding": (
        staffed(held(INCIDENT_MANAGER), accounts=ROBOT),
        at(60),
    ),
    "a commander without any responder": (
        staffed(held(INCIDENT_MANAGER), responders=()),
        at(60),
    ),
    "nobody looked at the Incident Manager": (
        blind(staffed(held(INCIDENT_MANAGER), accounts=UNREAD)),
        at(60),
    ),
    "Datadog was not told yet": (staffed(held(SCRIBE, pending=True), responders=()), at(60)),
    "Datadog was not told yet, and shows no responders": (
        blind(staffed(held(SCRIBE, pending=True))),
        at(60),
    ),
    "a deactivated holder from the next moment on": (
        staffed(held(SCRIBE, since=at(60.1)), accounts=GONE),
        at(60),
    ),
    "the holding begins in a moment": (
        staffed(held(SCRIBE, since=at(60.1)), responders=()),
        at(60),
    ),
    "an unread account, and the holding begins in a moment": (
        staffed(held(SCRIBE, since=at(60.1)), accounts=UNREAD),
        at(60),
    ),
    "unseen responders, and the holding begins in a moment": (
        blind(staffed(held(SCRIBE, since=at(60.1)))),
        at(60),
    ),
}

BROKEN = {
    "deactivated": (
        staffed(held(SCRIBE, since=at(10)), accounts=GONE),
        at(60),
        [(SCRIBE, None, at(10))],
    ),
    "a service account": (
        staffed(held(SCRIBE, since=at(10)), accounts=ROBOT),
        at(60),
        [(SCRIBE, None, at(10))],
    ),
    "no longer a responder": (
        staffed(held(SCRIBE), responders=()),
        at(60),
        [(SCRIBE, None, at(0))],
    ),
    "others respond": (staffed(held(SCRIBE), responders=(BO,)), at(60), [(SCRIBE, None, at(0))]),
    "gone since the last change": (
        staffed(held(SCRIBE, since=at(10)), responders=(), about=incident(modified=at(40))),
        at(60),
        [(SCRIBE, None, at(40))],
    ),
    "held since the last change": (
        staffed(held(SCRIBE, since=at(50)), responders=(), about=incident(modified=at(40))),
        at(60),
        [(SCRIBE, None, at(50))],
    ),
    "changed in the future": (
        staffed(held(SCRIBE), responders=(), about=incident(modified=at(90))),
        at(60),
        [(SCRIBE, None, at(60))],
    ),
    "deactivated, and Datadog was not told": (
        staffed(held(SCRIBE, pending=True), accounts=GONE),
        at(60),
        [(SCRIBE, None, at(0))],
    ),
    "deactivated, and not a responder": (
        staffed(held(SCRIBE), accounts=GONE, responders=(), about=incident(modified=at(40))),
        at(60),
        [(SCRIBE, None, at(0))],
    ),
    "deactivated, where nobody sees responders": (
        blind(staffed(held(SCRIBE), accounts=GONE)),
        at(60),
        [(SCRIBE, None, at(0))],
    ),
    "each holding": (
        staffed(
            held(INCIDENT_MANAGER),
            held(SCRIBE),
            held(TECH_LEAD, stream="database"),
            held(TECH_LEAD, stream="network", since=at(10)),
            held(SUPPORT, by=BO),
            accounts=GONE,
        ),
        at(60),
        [
            (SCRIBE, None, at(0)),
            (TECH_LEAD, "database", at(0)),
            (TECH_LEAD, "network", at(10)),
        ],
    ),
}


ask = asking(HOLDER_UNAVAILABLE)


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """Holders who can act, and those whom other rules look at, break nothing."""
    assert ask(*FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_the_holder_who_cannot_act_is_found(case: str) -> None:
    """Each holding is found once, dated from what is known about it."""
    about, now, expected = BROKEN[case]
    assert [(each.role, each.stream, each.since) for each in ask(about, now)] == expected


@pytest.mark.parametrize(("minutes", "count"), [(14.9, 0), (15, 1), (15.1, 1)])
@pytest.mark.parametrize("kind", [Account.DEACTIVATED, Account.SERVICE_ACCOUNT])
def test_the_grace_runs_from_the_holding(minutes: float, count: int, kind: Account) -> None:
    """An account that cannot act may hold a role for as long as the policy lets it."""
    about = staffed(held(SCRIBE, since=at(10)), accounts={ADA: kind})
    assert len(ask(about, at(minutes), grace_minutes=5)) == count


@pytest.mark.parametrize(("minutes", "count"), [(44.9, 0), (45, 1), (45.1, 1)])
def test_the_grace_of_an_absence_runs_from_the_change(minutes: float, count: int) -> None:
    """Somebody may be away for as long as the policy lets it, from the last change on."""
    about = staffed(held(SCRIBE), responders=(), about=incident(modified=at(40)))
    assert len(ask(about, at(minutes), grace_minutes=5)) == count


def test_an_unread_account_is_not_an_answer() -> None:
    """Where nobody could look at the account, the holder is neither found nor fine."""
    with pytest.raises(FactsMissing, match="whether the account of Ada is in use: the users could"):
        ask(staffed(held(SCRIBE), accounts=UNREAD), at(60))


def test_no_access_to_responders_is_nothing_to_look_at() -> None:
    """Where Datadog shows no responders, the rule says that it looked at nothing."""
    with pytest.raises(NothingConnected, match="Datadog gives no access to responders"):
        ask(blind(staffed(held(SCRIBE))), at(60))


def test_a_failed_reading_weighs_more_than_nothing_to_look_at() -> None:
    """A check is incomplete when an account could not be read, whatever else is not offered."""
    about = blind(staffed(held(SCRIBE), held(TECH_LEAD, by=BO), accounts=UNREAD))
    with pytest.raises(FactsMissing):
        ask(about, at(60))


def test_what_is_known_is_said_before_what_is_missing() -> None:
    """An unread account hides neither another holder nor that its own is no responder."""
    about = staffed(
        held(SCRIBE),
        held(TECH_LEAD, by=BO),
        held(SUPPORT, by=DAN),
        accounts={**UNREAD, BO: Account.DEACTIVATED},
        responders=(DAN,),
    )
    asked = HOLDER_UNAVAILABLE.evaluate(about, terms(at(60)))
    assert [next(asked).role, next(asked).role] == [SCRIBE, TECH_LEAD]
    with pytest.raises(FactsMissing):
        next(asked)


def test_deactivated_holders_are_found_without_access_to_responders() -> None:
    """What can be decided is said before the rule says that it sees no responders."""
    about = blind(staffed(held(SCRIBE), held(TECH_LEAD, by=BO), accounts=GONE))
    asked = HOLDER_UNAVAILABLE.evaluate(about, terms(at(60)))
    assert next(asked).role == SCRIBE
    with pytest.raises(NothingConnected):
        next(asked)


def test_by_default_it_is_a_warning_at_once() -> None:
    """Without a policy a holder who cannot act is told of, and fails no check of errors."""
    (found,) = verdict_of(
        [HOLDER_UNAVAILABLE], [staffed(held(SCRIBE), accounts=GONE)], at(0)
    ).findings
    assert (found.level, found.role) == (Level.WARNING, SCRIBE)


@pytest.mark.parametrize(
    ("about", "message"),
    [
        (
            staffed(held(SCRIBE, since=at(10)), accounts=GONE),
            'Scribe of IR-1001 "Checkout down" (SEV-1) is held by Ada since 14:10 UTC, but that '
            "account is deactivated.",
        ),
        (
            staffed(held(SCRIBE, since=at(10)), accounts=ROBOT),
            'Scribe of IR-1001 "Checkout down" (SEV-1) is held by a service account since '
            "14:10 UTC (Ada), and not by a person.",
        ),
        (
            staffed(
                held(TECH_LEAD, stream="database"),
                responders=(),
                about=incident(modified=at(40)),
            ),
            'Tech Lead (database) of IR-1001 "Checkout down" (SEV-1) is held by Ada, who is no '
            "longer a responder since 14:40 UTC at the latest.",
        ),
    ],
)
def test_the_message_says_what_is_wrong(about: Facts, message: str) -> None:
    """A person reads who holds the role, why that is no good, and since when."""
    (breach,) = ask(about, at(60))
    assert breach.message == message


@pytest.mark.parametrize(
    ("about", "fix"),
    [
        (staffed(held(SCRIBE), accounts=GONE), "assign 1001 scribe PERSON"),
        (
            staffed(held(TECH_LEAD, stream="database"), responders=()),
            "assign 1001 tech_lead PERSON --stream database",
        ),
        (
            staffed(held(RESPONDER), accounts=GONE),
            "unassign 1001 first_responder PERSON",
        ),
        (staffed(held(SCRIBE, stream="notes"), accounts=GONE), "assign 1001 scribe PERSON"),
        (staffed(held(LIAISON), accounts=GONE), "unassign 1001 liaison PERSON"),
        (
            staffed(held(LIAISON, stream="press"), accounts=GONE),
            "assign 1001 liaison PERSON --stream press",
        ),
    ],
)
def test_the_fix_is_one_after_which_they_hold_it_no_longer(about: Facts, fix: str) -> None:
    """Where an assignment would leave the old holder in the role, they are taken out of it."""
    (breach,) = ask(about, at(60))
    assert breach.fix == f"dd-incident-roles {fix}"


def test_the_evidence_says_where_it_was_seen() -> None:
    """The record says who holds the role, and Datadog says what is wrong with that."""
    (breach,) = ask(staffed(held(SCRIBE, since=at(10)), responders=()), at(60))
    assert breach.evidence == (
        Evidence("holds Scribe", SeenIn.RECORD, who=ADA.key, since=at(10)),
        Evidence("is not among the responders", SeenIn.DATADOG, who=ADA.key),
    )


@pytest.mark.parametrize("kind", [Account.DEACTIVATED, Account.SERVICE_ACCOUNT, Account.PERSON])
def test_nothing_is_told_of_a_private_incident(kind: Account) -> None:
    """Neither message nor fix names the holder, the stream or the incident."""
    lead = held(TECH_LEAD, by=HOSTILE, stream="initech east")
    (breach,) = ask(staffed(lead, about=SECRET, accounts={HOSTILE: kind}, responders=()), at(60))
    assert "Tech Lead (a stream) of IR-1001 (private) is held by" in breach.message
    assert breach.fix == "dd-incident-roles assign 1001 tech_lead PERSON --stream STREAM"
    assert [leak for leak in LEAKS if leak in breach.message + breach.fix] == []


def test_a_missing_fact_of_a_private_incident_names_nobody() -> None:
    """The reason why a rule could not be decided is shown in logs as well."""
    about = staffed(
        held(SCRIBE, by=HOSTILE), about=SECRET, accounts={HOSTILE: NotRead(reason="no access")}
    )
    with pytest.raises(FactsMissing) as missing:
        ask(about, at(60))
    assert str(missing.value) == "whether the account of a holder is in use: no access"
