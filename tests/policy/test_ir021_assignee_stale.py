"""IR021 against a table of issues, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Incident, Person
from dd_incident_roles.policy.facts import (
    Facts,
    FactsMissing,
    Holding,
    IncidentIssue,
    NothingConnected,
    NotRead,
)
from dd_incident_roles.policy.finding import Evidence, SeenIn
from dd_incident_roles.policy.rules.ir021_assignee_stale import ASSIGNEE_STALE
from tests.policy.cases import ADA, BO, CAI, SCRIBE, asking, at, facts, held
from tests.policy.intervals import EVE, SECRET, leaks

MANAGER = held(INCIDENT_MANAGER)


def issue(
    *assignees: Person,
    since: float = 0,
    manager: Holding | None = MANAGER,
    about: Incident | None = None,
) -> Facts:
    """An incident that Ada manages unless said otherwise, and to whom its issue is assigned."""
    tracked = IncidentIssue(name="mallory/ops#7", assignees=assignees, since=at(since))
    return replace(facts(about), issue=tracked, holdings=(manager,) if manager else ())


def managed_since(minutes: float) -> Holding:
    """That Ada has managed the incident since a minute."""
    return held(INCIDENT_MANAGER, since=at(minutes))


FINE = {
    "assigned to the manager": (issue(ADA), at(60)),
    "assigned to the manager and others": (issue(BO, ADA, CAI), at(60)),
    "the same person by another name": (issue(replace(ADA, name=None, user_id=None)), at(60)),
    "nobody manages, and nobody is assigned": (issue(manager=None), at(60)),
    "nobody manages, and somebody is assigned": (issue(BO, manager=None), at(60)),
    "nobody manages, and a Scribe is assigned": (issue(BO, manager=held(SCRIBE)), at(60)),
    "the manager took over a moment ago": (issue(BO, manager=managed_since(55.1)), at(60)),
    "the issue was assigned a moment ago": (issue(BO, since=55.1), at(60)),
    "the issue was opened a moment ago": (issue(since=55.1), at(60)),
    "a manager may wait, whatever became of the issue": (
        replace(issue(manager=None), issue=NotRead(reason="GitHub did not answer"), holdings=()),
        at(60),
    ),
}

BROKEN = {
    "exactly at the end of the grace": (issue(since=55), at(60), at(55)),
    "nobody is assigned": (issue(), at(60), at(0)),
    "only another is assigned": (issue(BO), at(60), at(0)),
    "only others are assigned": (issue(BO, CAI), at(60), at(0)),
    "the manager came after the assignee": (
        issue(BO, since=10, manager=managed_since(30)),
        at(60),
        at(30),
    ),
    "the assignee came after the manager": (
        issue(BO, since=30, manager=managed_since(10)),
        at(60),
        at(30),
    ),
    "the longest manager counts": (
        replace(
            issue(BO),
            holdings=(held(INCIDENT_MANAGER, by=BO, since=at(20)), managed_since(10)),
        ),
        at(60),
        at(10),
    ),
}


ask = asking(ASSIGNEE_STALE, grace_minutes=5)


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """An issue with the manager among its assignees, or a recent change, breaks nothing."""
    assert ask(*FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_the_stale_assignee_is_found(case: str) -> None:
    """An issue without the manager is found, dated from the later of both changes."""
    about, now, since = BROKEN[case]
    (breach,) = ask(about, now)
    assert (breach.since, breach.role, breach.level) == (since, INCIDENT_MANAGER, None)


def test_the_rule_gives_five_minutes() -> None:
    """Unless the policy says otherwise a sync has five minutes."""
    assert ASSIGNEE_STALE.grace == timedelta(minutes=5)


@pytest.mark.parametrize(("grace", "found"), [(19.9, 1), (20, 1), (20.1, 0)])
def test_the_policy_sets_the_grace(grace: float, found: int) -> None:
    """The grace is the one that the rule is told."""
    assert len(ask(issue(BO, since=40), at(60), grace)) == found


@pytest.mark.parametrize(
    ("assignees", "words"),
    [((), "nobody"), ((BO,), "Bo"), ((BO, CAI), "Bo and Cai")],
)
def test_the_message_says_who_manages_and_who_is_assigned(
    assignees: tuple[Person, ...], words: str
) -> None:
    """A person reads both names, and since when they differ."""
    (breach,) = ask(issue(*assignees, since=50), at(60))
    assert breach.message == (
        'The issue of IR-1001 "Checkout down" (SEV-1) has not been assigned to the Incident '
        "Manager since 14:50 UTC (10 minutes): Ada is Incident Manager, and the issue is assigned "
        f"to {words}."
    )
    assert breach.fix == "dd-incident-roles sync 1001"


def test_the_evidence_says_who_is_who_and_where() -> None:
    """The manager comes from the record, each assignee from the issue."""
    (breach,) = ask(issue(BO, since=50), at(60))
    assert breach.evidence == (
        Evidence("is Incident Manager", SeenIn.RECORD, who="ada@corp.example", since=at(0)),
        Evidence("is assigned to mallory/ops#7", SeenIn.ISSUE, who="bo@corp.example", since=at(50)),
    )


def test_the_evidence_says_that_nobody_is_assigned() -> None:
    """An issue without assignees is named all the same."""
    (breach,) = ask(issue(since=50), at(60))
    assert breach.evidence[1:] == (
        Evidence("nobody is assigned to mallory/ops#7", SeenIn.ISSUE, since=at(50)),
    )


def test_a_private_incident_tells_nothing() -> None:
    """Neither people nor the issue nor the title reach a log."""
    manager = held(INCIDENT_MANAGER, by=EVE)
    (breach,) = ask(issue(BO, CAI, manager=manager, about=SECRET), at(60))
    assert leaks(breach) == []
    assert breach.message == (
        "The issue of IR-1001 (private) has not been assigned to the Incident Manager since 14:00 "
        "UTC (1 hour): somebody is Incident Manager, and the issue is assigned to somebody."
    )


def test_an_issue_that_could_not_be_read_is_not_an_answer() -> None:
    """A failed reading leaves the rule undecided."""
    about = replace(issue(), issue=NotRead(reason="GitHub did not answer"))
    with pytest.raises(FactsMissing, match="GitHub did not answer"):
        ask(about, at(60))


def test_without_a_tracker_there_is_nothing_to_look_at() -> None:
    """Where no issue tracker is connected the rule says so."""
    with pytest.raises(NothingConnected, match="no issue tracker is connected"):
        ask(facts(holders=(INCIDENT_MANAGER,)), at(60))
