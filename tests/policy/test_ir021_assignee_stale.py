"""IR021 against a table of issues, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Person
from dd_incident_roles.policy.facts import (
    Facts,
    FactsMissing,
    Holding,
    NothingConnected,
    NotRead,
)
from dd_incident_roles.policy.policy import SeenIn
from dd_incident_roles.policy.rules.ir021_assignee_stale import ASSIGNEE_STALE
from tests.policy.cases import ADA, BO, CAI, SCRIBE, Case, Found, at, case, facts, held, sign
from tests.policy.staff import issue

MANAGER = held(INCIDENT_MANAGER)
NO_ANSWER = NotRead(reason="GitHub did not answer")


def assigned(*assignees: Person, since: float = 0, manager: Holding | None = MANAGER) -> Facts:
    """An incident that Ada manages unless said otherwise, and to whom its issue is assigned."""
    tracked = issue(*assignees, since=since)
    return replace(facts(), issue=tracked, holdings=(manager,) if manager else ())


def managed_since(minutes: float) -> Holding:
    """That Ada has managed the incident since a minute."""
    return held(INCIDENT_MANAGER, since=at(minutes))


def stale(since: float = 0) -> Found:
    """That the issue is not assigned to the manager since a minute."""
    return Found(INCIDENT_MANAGER, since)


CASES = {
    "assigned to the manager": case(assigned(ADA)),
    "assigned to the manager and others": case(assigned(BO, ADA, CAI)),
    "the same person by another name": case(assigned(replace(ADA, name=None, user_id=None))),
    "nobody manages, and nobody is assigned": case(assigned(manager=None)),
    "nobody manages, and somebody is assigned": case(assigned(BO, manager=None)),
    "nobody manages, and a Scribe is assigned": case(assigned(BO, manager=held(SCRIBE))),
    "the manager took over a moment ago": case(assigned(BO, manager=managed_since(55.1))),
    "the issue was assigned a moment ago": case(assigned(BO, since=55.1)),
    "the issue was opened a moment ago": case(assigned(since=55.1)),
    "within the grace of the policy": case(assigned(BO, since=40), grace=20.1),
    "nobody manages, whatever became of the issue": case(
        replace(assigned(manager=None), issue=NO_ANSWER)
    ),
    "exactly at the end of the grace": case(assigned(since=55), stale(55)),
    "exactly at the end of the grace of the policy": case(
        assigned(BO, since=40), stale(40), grace=20
    ),
    "nobody is assigned": case(
        assigned(since=50),
        replace(
            stale(50),
            part="Ada is Incident Manager, but the issue is assigned to nobody.",
            evidence=(
                sign("is Incident Manager", SeenIn.RECORD, ADA, 0),
                sign("nobody is assigned to ops#7", SeenIn.ISSUE, None, 50),
            ),
        ),
    ),
    "only another is assigned": case(
        assigned(BO, since=50),
        replace(
            stale(50),
            message='The issue of IR-1001 "Checkout down" (SEV-1) has not been assigned to '
            "the Incident Manager since 14:50 UTC (10 minutes): Ada is Incident "
            "Manager, but the issue is assigned to Bo.",
            fix="dd-incident-roles sync 1001 --retry-refused",
            evidence=(
                sign("is Incident Manager", SeenIn.RECORD, ADA, 0),
                sign("is assigned to ops#7", SeenIn.ISSUE, BO, 50),
            ),
        ),
    ),
    "only others are assigned": case(
        assigned(BO, CAI), replace(stale(), part="but the issue is assigned to Bo and Cai.")
    ),
    "the manager came after the assignee": case(
        assigned(BO, since=10, manager=managed_since(30)), stale(30)
    ),
    "the assignee came after the manager": case(
        assigned(BO, since=30, manager=managed_since(10)), stale(30)
    ),
    "the longest manager counts": case(
        replace(
            assigned(BO),
            holdings=(held(INCIDENT_MANAGER, by=BO, since=at(20)), managed_since(10)),
        ),
        stale(10),
    ),
    "an issue that could not be read": case(
        replace(assigned(), issue=NO_ANSWER), missing=FactsMissing("GitHub did not answer")
    ),
    "no tracker": case(
        facts(holders=(INCIDENT_MANAGER,)),
        missing=NothingConnected("no issue tracker is connected"),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_stale_assignee_is_found(case: Case) -> None:
    """An issue without the manager is found, dated from the later of both changes."""
    assert case.asked(ASSIGNEE_STALE) == case.expected
