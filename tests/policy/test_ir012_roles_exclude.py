"""IR012 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import Facts, FactsMissing
from dd_incident_roles.policy.policy import Finding, SeenIn, SourceLocation
from dd_incident_roles.policy.rules.ir012_roles_exclude import ROLES_EXCLUDE
from dd_incident_roles.roles.catalogue import ALWAYS, Level
from tests.policy.cases import (
    ADA,
    BACKUP,
    BO,
    CAI,
    CROWD,
    GRAVE,
    LONG_AND_GRAVE,
    SCRIBE,
    SUPPORT,
    TECH_LEAD,
    Case,
    Found,
    at,
    case,
    crowd,
    held,
    incident,
    seen,
    sign,
    verdict_of,
)
from tests.policy.staff import MANAGER_NOT_LEAD, RESPONDER, excluding, staffed

WHEN_GRAVE = excluding((INCIDENT_MANAGER, TECH_LEAD, GRAVE))
STATED_BY_THE_LEAD = excluding((TECH_LEAD, INCIDENT_MANAGER, GRAVE))
BOTH_WAYS = excluding((INCIDENT_MANAGER, TECH_LEAD, GRAVE), (TECH_LEAD, INCIDENT_MANAGER, ALWAYS))
EITHER = excluding((INCIDENT_MANAGER, TECH_LEAD, CROWD), (TECH_LEAD, INCIDENT_MANAGER, GRAVE))
WHEN_LONG = excluding((INCIDENT_MANAGER, TECH_LEAD, LONG_AND_GRAVE))
WHEN_CROWDED = excluding((INCIDENT_MANAGER, TECH_LEAD, CROWD))
TWO_PAIRS = excluding((SCRIBE, TECH_LEAD, ALWAYS), (SUPPORT, TECH_LEAD, ALWAYS))
UNRELATED = excluding((INCIDENT_MANAGER, TECH_LEAD, CROWD), (SUPPORT, SCRIBE, ALWAYS))

MANAGER = held(INCIDENT_MANAGER)
BOTH = (MANAGER, held(TECH_LEAD))
LATER = (MANAGER, held(TECH_LEAD, since=at(10)))
RAISED = (seen(0, "SEV-3"), seen(50, "SEV-1"))
CLASH = Found(TECH_LEAD)
UNCOUNTED = FactsMissing(
    "it is not known how many people respond, and so whether one person may be "
    "Incident Manager and Tech Lead"
)


def crowded(number: int | None, minutes: float = 0) -> Facts:
    """One person in both roles, where that hangs on how many respond."""
    about = staffed(MANAGER, held(TECH_LEAD, since=at(minutes)), catalogue=WHEN_CROWDED)
    return replace(about, responders=None if number is None else crowd(number))


def uncounted(about: Facts) -> Facts:
    """The same where nobody could count who responds."""
    return replace(about, responders=None)


CASES = {
    "nobody": case(staffed(catalogue=WHEN_GRAVE)),
    "only one of the two": case(staffed(MANAGER, catalogue=WHEN_GRAVE)),
    "only the other": case(staffed(held(TECH_LEAD), catalogue=WHEN_GRAVE)),
    "two people": case(staffed(MANAGER, held(TECH_LEAD, by=BO), catalogue=WHEN_GRAVE)),
    "two people, of whom one holds a third role": case(
        staffed(MANAGER, held(SCRIBE), held(TECH_LEAD, by=BO), catalogue=WHEN_GRAVE)
    ),
    "nothing is excluded": case(staffed(*BOTH)),
    "another role is excluded": case(staffed(MANAGER, held(SCRIBE), catalogue=WHEN_GRAVE)),
    "not grave enough": case(staffed(*BOTH, about=incident("SEV-3"), catalogue=WHEN_GRAVE)),
    "the severity fell": case(
        staffed(
            *BOTH,
            about=incident("SEV-3"),
            observations=(seen(0, "SEV-1"),),
            catalogue=STATED_BY_THE_LEAD,
        )
    ),
    "two hours from now": case(staffed(*BOTH, catalogue=WHEN_LONG), now=119.9),
    "the second role begins in a moment": case(
        staffed(MANAGER, held(TECH_LEAD, since=at(60.1)), catalogue=WHEN_GRAVE)
    ),
    "within the grace of the policy": case(
        staffed(*LATER, catalogue=MANAGER_NOT_LEAD), now=14.9, grace=5
    ),
    "few enough respond": case(crowded(10)),
    "nobody counted, and the severity does not ask": case(
        replace(crowded(None), incident=incident("SEV-3"))
    ),
    "nobody counted, and the second role begins in a moment": case(crowded(None, 60.1)),
    "a role twice, in two streams": case(
        staffed(
            held(TECH_LEAD, stream="database"),
            held(TECH_LEAD, stream="network"),
            catalogue=WHEN_GRAVE,
        )
    ),
    "exactly at the end of the grace of the policy": case(
        staffed(*LATER, catalogue=MANAGER_NOT_LEAD), Found(TECH_LEAD, 10), now=15, grace=5
    ),
    "always excluded": case(
        staffed(*BOTH, catalogue=MANAGER_NOT_LEAD),
        replace(CLASH, part=" since 14:00 UTC; one person must never be both."),
    ),
    "grave": case(
        staffed(*LATER, catalogue=WHEN_GRAVE),
        Found(
            TECH_LEAD,
            10,
            message='Ada is Incident Manager and Tech Lead of IR-1001 "Checkout down" (SEV-1) '
            "since 14:10 UTC; one person must not be both in SEV-1 or SEV-2.",
            fix="dd-incident-roles assign 1001 tech_lead PERSON",
            evidence=(
                sign(
                    "Incident Manager excludes Tech Lead in SEV-1 or SEV-2", SeenIn.POLICY, None, 0
                ),
                sign("holds Incident Manager", SeenIn.RECORD, ADA, 0),
                sign("holds Tech Lead", SeenIn.RECORD, ADA, 10),
            ),
            place=SourceLocation("roles.yaml", 11),
        ),
    ),
    "stated by the other side": case(staffed(*BOTH, catalogue=STATED_BY_THE_LEAD), CLASH),
    "stated by both sides, and by the second for longer": case(
        staffed(*BOTH, catalogue=BOTH_WAYS, observations=RAISED),
        replace(CLASH, place=SourceLocation("roles.yaml", 12)),
    ),
    "the second role begins now": case(
        staffed(MANAGER, held(TECH_LEAD, since=at(60)), catalogue=WHEN_GRAVE), Found(TECH_LEAD, 60)
    ),
    "the manager came last": case(
        staffed(held(INCIDENT_MANAGER, since=at(20)), held(TECH_LEAD), catalogue=WHEN_GRAVE),
        Found(TECH_LEAD, 20),
    ),
    "the severity was raised, which does not misdate the holding": case(
        staffed(*BOTH, catalogue=WHEN_GRAVE, observations=RAISED),
        Found(
            TECH_LEAD,
            50,
            message='Ada is Incident Manager and Tech Lead of IR-1001 "Checkout down" (SEV-1), not '
            "allowed since 14:50 UTC; one person must not be both in SEV-1 or SEV-2.",
        ),
    ),
    "open for long enough": case(
        staffed(*BOTH, catalogue=WHEN_LONG), Found(TECH_LEAD, 120), now=120
    ),
    "a crowd": case(crowded(11), CLASH),
    "in two streams of the other role": case(
        staffed(
            MANAGER,
            held(TECH_LEAD, stream="network", since=at(30)),
            held(TECH_LEAD, stream="data base", since=at(10)),
            catalogue=WHEN_GRAVE,
        ),
        Found(
            TECH_LEAD,
            10,
            stream="data base",
            fix="dd-incident-roles assign 1001 tech_lead PERSON --stream 'data base'",
        ),
    ),
    "neither is the manager": case(
        staffed(held(SCRIBE), held(SUPPORT), catalogue=excluding((SUPPORT, SCRIBE, ALWAYS))),
        Found(SCRIBE),
    ),
    "somebody is taken out of a role for many": case(
        staffed(
            MANAGER,
            held(RESPONDER),
            catalogue=excluding((INCIDENT_MANAGER, RESPONDER, ALWAYS)),
        ),
        Found(RESPONDER, fix="dd-incident-roles unassign 1001 first_responder PERSON"),
    ),
    "somebody is taken out of a stream for many": case(
        staffed(
            held(SCRIBE),
            held(BACKUP, stream="east"),
            catalogue=excluding((SCRIBE, BACKUP, ALWAYS)),
        ),
        Found(
            BACKUP,
            stream="east",
            fix="dd-incident-roles unassign 1001 backup_incident_manager PERSON --stream east",
        ),
    ),
    "nobody counted": case(crowded(None), missing=UNCOUNTED),
    "nobody counted, and another line is broken for certain": case(
        uncounted(staffed(*BOTH, catalogue=EITHER)),
        replace(CLASH, place=SourceLocation("roles.yaml", 12)),
    ),
    "what is known is said before what is missing": case(
        uncounted(staffed(*BOTH, held(SUPPORT, by=BO), held(SCRIBE, by=BO), catalogue=UNRELATED)),
        Found(SCRIBE),
        missing=UNCOUNTED,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_clash_is_found(case: Case) -> None:
    """A person and pair are found once, dated from when both roles and the condition were there."""
    assert case.asked(ROLES_EXCLUDE) == case.expected


def findings(about: Facts, minutes: float = 60) -> tuple[Finding, ...]:
    """What a check finds, each finding told apart from the others."""
    found = verdict_of([ROLES_EXCLUDE], [about], at(minutes)).findings
    assert len({each.fingerprint for each in found}) == len(found)
    return found


def test_two_pairs_that_share_a_role_are_two_findings() -> None:
    """A second person in a second pair is told of by the role that the first is not told of by."""
    second = (held(SUPPORT, by=BO), held(TECH_LEAD, by=BO, since=at(10)))
    found = findings(staffed(held(SCRIBE), held(TECH_LEAD), *second, catalogue=TWO_PAIRS))
    assert {(each.role, each.since) for each in found} == {(TECH_LEAD, at(0)), (SUPPORT, at(10))}


def test_a_later_clash_leaves_the_name_of_an_older_one() -> None:
    """A finding that is known from a baseline stays the same when another one joins it."""
    older = (held(SUPPORT, by=BO), held(TECH_LEAD, by=BO))
    later = (held(SCRIBE, since=at(30)), held(TECH_LEAD, since=at(30)))
    (before,) = findings(staffed(*older, catalogue=TWO_PAIRS))
    both = findings(staffed(*later, *older, catalogue=TWO_PAIRS))
    (same,) = [each for each in both if each.since == at(0)]
    assert same.fingerprint == before.fingerprint


def test_one_pair_in_two_streams_is_two_findings() -> None:
    """Two people in the same pair are told apart by the stream that each of them holds."""
    about = staffed(
        held(RESPONDER),
        held(TECH_LEAD, stream="database"),
        held(RESPONDER, by=CAI),
        held(TECH_LEAD, stream="network", by=CAI),
        catalogue=excluding((RESPONDER, TECH_LEAD, ALWAYS)),
    )
    assert [each.stream for each in findings(about)] == ["database", "network"]


def test_by_default_it_is_an_error_at_once() -> None:
    """Without a policy a clash fails the check, and is not left to the next one."""
    (found,) = findings(staffed(*BOTH, catalogue=MANAGER_NOT_LEAD), 0)
    assert (found.level, found.role) == (Level.ERROR, TECH_LEAD)
