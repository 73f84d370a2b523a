"""What IR013 says of a holder who cannot act: its message, its command and its evidence."""

from __future__ import annotations

from datetime import datetime

import pytest

from dd_incident_roles.policy.facts import Account, Facts, FactsMissing, NotRead
from dd_incident_roles.policy.finding import Breach, Evidence, SeenIn
from dd_incident_roles.policy.rules.ir013_holder_unavailable import HOLDER_UNAVAILABLE
from tests.policy.cases import (
    ADA,
    LIAISON,
    SCRIBE,
    TECH_LEAD,
    at,
    held,
    incident,
    terms,
)
from tests.policy.holders import HOSTILE, LEAKS, RESPONDER, SECRET, staffed

GONE = {ADA: Account.DEACTIVATED}
ROBOT = {ADA: Account.SERVICE_ACCOUNT}


def ask(about: Facts, now: datetime) -> list[Breach]:
    return list(HOLDER_UNAVAILABLE.evaluate(about, terms(now)))


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
        Evidence(what="holds Scribe", seen_in=SeenIn.RECORD, who=ADA.key, since=at(10)),
        Evidence(what="is not among the responders", seen_in=SeenIn.DATADOG, who=ADA.key),
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
