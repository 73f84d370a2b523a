"""IR013 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import Account, Facts, FactsMissing, NothingConnected, NotRead
from dd_incident_roles.policy.policy import SeenIn
from dd_incident_roles.policy.rules.ir013_holder_unavailable import HOLDER_UNAVAILABLE
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import (
    ADA,
    BO,
    LIAISON,
    SCRIBE,
    SUPPORT,
    TECH_LEAD,
    Case,
    Found,
    at,
    case,
    held,
    incident,
    sign,
    verdict_of,
)
from tests.policy.staff import DAN, RESPONDER, staffed

GONE = {ADA: Account.DEACTIVATED}
ROBOT = {ADA: Account.SERVICE_ACCOUNT}
UNREAD = {ADA: NotRead(reason="the users could not be read")}
NO_ACCOUNT = FactsMissing(
    "it is not known whether the account of Ada is active: the users could not be read"
)
NO_ACCESS = NothingConnected("Datadog gives no access to responders")

MANAGER = held(INCIDENT_MANAGER)
LATER = held(SCRIBE, since=at(10))
SOON = held(SCRIBE, since=at(60.1))
PENDING = held(SCRIBE, pending=True)
CHANGED = incident(modified=at(40))
AWAY = staffed(held(SCRIBE), responders=(), about=CHANGED)


def blind(about: Facts) -> Facts:
    """The same where Datadog gives no access to responders."""
    return replace(about, responders=None)


CASES = {
    "nobody holds anything": case(staffed()),
    "a person who responds": case(staffed(held(SCRIBE))),
    "two people who respond": case(staffed(held(SCRIBE), held(TECH_LEAD, by=BO))),
    "somebody else is deactivated": case(staffed(held(SCRIBE), accounts={BO: Account.DEACTIVATED})),
    "somebody else's account could not be read": case(
        staffed(held(SCRIBE), accounts={BO: NotRead(reason="no")})
    ),
    "a deactivated Incident Manager is another rule's finding": case(
        staffed(MANAGER, accounts=GONE)
    ),
    "an Incident Manager who is a service account is another rule's finding": case(
        staffed(MANAGER, accounts=ROBOT)
    ),
    "a commander without any responder": case(staffed(MANAGER, responders=())),
    "nobody looked at the Incident Manager": case(blind(staffed(MANAGER, accounts=UNREAD))),
    "Datadog was not told yet": case(staffed(PENDING, responders=())),
    "Datadog was not told yet, and shows no responders": case(blind(staffed(PENDING))),
    "a deactivated holder from the next moment on": case(staffed(SOON, accounts=GONE)),
    "the holding begins in a moment": case(staffed(SOON, responders=())),
    "an unread account, and the holding begins in a moment": case(staffed(SOON, accounts=UNREAD)),
    "unseen responders, and the holding begins in a moment": case(blind(staffed(SOON))),
    "deactivated, within the grace of the policy": case(
        staffed(LATER, accounts=GONE), now=14.9, grace=5
    ),
    "a service account, within the grace of the policy": case(
        staffed(LATER, accounts=ROBOT), now=14.9, grace=5
    ),
    "away since a change within the grace of the policy": case(AWAY, now=44.9, grace=5),
    "deactivated, at the end of the grace of the policy": case(
        staffed(LATER, accounts=GONE), Found(SCRIBE, 10), now=15, grace=5
    ),
    "a service account, at the end of the grace of the policy": case(
        staffed(LATER, accounts=ROBOT), Found(SCRIBE, 10), now=15, grace=5
    ),
    "away for the grace of the policy": case(AWAY, Found(SCRIBE, 40), now=45, grace=5),
    "deactivated": case(
        staffed(LATER, accounts=GONE),
        Found(
            SCRIBE,
            10,
            message='Scribe of IR-1001 "Checkout down" (SEV-1) is held by Ada since 14:10 UTC, but '
            "that account is deactivated.",
            fix="dd-incident-roles assign 1001 scribe PERSON",
        ),
    ),
    "a service account": case(
        staffed(LATER, accounts=ROBOT),
        Found(
            SCRIBE,
            10,
            message='Scribe of IR-1001 "Checkout down" (SEV-1) is held by a service account '
            "(Ada) since 14:10 UTC, not by a person.",
        ),
    ),
    "no longer a responder": case(
        staffed(LATER, responders=()),
        Found(
            SCRIBE,
            10,
            evidence=(
                sign("holds Scribe", SeenIn.RECORD, ADA, 10),
                sign("is not among the responders", SeenIn.DATADOG, ADA),
            ),
        ),
    ),
    "others respond": case(staffed(held(SCRIBE), responders=(BO,)), Found(SCRIBE)),
    "gone since the last change": case(
        staffed(held(TECH_LEAD, stream="database"), responders=(), about=CHANGED),
        Found(
            TECH_LEAD,
            40,
            stream="database",
            message='Tech Lead (database) of IR-1001 "Checkout down" (SEV-1) is held by '
            "Ada, who has not been a responder since 14:40 UTC at the latest.",
            fix="dd-incident-roles assign 1001 tech_lead PERSON --stream database",
        ),
    ),
    "held since the last change": case(
        staffed(held(SCRIBE, since=at(50)), responders=(), about=CHANGED), Found(SCRIBE, 50)
    ),
    "changed in the future": case(
        staffed(held(SCRIBE), responders=(), about=incident(modified=at(90))), Found(SCRIBE, 60)
    ),
    "deactivated, and Datadog was not told": case(staffed(PENDING, accounts=GONE), Found(SCRIBE)),
    "deactivated, and not a responder": case(
        staffed(held(SCRIBE), accounts=GONE, responders=(), about=CHANGED), Found(SCRIBE)
    ),
    "each holding": case(
        staffed(
            MANAGER,
            held(SCRIBE),
            held(TECH_LEAD, stream="database"),
            held(TECH_LEAD, stream="network", since=at(10)),
            held(SUPPORT, by=BO),
            accounts=GONE,
        ),
        Found(SCRIBE),
        Found(TECH_LEAD, stream="database"),
        Found(TECH_LEAD, 10, stream="network"),
    ),
    # Where an assignment would leave the old holder in the role, they are taken out of it.
    "a role for many": case(
        staffed(held(RESPONDER), accounts=GONE),
        Found(RESPONDER, fix="dd-incident-roles unassign 1001 first_responder PERSON"),
    ),
    "a stream that the role does not have": case(
        staffed(held(SCRIBE, stream="notes"), accounts=GONE),
        Found(SCRIBE, stream="notes", fix="dd-incident-roles assign 1001 scribe PERSON"),
    ),
    "a role that needs a stream, and has none": case(
        staffed(held(LIAISON), accounts=GONE),
        Found(LIAISON, fix="dd-incident-roles unassign 1001 liaison PERSON"),
    ),
    "a role that needs a stream": case(
        staffed(held(LIAISON, stream="press"), accounts=GONE),
        Found(
            LIAISON,
            stream="press",
            fix="dd-incident-roles assign 1001 liaison PERSON --stream press",
        ),
    ),
    "an account that nobody could read": case(
        staffed(held(SCRIBE), accounts=UNREAD), missing=NO_ACCOUNT
    ),
    "no access to responders": case(blind(staffed(held(SCRIBE))), missing=NO_ACCESS),
    "a failed reading weighs more than nothing to look at": case(
        blind(staffed(held(SCRIBE), held(TECH_LEAD, by=BO), accounts=UNREAD)), missing=NO_ACCOUNT
    ),
    "an unread account hides neither another holder nor that its own is no responder": case(
        staffed(
            held(SCRIBE),
            held(TECH_LEAD, by=BO),
            held(SUPPORT, by=DAN),
            accounts={**UNREAD, BO: Account.DEACTIVATED, DAN: Account.PERSON},
            responders=(DAN,),
        ),
        Found(SCRIBE),
        Found(TECH_LEAD),
        missing=NO_ACCOUNT,
    ),
    "deactivated, where nobody sees responders": case(
        blind(staffed(held(SCRIBE), accounts=GONE)), Found(SCRIBE)
    ),
    "deactivated, beside somebody whom nobody sees": case(
        blind(staffed(held(SCRIBE), held(TECH_LEAD, by=BO), accounts=GONE)),
        Found(SCRIBE),
        missing=NO_ACCESS,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_holder_who_cannot_act_is_found(case: Case) -> None:
    """Each holding is found once, dated from what is known about it."""
    assert case.asked(HOLDER_UNAVAILABLE) == case.expected


def test_by_default_it_is_a_warning_at_once() -> None:
    """Without a policy a holder who cannot act is told of, and fails no check of errors."""
    about = staffed(held(SCRIBE), accounts=GONE)
    (found,) = verdict_of([HOLDER_UNAVAILABLE], [about], at(0)).findings
    assert (found.level, found.role) == (Level.WARNING, SCRIBE)
