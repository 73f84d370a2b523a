"""IR012 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import Facts, FactsMissing
from dd_incident_roles.policy.finding import Evidence, SeenIn, SourceLocation
from dd_incident_roles.policy.rules.ir012_roles_exclude import ROLES_EXCLUDE
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.roles.conditions import ALWAYS
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
    asking,
    at,
    crowd,
    held,
    incident,
    seen,
    terms,
    verdict_of,
)
from tests.policy.holders import (
    HOSTILE,
    LEAKS,
    MANAGER_NOT_LEAD,
    RESPONDER,
    SECRET,
    excluding,
    staffed,
)

WHEN_GRAVE = excluding((INCIDENT_MANAGER, TECH_LEAD, GRAVE))
STATED_BY_THE_LEAD = excluding((TECH_LEAD, INCIDENT_MANAGER, GRAVE))
BOTH_WAYS = excluding((INCIDENT_MANAGER, TECH_LEAD, GRAVE), (TECH_LEAD, INCIDENT_MANAGER, ALWAYS))
WHEN_LONG = excluding((INCIDENT_MANAGER, TECH_LEAD, LONG_AND_GRAVE))
WHEN_CROWDED = excluding((INCIDENT_MANAGER, TECH_LEAD, CROWD))
TWO_PAIRS = excluding((SCRIBE, TECH_LEAD, ALWAYS), (SUPPORT, TECH_LEAD, ALWAYS))
BOTH = (held(INCIDENT_MANAGER), held(TECH_LEAD))


def crowded(number: int | None, minutes: float = 0) -> Facts:
    """One person in both roles, where that hangs on how many respond."""
    lead = held(TECH_LEAD, since=at(minutes))
    about = staffed(held(INCIDENT_MANAGER), lead, catalogue=WHEN_CROWDED)
    return replace(about, responders=None if number is None else crowd(number))


FINE = {
    "nobody": (staffed(catalogue=WHEN_GRAVE), at(60)),
    "only one of the two": (staffed(held(INCIDENT_MANAGER), catalogue=WHEN_GRAVE), at(60)),
    "only the other": (staffed(held(TECH_LEAD), catalogue=WHEN_GRAVE), at(60)),
    "two people": (
        staffed(held(INCIDENT_MANAGER), held(TECH_LEAD, by=BO), catalogue=WHEN_GRAVE),
        at(60),
    ),
    "nothing is excluded": (staffed(*BOTH), at(60)),
    "another role is excluded": (
        staffed(held(INCIDENT_MANAGER), held(SCRIBE), catalogue=WHEN_GRAVE),
        at(60),
    ),
    "not grave enough": (staffed(*BOTH, about=incident("SEV-3"), catalogue=WHEN_GRAVE), at(60)),
    "the severity fell": (
        staffed(
            *BOTH,
            about=incident("SEV-3"),
            observations=(seen(0, "SEV-1"),),
            catalogue=STATED_BY_THE_LEAD,
        ),
        at(60),
    ),
    "two hours from now": (staffed(*BOTH, catalogue=WHEN_LONG), at(119.9)),
    "the second role begins in a moment": (
        staffed(held(INCIDENT_MANAGER), held(TECH_LEAD, since=at(60.1)), catalogue=WHEN_GRAVE),
        at(60),
    ),
    "few enough respond": (crowded(10), at(60)),
    "nobody counted, and the severity does not ask": (
        replace(crowded(None), incident=incident("SEV-3")),
        at(60),
    ),
    "nobody counted, and the second role begins in a moment": (crowded(None, 60.1), at(60)),
    "a role twice, in two streams": (
        staffed(
            held(TECH_LEAD, stream="database"),
            held(TECH_LEAD, stream="network"),
            catalogue=WHEN_GRAVE,
        ),
        at(60),
    ),
}

BROKEN = {
    "always excluded": (staffed(*BOTH, catalogue=MANAGER_NOT_LEAD), at(60), [(TECH_LEAD, at(0))]),
    "grave": (staffed(*BOTH, catalogue=WHEN_GRAVE), at(60), [(TECH_LEAD, at(0))]),
    "stated by the other side": (
        staffed(*BOTH, catalogue=STATED_BY_THE_LEAD),
        at(60),
        [(TECH_LEAD, at(0))],
    ),
    "stated by both sides": (
        staffed(*BOTH, catalogue=BOTH_WAYS, observations=(seen(0, "SEV-3"), seen(50, "SEV-1"))),
        at(60),
        [(TECH_LEAD, at(0))],
    ),
    "the second role begins now": (
        staffed(held(INCIDENT_MANAGER), held(TECH_LEAD, since=at(60)), catalogue=WHEN_GRAVE),
        at(60),
        [(TECH_LEAD, at(60))],
    ),
    "the manager came last": (
        staffed(held(INCIDENT_MANAGER, since=at(20)), held(TECH_LEAD), catalogue=WHEN_GRAVE),
        at(60),
        [(TECH_LEAD, at(20))],
    ),
    "the severity was raised": (
        staffed(*BOTH, catalogue=WHEN_GRAVE, observations=(seen(0, "SEV-3"), seen(50, "SEV-1"))),
        at(60),
        [(TECH_LEAD, at(50))],
    ),
    "open for long enough": (staffed(*BOTH, catalogue=WHEN_LONG), at(120), [(TECH_LEAD, at(120))]),
    "a crowd": (crowded(11), at(60), [(TECH_LEAD, at(0))]),
    "in two streams of the other role": (
        staffed(
            held(INCIDENT_MANAGER),
            held(TECH_LEAD, stream="network", since=at(30)),
            held(TECH_LEAD, stream="database", since=at(10)),
            catalogue=WHEN_GRAVE,
        ),
        at(60),
        [(TECH_LEAD, at(10))],
    ),
    "neither is the manager": (
        staffed(held(SCRIBE), held(SUPPORT), catalogue=excluding((SUPPORT, SCRIBE, ALWAYS))),
        at(60),
        [(SCRIBE, at(0))],
    ),
}


ask = asking(ROLES_EXCLUDE)


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """Two roles that may go together now, or that two people hold, break nothing."""
    assert ask(*FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_the_clash_is_found(case: str) -> None:
    """A person and pair are found once, dated from when both roles and the condition were there."""
    about, now, expected = BROKEN[case]
    assert [(each.role, each.since) for each in ask(about, now)] == expected


@pytest.mark.parametrize(("minutes", "count"), [(14.9, 0), (15, 1), (15.1, 1)])
def test_the_grace_is_the_policys(minutes: float, count: int) -> None:
    """One person may hold both for as long as the policy lets it, to the instant."""
    about = staffed(
        held(INCIDENT_MANAGER), held(TECH_LEAD, since=at(10)), catalogue=MANAGER_NOT_LEAD
    )
    assert len(ask(about, at(minutes), grace_minutes=5)) == count


def test_two_pairs_that_share_a_role_are_two_findings() -> None:
    """A second person in a second pair is told of by the role that the first is not told of by."""
    about = staffed(
        held(SCRIBE),
        held(TECH_LEAD),
        held(SUPPORT, by=BO),
        held(TECH_LEAD, by=BO, since=at(10)),
        catalogue=TWO_PAIRS,
    )
    found = verdict_of([ROLES_EXCLUDE], [about], at(60)).findings
    assert {(each.role, each.since) for each in found} == {(TECH_LEAD, at(0)), (SUPPORT, at(10))}
    assert len({each.fingerprint for each in found}) == 2


def test_a_later_clash_leaves_the_name_of_an_older_one() -> None:
    """A finding that is known from a baseline stays the same when another one joins it."""
    older = (held(SUPPORT, by=BO), held(TECH_LEAD, by=BO))
    later = (held(SCRIBE, since=at(30)), held(TECH_LEAD, since=at(30)))
    (before,) = verdict_of([ROLES_EXCLUDE], [staffed(*older, catalogue=TWO_PAIRS)], at(60)).findings
    both = verdict_of([ROLES_EXCLUDE], [staffed(*later, *older, catalogue=TWO_PAIRS)], at(60))
    (same,) = [each for each in both.findings if each.since == at(0)]
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
    found = verdict_of([ROLES_EXCLUDE], [about], at(60)).findings
    assert [each.stream for each in found] == ["database", "network"]
    assert len({each.fingerprint for each in found}) == 2


def test_a_missing_fact_is_not_an_answer() -> None:
    """Where nobody could count the responders, a clash is neither found nor fine."""
    with pytest.raises(FactsMissing, match="may be Incident Manager and Tech Lead hangs on how"):
        ask(crowded(None), at(60))


def test_a_missing_fact_does_not_matter_where_another_line_is_broken() -> None:
    """What excludes the pair for certain is found, and nothing is left open about it."""
    catalogue = excluding(
        (INCIDENT_MANAGER, TECH_LEAD, CROWD), (TECH_LEAD, INCIDENT_MANAGER, GRAVE)
    )
    about = replace(staffed(*BOTH, catalogue=catalogue), responders=None)
    (breach,) = ask(about, at(60))
    assert breach.place == SourceLocation("roles.yaml", 12)


def test_what_is_known_is_said_before_what_is_missing() -> None:
    """A missing fact about one pair does not hide the finding about another."""
    catalogue = excluding((INCIDENT_MANAGER, TECH_LEAD, CROWD), (SUPPORT, SCRIBE, ALWAYS))
    about = staffed(*BOTH, held(SUPPORT, by=BO), held(SCRIBE, by=BO), catalogue=catalogue)
    asked = ROLES_EXCLUDE.evaluate(replace(about, responders=None), terms(at(60)))
    assert next(asked).role == SCRIBE
    with pytest.raises(FactsMissing):
        next(asked)


def test_by_default_it_is_an_error_at_once() -> None:
    """Without a policy a clash fails the check, and is not left to the next one."""
    (found,) = verdict_of(
        [ROLES_EXCLUDE], [staffed(*BOTH, catalogue=MANAGER_NOT_LEAD)], at(0)
    ).findings
    assert (found.level, found.role) == (Level.ERROR, TECH_LEAD)


def test_the_message_says_when_it_is_not_allowed() -> None:
    """A person reads who holds what since when, under which condition, and what to type."""
    (breach,) = ask(
        staffed(held(INCIDENT_MANAGER), held(TECH_LEAD, since=at(10)), catalogue=WHEN_GRAVE), at(60)
    )
    assert breach.message == (
        'Ada is Incident Manager and Tech Lead of IR-1001 "Checkout down" (SEV-1) since '
        "14:10 UTC; one person must not be both in SEV-1 or SEV-2."
    )
    assert breach.fix == "dd-incident-roles assign 1001 tech_lead PERSON"


def test_the_message_of_a_raise_does_not_misdate_the_holding() -> None:
    """Where the condition came last, the time is that of the condition, and the message says so."""
    history = (seen(0, "SEV-3"), seen(50, "SEV-1"))
    (breach,) = ask(staffed(*BOTH, catalogue=WHEN_GRAVE, observations=history), at(60))
    assert breach.message == (
        'Ada is Incident Manager and Tech Lead of IR-1001 "Checkout down" (SEV-1), not allowed '
        "since 14:50 UTC; one person must not be both in SEV-1 or SEV-2."
    )


def test_the_message_of_what_is_always_excluded() -> None:
    """An exclusion without a condition reads as a sentence."""
    (breach,) = ask(staffed(*BOTH, catalogue=MANAGER_NOT_LEAD), at(60))
    assert breach.message.endswith("; one person must never be both.")


def test_the_fix_is_one_after_which_the_role_is_given_away() -> None:
    """A stream is named, and somebody is taken out of a role that many can hold."""
    lead = held(TECH_LEAD, stream="data base")
    (breach,) = ask(staffed(held(INCIDENT_MANAGER), lead, catalogue=WHEN_GRAVE), at(60))
    assert breach.stream == "data base"
    assert breach.fix == "dd-incident-roles assign 1001 tech_lead PERSON --stream 'data base'"
    many = excluding((INCIDENT_MANAGER, RESPONDER, ALWAYS))
    (breach,) = ask(staffed(held(INCIDENT_MANAGER), held(RESPONDER), catalogue=many), at(60))
    assert breach.fix == "dd-incident-roles unassign 1001 first_responder PERSON"


def test_the_finding_points_at_the_line_that_excludes() -> None:
    """Of two lines about the same pair it is the one that has been broken longest."""
    history = (seen(0, "SEV-3"), seen(50, "SEV-1"))
    (breach,) = ask(staffed(*BOTH, catalogue=WHEN_GRAVE), at(60))
    assert breach.place == SourceLocation("roles.yaml", 11)
    (breach,) = ask(staffed(*BOTH, catalogue=BOTH_WAYS, observations=history), at(60))
    assert breach.place == SourceLocation("roles.yaml", 12)


def test_the_evidence_is_the_exclusion_and_both_holdings() -> None:
    """Whoever settles it sees what is demanded, and since when each role is held."""
    (breach,) = ask(
        staffed(held(INCIDENT_MANAGER), held(TECH_LEAD, since=at(10)), catalogue=WHEN_GRAVE), at(60)
    )
    assert breach.evidence == (
        Evidence(
            "Incident Manager excludes Tech Lead in SEV-1 or SEV-2",
            SeenIn.POLICY,
            since=at(0),
        ),
        Evidence("holds Incident Manager", SeenIn.RECORD, who=ADA.key, since=at(0)),
        Evidence("holds Tech Lead", SeenIn.RECORD, who=ADA.key, since=at(10)),
    )


def test_nothing_is_told_of_a_private_incident() -> None:
    """Message and fix name no person, no stream, and not the condition that the incident meets."""
    about = staffed(
        held(INCIDENT_MANAGER, by=HOSTILE),
        held(TECH_LEAD, by=HOSTILE, stream="initech east"),
        about=SECRET,
        catalogue=WHEN_GRAVE,
    )
    (breach,) = ask(about, at(60))
    assert breach.message == (
        "Somebody is Incident Manager and Tech Lead of IR-1001 (private) since 14:00 UTC; "
        "one person must not be both."
    )
    assert breach.fix == "dd-incident-roles assign 1001 tech_lead PERSON --stream STREAM"
    assert [leak for leak in LEAKS if leak in breach.message + breach.fix] == []


def test_a_role_of_many_streams_is_taken_away_in_its_stream() -> None:
    """Somebody in a stream of a role for many is taken out of that stream alone."""
    catalogue = excluding((SCRIBE, BACKUP, ALWAYS))
    (breach,) = ask(staffed(held(SCRIBE), held(BACKUP, stream="east"), catalogue=catalogue), at(60))
    assert (
        breach.fix == "dd-incident-roles unassign 1001 backup_incident_manager PERSON --stream east"
    )
