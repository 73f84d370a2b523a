"""IR016 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Person, RoleKey
from dd_incident_roles.policy.facts import Dispute, Facts, RefusedChange
from dd_incident_roles.policy.policy import SeenIn
from dd_incident_roles.policy.rules.ir016_write_refused import WRITE_REFUSED
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import (
    ADA,
    BO,
    DECLARED,
    SCRIBE,
    Case,
    Found,
    at,
    case,
    facts,
    held,
    incident,
    sign,
    verdict_of,
)

DECLINED = "Datadog declined POST /api/v2/incidents/role_assignments with 409: taken."


def refused(
    attempt: str = "assign",
    *,
    role: RoleKey | None = SCRIBE,
    who: Person | None = BO,
    entry: str | None = None,
    tries: int = 1,
) -> RefusedChange:
    """That Datadog would not have Bo as Scribe, from the beginning."""
    return RefusedChange(
        attempt=attempt,
        reason=DECLINED,
        since=DECLARED,
        tries=tries,
        role=role,
        person=who,
        entry=entry,
    )


def of_entry(attempt: str, entry: str = "k1") -> RefusedChange:
    """That Datadog would not have an entry."""
    return refused(attempt, role=None, who=None, entry=entry)


def with_refused(*changes: RefusedChange) -> Facts:
    """An incident in which Datadog refused these."""
    return replace(facts(), refused=changes)


DISPUTE = Dispute(role=SCRIBE, wanted=BO, standing=ADA, since=DECLARED)
OF_ROLE = Found(SCRIBE, 0, Level.ERROR)

CASES = {
    "nothing was refused": case(with_refused()),
    "a role is held": case(facts(holders=(SCRIBE,))),
    "a role waits to be told": case(replace(facts(), holdings=(held(SCRIBE, pending=True),))),
    "both sides differ, which is another rule's finding": case(
        replace(facts(), disputes=(DISPUTE,))
    ),
    "a private incident in which nothing was refused": case(facts(incident(private=True))),
    "two roles are held": case(facts(holders=(SCRIBE, INCIDENT_MANAGER))),
    "a role is refused": case(
        with_refused(refused(tries=3)),
        replace(
            OF_ROLE,
            message='Datadog has refused to make Bo Scribe in IR-1001 "Checkout down" '
            "(SEV-1) since 14:00 UTC (12 minutes, tried 3 times): Datadog declined "
            "POST /api/v2/incidents/role_assignments with 409: taken.",
            fix="dd-incident-roles sync 1001 --retry-refused",
            evidence=(sign("refused to make Bo Scribe", SeenIn.DATADOG, BO, 0),),
        ),
        now=12,
    ),
    "a removal is refused": case(
        with_refused(refused("unassign")),
        replace(OF_ROLE, part="refused to take Scribe from Bo in IR-1001"),
    ),
    "a responder is refused": case(
        with_refused(refused("create", role=None)),
        Found(part="refused to add Bo to the responders in IR-1001"),
    ),
    "an entry is refused": case(
        with_refused(of_entry("create")), Found(part="refused to add the entry k1 in IR-1001")
    ),
    "an edit is refused": case(
        with_refused(of_entry("update")), Found(part="refused to change the entry k1 in IR-1001")
    ),
    "a deletion is refused": case(
        with_refused(of_entry("delete")), Found(part="refused to delete the entry k1 in IR-1001")
    ),
    "each by itself": case(
        with_refused(refused(), refused(who=ADA), of_entry("update")), OF_ROLE, OF_ROLE, Found()
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_refused_write_is_found(case: Case) -> None:
    """A refused role is an error, and anything else as grave as the rule, in plain words."""
    assert case.asked(WRITE_REFUSED) == case.expected


def test_each_finding_is_told_apart_and_stays_the_same() -> None:
    """Two people of one role, and two entries, are findings of their own, whatever the tries."""
    entries = (of_entry("update"), of_entry("update", "k2"))
    about = with_refused(refused(), refused(who=ADA), *entries)
    prints = [each.fingerprint for each in verdict_of([WRITE_REFUSED], [about], at(12)).findings]
    assert len(set(prints)) == 4
    again = with_refused(refused(tries=7))
    (found,) = verdict_of([WRITE_REFUSED], [again], at(90)).findings
    assert found.fingerprint in prints
