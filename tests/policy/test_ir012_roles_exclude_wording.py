"""What IR012 says of a clash: its message, its command, its place and its evidence."""

from __future__ import annotations

from datetime import datetime

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import Breach, Evidence, SeenIn, SourceLocation
from dd_incident_roles.policy.rules.ir012_roles_exclude import ROLES_EXCLUDE
from dd_incident_roles.roles.conditions import ALWAYS
from tests.policy.cases import (
    ADA,
    BACKUP,
    GRAVE,
    SCRIBE,
    TECH_LEAD,
    at,
    held,
    seen,
    terms,
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
BOTH_WAYS = excluding((INCIDENT_MANAGER, TECH_LEAD, GRAVE), (TECH_LEAD, INCIDENT_MANAGER, ALWAYS))
BOTH = (held(INCIDENT_MANAGER), held(TECH_LEAD))


def ask(about: Facts, now: datetime) -> list[Breach]:
    return list(ROLES_EXCLUDE.evaluate(about, terms(now)))


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
            what="Incident Manager excludes Tech Lead in SEV-1 or SEV-2",
            seen_in=SeenIn.POLICY,
            since=at(0),
        ),
        Evidence(what="holds Incident Manager", seen_in=SeenIn.RECORD, who=ADA.key, since=at(0)),
        Evidence(what="holds Tech Lead", seen_in=SeenIn.RECORD, who=ADA.key, since=at(10)),
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
