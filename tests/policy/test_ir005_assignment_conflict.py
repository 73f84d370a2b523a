"""IR005 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Person, RoleKey
from dd_incident_roles.policy.facts import Dispute, Facts
from dd_incident_roles.policy.policy import SeenIn
from dd_incident_roles.policy.rules.ir005_assignment_conflict import ASSIGNMENT_CONFLICT
from tests.policy.cases import ADA, BACKUP, BO, SCRIBE, Case, Found, at, case, facts, sign
from tests.policy.staff import manager, staffed, without_short_name


def dispute(
    key: RoleKey = SCRIBE,
    *,
    wanted: Person | None = BO,
    standing: Person | None = ADA,
    since: float = 0,
) -> Dispute:
    """That Datadog shows Ada where the record wanted Bo."""
    return Dispute(role=key, wanted=wanted, standing=standing, since=at(since))


def disputed(*disputes: Dispute) -> Facts:
    """An incident with these open questions."""
    return replace(facts(), disputes=disputes)


ONE = disputed(dispute())
SCRIBE_AND_MANAGER = disputed(dispute(since=3), dispute(INCIDENT_MANAGER, since=7))

CASES = {
    "nothing is disputed": case(disputed()),
    "the places disagree, which is another rule's finding": case(
        staffed(commander=ADA, recorded=manager(BO))
    ),
    "within the grace of the policy": case(ONE, now=4.99, grace=5),
    "noted by a clock that is ahead": case(ONE, now=-0.1),
    "several within the grace": case(
        disputed(dispute(since=56), dispute(BACKUP, since=57)), grace=5
    ),
    "at once": case(ONE, Found(SCRIBE), now=0),
    "at the end of the grace of the policy": case(ONE, Found(SCRIBE), now=5, grace=5),
    "each role of its own": case(
        SCRIBE_AND_MANAGER,
        Found(SCRIBE, 3, fix="dd-incident-roles assign 1001 scribe PERSON"),
        Found(INCIDENT_MANAGER, 7, fix="dd-incident-roles assign 1001 im PERSON"),
    ),
    "a catalogue that calls nobody im": case(
        without_short_name(SCRIBE_AND_MANAGER),
        Found(SCRIBE, 3),
        Found(INCIDENT_MANAGER, 7, fix="dd-incident-roles assign 1001 incident_manager PERSON"),
    ),
    "the older one alone": case(
        disputed(dispute(since=58), dispute(BACKUP, since=55)), Found(BACKUP, 55), grace=5
    ),
    "whom each side has": case(
        ONE,
        Found(
            SCRIBE,
            message='Scribe of IR-1001 "Checkout down" (SEV-1) was changed here and in '
            "Datadog and has been in conflict since 14:00 UTC (12 minutes): Datadog "
            "shows Ada, the record wanted Bo; a decision was due at once.",
        ),
        now=12,
    ),
    "nobody in Datadog": case(
        disputed(dispute(standing=None)),
        Found(SCRIBE, part="Datadog shows nobody, the record wanted Bo;"),
    ),
    "nobody in the record": case(
        disputed(dispute(wanted=None, since=3)),
        Found(
            SCRIBE,
            3,
            part="Datadog shows Ada, the record wanted nobody;",
            evidence=(
                sign("shown as Scribe", SeenIn.DATADOG, ADA),
                sign("wanted as Scribe", SeenIn.RECORD, None, 3),
            ),
        ),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_conflict_is_found(case: Case) -> None:
    """Each disputed role is found once, dated from when the conflict was noted."""
    assert case.asked(ASSIGNMENT_CONFLICT) == case.expected
